import type { KubeObject } from '../../src/apimachinery/meta';
import type { Controller, EventSource, Recorder } from '../../src/sim/controller';
import { type ClusterUnderTest, clusterWith, configMap, core, START } from './cluster-under-test';

const EVENTS = core('events');
const CONFIG_MAPS = core('configmaps');
const MINUTE = 60_000;

/** A controller that says something about its config map each time it looks; it looks whenever that changes. */
function speaker(say: (events: Recorder, object: KubeObject) => void, eventSource?: EventSource): Controller {
  return {
    name: 'test-controller',
    user: 'system:serviceaccount:kube-system:test-controller',
    fieldManager: 'kube-controller-manager',
    ...(eventSource ? { eventSource } : {}),
    watches: [{ resource: 'configmaps', keys: () => ['a'] }],
    reconcile(_, { cache, events }) {
      const object = cache.get('configmaps', 'default', 'a');
      if (object?.['data']?.n) say(events, object);
      return undefined;
    },
  };
}

let poked = 0;
async function poke({ client }: ClusterUnderTest, n = String(++poked)) {
  await client.patch(CONFIG_MAPS, 'default', 'a', 'merge', { data: { n } });
}

async function start(controller: Controller) {
  const cluster = await clusterWith([controller]);
  await cluster.client.create(CONFIG_MAPS, 'default', configMap('a'));
  return cluster;
}

async function events({ client }: ClusterUnderTest) {
  return (await client.list(EVENTS, 'default')).items;
}

describe('the recorder of tools/record', () => {
  test('writes an event as client-go does', async () => {
    const cluster = await start(
      speaker((recorder, object) =>
        recorder.event(object, 'Normal', 'Seen', 'I saw it', { fieldPath: 'data{n}', host: 'node-1' }),
      ),
    );
    await poke(cluster, '1');
    await cluster.tick();
    const [event] = await events(cluster);
    const object = await cluster.client.get(CONFIG_MAPS, 'default', 'a');
    expect(event).toMatchObject({
      involvedObject: {
        kind: 'ConfigMap',
        namespace: 'default',
        name: 'a',
        uid: object.metadata.uid,
        apiVersion: 'v1',
        resourceVersion: object.metadata.resourceVersion,
        fieldPath: 'data{n}',
      },
      reason: 'Seen',
      message: 'I saw it',
      source: { component: 'test-controller', host: 'node-1' },
      firstTimestamp: '2026-01-01T00:00:00Z',
      lastTimestamp: '2026-01-01T00:00:00Z',
      count: 1,
      type: 'Normal',
      eventTime: null,
      reportingComponent: 'test-controller',
      reportingInstance: 'node-1',
    });
    const [name, hex] = (event as KubeObject).metadata.name?.split('.') ?? [];
    expect(name).toBe('a');
    expect(Number(BigInt(`0x${hex}`) / 1_000_000_000n) * 1000).toBe(START);
  });

  test('counts what it says again, in this process and in a new one', async () => {
    const cluster = await start(speaker((recorder, object) => recorder.event(object, 'Normal', 'Seen', 'I saw it')));
    for (let i = 0; i < 3; i++) {
      await poke(cluster);
      await cluster.tick({ advance: MINUTE });
    }
    await poke(cluster);
    await (await cluster.restart()).tick();
    const list = await events(cluster);
    expect(list).toHaveLength(1);
    expect(list[0]).toMatchObject({
      count: 4,
      firstTimestamp: '2026-01-01T00:00:00Z',
      lastTimestamp: '2026-01-01T00:03:00Z',
    });
  });

  test('says the same thing twice in one breath once, with a count', async () => {
    const cluster = await start(
      speaker((recorder, object) => {
        recorder.event(object, 'Normal', 'Seen', 'I saw it');
        recorder.event(object, 'Normal', 'Seen', 'I saw it');
        recorder.event(object, 'Warning', 'Seen', 'I saw it');
      }),
    );
    const counts = async () => (await events(cluster)).map(({ type, count }) => `${type} ${count}`).sort();
    await poke(cluster);
    await cluster.tick();
    expect(await counts()).toEqual(['Normal 2', 'Warning 1']);
    await poke(cluster);
    await cluster.tick();
    expect(await counts()).toEqual(['Normal 4', 'Warning 2']);
  });

  test('combines what differs only in its message, from the tenth on', async () => {
    const cluster = await start(
      speaker((recorder, object) => recorder.event(object, 'Warning', 'Odd', `number ${object['data'].n}`)),
    );
    for (let i = 1; i <= 12; i++) {
      await poke(cluster, `n${i}`);
      await cluster.tick();
    }
    const list = await events(cluster);
    expect(list).toHaveLength(10);
    const combined = list.filter(({ message }) => message.startsWith('(combined from similar events): '));
    expect(combined.map(({ message, count }) => ({ message, count }))).toEqual([
      { message: '(combined from similar events): number n12', count: 3 },
    ]);
  });

  test('does not combine what pauses for more than ten minutes', async () => {
    const cluster = await start(
      speaker((recorder, object) => recorder.event(object, 'Warning', 'Odd', `number ${object['data'].n}`)),
    );
    for (let i = 1; i <= 12; i++) {
      await poke(cluster, `n${i}`);
      await cluster.tick({ advance: 11 * MINUTE });
    }
    expect((await events(cluster)).filter(({ message }) => message.startsWith('(combined'))).toEqual([]);
  });

  test('drops what it says too often: 25 at once, then one in five minutes', async () => {
    const cluster = await start(speaker((recorder, object) => recorder.event(object, 'Normal', 'Seen', 'again')));
    const count = async () => (await events(cluster))[0]?.['count'];
    for (let i = 0; i < 30; i++) {
      await poke(cluster);
      await cluster.tick();
    }
    expect(await count()).toBe(25);
    await cluster.tick({ advance: 5 * MINUTE });
    for (let i = 0; i < 3; i++) {
      await poke(cluster);
      await cluster.tick();
    }
    expect(await count()).toBe(26);
  });
});

describe('the recorder of tools/events', () => {
  const source: EventSource = { component: 'default-scheduler', api: 'events' };

  test('writes a time and an action, and makes a series of what it says again about the same state', async () => {
    const cluster = await start(
      speaker((recorder) => {
        const about = configMap('a', { uid: 'u', resourceVersion: '7' });
        recorder.event(about, 'Warning', 'FailedScheduling', 'no room', { action: 'Scheduling' });
      }, source),
    );
    await poke(cluster);
    await cluster.tick();
    const [event] = await events(cluster);
    expect(event).toMatchObject({
      eventTime: '2026-01-01T00:00:00.000000Z',
      action: 'Scheduling',
      source: {},
      firstTimestamp: null,
      lastTimestamp: null,
      reportingComponent: 'default-scheduler',
    });
    expect(event).not.toHaveProperty('count');
    await poke(cluster);
    await cluster.tick();
    const [series] = await events(cluster);
    expect(series?.['series']).toEqual({ count: 2, lastObservedTime: '2026-01-01T00:00:01.000000Z' });
    // Six minutes without it end a series.
    await cluster.tick({ advance: 7 * MINUTE });
    await poke(cluster);
    await cluster.tick();
    expect(await events(cluster)).toHaveLength(2);
  });
});

test('an event about something that has no namespace is in default', async () => {
  const about: KubeObject = { apiVersion: 'v1', kind: 'Node', metadata: { name: 'n', uid: 'n' } };
  const cluster = await start(speaker((recorder) => recorder.event(about, 'Normal', 'NodeReady', 'up')));
  await poke(cluster);
  await cluster.tick();
  expect((await events(cluster)).map(({ involvedObject }) => involvedObject)).toEqual([
    { apiVersion: 'v1', kind: 'Node', name: 'n', uid: 'n' },
  ]);
});

test('a namespace that is gone swallows what is said about it', async () => {
  const about = configMap('x', { namespace: 'gone', uid: 'x' });
  const cluster = await start(speaker((recorder) => recorder.event(about, 'Normal', 'Seen', 'no more')));
  await poke(cluster);
  expect(await cluster.tick()).toMatchObject({ failures: [] });
  expect(await events(cluster)).toEqual([]);
});

test('events come out the same together and one by one, but for the revision and the uid', async () => {
  const about = (name: string) => configMap(name, { uid: `uid-${name}`, resourceVersion: '7' });
  const say = (recorder: Recorder) => {
    recorder.event(about('a'), 'Normal', 'Plain', 'nothing more');
    recorder.event(about('a'), 'Warning', 'Of a part', 'on a node', {
      fieldPath: 'data{x}',
      host: 'node-1',
      user: 'system:node:node-1',
      annotations: { why: 'so' },
    });
    recorder.event(about('b'), 'Normal', 'Twice', 'said twice');
    recorder.event(about('b'), 'Normal', 'Twice', 'said twice');
    recorder.event({ apiVersion: 'v1', kind: 'Node', metadata: { name: 'n' } }, 'Normal', 'Of none', 'in no namespace');
    recorder.event(configMap('x', { namespace: 'gone', uid: 'x' }), 'Normal', 'Seen', 'no more');
    // Too long for an event of this kind only where it has a time of its own.
    recorder.event(about('c'), 'Normal', 'Long', 'x'.repeat(2000), { related: about('b'), action: 'Doing' });
  };
  for (const api of ['record', 'events'] as const) {
    const said = [];
    for (const eventsOneByOne of [true, false]) {
      const cluster = await clusterWith([speaker(say, { component: 'tester', api })], { eventsOneByOne });
      await cluster.client.create(CONFIG_MAPS, 'default', configMap('a'));
      await poke(cluster, 'once');
      const { failures } = await cluster.tick();
      const texts = (await events(cluster)).map((event) => {
        const { uid: _, resourceVersion: __, name = '', ...metadata } = event.metadata;
        return JSON.stringify({ ...event, metadata: { ...metadata, name: name.replace(/\..*/, '') } });
      });
      said.push({ texts: texts.sort(), failures });
      expect(texts).toHaveLength(api === 'record' ? 5 : 4);
      expect(failures).toHaveLength(api === 'record' ? 0 : 1);
    }
    expect(said[0]).toEqual(said[1]);
  }
});
