import type { KubeObject } from '../../src/apimachinery/meta';
import garbageCollector from '../../src/sim/controllers/garbage-collector/controller';
import {
  clusterWith,
  configMap,
  core,
  background as deleteOptions,
  make,
  names,
  namespace,
  ownedBy,
} from './cluster-under-test';

const CONFIG_MAPS = core('configmaps');
const CLUSTER_ROLES = { group: 'rbac.authorization.k8s.io', version: 'v1', resource: 'clusterroles' };

/** An owner, two dependents of it, and a dependent of the first of those. */
async function family(blockOwnerDeletion = false) {
  const cluster = await clusterWith([garbageCollector]);
  const { client } = cluster;
  const owner = await make(client, CONFIG_MAPS, configMap('owner'));
  const child = await make(
    client,
    CONFIG_MAPS,
    configMap('child', { ownerReferences: [ownedBy(owner, blockOwnerDeletion)] }),
  );
  await make(client, CONFIG_MAPS, configMap('second', { ownerReferences: [ownedBy(owner, blockOwnerDeletion)] }));
  await make(client, CONFIG_MAPS, configMap('grandchild', { ownerReferences: [ownedBy(child, blockOwnerDeletion)] }));
  await make(client, CONFIG_MAPS, configMap('stranger'));
  return { ...cluster, owner, child };
}

const get = (client: { get: (...args: never[]) => unknown }, name: string) =>
  (client.get as (path: typeof CONFIG_MAPS, namespace: string, name: string) => Promise<KubeObject>)(
    CONFIG_MAPS,
    'default',
    name,
  );

describe('deleting an owner', () => {
  test('in the background: it goes at once, its dependents after it, generation by generation', async () => {
    const { client, tick } = await family();
    await client.delete(CONFIG_MAPS, 'default', 'owner', deleteOptions('Background'));
    expect(await names(client, CONFIG_MAPS)).toEqual(['child', 'grandchild', 'second', 'stranger']);
    const { actions } = await tick();
    expect(actions.map(({ verb, object }) => `${verb} ${object}`)).toEqual([
      'delete configmap/child',
      'delete configmap/second',
    ]);
    expect(await names(client, CONFIG_MAPS)).toEqual(['grandchild', 'stranger']);
    expect(await tick({ settle: true })).toMatchObject({ reached: true, failures: [] });
    expect(await names(client, CONFIG_MAPS)).toEqual(['stranger']);
  });

  test('in the foreground: it waits for the dependents that block it', async () => {
    const { client, tick } = await family(true);
    await client.delete(CONFIG_MAPS, 'default', 'owner', deleteOptions('Foreground'));
    const waiting = await get(client as never, 'owner');
    expect(waiting.metadata.finalizers).toEqual(['foregroundDeletion']);
    const gone: string[] = [];
    await tick({ settle: true }, (step) => {
      for (const { verb, object } of step.actions) if (verb === 'delete') gone.push(object);
    });
    expect(await names(client, CONFIG_MAPS)).toEqual(['stranger']);
    // The child has a dependent of its own, so it is deleted in the foreground too.
    expect(gone).toEqual(['configmap/child', 'configmap/second', 'configmap/grandchild']);
  });

  test('in the foreground, with dependents that do not block: it does not wait for them', async () => {
    const { client, tick } = await family(false);
    await client.delete(CONFIG_MAPS, 'default', 'owner', deleteOptions('Foreground'));
    await tick();
    expect(await names(client, CONFIG_MAPS)).not.toContain('owner');
    await tick({ settle: true });
    expect(await names(client, CONFIG_MAPS)).toEqual(['stranger']);
  });

  test('as orphan: its dependents stay and forget it', async () => {
    const { client, tick } = await family();
    await client.delete(CONFIG_MAPS, 'default', 'owner', deleteOptions('Orphan'));
    expect((await get(client as never, 'owner')).metadata.finalizers).toEqual(['orphan']);
    await tick({ settle: true });
    expect(await names(client, CONFIG_MAPS)).toEqual(['child', 'grandchild', 'second', 'stranger']);
    expect((await get(client as never, 'child')).metadata.ownerReferences).toBeUndefined();
    expect((await get(client as never, 'grandchild')).metadata.ownerReferences).toHaveLength(1);
  });

  test('a circle of owners that block each other is broken', async () => {
    const { client, tick, owner, child } = await family(true);
    await client.patch(CONFIG_MAPS, 'default', 'owner', 'merge', {
      metadata: { ownerReferences: [ownedBy(child, true)] },
    });
    await client.delete(CONFIG_MAPS, 'default', 'owner', deleteOptions('Foreground'));
    expect(await tick({ settle: true })).toMatchObject({ reached: true });
    expect(await names(client, CONFIG_MAPS)).toEqual(['stranger']);
    expect(owner.metadata.uid).not.toBe(child.metadata.uid);
  });
});

describe('an owner that is not there', () => {
  const missing = (name: string) => ({ apiVersion: 'v1', kind: 'ConfigMap', name, uid: 'no-such-uid' });

  test('takes its dependents with it', async () => {
    const { client, tick } = await clusterWith([garbageCollector]);
    await make(client, CONFIG_MAPS, configMap('orphan', { ownerReferences: [missing('gone')] }));
    await tick();
    expect(await names(client, CONFIG_MAPS)).toEqual([]);
  });

  test('is forgotten by a dependent that has another', async () => {
    const { client, tick } = await clusterWith([garbageCollector]);
    const owner = await make(client, CONFIG_MAPS, configMap('owner'));
    await make(client, CONFIG_MAPS, configMap('shared', { ownerReferences: [missing('gone'), ownedBy(owner)] }));
    await tick({ settle: true });
    const shared = await get(client as never, 'shared');
    expect(shared.metadata.ownerReferences?.map(({ name }) => name)).toEqual(['owner']);
  });

  test('is one whose name lives on with another uid', async () => {
    const { client, tick } = await clusterWith([garbageCollector]);
    await make(client, CONFIG_MAPS, configMap('owner'));
    await make(client, CONFIG_MAPS, configMap('old', { ownerReferences: [missing('owner')] }));
    await tick({ settle: true });
    expect(await names(client, CONFIG_MAPS)).toEqual(['owner']);
  });

  test('is one of another namespace, and that is told', async () => {
    const { client, tick } = await clusterWith([garbageCollector]);
    await client.create(core('namespaces'), '', namespace('other'));
    const owner = await make(client, CONFIG_MAPS, configMap('owner', { namespace: 'other' }));
    await make(client, CONFIG_MAPS, configMap('across', { ownerReferences: [ownedBy(owner)] }));
    await tick({ settle: true });
    expect(await names(client, CONFIG_MAPS)).toEqual([]);
    const { items } = await client.list(core('events'), 'default');
    expect(items.map(({ reason, message }) => ({ reason, message }))).toEqual([
      {
        reason: 'OwnerRefInvalidNamespace',
        message: `ownerRef [v1/ConfigMap, namespace: default, name: owner, uid: ${owner.metadata.uid}] does not exist in namespace "default"`,
      },
    ]);
  });

  test('of an object without a namespace that names one with a namespace, changes nothing', async () => {
    const { client, tick } = await clusterWith([garbageCollector]);
    await client.create(CLUSTER_ROLES, '', {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRole',
      metadata: { name: 'role', ownerReferences: [missing('gone')] },
      rules: [],
    });
    expect(await tick({ settle: true })).toMatchObject({ reached: true, failures: [], actions: [] });
    expect(await names(client, CLUSTER_ROLES, '')).toEqual(['role']);
  });

  test('of an unknown kind is never taken for gone', async () => {
    const { client, tick } = await clusterWith([garbageCollector]);
    const owner = { apiVersion: 'example.com/v1', kind: 'Widget', name: 'w', uid: 'u' };
    await make(client, CONFIG_MAPS, configMap('part', { ownerReferences: [owner] }));
    const report = await tick({ settle: true });
    expect(report.failures[0]?.message).toContain('unable to get REST mapping for example.com/v1/Widget');
    expect(await names(client, CONFIG_MAPS)).toEqual(['part']);
  });
});

test('an owner that is cluster-scoped may own what is in a namespace', async () => {
  const { client, tick } = await clusterWith([garbageCollector]);
  const role = await client.create(CLUSTER_ROLES, '', {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRole',
    metadata: { name: 'role' },
    rules: [],
  });
  await make(client, CONFIG_MAPS, configMap('owned', { ownerReferences: [ownedBy(role)] }));
  expect(await tick({ settle: true })).toMatchObject({ actions: [] });
  await client.delete(CLUSTER_ROLES, '', 'role');
  await tick({ settle: true });
  expect(await names(client, CONFIG_MAPS)).toEqual([]);
});
