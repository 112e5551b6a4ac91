import type { Json } from '../../src/apimachinery/json';
import type { PatchType } from '../../src/client/client';
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

async function withWeb() {
  const test = testServer();
  await test.client.create(DEPLOYMENTS, 'default', deployment('web'));
  return test;
}

test.each<[PatchType, Json, unknown]>([
  ['json', [{ op: 'replace', path: '/spec/replicas', value: 3 }], { replicas: 3 }],
  ['merge', { spec: { replicas: 3, paused: true } }, { replicas: 3, paused: true }],
  [
    'strategic',
    { spec: { template: { spec: { containers: [{ name: 'side', image: 'example/side:1' }] } } } },
    { template: { spec: { containers: [{ name: 'side' }, { name: 'main' }] } } },
  ],
  [
    'merge',
    { spec: { template: { spec: { containers: [{ name: 'one', image: 'x' }] } } } },
    { template: { spec: { containers: [{ name: 'one' }] } } },
  ],
])('%s %j', async (type, patch, expected) => {
  const { client } = await withWeb();
  const patched = await client.patch(DEPLOYMENTS, 'default', 'web', type, patch);
  expect(patched['spec']).toMatchObject(expected as object);
  expect(patched.metadata.generation).toBe(2);
});

test('a patch that changes nothing changes no version', async () => {
  const { client, clock } = await withWeb();
  const before = await client.get(DEPLOYMENTS, 'default', 'web');
  clock.advanceTo(clock.now() + 1000);
  for (const type of ['merge', 'strategic'] as const)
    expect(await client.patch(DEPLOYMENTS, 'default', 'web', type, { spec: { replicas: 1 } })).toBe(before);
});

test('a subresource is patched alone', async () => {
  const { client } = await withWeb();
  const patch = { spec: { replicas: 9 }, status: { replicas: 2 } };
  const patched = await client.patch(DEPLOYMENTS, 'default', 'web', 'merge', patch, {}, 'status');
  expect(patched).toMatchObject({ spec: { replicas: 1 }, status: { replicas: 2 }, metadata: { generation: 1 } });
});

test.each<[PatchType, Json, string | RegExp]>([
  [
    'json',
    [{ op: 'test', path: '/metadata/name', value: 'x' }],
    '422 Invalid: the server rejected our request due to an error in our request',
  ],
  [
    'json',
    [{ op: 'replace', path: '/spec/nosuch/x', value: 1 }],
    '422 Invalid: the server rejected our request due to an error in our request',
  ],
  [
    'json',
    { op: 'add' },
    /^400 BadRequest: (error decoding patch: )?json: cannot unmarshal object into Go value of type/,
  ],
  ['merge', [], /^400 BadRequest: /],
  ['merge', '{bad', `400 BadRequest: invalid character 'b' looking for beginning of object key string`],
  ['strategic', '[1', '400 BadRequest: unexpected end of JSON input'],
  ['strategic', [], '400 BadRequest: json: cannot unmarshal array into Go value of type map[string]interface {}'],
  [
    'merge',
    { metadata: { name: 'other' } },
    '400 BadRequest: the name of the object (other) does not match the name on the URL (web)',
  ],
  [
    'merge',
    { metadata: { namespace: 'other' } },
    '400 BadRequest: the namespace of the provided object does not match the namespace sent on the request',
  ],
  [
    'merge',
    { metadata: { resourceVersion: '77' } },
    '409 Conflict: Operation cannot be fulfilled on deployments.apps "web": the object has been modified; please apply your changes to the latest version and try again',
  ],
  [
    'merge',
    { metadata: { uid: 'x' } },
    /^422 Invalid: Deployment\.apps "web" is invalid: metadata\.uid: Invalid value: "x": field is immutable$/,
  ],
  [
    'strategic',
    { spec: { replicas: 'many' } },
    '422 Invalid:  "" is invalid: patch: Invalid value: "map[spec:map[replicas:many]]": json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32',
  ],
])('%s %j: %s', async (type, patch, message) => {
  const { client } = await withWeb();
  const text = await failureText(client.patch(DEPLOYMENTS, 'default', 'web', type, patch));
  if (typeof message === 'string') expect(text).toBe(message);
  else expect(text).toMatch(message);
});

test('of what is not there', async () => {
  const { client } = testServer();
  for (const type of ['json', 'merge', 'strategic'] as const)
    expect(await failureText(client.patch(CONFIG_MAPS, 'default', 'a', type, type === 'json' ? [] : {}))).toBe(
      '404 NotFound: configmaps "a" not found',
    );
});

describe('media types', () => {
  const send = (client: ReturnType<typeof testServer>['client'], type: string) =>
    client.request({
      method: 'PATCH',
      path: '/api/v1/namespaces/default/configmaps/a',
      headers: { 'content-type': type },
      body: {},
    });
  test('what is no patch', async () => {
    const { client } = testServer();
    expect(await failureText(send(client, 'application/json'))).toBe(
      '415 UnsupportedMediaType: the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/strategic-merge-patch+json, application/apply-patch+yaml',
    );
  });
  test('parameters are ignored', async () => {
    const { client } = testServer();
    await client.create(CONFIG_MAPS, 'default', configMap('a'));
    await send(client, 'application/merge-patch+json; charset=utf-8');
  });
  test('custom kinds know no strategic patch', async () => {
    const { client, server } = testServer();
    await client.create(CONFIG_MAPS, 'default', configMap('a'));
    Object.assign(server.core.catalog.loaded('', 'v1', 'configmaps') as object, { custom: true });
    expect(await failureText(send(client, 'application/strategic-merge-patch+json'))).toBe(
      '415 UnsupportedMediaType: the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml',
    );
  });
});

describe('server-side apply', () => {
  const configuration = (data: Record<string, string>) => ({ ...configMap('a'), data }) as unknown as Json;
  const query = (fieldManager: string, force = false) => ({ fieldManager, ...(force ? { force: 'true' } : {}) });

  test('creates, changes, and takes away what it no longer names', async () => {
    const { client } = testServer();
    const apply = (data: Record<string, string>) =>
      client.patch(CONFIG_MAPS, 'default', 'a', 'apply', configuration(data), query('mine'));
    const created = await client.send({
      method: 'PATCH',
      path: '/api/v1/namespaces/default/configmaps/a',
      query: query('mine'),
      headers: { 'content-type': 'application/apply-patch+yaml' },
      body: configuration({ x: '1', y: '1' }),
    });
    expect(created.code).toBe(201);
    await client.patch(CONFIG_MAPS, 'default', 'a', 'merge', { data: { z: 'theirs' } });
    expect((await apply({ x: '2' }))['data']).toEqual({ x: '2', z: 'theirs' });
    const same = await client.get(CONFIG_MAPS, 'default', 'a');
    expect(await apply({ x: '2' })).toBe(same);
  });

  test('conflicts name their owners, and force takes over', async () => {
    const { client } = testServer();
    await client.patch(CONFIG_MAPS, 'default', 'a', 'apply', configuration({ x: '1' }), query('mine'));
    await client.patch(CONFIG_MAPS, 'default', 'a', 'merge', { data: { x: '2' } }, { fieldManager: 'theirs' });
    const apply = (force: boolean) =>
      client.patch(CONFIG_MAPS, 'default', 'a', 'apply', configuration({ x: '3' }), query('mine', force));
    const conflict = await failure(apply(false));
    expect(conflict).toMatchObject({
      code: 409,
      reason: 'Conflict',
      message: 'Apply failed with 1 conflict: conflict with "theirs" using v1: .data.x',
      details: { causes: [{ reason: 'FieldManagerConflict', field: '.data.x' }] },
    });
    expect((await apply(true))['data']).toEqual({ x: '3' });
  });

  test('YAML will do', async () => {
    const { client } = testServer();
    const yaml = 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\ndata:\n  x: "1"\n';
    const applied = await client.patch(CONFIG_MAPS, 'default', 'a', 'apply', yaml, query('mine'));
    expect(applied['data']).toEqual({ x: '1' });
  });

  test.each<[Json, Record<string, string>, string | RegExp]>([
    [
      {},
      {},
      '422 Invalid: PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch',
    ],
    [': :', { fieldManager: 'm' }, /^400 BadRequest: error decoding patch: /],
    [7, { fieldManager: 'm' }, /^400 BadRequest: error decoding patch: /],
    [
      { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'b' } },
      { fieldManager: 'm' },
      '400 BadRequest: the name of the object (b) does not match the name on the URL (a)',
    ],
    [{ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a' } }, { fieldManager: 'm' }, /^400 BadRequest: /],
  ])('%j %j is refused', async (body, parameters, message) => {
    const { client } = testServer();
    const text = await failureText(client.patch(CONFIG_MAPS, 'default', 'a', 'apply', body, parameters));
    if (typeof message === 'string') expect(text).toBe(message);
    else expect(text).toMatch(message);
  });

  test('force is for apply', async () => {
    const { client } = await withWeb();
    expect(await failureText(client.patch(DEPLOYMENTS, 'default', 'web', 'merge', {}, { force: 'true' }))).toBe(
      '422 Invalid: PatchOptions.meta.k8s.io "" is invalid: force: Forbidden: may not be specified for non-apply patch',
    );
  });

  test('status is applied through its subresource only', async () => {
    const { client } = testServer();
    const node = (status: Json) =>
      ({ apiVersion: 'v1', kind: 'Node', metadata: { name: 'n' }, status }) as unknown as Json;
    await client.create(NODES, '', { apiVersion: 'v1', kind: 'Node', metadata: { name: 'n' } });
    const phase = { phase: 'Running' };
    const main = await client.patch(NODES, '', 'n', 'apply', node(phase), query('m'));
    expect(main['status']?.phase).toBeUndefined();
    const status = await client.patch(NODES, '', 'n', 'apply', node(phase), query('m'), 'status');
    expect(status['status'].phase).toBe('Running');
    expect(status.metadata.managedFields?.filter(({ manager }) => manager === 'm')).toMatchObject([
      { operation: 'Apply', subresource: 'status' },
    ]);
  });
});
