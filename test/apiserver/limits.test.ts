/** LimitRanger through the API: what containers get, and what is refused in which words. */
import type { KubeObject } from '../../src/apimachinery/meta';
import { failureText, NAMESPACES, PODS, pod, SERVICE_ACCOUNTS, testServer } from './server-for-tests';

const LIMIT_RANGES = { group: '', version: 'v1', resource: 'limitranges' };
const CLAIMS = { group: '', version: 'v1', resource: 'persistentvolumeclaims' };

type Item = Record<string, unknown>;

async function limited(...items: Item[]) {
  const { client } = testServer({ admission: undefined });
  const named = (kind: string, name: string) => ({ apiVersion: 'v1', kind, metadata: { name } }) as KubeObject;
  await client.create(NAMESPACES, '', named('Namespace', 'default'));
  await client.create(SERVICE_ACCOUNTS, 'default', named('ServiceAccount', 'default'));
  for (const [i, limits] of items.entries())
    await client.create(LIMIT_RANGES, 'default', { ...named('LimitRange', `l${i}`), spec: { limits: [limits] } });
  return client;
}

const resources = (requests: Item, limits: Item = {}) => ({ requests, limits });
const container = (name: string, its?: Item) => ({ name, image: 'x', ...(its ? { resources: its } : {}) });

describe('defaults', () => {
  test('each container gets what it leaves out, and the pod says so', async () => {
    const client = await limited({
      type: 'Container',
      default: { cpu: '400m', memory: '1Gi' },
      defaultRequest: { cpu: '300m' },
    });
    const made = await client.create(
      PODS,
      'default',
      pod('a', {
        initContainers: [container('init', resources({ cpu: '1m' }, { cpu: '2m', memory: '3Mi' }))],
        containers: [container('one'), container('two', resources({ memory: '1Mi', cpu: '5m' }, { cpu: '10m' }))],
      }),
    );
    expect(made['spec'].containers.map((one: Item) => one['resources'])).toEqual([
      { limits: { cpu: '400m', memory: '1Gi' }, requests: { cpu: '300m', memory: '1Gi' } },
      { limits: { cpu: '10m', memory: '1Gi' }, requests: { cpu: '5m', memory: '1Mi' } },
    ]);
    expect(made['spec'].initContainers[0].resources).toEqual({
      limits: { cpu: '2m', memory: '3Mi' },
      // A request that is left out is the limit: that came first.
      requests: { cpu: '1m', memory: '3Mi' },
    });
    expect(made.metadata.annotations?.['kubernetes.io/limit-ranger']).toBe(
      'LimitRanger plugin set: cpu, memory request for container one; cpu, memory limit for container one; memory limit for container two',
    );
  });
  test('a namespace without limits leaves pods alone', async () => {
    const made = await (await limited()).create(PODS, 'default', pod('a'));
    expect(made.metadata.annotations).toBeUndefined();
    expect(made['spec'].containers[0].resources).toEqual({});
  });
});

const C = 'Container';
describe('what is refused', () => {
  const cases: [string, Item, Item[], string | undefined][] = [
    [
      'too little',
      { type: C, min: { cpu: '100m' } },
      [resources({ cpu: '50m' })],
      'minimum cpu usage per Container is 100m, but request is 50m',
    ],
    [
      'too much',
      { type: C, max: { cpu: '1' } },
      [resources({ cpu: '1' }, { cpu: '2' })],
      'maximum cpu usage per Container is 1, but limit is 2',
    ],
    [
      'just enough',
      { type: C, min: { cpu: '0.1' }, max: { cpu: '1' } },
      [resources({ cpu: '100m' }, { cpu: '1000m' })],
      undefined,
    ],
    [
      'too far apart',
      { type: C, maxLimitRequestRatio: { cpu: '2' } },
      [resources({ cpu: '100m' }, { cpu: '250m' })],
      'cpu max limit to request ratio per Container is 2, but provided ratio is 2.500000',
    ],
    [
      'nothing to compare',
      { type: C, maxLimitRequestRatio: { memory: '2' } },
      [{}],
      'memory max limit to request ratio per Container is 2, but no request is specified or request is 0',
    ],
    [
      'several at once, each said once',
      { type: C, max: { cpu: '1', memory: '1Gi' } },
      [resources({}, { cpu: '2', memory: '2Gi' }), resources({}, { cpu: '2', memory: '1Gi' })],
      '[maximum cpu usage per Container is 1, but limit is 2, maximum memory usage per Container is 1Gi, but limit is 2Gi]',
    ],
    [
      'a pod together',
      { type: 'Pod', max: { memory: '1Gi' } },
      [resources({}, { memory: '600Mi' }), resources({}, { memory: '600Mi' })],
      'maximum memory usage per Pod is 1Gi, but limit is 1200Mi',
    ],
    [
      'a pod that says nothing',
      { type: 'Pod', max: { cpu: '1' } },
      [{}],
      'maximum cpu usage per Pod is 1.  No limit is specified',
    ],
    [
      'a pod that asks for nothing',
      { type: 'Pod', min: { cpu: '1' } },
      [{}],
      'minimum cpu usage per Pod is 1.  No request is specified',
    ],
  ];
  test.each(cases)('%s', async (_name, item, containers, complaint) => {
    const client = await limited(item);
    const made = client.create(
      PODS,
      'default',
      pod('a', { containers: containers.map((its, i) => container(`c${i}`, its)) }),
    );
    if (complaint === undefined) await made;
    else expect(await failureText(made)).toBe(`403 Forbidden: pods "a" is forbidden: ${complaint}`);
  });

  test('claims: by what they ask for, at first and later', async () => {
    const client = await limited({ type: 'PersistentVolumeClaim', min: { storage: '1Gi' }, max: { storage: '5Gi' } });
    const claim = (storage: string): KubeObject => ({
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name: 'data' },
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage } } },
    });
    const refused = 'persistentvolumeclaims "data" is forbidden';
    expect(await failureText(client.create(CLAIMS, 'default', claim('512Mi')))).toBe(
      `403 Forbidden: ${refused}: minimum storage usage per PersistentVolumeClaim is 1Gi, but request is 512Mi`,
    );
    expect(await failureText(client.create(CLAIMS, 'default', claim('6Gi')))).toBe(
      `403 Forbidden: ${refused}: maximum storage usage per PersistentVolumeClaim is 5Gi, but request is 6Gi`,
    );
    await client.create(CLAIMS, 'default', claim('5Gi'));
  });
});
