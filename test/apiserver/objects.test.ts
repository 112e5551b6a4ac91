import fc from 'fast-check';
import type { KubeObject } from '../../src/apimachinery/meta';
import { newUid } from '../../src/apiserver/object-life';
import { createRandom } from '../../src/sim/random';
import {
  CONFIG_MAPS,
  configMap,
  DEPLOYMENTS,
  deployment,
  failure,
  failureText,
  NODES,
  testServer,
} from './server-for-tests';

describe('create', () => {
  test('the server says when, who and which version', async () => {
    const { client } = testServer();
    const created = await client.create(CONFIG_MAPS, 'default', {
      ...configMap('a', { x: '1' }),
      metadata: {
        name: 'a',
        uid: 'mine',
        creationTimestamp: '1999-01-01T00:00:00Z',
        resourceVersion: '',
        generation: 7,
      },
    });
    expect(created).toMatchObject({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'a', namespace: 'default', creationTimestamp: '2026-01-01T00:00:00Z', resourceVersion: '1' },
      data: { x: '1' },
    });
    expect(created.metadata.uid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(created.metadata).not.toHaveProperty('generation');
    expect(await client.get(CONFIG_MAPS, 'default', 'a')).toBe(created);
    expect(Object.isFrozen(created.metadata)).toBe(true);
  });

  test('uids of 40,000 objects differ, though a generator starts from 32 bits', () => {
    const random = createRandom(1);
    const uids = new Set(Array.from({ length: 40_000 }, (_, i) => newUid(random, `/registry/core/pods/p${i}`, i)));
    expect(uids.size).toBe(40_000);
  });

  test('a uid is half of each of two generators, whatever was asked for before', () => {
    const random = createRandom(1);
    for (const key of ['/a/b', '/a/b', '/a/bc', '/a/', '/b/b', 'x', '/a/b/c', '']) {
      const high = random.fork('uid/high', key, 7).uuid();
      const low = random.fork('uid/low', key, 7).uuid();
      expect(newUid(random, key, 7)).toBe(high.slice(0, 18) + low.slice(18));
    }
  });

  test('a second one of the same name', async () => {
    const { client } = testServer();
    await client.create(CONFIG_MAPS, 'default', configMap('a'));
    expect(await failure(client.create(CONFIG_MAPS, 'default', configMap('a')))).toEqual({
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message: 'configmaps "a" already exists',
      reason: 'AlreadyExists',
      details: { name: 'a', kind: 'configmaps' },
      code: 409,
    });
    await client.create(CONFIG_MAPS, 'other', configMap('a'));
  });

  test('while the old one is being deleted', async () => {
    const { client } = testServer();
    await client.create(CONFIG_MAPS, 'default', configMap('a', {}, { finalizers: ['example.com/x'] }));
    await client.delete(CONFIG_MAPS, 'default', 'a');
    expect(await failureText(client.create(CONFIG_MAPS, 'default', configMap('a')))).toBe(
      '409 AlreadyExists: object is being deleted: configmaps "a" already exists',
    );
  });

  test('generateName adds five characters, and tries again where they are taken', async () => {
    const { client } = testServer();
    const make = () =>
      client.create<KubeObject>(CONFIG_MAPS, 'default', {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { generateName: `${'x'.repeat(60)}-` },
      });
    const names = new Set<string | undefined>();
    for (let i = 0; i < 200; i++) names.add((await make()).metadata.name);
    expect(names.size).toBe(200);
    for (const name of names) expect(name).toMatch(/^x{58}[bcdfghjklmnpqrstvwxz2456789]{5}$/);
  });

  test('the same commands on the same seed give the same bytes', async () => {
    const run = async () => {
      const { client, store } = testServer();
      await client.create(CONFIG_MAPS, 'default', {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { generateName: 'a-' },
      });
      await client.create(DEPLOYMENTS, 'default', deployment('web'));
      return JSON.stringify((await store.range('/')).entries);
    };
    expect(await run()).toBe(await run());
  });

  test('status is the server’s, and generation counts from 1 where there is a spec', async () => {
    const { client } = testServer();
    const created = await client.create(DEPLOYMENTS, 'default', {
      ...deployment('web'),
      status: { replicas: 7 },
    });
    expect(created['status']).toEqual({});
    expect(created.metadata.generation).toBe(1);
  });

  test.each([
    [
      { metadata: { name: 'a', namespace: 'other' } },
      '400 BadRequest: the namespace of the provided object does not match the namespace sent on the request',
    ],
    [
      { metadata: {} },
      '422 Invalid: ConfigMap "" is invalid: metadata.name: Required value: name or generateName is required',
    ],
    [
      { metadata: { name: 'A' } },
      `422 Invalid: ConfigMap "A" is invalid: metadata.name: Invalid value: "A": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')`,
    ],
    [
      { metadata: { name: 'a', labels: { k: '-' } } },
      `422 Invalid: ConfigMap "a" is invalid: metadata.labels: Invalid value: "-": a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')`,
    ],
    [
      { metadata: { name: 'a', annotations: { k: 'x'.repeat(262_144) } } },
      '422 Invalid: ConfigMap "a" is invalid: metadata.annotations: Too long: may not be more than 262144 bytes',
    ],
    [
      { metadata: { name: 'a', finalizers: ['orphan', 'foregroundDeletion'] } },
      '422 Invalid: ConfigMap "a" is invalid: metadata.finalizers: Invalid value: ["orphan","foregroundDeletion"]: finalizer orphan and foregroundDeletion cannot be both set',
    ],
    [
      { metadata: { name: 'a', ownerReferences: [{ apiVersion: 'v1', kind: 'Event', name: 'x', uid: '' }] } },
      '422 Invalid: ConfigMap "a" is invalid: [metadata.ownerReferences.uid: Invalid value: "": must not be empty, metadata.ownerReferences: Invalid value: {"apiVersion":"v1","kind":"Event","name":"x","uid":""}: /v1, Kind=Event is disallowed from being an owner]',
    ],
    [
      { kind: 'Pod', metadata: { name: 'a' } },
      /^400 BadRequest: Pod in version "v1" cannot be handled as a ConfigMap: /,
    ],
    [
      { apiVersion: 'v2', metadata: { name: 'a' } },
      '400 BadRequest: the API version in the data (v2) does not match the expected API version (v1)',
    ],
    [
      { metadata: { name: 'a' }, data: { x: 1 } },
      '400 BadRequest: ConfigMap in version "v1" cannot be handled as a ConfigMap: json: cannot unmarshal number into Go struct field ConfigMap.data of type string',
    ],
  ])('refused: %#', async (fields, message) => {
    const { client } = testServer();
    const object = { apiVersion: 'v1', kind: 'ConfigMap', ...fields };
    const text = await failureText(client.create(CONFIG_MAPS, 'default', object));
    if (typeof message === 'string') expect(text).toBe(message);
    else expect(text).toMatch(message);
  });

  test('a body without kind and version is what the path says', async () => {
    const { client } = testServer();
    const created = await client.request({
      method: 'POST',
      path: '/api/v1/namespaces/default/configmaps',
      body: { metadata: { name: 'a' } },
    });
    expect(created).toMatchObject({ kind: 'ConfigMap', apiVersion: 'v1' });
  });

  test('a cluster-scoped object loses a namespace', async () => {
    const { client } = testServer();
    const node = { apiVersion: 'v1', kind: 'Node', metadata: { name: 'n', namespace: 'x' } };
    expect((await client.create(NODES, '', node)).metadata).not.toHaveProperty('namespace');
  });

  test('owner references that are there twice go, with a warning', async () => {
    const { client, warnings } = testServer();
    const owner = { apiVersion: 'v1', kind: 'Node', name: 'n', uid: 'u' };
    const created = await client.create(CONFIG_MAPS, 'default', {
      ...configMap('a'),
      metadata: { name: 'a', ownerReferences: [owner, owner] },
    });
    expect(created.metadata.ownerReferences).toEqual([owner]);
    expect(warnings).toEqual([
      '.metadata.ownerReferences contains duplicate entries; API server dedups owner references in 1.20+, and may reject such requests as early as 1.24; please fix your requests; duplicate UID(s) observed: u',
    ]);
  });
});

describe('fieldValidation', () => {
  const object = { ...deployment('web'), nosuch: 1 };
  test('Warn is the default: told and dropped', async () => {
    const { client, warnings } = testServer();
    expect(await client.create(DEPLOYMENTS, 'default', object)).not.toHaveProperty('nosuch');
    expect(warnings).toEqual(['unknown field "nosuch"']);
  });
  test('Ignore says nothing', async () => {
    const { client, warnings } = testServer();
    await client.create(DEPLOYMENTS, 'default', object, { fieldValidation: 'Ignore' });
    expect(warnings).toEqual([]);
  });
  test('Strict refuses', async () => {
    const { client } = testServer();
    expect(await failureText(client.create(DEPLOYMENTS, 'default', object, { fieldValidation: 'Strict' }))).toBe(
      '400 BadRequest: Deployment in version "v1" cannot be handled as a Deployment: strict decoding error: unknown field "nosuch"',
    );
    await client.create(DEPLOYMENTS, 'default', deployment('web'));
    expect(
      await failureText(
        client.patch(DEPLOYMENTS, 'default', 'web', 'merge', { nosuch: 1 }, { fieldValidation: 'Strict' }),
      ),
    ).toMatch(
      /^422 Invalid: {2}"" is invalid: patch: Invalid value: .*: strict decoding error: unknown field "nosuch"$/,
    );
  });
  test('anything else is none', async () => {
    const { client } = testServer();
    expect(await failureText(client.create(DEPLOYMENTS, 'default', object, { fieldValidation: 'x' }))).toBe(
      '422 Invalid: CreateOptions.meta.k8s.io "" is invalid: fieldValidation: Unsupported value: "x": supported values: "", "Ignore", "Strict", "Warn"',
    );
  });
});

describe('update', () => {
  test('a stale resourceVersion is a conflict', async () => {
    const { client } = testServer();
    const first = await client.create(CONFIG_MAPS, 'default', configMap('a'));
    const second = await client.update(CONFIG_MAPS, { ...first, data: { x: '1' } });
    expect(second.metadata.resourceVersion).toBe('2');
    expect(await failureText(client.update(CONFIG_MAPS, { ...first, data: { x: '2' } }))).toBe(
      '409 Conflict: Operation cannot be fulfilled on configmaps "a": the object has been modified; please apply your changes to the latest version and try again',
    );
  });

  test('without a resourceVersion the newest is replaced', async () => {
    const { client } = testServer();
    await client.create(CONFIG_MAPS, 'default', configMap('a', { x: '1' }));
    const updated = await client.update(CONFIG_MAPS, configMap('a', { y: '2' }, { namespace: 'default' }));
    expect(updated['data']).toEqual({ y: '2' });
  });

  test('what changes nothing is not written', async () => {
    const { client, clock, store } = testServer();
    const created = await client.create(CONFIG_MAPS, 'default', configMap('a', { x: '1' }));
    clock.advanceTo(clock.now() + 5000);
    expect(await client.update(CONFIG_MAPS, configMap('a', { x: '1' }, { namespace: 'default' }))).toBe(created);
    expect(await store.revision()).toBe(1);
  });

  test('uid, creation and generation are kept; generation counts changes of spec', async () => {
    const { client } = testServer();
    const created = await client.create(DEPLOYMENTS, 'default', deployment('web'));
    const labelled = await client.update<KubeObject>(DEPLOYMENTS, {
      ...created,
      metadata: { name: 'web', namespace: 'default', labels: { a: 'b' }, generation: 40 },
    });
    expect(labelled.metadata).toMatchObject({
      uid: created.metadata.uid,
      creationTimestamp: created.metadata.creationTimestamp,
      generation: 1,
    });
    const scaled = await client.update(DEPLOYMENTS, { ...labelled, spec: { ...labelled['spec'], replicas: 3 } });
    expect(scaled.metadata.generation).toBe(2);
  });

  test('status is left alone, and the status subresource leaves the rest alone', async () => {
    const { client } = testServer();
    const created = await client.create(DEPLOYMENTS, 'default', deployment('web'));
    const changed = { ...created, spec: { ...created['spec'], replicas: 9 }, status: { replicas: 2 } };
    const withStatus = await client.updateStatus(DEPLOYMENTS, changed);
    expect(withStatus['status']).toEqual({ replicas: 2 });
    expect(withStatus['spec'].replicas).toBe(1);
    expect(withStatus.metadata.generation).toBe(1);
    const updated = await client.update(DEPLOYMENTS, { ...withStatus, status: { replicas: 5 } });
    expect(updated).toBe(withStatus);
  });

  test.each([
    ['uid', 'other', /^409 Conflict: .*Precondition failed: UID in precondition: other, UID in object meta: /],
    ['name', 'b', /^400 BadRequest: the name of the object \(b\) does not match the name on the URL \(a\)$/],
    [
      'name',
      '',
      /^400 BadRequest: the name of the object \(a based on URL\) was undeterminable: name must be provided$/,
    ],
    ['namespace', 'other', /^400 BadRequest: the namespace of the provided object does not match/],
  ])('metadata.%s %j is refused', async (field, value, message) => {
    const { client } = testServer();
    const created = await client.create(CONFIG_MAPS, 'default', configMap('a'));
    const request = client.request({
      method: 'PUT',
      path: '/api/v1/namespaces/default/configmaps/a',
      body: { ...created, metadata: { ...created.metadata, [field]: value } } as never,
    });
    expect(await failureText(request)).toMatch(message);
  });

  test('of what is not there', async () => {
    const { client } = testServer();
    expect(await failureText(client.update(CONFIG_MAPS, configMap('a', {}, { namespace: 'default' })))).toBe(
      '404 NotFound: configmaps "a" not found',
    );
  });

  test('kinds that allow it are created by it', async () => {
    const { client } = testServer({
      source: {
        ...(await import('../../src/apiserver/catalog')).builtinSource,
        definition: (group, resource) => ({ group, resource, allowCreateOnUpdate: true }),
      },
    });
    const { code } = await client.send({
      method: 'PUT',
      path: '/api/v1/namespaces/default/configmaps/a',
      body: configMap('a') as never,
    });
    expect(code).toBe(201);
  });

  test('… by who may create', async () => {
    const { client } = testServer({
      authorizer: { authorize: (_, { verb }) => ({ allowed: verb !== 'create' }) },
      source: {
        ...(await import('../../src/apiserver/catalog')).builtinSource,
        definition: (group, resource) => ({ group, resource, allowCreateOnUpdate: true }),
      },
    });
    expect(await failureText(client.update(CONFIG_MAPS, configMap('a', {}, { namespace: 'default' })))).toBe(
      '403 Forbidden: configmaps "a" is forbidden: User "kubernetes-admin" cannot create resource "configmaps" in API group "" in the namespace "default"',
    );
  });

  test('writers who race lose nothing', async () => {
    const { client } = testServer();
    await client.create(CONFIG_MAPS, 'default', configMap('a'));
    const patch = (i: number) => client.patch(CONFIG_MAPS, 'default', 'a', 'merge', { data: { [`k${i}`]: 'v' } });
    await Promise.all(Array.from({ length: 50 }, (_, i) => patch(i)));
    expect(Object.keys((await client.get(CONFIG_MAPS, 'default', 'a'))['data'])).toHaveLength(50);
  });

  test('a strategy that writes into what was not decoded again gets a copy of its own', async () => {
    const { builtinSource } = await import('../../src/apiserver/catalog');
    const { client } = testServer({
      source: {
        ...builtinSource,
        definition: (group, resource) => ({
          group,
          resource,
          prepareForUpdate(object) {
            object['spec'].template.metadata.labels.touched = 'yes';
          },
        }),
      },
    });
    const created = await client.create(DEPLOYMENTS, 'default', deployment('web'));
    const updated = await client.update(DEPLOYMENTS, { ...created, spec: { ...created['spec'], replicas: 2 } });
    expect(updated['spec'].template.metadata.labels).toEqual({ app: 'web', touched: 'yes' });
    expect(created['spec'].template.metadata.labels).toEqual({ app: 'web' });
  });
});

describe('dryRun', () => {
  test('everything happens but the writing', async () => {
    const { client, store } = testServer();
    const query = { dryRun: 'All' };
    const created = await client.create(CONFIG_MAPS, 'default', configMap('a'), query);
    expect(created.metadata.uid).toBeDefined();
    expect(created.metadata).not.toHaveProperty('resourceVersion');
    expect(await store.revision()).toBe(0);
    const real = await client.create(CONFIG_MAPS, 'default', configMap('a'));
    expect(await failureText(client.create(CONFIG_MAPS, 'default', configMap('a'), query))).toBe(
      '409 AlreadyExists: configmaps "a" already exists',
    );
    const updated = await client.update(CONFIG_MAPS, { ...real, data: { x: '1' } }, query);
    expect(updated).toMatchObject({ data: { x: '1' }, metadata: { resourceVersion: '1' } });
    await client.patch(CONFIG_MAPS, 'default', 'a', 'merge', { data: { x: '1' } }, query);
    await client.delete(CONFIG_MAPS, 'default', 'a', undefined, query);
    expect(await client.get(CONFIG_MAPS, 'default', 'a')).toBe(real);
  });
  test('All or nothing', async () => {
    const { client } = testServer();
    expect(await failureText(client.create(CONFIG_MAPS, 'default', configMap('a'), { dryRun: 'Some' }))).toBe(
      '422 Invalid: CreateOptions.meta.k8s.io "" is invalid: dryRun: Unsupported value: ["Some"]: supported values: "All"',
    );
  });
});

describe('managed fields', () => {
  test('who, how, when and what', async () => {
    const { client, clock } = testServer();
    await client.create(CONFIG_MAPS, 'default', configMap('a', { x: '1' }), { fieldManager: 'maker' });
    clock.advanceTo(clock.now() + 60_000);
    const patched = await client.patch(CONFIG_MAPS, 'default', 'a', 'merge', { data: { y: '2' } });
    expect(patched.metadata.managedFields).toEqual([
      {
        manager: 'maker',
        operation: 'Update',
        apiVersion: 'v1',
        time: '2026-01-01T00:00:00Z',
        fieldsType: 'FieldsV1',
        fieldsV1: { 'f:data': { '.': {}, 'f:x': {} } },
      },
      {
        manager: 'tester',
        operation: 'Update',
        apiVersion: 'v1',
        time: '2026-01-01T00:01:00Z',
        fieldsType: 'FieldsV1',
        fieldsV1: { 'f:data': { 'f:y': {} } },
      },
    ]);
  });
  test('through a subresource', async () => {
    const { client } = testServer();
    const created = await client.create(DEPLOYMENTS, 'default', deployment('web'));
    const updated = await client.updateStatus(DEPLOYMENTS, { ...created, status: { replicas: 1 } });
    expect(updated.metadata.managedFields?.at(-1)).toMatchObject({
      subresource: 'status',
      fieldsV1: { 'f:status': { 'f:replicas': {} } },
    });
  });
  test.each([
    ['x'.repeat(129), /Too long: may not be more than 128 bytes$/],
    ['a\u0007', /fieldManager: Invalid value: "a\\u0007": invalid character U\+0007 \(at position 1\)$/],
  ])('what is no name of a manager: %#', async (fieldManager, message) => {
    const { client } = testServer();
    expect(await failureText(client.create(CONFIG_MAPS, 'default', configMap('a'), { fieldManager }))).toMatch(message);
  });
});

test('an object comes back as it was stored, whatever its keys are', async () => {
  const key = fc.oneof(
    fc.constantFrom('__proto__', 'constructor', 'toString', 'hasOwnProperty'),
    fc.stringMatching(/^[a-zA-Z_-][-._a-zA-Z0-9]{0,5}$/),
  );
  const { client } = testServer();
  let count = 0;
  await fc.assert(
    fc.asyncProperty(fc.dictionary(key, fc.string({ maxLength: 6 }), { noNullPrototype: true }), async (data) => {
      const entries = Object.entries(data);
      const created = await client.create(CONFIG_MAPS, 'default', {
        ...configMap(`c${count++}`),
        data: Object.fromEntries(entries),
      });
      expect(Object.entries(created['data'] ?? {}).sort()).toEqual(entries.sort());
      expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
    }),
    { numRuns: 100 },
  );
});
