/** `top` as a user types it, before a server that has metrics and one that has none. */
import type { Json, JsonObject } from '../../src/apimachinery/json';
import type { ApiRequest, Transport } from '../../src/client/transport';
import { type Connect, connectionTo } from '../../src/commands/connection';
import { KubeconfigFile, memoryStorage } from '../../src/commands/kubeconfig/kubeconfig-file';
import { memoryCluster, type TestCluster } from './harness';

let cluster: TestCluster;
let connect: Connect;
const asked: ApiRequest[] = [];

const node = (name: string, cpu: string, memory: string, more: JsonObject = {}) => ({
  metadata: { name },
  usage: { cpu, memory, ...more },
});
const pod = (namespace: string, name: string, ...containers: [string, string, string][]) => ({
  metadata: { name, namespace },
  containers: containers.map(([of, cpu, memory]) => ({ name: of, usage: { cpu, memory } })),
});
const API = '/apis/metrics.k8s.io/v1beta1';
const WEB = pod('default', 'web-2', ['b', '100m', '200Mi'], ['a', '123456789n', '12345Ki']);
const PODS = [WEB, pod('default', 'api-1', ['main', '2', '1Gi'])];
const ANSWERS: Record<string, Json> = {
  '/apis': {
    kind: 'APIGroupList',
    apiVersion: 'v1',
    groups: [{ name: 'metrics.k8s.io', versions: [{ groupVersion: 'metrics.k8s.io/v1beta1', version: 'v1beta1' }] }],
  },
  [API]: {
    kind: 'APIResourceList',
    apiVersion: 'v1',
    groupVersion: 'metrics.k8s.io/v1beta1',
    resources: [
      { name: 'nodes', singularName: '', namespaced: false, kind: 'NodeMetrics', verbs: ['get', 'list'] },
      { name: 'pods', singularName: '', namespaced: true, kind: 'PodMetrics', verbs: ['get', 'list'] },
    ],
  },
  [`${API}/nodes`]: { items: [node('node-2', '1234567890n', '2000Mi'), node('stranger', '5m', '1Gi')] },
  [`${API}/nodes/node-1`]: node('node-1', '500m', '8Gi'),
  [`${API}/pods`]: { items: [...PODS, pod('kube-system', 'dns', ['dns', '0', '1M'])] },
  [`${API}/namespaces/default/pods`]: { items: PODS },
  [`${API}/namespaces/default/pods/web-2`]: WEB,
  [`${API}/namespaces/kube-public/pods`]: { items: [] },
  [`${API}/namespaces/kube-system/pods`]: { items: [] },
};

beforeAll(async () => {
  cluster = await memoryCluster({ nodes: 2 });
  await cluster.ok('run quiet --image=nginx -n kube-system');
  const { transport } = cluster.client;
  const metered: Transport = {
    async send(request) {
      asked.push(request);
      const body = ANSWERS[request.path];
      return body ? { code: 200, headers: {}, body, warnings: [] } : transport.send(request);
    },
    flush: async () => {},
    close: async () => {},
  };
  const kubeconfig = new KubeconfigFile('/memory/kubeconfig', memoryStorage(), true);
  connect = {
    open: async () => connectionTo(metered),
    files: async () => ({ stateFolder: undefined, kubeconfig }),
  };
});
beforeEach(() => {
  asked.splice(0);
});

const top = (line: string) => cluster.ok(`top ${line}`, { connect });
/** Upstream pads the last column too. */
const table = (...lines: string[]) => lines.map((line) => `${line}\n`).join('');

test.each(['node', 'node node-1', 'pod', 'pod -A'])('top %s without a metrics API', async (line) => {
  const bare = await memoryCluster();
  expect(await bare.run(`top ${line}`)).toEqual({ out: '', err: 'error: Metrics API not available\n', code: 1 });
});

describe('nodes', () => {
  test('how much, and what share; those without metrics too, and those that are gone', async () => {
    expect(await top('node')).toBe(
      table(
        'NAME       CPU(cores)   CPU(%)      MEMORY(bytes)   MEMORY(%)   ',
        'node-2     1235m        30%         2000Mi          12%         ',
        'stranger   5m           1024Mi      ',
        'node-1     <unknown>    <unknown>   <unknown>       <unknown>   ',
      ),
    );
  });

  test.each([
    ['--sort-by=memory --no-headers', ['node-2', 'stranger', 'node-1']],
    ['--sort-by=cpu --no-headers', ['node-2', 'stranger', 'node-1']],
  ])('%s', async (flags, names) => {
    expect((await top(`node ${flags}`)).match(/^\S+/gm)).toEqual(names);
  });

  test('one, of what it has at all', async () => {
    expect(await top('no node-1 --show-capacity --show-swap')).toBe(
      table(
        'NAME     CPU(cores)   CPU(%)   MEMORY(bytes)   MEMORY(%)   SWAP(bytes)   SWAP(%)     ',
        'node-1   500m         12%      8192Mi          50%         <unknown>     <unknown>   ',
      ),
    );
  });

  test('-l goes to both', async () => {
    await top('nodes -l kubernetes.io/hostname=node-2');
    const query = { labelSelector: 'kubernetes.io/hostname=node-2' };
    expect(asked.filter((one) => one.query)).toMatchObject([
      { path: `${API}/nodes`, query },
      { path: '/api/v1/nodes', query },
    ]);
  });
});

describe('pods', () => {
  test('in the order of their names', async () => {
    expect(await top('pod')).toBe(
      table(
        'NAME    CPU(cores)   MEMORY(bytes)   ',
        'api-1   2000m        1024Mi          ',
        'web-2   224m         212Mi           ',
      ),
    );
  });

  test('of all namespaces, and their sum', async () => {
    expect(await top('pod -A --sum --sort-by=memory')).toBe(
      table(
        'NAMESPACE     NAME    CPU(cores)   MEMORY(bytes)   ',
        'default       api-1   2000m        1024Mi          ',
        'default       web-2   224m         212Mi           ',
        'kube-system   dns     0m           0Mi             ',
        '                      ________     ________        ',
        '                      2224m        1237Mi          ',
      ),
    );
  });

  test('container by container', async () => {
    expect(await top('pod web-2 --containers')).toBe(
      table(
        'POD     NAME   CPU(cores)   MEMORY(bytes)   ',
        'web-2   a      124m         12Mi            ',
        'web-2   b      100m         200Mi           ',
      ),
    );
    expect((await top('pod --containers --sort-by=memory --no-headers')).match(/^\S+ +\S+/gm)).toEqual([
      'api-1   main',
      'web-2   b',
      'web-2   a',
    ]);
  });

  test('selectors are for the metrics API', async () => {
    await top('pod -l app=web --field-selector=metadata.name==web-2');
    expect(asked.at(-1)).toMatchObject({
      path: `${API}/namespaces/default/pods`,
      query: { labelSelector: 'app=web', fieldSelector: 'metadata.name=web-2' },
    });
  });

  test('none, because there are no pods', async () => {
    expect(await cluster.run('top pod -n kube-public', { connect })).toEqual({
      out: '',
      err: 'No resources found in kube-public namespace.\n',
      code: 0,
    });
  });

  test('none yet, and none although there should be some', async () => {
    const err = async () => (await cluster.run('top pod -n kube-system', { connect })).err;
    expect(await err()).toBe('error: metrics not available yet\n');
    await cluster.ok('tick 3m');
    expect(await err()).toBe('error: Metrics not available for pod kube-system/quiet, age: 3m0s\n');
  });
});
