/** Quotas through the API and time: what is charged, what is refused in which words, and what is given back. */
import type { KubeObject } from '../../src/apimachinery/meta';
import type { Client } from '../../src/client/client';
import resourcequota from '../../src/sim/controllers/resourcequota/controller';
import { failureText } from '../apiserver/server-for-tests';
import { apps, type ClusterUnderTest, clusterWith, configMap, core, namespace } from './cluster-under-test';

const QUOTAS = core('resourcequotas');
type Fields = Record<string, unknown>;

async function withQuota(hard: Record<string, string>, spec: Fields = {}): Promise<ClusterUnderTest> {
  const cluster = await clusterWith([resourcequota]);
  await cluster.client.create(QUOTAS, 'default', quota('q', hard, spec));
  await cluster.tick();
  return cluster;
}

const quota = (name: string, hard: Record<string, string>, spec: Fields = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ResourceQuota',
  metadata: { name, namespace: 'default' },
  spec: { hard, ...spec },
});
const pod = (name: string, requests?: Fields, spec: Fields = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'default' },
  spec: { containers: [{ name: 'c1', image: 'x', ...(requests ? { resources: { requests } } : {}) }], ...spec },
});
const service = (name: string, spec: Fields): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name, namespace: 'default' },
  spec: { ports: [{ port: 80 }], ...spec },
});
const usedOf = async (client: Client, name = 'q') => (await client.get(QUOTAS, 'default', name))['status']?.used;

describe('what is refused', () => {
  test('pods: by number and by what they ask for', async () => {
    const { client } = await withQuota({ pods: '2', 'requests.cpu': '1' });
    await client.create(core('pods'), 'default', pod('a', { cpu: '300m' }));
    expect(await failureText(client.create(core('pods'), 'default', pod('b', { cpu: '750m' })))).toBe(
      '403 Forbidden: pods "b" is forbidden: exceeded quota: q, requested: requests.cpu=750m, used: requests.cpu=300m, limited: requests.cpu=1',
    );
    expect(await failureText(client.create(core('pods'), 'default', pod('c')))).toBe(
      '403 Forbidden: pods "c" is forbidden: failed quota: q: must specify requests.cpu for: c1',
    );
    await client.create(core('pods'), 'default', pod('d', { cpu: '0.3' }));
    expect(await failureText(client.create(core('pods'), 'default', pod('e', { cpu: '1' })))).toBe(
      '403 Forbidden: pods "e" is forbidden: exceeded quota: q, requested: pods=1,requests.cpu=1, used: pods=2,requests.cpu=600m, limited: pods=2,requests.cpu=1',
    );
    expect(await usedOf(client)).toEqual({ pods: '2', 'requests.cpu': '600m' });
  });

  test('a dry run is judged and not charged', async () => {
    const { client } = await withQuota({ configmaps: '1' });
    const dryRun = { dryRun: 'All' };
    await client.create(core('configmaps'), 'default', configMap('a'), dryRun);
    expect(await usedOf(client)).toEqual({ configmaps: '0' });
    await client.create(core('configmaps'), 'default', configMap('a'));
    expect(await failureText(client.create(core('configmaps'), 'default', configMap('b'), dryRun))).toBe(
      '403 Forbidden: configmaps "b" is forbidden: exceeded quota: q, requested: configmaps=1, used: configmaps=1, limited: configmaps=1',
    );
  });

  test('a quota that was not counted yet holds nobody back; another namespace has its own', async () => {
    const { client, tick } = await withQuota({ configmaps: '0' });
    await client.create(core('namespaces'), '', namespace('other'));
    await client.create(core('configmaps'), 'other', configMap('a', { namespace: 'other' }));
    await client.create(QUOTAS, 'default', quota('new', { secrets: '0' }));
    const secret = (name: string): KubeObject => ({ ...configMap(name), kind: 'Secret' });
    await client.create(core('secrets'), 'default', secret('a'));
    await tick();
    expect(await usedOf(client, 'new')).toEqual({ secrets: '1' });
    expect(await failureText(client.create(core('secrets'), 'default', secret('b')))).toContain('exceeded quota: new');
  });

  test('many at once never get more than there is', async () => {
    const { client } = await withQuota({ configmaps: '5' });
    const made = await Promise.allSettled(
      Array.from({ length: 12 }, (_, i) => client.create(core('configmaps'), 'default', configMap(`c${i}`))),
    );
    expect(made.filter(({ status }) => status === 'fulfilled')).toHaveLength(5);
    expect(await usedOf(client)).toEqual({ configmaps: '5' });
  });
});

describe('what counts', () => {
  test('services: as they are and as they become', async () => {
    const { client } = await withQuota({ services: '3', 'services.nodeports': '1', 'services.loadbalancers': '1' });
    const made = await client.create(core('services'), 'default', service('a', {}));
    expect(await usedOf(client)).toEqual({ services: '1', 'services.loadbalancers': '0', 'services.nodeports': '0' });
    await client.update(core('services'), { ...made, spec: { ...made['spec'], type: 'NodePort' } });
    expect(await usedOf(client)).toEqual({ services: '1', 'services.loadbalancers': '0', 'services.nodeports': '1' });
    expect(await failureText(client.create(core('services'), 'default', service('b', { type: 'LoadBalancer' })))).toBe(
      '403 Forbidden: services "b" is forbidden: exceeded quota: q, requested: services.nodeports=1, used: services.nodeports=1, limited: services.nodeports=1',
    );
  });

  test('claims by class, and any resource by number', async () => {
    const { client, tick } = await withQuota({
      'requests.storage': '10Gi',
      'gold.storageclass.storage.k8s.io/requests.storage': '3Gi',
      'count/deployments.apps': '1',
      'count/nothings.example.com': '1',
    });
    const claim = (name: string, storage: string): KubeObject => ({
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name, namespace: 'default' },
      spec: { accessModes: ['ReadWriteOnce'], storageClassName: 'gold', resources: { requests: { storage } } },
    });
    await client.create(core('persistentvolumeclaims'), 'default', claim('a', '2Gi'));
    expect(await failureText(client.create(core('persistentvolumeclaims'), 'default', claim('b', '2Gi')))).toContain(
      'exceeded quota: q, requested: gold.storageclass.storage.k8s.io/requests.storage=2Gi, used: gold.storageclass.storage.k8s.io/requests.storage=2Gi, limited: gold.storageclass.storage.k8s.io/requests.storage=3Gi',
    );
    const deployment = (name: string): KubeObject => ({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name, namespace: 'default' },
      spec: {
        selector: { matchLabels: { app: name } },
        template: { metadata: { labels: { app: name } }, spec: { containers: [{ name: 'c', image: 'x' }] } },
      },
    });
    await client.create(apps('deployments'), 'default', deployment('one'));
    expect(await failureText(client.create(apps('deployments'), 'default', deployment('two')))).toBe(
      '403 Forbidden: deployments.apps "two" is forbidden: exceeded quota: q, requested: count/deployments.apps=1, used: count/deployments.apps=1, limited: count/deployments.apps=1',
    );
    await tick();
    // Of what is not served nothing is known.
    expect(await usedOf(client)).toEqual({
      'count/deployments.apps': '1',
      'gold.storageclass.storage.k8s.io/requests.storage': '2Gi',
      'requests.storage': '2Gi',
    });
  });

  const affinity = {
    podAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: 'zone', labelSelector: {}, namespaces: ['x'] }],
    },
  };
  const selector = (operator: string, values?: string[]) => ({
    scopeSelector: { matchExpressions: [{ scopeName: 'PriorityClass', operator, ...(values ? { values } : {}) }] },
  });
  const urgent = { priorityClassName: 'system-node-critical' };
  const scopes: [string, Fields, KubeObject, KubeObject][] = [
    ['Terminating', { scopes: ['Terminating'] }, pod('in', undefined, { activeDeadlineSeconds: 5 }), pod('out')],
    ['NotTerminating', { scopes: ['NotTerminating'] }, pod('in'), pod('out', undefined, { activeDeadlineSeconds: 5 })],
    ['BestEffort', { scopes: ['BestEffort'] }, pod('in'), pod('out', { cpu: '1' })],
    ['NotBestEffort', { scopes: ['NotBestEffort'] }, pod('in', { cpu: '1' }), pod('out')],
    [
      'CrossNamespacePodAffinity',
      { scopes: ['CrossNamespacePodAffinity'] },
      pod('in', undefined, { affinity }),
      pod('out'),
    ],
    ['PriorityClass Exists', selector('Exists'), pod('in', undefined, urgent), pod('out')],
    ['PriorityClass In', selector('In', ['system-node-critical', 'x']), pod('in', undefined, urgent), pod('out')],
    ['PriorityClass NotIn', selector('NotIn', ['system-node-critical']), pod('in'), pod('out', undefined, urgent)],
    ['PriorityClass DoesNotExist', selector('DoesNotExist'), pod('in'), pod('out', undefined, urgent)],
  ];
  test.each(scopes)('only pods in scope: %s', async (_name, spec, inside, outside) => {
    const { client, tick } = await withQuota({ pods: '1' }, spec);
    await client.create({ group: 'scheduling.k8s.io', version: 'v1', resource: 'priorityclasses' }, '', {
      apiVersion: 'scheduling.k8s.io/v1',
      kind: 'PriorityClass',
      metadata: { name: 'system-node-critical' },
      value: 2000001000,
    });
    await client.create(core('pods'), 'default', outside);
    expect(await usedOf(client)).toEqual({ pods: '0' });
    await client.create(core('pods'), 'default', inside);
    const another = { ...inside, metadata: { ...inside.metadata, name: 'more' } };
    expect(await failureText(client.create(core('pods'), 'default', another))).toContain('exceeded quota: q');
    await tick();
    expect(await usedOf(client)).toEqual({ pods: '1' });
  });
});

describe('the controller', () => {
  test('counts what is there already, and follows the quota', async () => {
    const cluster = await clusterWith([resourcequota]);
    const { client, tick } = cluster;
    for (const name of ['a', 'b']) await client.create(core('configmaps'), 'default', configMap(name));
    const made = await client.create(QUOTAS, 'default', quota('q', { configmaps: '1' }));
    await tick();
    expect((await client.get(QUOTAS, 'default', 'q'))['status']).toEqual({
      hard: { configmaps: '1' },
      used: { configmaps: '2' },
    });
    await client.patch(QUOTAS, 'default', made.metadata.name as string, 'merge', {
      spec: { hard: { configmaps: '9', secrets: '4' } },
    });
    await tick();
    expect((await client.get(QUOTAS, 'default', 'q'))['status']).toEqual({
      hard: { configmaps: '9', secrets: '4' },
      used: { configmaps: '2', secrets: '0' },
    });
  });

  test('gives back what goes, and what ends', async () => {
    const { client, tick } = await withQuota({ pods: '2', 'count/pods': '5', configmaps: '1' });
    await client.create(core('configmaps'), 'default', configMap('a'));
    const done = await client.create(core('pods'), 'default', pod('done'));
    await client.create(core('pods'), 'default', pod('gone'));
    await client.delete(core('configmaps'), 'default', 'a');
    await client.delete(core('pods'), 'default', 'gone');
    await client.updateStatus(core('pods'), { ...done, status: { ...done['status'], phase: 'Succeeded' } });
    await tick();
    expect(await usedOf(client)).toEqual({ configmaps: '0', 'count/pods': '1', pods: '0' });
  });

  test('a charge for what was not made after all is taken back', async () => {
    const { client, tick } = await withQuota({ configmaps: '3' });
    await client.create(core('configmaps'), 'default', configMap('a'));
    expect(await failureText(client.create(core('configmaps'), 'default', configMap('a')))).toContain('AlreadyExists');
    await tick();
    expect(await usedOf(client)).toEqual({ configmaps: '1' });
    // And then there is nothing left to do.
    expect((await tick({ settle: true })).steps).toBeLessThanOrEqual(1);
  });
});
