import eventTtl from '../../src/sim/controllers/event-ttl/controller';
import { clusterWith, core, names } from './cluster-under-test';

const EVENTS = core('events');
const MINUTE = 60_000;

function event(name: string, lastTimestamp: string) {
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name, namespace: 'default' },
    involvedObject: { kind: 'Pod', namespace: 'default', name: 'p' },
    reason: 'R',
    message: 'm',
    type: 'Normal',
    source: { component: 'c' },
    firstTimestamp: '2026-01-01T00:00:00Z',
    lastTimestamp,
    count: 1,
  };
}

test('an event goes an hour after it was last written; settling does not wait for that', async () => {
  const { client, tick } = await clusterWith([eventTtl]);
  await client.create(EVENTS, 'default', event('once', '2026-01-01T00:00:00Z'));
  await client.create(EVENTS, 'default', event('again', '2026-01-01T00:30:00Z'));
  expect(await tick({ settle: true })).toMatchObject({ reached: true, from: tickStart, to: tickStart });
  await tick({ advance: 60 * MINUTE });
  expect(await names(client, EVENTS)).toEqual(['again', 'once']);
  await tick();
  expect(await names(client, EVENTS)).toEqual(['again']);
  await tick({ advance: 31 * MINUTE });
  expect(await names(client, EVENTS)).toEqual([]);
});

const tickStart = Date.parse('2026-01-01T00:00:00Z');

test('events that end within a minute cost one step', async () => {
  const { client, tick } = await clusterWith([eventTtl]);
  for (let i = 1; i <= 50; i++) {
    const time = `2026-01-01T00:00:${String(i).padStart(2, '0')}Z`;
    await client.create(EVENTS, 'default', event(`e${i}`, time));
  }
  const report = await tick({ advance: 120 * MINUTE });
  expect(report.steps).toBe(3);
  expect(await names(client, EVENTS)).toEqual([]);
});
