import type { Json } from '../../src/apimachinery/json';
import type { KubeObject } from '../../src/apimachinery/meta';
import { updateConditions } from '../../src/sim/controllers/namespace/conditions';
import namespaceController from '../../src/sim/controllers/namespace/controller';
import rootCertificates from '../../src/sim/controllers/root-ca-cert-publisher/controller';
import serviceAccounts from '../../src/sim/controllers/serviceaccount/controller';
import { type ClusterUnderTest, clusterWith, configMap, core, make, names, namespace } from './cluster-under-test';

const NAMESPACES = core('namespaces');
const CONFIG_MAPS = core('configmaps');

async function team(controllers = [serviceAccounts, rootCertificates, namespaceController]) {
  const cluster = await clusterWith(controllers);
  await cluster.client.create(NAMESPACES, '', namespace('team'));
  await cluster.tick({ settle: true });
  return cluster;
}

const conditions = async ({ client }: ClusterUnderTest) =>
  Object.fromEntries(
    ((await client.get(NAMESPACES, '', 'team'))['status'].conditions ?? []).map(
      (one: { type: string; status: string; reason: string; message: string }) => [
        one.type,
        `${one.status} ${one.reason} ${one.message}`,
      ],
    ),
  );

describe('a namespace', () => {
  test('gets its service account and the root certificate, and gets them back', async () => {
    const cluster = await team();
    const { client } = cluster;
    const all = async () => [
      await names(client, core('serviceaccounts'), 'team'),
      await names(client, CONFIG_MAPS, 'team'),
    ];
    expect(await all()).toEqual([['default'], ['kube-root-ca.crt']]);
    await client.delete(core('serviceaccounts'), 'team', 'default');
    await client.delete(CONFIG_MAPS, 'team', 'kube-root-ca.crt');
    await cluster.tick({ settle: true });
    expect(await all()).toEqual([['default'], ['kube-root-ca.crt']]);
    await client.patch(CONFIG_MAPS, 'team', 'kube-root-ca.crt', 'merge', { data: { 'ca.crt': 'forged', more: 'x' } });
    await cluster.tick({ settle: true });
    expect((await client.get(CONFIG_MAPS, 'team', 'kube-root-ca.crt'))['data']).toEqual({ 'ca.crt': 'PEM' });
  });

  test('that is deleted takes all with it', async () => {
    const cluster = await team();
    const { client, tick } = cluster;
    for (const name of ['a', 'b']) await make(client, CONFIG_MAPS, configMap(name, { namespace: 'team' }));
    await make(client, CONFIG_MAPS, configMap('elsewhere'));
    await client.delete(NAMESPACES, '', 'team');
    expect((await client.get(NAMESPACES, '', 'team'))['status'].phase).toBe('Terminating');
    const report = await tick({ settle: true });
    expect(report).toMatchObject({ reached: true, failures: [] });
    expect(await names(client, NAMESPACES, '')).toEqual(['default']);
    expect(await names(client, CONFIG_MAPS, 'team')).toEqual([]);
    expect(await names(client, CONFIG_MAPS, 'default')).toContain('elsewhere');
  });

  test('waits for what has a finalizer, and says so', async () => {
    const cluster = await team();
    const { client, tick } = cluster;
    await make(client, CONFIG_MAPS, configMap('held', { namespace: 'team', finalizers: ['example.com/hold'] }));
    await client.delete(NAMESPACES, '', 'team');
    expect(await tick({ settle: true })).toMatchObject({ reached: true, failures: [] });
    expect(await names(client, CONFIG_MAPS, 'team')).toEqual(['held']);
    expect(await conditions(cluster)).toEqual({
      NamespaceDeletionDiscoveryFailure: 'False ResourcesDiscovered All resources successfully discovered',
      NamespaceDeletionGroupVersionParsingFailure:
        'False ParsedGroupVersions All legacy kube types successfully parsed',
      NamespaceDeletionContentFailure:
        'False ContentDeleted All content successfully deleted, may be waiting on finalization',
      NamespaceContentRemaining:
        'True SomeResourcesRemain Some resources are remaining: configmaps. has 1 resource instances',
      NamespaceFinalizersRemaining:
        'True SomeFinalizersRemain Some content in the namespace has finalizers remaining: example.com/hold in 1 resource instances',
    });
    await client.patch(CONFIG_MAPS, 'team', 'held', 'merge', { metadata: { finalizers: null } });
    await tick({ settle: true });
    expect(await names(client, NAMESPACES, '')).toEqual(['default']);
  });

  test('deletes its pods before anything else', async () => {
    const cluster = await team();
    const { client, tick, store } = cluster;
    const pod: KubeObject = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'p', namespace: 'team', uid: 'p', finalizers: ['example.com/hold'] },
      spec: { containers: [{ name: 'c', image: 'i' }], nodeName: 'n', terminationGracePeriodSeconds: 30 },
      status: { phase: 'Running' },
    };
    await store.commit([{ key: '/registry/core/pods/team/p', value: pod as unknown as Json }]);
    await make(client, CONFIG_MAPS, configMap('later', { namespace: 'team' }));
    await client.delete(NAMESPACES, '', 'team');
    await tick({ settle: true });
    expect((await client.get(core('pods'), 'team', 'p')).metadata.deletionTimestamp).toBeDefined();
    expect(await names(client, CONFIG_MAPS, 'team')).toContain('later');
    await store.commit([{ key: '/registry/core/pods/team/p', value: undefined }]);
    await tick({ settle: true });
    expect(await names(client, NAMESPACES, '')).toEqual(['default']);
  });
});

test('conditions keep their time while their status stays', () => {
  const status: Parameters<typeof updateConditions>[0] = {};
  const remaining = (message: string) => [
    { type: 'NamespaceContentRemaining', status: 'True' as const, reason: 'SomeResourcesRemain', message },
  ];
  const at = (second: number) => Date.parse(`2026-01-01T00:00:0${second}Z`);
  const times = () => status.conditions?.map(({ lastTransitionTime }) => lastTransitionTime?.slice(18, 19));
  expect(updateConditions(status, remaining('3'), false, at(1))).toBe(true);
  expect(updateConditions(status, remaining('3'), false, at(2))).toBe(false);
  expect(updateConditions(status, remaining('2'), false, at(3))).toBe(true);
  expect(times()).toEqual(['1', '1', '1', '1', '1']);
  expect(updateConditions(status, [], false, at(4))).toBe(true);
  expect(times()).toEqual(['1', '1', '1', '4', '1']);
});
