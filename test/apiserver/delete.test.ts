import type { KubeObject } from '../../src/apimachinery/meta';
import { builtinSource } from '../../src/apiserver/catalog';
import type { ResourceDefinition } from '../../src/apiserver/resource';
import {
  CONFIG_MAPS,
  configMap,
  DEPLOYMENTS,
  deployment,
  failure,
  failureText,
  NAMESPACES,
  PODS,
  pod,
  testServer,
} from './server-for-tests';

/** Pods with 30 seconds of grace, whatever else they are. */
const graceful = (definition: Partial<ResourceDefinition> = {}) =>
  testServer({
    source: {
      ...builtinSource,
      definition: (group, resource) => ({
        group,
        resource,
        gracePeriod: (_: KubeObject, requested: number | undefined) => requested ?? 30,
        ...definition,
      }),
    },
  });

test('gone at once, and what is said then', async () => {
  const { client } = testServer();
  const created = await client.create(CONFIG_MAPS, 'default', configMap('a'));
  expect(await client.delete(CONFIG_MAPS, 'default', 'a')).toEqual({
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Success',
    details: { name: 'a', kind: 'configmaps', uid: created.metadata.uid },
  });
  expect(await failure(client.delete(CONFIG_MAPS, 'default', 'a'))).toMatchObject({ code: 404, reason: 'NotFound' });
});

test('some kinds answer with the object that is gone', async () => {
  const { client } = testServer();
  const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'a' } };
  const accounts = { group: '', version: 'v1', resource: 'serviceaccounts' };
  await client.create(accounts, 'default', account);
  expect(await client.delete(accounts, 'default', 'a')).toMatchObject({ kind: 'ServiceAccount' });
});

describe('finalizers', () => {
  test('hold the object until the last of them has gone', async () => {
    const { client, clock } = testServer();
    const created = await client.create(
      CONFIG_MAPS,
      'default',
      configMap('a', {}, { finalizers: ['example.com/hold'] }),
    );
    clock.advanceTo(clock.now() + 90_000);
    expect(await client.delete(CONFIG_MAPS, 'default', 'a')).toMatchObject({
      kind: 'ConfigMap',
      metadata: {
        uid: created.metadata.uid,
        finalizers: ['example.com/hold'],
        deletionTimestamp: '2026-01-01T00:01:30Z',
        deletionGracePeriodSeconds: 0,
      },
    });
    const marked = await client.get(CONFIG_MAPS, 'default', 'a');
    clock.advanceTo(clock.now() + 90_000);
    expect(await client.delete(CONFIG_MAPS, 'default', 'a')).toMatchObject({ metadata: marked.metadata });
    await client.patch(CONFIG_MAPS, 'default', 'a', 'merge', { data: { still: 'here' } });
    expect(
      await failureText(
        client.patch(CONFIG_MAPS, 'default', 'a', 'merge', {
          metadata: { finalizers: ['example.com/hold', 'example.com/b', 'example.com/a'] },
        }),
      ),
    ).toBe(
      '422 Invalid: ConfigMap "a" is invalid: metadata.finalizers: Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{"example.com/a", "example.com/b"}',
    );
    const dry = await client.patch(
      CONFIG_MAPS,
      'default',
      'a',
      'json',
      [{ op: 'remove', path: '/metadata/finalizers' }],
      { dryRun: 'All' },
    );
    expect(dry.metadata).not.toHaveProperty('finalizers');
    await client.get(CONFIG_MAPS, 'default', 'a');
    const last = await client.patch(CONFIG_MAPS, 'default', 'a', 'json', [
      { op: 'remove', path: '/metadata/finalizers' },
    ]);
    expect(last).toMatchObject({ metadata: { name: 'a' }, data: { still: 'here' } });
    expect((await failure(client.get(CONFIG_MAPS, 'default', 'a'))).code).toBe(404);
  });

  test('a deletion counts as a generation', async () => {
    const { client } = testServer();
    await client.create(DEPLOYMENTS, 'default', {
      ...deployment('web'),
      metadata: { name: 'web', finalizers: ['example.com/hold'] },
    });
    await client.delete(DEPLOYMENTS, 'default', 'web');
    expect((await client.get(DEPLOYMENTS, 'default', 'web')).metadata.generation).toBe(2);
  });

  test.each([
    [{ propagationPolicy: 'Foreground' }, ['foregroundDeletion']],
    [{ propagationPolicy: 'Orphan' }, ['orphan']],
    [{ orphanDependents: true }, ['orphan']],
  ])('%j adds %j', async (options, finalizers) => {
    const { client } = testServer();
    await client.create(CONFIG_MAPS, 'default', configMap('a'));
    expect(await client.delete(CONFIG_MAPS, 'default', 'a', options)).toMatchObject({ metadata: { finalizers } });
  });

  test('Background takes away what an earlier delete asked for', async () => {
    const { client } = testServer();
    await client.create(CONFIG_MAPS, 'default', configMap('a'));
    await client.delete(CONFIG_MAPS, 'default', 'a', { propagationPolicy: 'Orphan' });
    await client.delete(CONFIG_MAPS, 'default', 'a', { propagationPolicy: 'Background' });
    expect((await failure(client.get(CONFIG_MAPS, 'default', 'a'))).code).toBe(404);
  });

  test('a kind may orphan by default', async () => {
    const { client } = testServer({
      source: {
        ...builtinSource,
        definition: (group, resource) => ({ group, resource, defaultGarbageCollection: 'orphan' }),
      },
    });
    await client.create(CONFIG_MAPS, 'default', configMap('a'));
    expect(await client.delete(CONFIG_MAPS, 'default', 'a')).toMatchObject({ metadata: { finalizers: ['orphan'] } });
  });
});

describe('grace', () => {
  test('runs, can only be shortened, and ends with a delete of no grace', async () => {
    const { client, clock } = graceful();
    await client.create(PODS, 'default', pod('a'));
    expect(await client.delete(PODS, 'default', 'a')).toMatchObject({
      metadata: { deletionTimestamp: '2026-01-01T00:00:30Z', deletionGracePeriodSeconds: 30 },
    });
    clock.advanceTo(clock.now() + 5000);
    await client.delete(PODS, 'default', 'a', { gracePeriodSeconds: 60 });
    const longer = await client.get(PODS, 'default', 'a');
    expect(longer.metadata).toMatchObject({
      deletionTimestamp: '2026-01-01T00:00:30Z',
      deletionGracePeriodSeconds: 30,
    });
    await client.delete(PODS, 'default', 'a', { gracePeriodSeconds: 10 });
    expect((await client.get(PODS, 'default', 'a')).metadata).toMatchObject({
      deletionTimestamp: '2026-01-01T00:00:10Z',
      deletionGracePeriodSeconds: 10,
    });
    await client.delete(PODS, 'default', 'a', { gracePeriodSeconds: 2 });
    expect((await client.get(PODS, 'default', 'a')).metadata).toMatchObject({
      // Two seconds after the beginning is in the past; one second is left to whoever finishes it.
      deletionTimestamp: '2026-01-01T00:00:05Z',
      deletionGracePeriodSeconds: 1,
    });
    await client.delete(PODS, 'default', 'a', { gracePeriodSeconds: 0 });
    expect((await failure(client.get(PODS, 'default', 'a'))).code).toBe(404);
  });

  test('is kept by updates, and a finalizer outlasts it', async () => {
    const { client } = graceful();
    await client.create(PODS, 'default', pod('a', {}, { finalizers: ['example.com/hold'] }));
    await client.delete(PODS, 'default', 'a');
    const marked = await client.get(PODS, 'default', 'a');
    const { deletionTimestamp: _, deletionGracePeriodSeconds: __, ...metadata } = marked.metadata;
    const updated = await client.update<KubeObject>(PODS, { ...marked, metadata: { ...metadata, labels: { a: 'b' } } });
    expect(updated.metadata).toMatchObject({ deletionGracePeriodSeconds: 30, labels: { a: 'b' } });
    await client.delete(PODS, 'default', 'a', { gracePeriodSeconds: 0 });
    expect((await client.get(PODS, 'default', 'a')).metadata.deletionGracePeriodSeconds).toBe(0);
    await client.patch(PODS, 'default', 'a', 'merge', { metadata: { finalizers: null } });
    expect((await failure(client.get(PODS, 'default', 'a'))).code).toBe(404);
  });

  test('by the kind’s own rule: nothing to wait for, gone at once', async () => {
    const gone: string[] = [];
    const { client } = graceful({
      gracePeriod: () => 0,
      afterDelete: (object) => void gone.push(object.metadata.name ?? ''),
    });
    await client.create(PODS, 'default', pod('a'));
    await client.delete(PODS, 'default', 'a', undefined, { dryRun: 'All' });
    expect(gone).toEqual([]);
    await client.delete(PODS, 'default', 'a');
    expect(gone).toEqual(['a']);
    expect((await failure(client.get(PODS, 'default', 'a'))).code).toBe(404);
  });
});

describe('options', () => {
  test.each([
    [
      { preconditions: { uid: 'x' } },
      /^409 Conflict: Operation cannot be fulfilled on ConfigMap "a": the UID in the precondition \(x\) does not match the UID in record \(.*\)\. The object might have been deleted and then recreated$/,
    ],
    [
      { preconditions: { resourceVersion: '7' } },
      /^409 Conflict: Operation cannot be fulfilled on ConfigMap "a": the ResourceVersion in the precondition \(7\) does not match the ResourceVersion in record \(1\)\. The object might have been modified$/,
    ],
    [
      { propagationPolicy: 'Sideways' },
      /^422 Invalid: DeleteOptions\.meta\.k8s\.io "" is invalid: propagationPolicy: Unsupported value: "Sideways": supported values: "Foreground", "Background", "Orphan", "nil"$/,
    ],
    [
      { propagationPolicy: 'Orphan', orphanDependents: true },
      /propagationPolicy: Invalid value: "Orphan": orphanDependents and deletionPropagation cannot be both set$/,
    ],
    [{ gracePeriodSeconds: 'soon' }, /^400 BadRequest: json: cannot unmarshal string into Go struct field/],
    [{ kind: 'Pod' }, /^400 BadRequest: no kind "Pod" is registered/],
    [[], /^400 BadRequest: decoded object cannot be converted to DeleteOptions$/],
  ])('%j', async (options, message) => {
    const { client } = testServer();
    await client.create(CONFIG_MAPS, 'default', configMap('a'));
    expect(await failureText(client.delete(CONFIG_MAPS, 'default', 'a', options as never))).toMatch(message);
  });

  test('from the query where there is no body', async () => {
    const { client } = graceful();
    await client.create(PODS, 'default', pod('a'));
    await client.delete(PODS, 'default', 'a', undefined, { gracePeriodSeconds: '7' });
    expect((await client.get(PODS, 'default', 'a')).metadata.deletionGracePeriodSeconds).toBe(7);
    expect(await failureText(client.delete(PODS, 'default', 'a', undefined, { gracePeriodSeconds: 'x' }))).toBe(
      '400 BadRequest: strconv.ParseInt: parsing "x": invalid syntax',
    );
  });

  test('a matching precondition holds', async () => {
    const { client } = testServer();
    const { metadata } = await client.create(CONFIG_MAPS, 'default', configMap('a'));
    await client.delete(CONFIG_MAPS, 'default', 'a', {
      preconditions: { uid: metadata.uid as string, resourceVersion: '1' },
    });
  });
});

test('deletecollection deletes what its selectors find, and says what it was', async () => {
  const { client } = testServer();
  for (const name of ['a', 'b', 'c'])
    await client.create(CONFIG_MAPS, 'default', configMap(name, {}, { labels: { odd: String(name !== 'b') } }));
  await client.create(CONFIG_MAPS, 'other', configMap('a', {}, { labels: { odd: 'true' } }));
  const answer = await client.request({
    method: 'DELETE',
    path: '/api/v1/namespaces/default/configmaps',
    query: { labelSelector: 'odd=true' },
  });
  expect(answer).toMatchObject({
    kind: 'ConfigMapList',
    items: [{ metadata: { name: 'a' } }, { metadata: { name: 'c' } }],
  });
  const left = await client.list(CONFIG_MAPS);
  expect(left.items.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`)).toEqual(['default/b', 'other/a']);
});

describe('a namespace', () => {
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'team' } };
  test('is Terminating until it is finalized', async () => {
    const { client } = testServer({ admission: undefined as never });
    const created = await client.create<KubeObject>(NAMESPACES, '', namespace);
    expect(created['spec']).toEqual({ finalizers: ['kubernetes'] });
    expect(created['status']).toEqual({ phase: 'Active' });
    expect(await client.delete(NAMESPACES, '', 'team')).toMatchObject({
      kind: 'Namespace',
      metadata: { deletionTimestamp: '2026-01-01T00:00:00Z' },
      status: { phase: 'Terminating' },
    });
    const again = await client.delete(NAMESPACES, '', 'team');
    expect(again).toMatchObject({ status: { phase: 'Terminating' } });
    const terminating = await client.get(NAMESPACES, '', 'team');
    const ignored = await client.update(NAMESPACES, { ...terminating, spec: { finalizers: [] } });
    expect(ignored['spec']).toEqual({ finalizers: ['kubernetes'] });
    const finalized = await client.update(NAMESPACES, { ...terminating, spec: {} }, undefined, 'finalize');
    expect(finalized['spec']).not.toHaveProperty('finalizers');
    expect((await failure(client.get(NAMESPACES, '', 'team'))).code).toBe(404);
  });

  test.each(['default', 'kube-system', 'kube-public'])('%s may not be deleted', async (name) => {
    const { client } = testServer({ admission: undefined as never });
    await client.create(NAMESPACES, '', { ...namespace, metadata: { name } });
    expect(await failureText(client.delete(NAMESPACES, '', name))).toBe(
      `403 Forbidden: namespaces "${name}" is forbidden: this namespace may not be deleted`,
    );
  });
});
