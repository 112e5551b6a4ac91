/** What volumes hold: configuration that is there or not, and space that runs out; from the command line. */
import { memoryCluster, type TestCluster } from './harness';

async function podWith(volumes: object[], more: { metadata?: object; container?: object } = {}): Promise<TestCluster> {
  const cluster = await memoryCluster({ nodes: 1 });
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p', ...more.metadata },
    spec: { containers: [{ name: 'main', image: 'example.com/main:1', ...more.container }], volumes },
  };
  await cluster.ok('create configmap present --from-literal=a=1');
  await cluster.ok('create secret generic present --from-literal=a=1');
  await cluster.ok('create -f -', { stdin: JSON.stringify(pod) });
  await cluster.ok('tick --settle -q');
  return cluster;
}

const STATUS = "get pod p -o jsonpath='{.status.phase} {.status.containerStatuses[0].state.waiting.reason}'";
const MOUNTS = "get events --field-selector reason=FailedMount -o jsonpath='{.items[*].message}'";
const failed = (why: string) => `MountVolume.SetUp failed for volume "v" : ${why}`;
const item = (key: string) => ({ items: [{ key, path: 'file' }] });

test.each<[what: string, source: object, why: string]>([
  ['no ConfigMap', { configMap: { name: 'absent' } }, 'configmap "absent" not found'],
  ['no Secret', { secret: { secretName: 'absent' } }, 'secret "absent" not found'],
  [
    'no such key of a ConfigMap',
    { configMap: { name: 'present', ...item('b') } },
    'configmap references non-existent config key: b',
  ],
  [
    'no such key of a Secret',
    { secret: { secretName: 'present', ...item('b') } },
    'references non-existent secret key: b',
  ],
  [
    'no ConfigMap to project',
    { projected: { sources: [{ configMap: { name: 'absent' } }] } },
    'configmap "absent" not found',
  ],
  [
    'several things to project',
    {
      projected: {
        sources: [
          { configMap: { name: 'present' } },
          { secret: { name: 'absent' } },
          { configMap: { name: 'present', ...item('b') } },
        ],
      },
    },
    '[secret "absent" not found, configmap references non-existent config key: b]',
  ],
])('a pod waits for its configuration: %s', async (_, source, why) => {
  const cluster = await podWith([{ name: 'v', ...source }]);
  expect(await cluster.ok(STATUS)).toBe('Pending ContainerCreating');
  expect(await cluster.ok(MOUNTS)).toBe(failed(why));
  await cluster.run('create configmap absent --from-literal=a=1');
  await cluster.run('create secret generic absent --from-literal=a=1');
  await cluster.ok(`patch configmap present --type merge -p '{"data":{"b":"2"}}'`);
  await cluster.ok(`patch secret present --type merge -p '{"data":{"b":"Mg=="}}'`);
  await cluster.ok('tick --settle -q');
  expect(await cluster.ok(STATUS)).toBe('Running ');
});

test.each<[what: string, source: object]>([
  ['an optional ConfigMap', { configMap: { name: 'absent', optional: true } }],
  ['an optional Secret', { secret: { secretName: 'absent', optional: true } }],
  ['optional keys', { configMap: { name: 'present', optional: true, ...item('b') } }],
  ['keys that are there', { secret: { secretName: 'present', ...item('a') } }],
  [
    'optional things to project',
    {
      projected: {
        sources: [
          { configMap: { name: 'absent', optional: true } },
          { secret: { name: 'present', optional: true, ...item('b') } },
          { serviceAccountToken: { path: 'token' } },
          { downwardAPI: { items: [{ path: 'labels', fieldRef: { fieldPath: 'metadata.labels' } }] } },
        ],
      },
    },
  ],
  ['of the pod itself', { downwardAPI: { items: [{ path: 'name', fieldRef: { fieldPath: 'metadata.name' } }] } }],
  ['an empty directory', { emptyDir: { medium: 'Memory', sizeLimit: '1Gi' } }],
])('a pod does not wait for %s', async (_, source) => {
  const { ok } = await podWith([{ name: 'v', ...source }]);
  expect(await ok(STATUS)).toBe('Running ');
  expect(await ok(MOUNTS)).toBe('');
});

const limits = { resources: { limits: { 'ephemeral-storage': '1Gi' } } };

test.each<[annotations: Record<string, string>, emptyDir: object, container: object, message: string]>([
  [
    { 'kubetick.dev/volume-usage': 'v=2Gi' },
    { sizeLimit: '1Gi' },
    {},
    'Usage of EmptyDir volume "v" exceeds the limit "1Gi". ',
  ],
  [
    { 'kubetick.dev/volume-usage': 'v=600M@1m' },
    { sizeLimit: '500Mi', medium: 'Memory' },
    {},
    'Usage of EmptyDir volume "v" exceeds the limit "500Mi". ',
  ],
  [
    { 'kubetick.dev/volume-usage': 'v=600Mi', 'kubetick.dev/disk-usage': '500Mi' },
    {},
    limits,
    'Pod ephemeral local storage usage exceeds the total limit of containers 1Gi. ',
  ],
])('who takes more than allowed is evicted: %j', async (annotations, emptyDir, container, message) => {
  const cluster = await podWith([{ name: 'v', emptyDir }], { metadata: { annotations }, container });
  const { ok } = cluster;
  await ok('tick 2m -q');
  expect(await ok("get pod p -o jsonpath='{.status.phase}/{.status.reason}/{.status.message}'")).toBe(
    `Failed/Evicted/${message}`,
  );
  expect(await ok("get events --field-selector reason=Evicted -o jsonpath='{.items[*].message}'")).toBe(message);
  expect(await ok(`get pod p -o jsonpath='{.status.conditions[?(@.type=="DisruptionTarget")]}'`)).toBe('');
});

test('one container over its own limit, all of them not over theirs', async () => {
  const cluster = await memoryCluster({ nodes: 1 });
  const container = (name: string) => ({ name, image: 'example.com/main:1', ...limits });
  const annotations = { 'a.kubetick.dev/disk-usage': '1500Mi' };
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p', annotations },
    spec: { containers: [container('a'), container('b')] },
  };
  await cluster.ok('create -f -', { stdin: JSON.stringify(pod) });
  await cluster.ok('tick --settle -q');
  expect(await cluster.ok("get pod p -o jsonpath='{.status.message}'")).toBe(
    'Container a exceeded its local ephemeral storage limit "1Gi". ',
  );
});

test.each([
  ['v=1Gi', { sizeLimit: '1Gi' }],
  ['v=5Gi', {}],
  ['other=5Gi', { sizeLimit: '1Gi' }],
])('who takes %s of %j stays', async (usage, emptyDir) => {
  const { ok } = await podWith([{ name: 'v', emptyDir }], {
    metadata: { annotations: { 'kubetick.dev/volume-usage': usage } },
  });
  expect(await ok(STATUS)).toBe('Running ');
});

test('what can not be read is told of', async () => {
  const { ok } = await podWith([], { metadata: { annotations: { 'kubetick.dev/volume-usage': 'lots' } } });
  expect(await ok("get events --field-selector reason=InvalidAnnotation -o jsonpath='{.items[*].message}'")).toBe(
    'annotation kubetick.dev/volume-usage: "lots" must look like VOLUME=1Gi or VOLUME=1Gi@30s',
  );
});
