import { memoryCluster, type TestCluster } from './harness';

let cluster: TestCluster;
const EVENTS = { group: '', version: 'v1', resource: 'events' };
const event = (name: string, minute: number, more: object = {}, namespace = 'default') =>
  cluster.client.create(EVENTS, namespace, {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name, namespace },
    type: 'Normal',
    reason: 'Because',
    message: `about ${name}\n`,
    involvedObject: { apiVersion: 'v1', kind: 'Pod', name: 'web', namespace },
    firstTimestamp: `2026-01-01T00:0${minute}:00Z`,
    lastTimestamp: `2026-01-01T00:0${minute}:00Z`,
    ...more,
  });
beforeEach(async () => {
  cluster = await memoryCluster();
  await cluster.ok('tick 10m');
});

test('a table, the latest at the end', async () => {
  await event('late', 8, { firstTimestamp: '2026-01-01T00:02:00Z', count: 4 });
  await event('early', 5, { type: 'Warning' });
  expect(await cluster.ok('events')).toBe(
    [
      'LAST SEEN           TYPE      REASON    OBJECT    MESSAGE',
      '5m                  Warning   Because   Pod/web   about early',
      '2m (x4 over 8m)     Normal    Because   Pod/web   about late',
      '',
    ]
      .join('\n')
      .replaceAll('LAST SEEN           ', 'LAST SEEN         ')
      .replaceAll('5m                  ', '5m                ')
      .replaceAll('(x4 over 8m)     ', '(x4 over 8m)   '),
  );
  expect(await cluster.ok('events --no-headers --types=warning')).toBe(
    '5m    Warning   Because   Pod/web   about early\n',
  );
});
test('of all namespaces', async () => {
  await event('a', 9, {}, 'kube-system');
  expect(await cluster.ok('events -A')).toBe(
    'NAMESPACE     LAST SEEN   TYPE     REASON    OBJECT    MESSAGE\nkube-system   60s         Normal   Because   Pod/web   about a\n',
  );
});
test('about one object', async () => {
  await event('a', 1);
  await event('b', 2, {
    involvedObject: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web', namespace: 'default' },
  });
  for (const type of ['deploy', 'deployments.apps', 'deployments.v1.apps', 'Deployment'])
    expect(await cluster.ok(`events --for ${type}/web --no-headers`)).toMatch(
      /^8m +Normal +Because +Deployment\/web +about b\n$/,
    );
});
test('in the formats that -o names', async () => {
  await event('a', 1);
  expect(await cluster.ok('events -o jsonpath={.items[*].metadata.name}')).toBe('a');
  expect(await cluster.ok('events -o json')).toMatch(
    /^\{\n {4}"kind": "EventList",\n {4}"apiVersion": "v1",\n {4}"metadata": \{\},\n {4}"items": \[\n {8}\{\n {12}"kind": "Event",\n/,
  );
  expect(await cluster.ok('events -o yaml')).toMatch(
    /^apiVersion: v1\nitems:\n- apiVersion: v1\n[\s\S]*kind: EventList\nmetadata: \{\}\n$/,
  );
  expect(await cluster.ok('events -o name')).toBe('');
});
test('those that come while time passes', async () => {
  await event('a', 1);
  await cluster.ok('create deployment web --image=nginx');
  const text = await cluster.ok('events --watch');
  expect(text.match(/LAST SEEN/g)).toHaveLength(1);
  expect(text).not.toContain('<invalid>');
  expect(text).toMatch(/^LAST SEEN[\s\S]*about a\n[\s\S]*Created pod: web-/);
  expect(await cluster.ok('events --watch --types=Warning --no-headers')).not.toContain('about a');
});
test.each([
  ['', 0, 'No events found in default namespace.\n'],
  ['-A', 0, 'No events found.\n'],
  ['-n other', 0, 'No events found in other namespace.\n'],
  ['--for web', 1, 'error: --for must be in resource/name form\n'],
  ['--for a/b/c', 1, 'error: arguments in resource/name form may not have more than one slash\n'],
  ['--for nosuch/web', 1, 'the server doesn\'t have a resource type "nosuch"\n'],
  ['--for nosuch.foo/web', 1, 'the server doesn\'t have a resource type "nosuch" in group "foo"\n'],
  ['--types=Bad', 1, 'error: valid --types are Normal or Warning\n'],
])('events %s', async (args, code, err) => {
  expect(await cluster.run(`events ${args}`)).toEqual({ out: '', err, code });
});
