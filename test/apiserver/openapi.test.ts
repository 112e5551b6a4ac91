/** OpenAPI documents: complete in themselves, named by hashes, and with custom kinds in them. */
import type { Json, JsonObject } from '../../src/apimachinery/json';
import { builtinSource } from '../../src/apiserver/catalog';
import { responseEncoder } from '../../src/apiserver/encoding/response-encoder';
import type { ApiRequest } from '../../src/client/transport';
import { schemaFromCrd } from '../../src/schema/from-crd';
import { builtinResources } from '../../src/schema/resources';
import type { ResourceInfo } from '../../src/schema/schema';
import { testServer } from './server-for-tests';

const widgets: ResourceInfo = {
  group: 'example.com',
  version: 'v1',
  kind: 'Widget',
  plural: 'widgets',
  singular: 'widget',
  shortNames: ['wd'],
  categories: [],
  namespaced: true,
  verbs: ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'],
  subresources: [
    { name: 'status', group: 'example.com', version: 'v1', kind: 'Widget', verbs: ['get', 'patch', 'update'] },
    { name: 'scale', group: 'autoscaling', version: 'v1', kind: 'Scale', verbs: ['get', 'patch', 'update'] },
  ],
};
const widgetSchema = {
  type: 'object',
  description: 'A thing to try.',
  properties: {
    spec: {
      type: 'object',
      properties: {
        size: { type: 'integer', minimum: 1, nullable: true, description: 'How large.' },
        port: { 'x-kubernetes-int-or-string': true },
        parts: { type: 'array', items: { type: 'string' }, 'x-kubernetes-list-type': 'set' },
      },
    },
  },
};

function serverWithWidgets() {
  const resources = [...builtinResources(), widgets];
  const { server } = testServer({
    source: {
      ...builtinSource,
      resources: () => resources,
      schema: (gvk) => (gvk.kind === 'Widget' ? schemaFromCrd(widgetSchema) : builtinSource.schema(gvk)),
      definition: (group, resource) =>
        group === 'example.com' ? { group, resource } : builtinSource.definition(group, resource),
    },
  });
  return async (path: string, headers: Record<string, string> = {}) => {
    const request: ApiRequest = { method: 'GET', path, headers };
    const response = await server.send(request);
    const encoder = await responseEncoder(request, response);
    return { ...response, text: new TextDecoder().decode(encoder.encode(response.body)), encoder };
  };
}

const get = serverWithWidgets();
const object = (value: Json | undefined) => value as JsonObject;

async function index(): Promise<Record<string, { serverRelativeURL: string }>> {
  return object((await get('/openapi/v3')).body)['paths'] as unknown as Record<string, { serverRelativeURL: string }>;
}

/** Everything that is referred to, and everything that is defined. */
function references(document: Json): Set<string> {
  return new Set([...JSON.stringify(document).matchAll(/"\$ref":"([^"]*)"/g)].map(([, ref]) => ref as string));
}

function resolves(document: JsonObject, ref: string): boolean {
  let node: Json | undefined = document;
  for (const part of ref.slice(2).split('/')) node = object(node)?.[part];
  return node !== undefined && node !== null;
}

test('the index names every group and version, and each document refers to nothing that it does not define', async () => {
  const paths = await index();
  expect(Object.keys(paths)).toEqual(
    expect.arrayContaining(['api', 'api/v1', 'apis', 'apis/apps', 'apis/apps/v1', 'apis/example.com/v1', 'version']),
  );
  for (const [name, { serverRelativeURL }] of Object.entries(paths)) {
    expect(serverRelativeURL).toMatch(new RegExp(`^/openapi/v3/${name}\\?hash=[0-9A-F]{128}$`));
    const { code, body, headers } = await get(serverRelativeURL);
    expect({ name, code, cache: headers['cache-control'] }).toEqual({ name, code: 200, cache: 'public, immutable' });
    expect(serverRelativeURL).toContain(headers['etag']?.replaceAll('"', ''));
    for (const ref of references(body)) expect(`${name} ${ref} ${resolves(object(body), ref)}`).toMatch(/ true$/);
  }
});

test('version 2 too', async () => {
  const { body } = await get('/openapi/v2');
  for (const ref of references(body)) expect(`${ref} ${resolves(object(body), ref)}`).toMatch(/ true$/);
  const { paths } = object(body) as { paths: Record<string, Json> };
  expect(Object.keys(paths)).toContain('/apis/example.com/v1/namespaces/{namespace}/widgets/{name}/scale');
});

test('every resource is at its path, as its kind', async () => {
  const document = object((await get('/openapi/v2')).body);
  const paths = object(document['paths']);
  for (const { group, version, plural, kind, namespaced, verbs } of builtinResources()) {
    const base = group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
    const item = object(paths[`${base}${namespaced ? '/namespaces/{namespace}' : ''}/${plural}`]);
    const operation = object(item[verbs.includes('list') ? 'get' : 'post']);
    expect(operation['x-kubernetes-group-version-kind']).toEqual({ group, version, kind });
  }
  const ids = [...JSON.stringify(paths).matchAll(/"operationId":"([^"]*)"/g)].map(([, id]) => id);
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids).toEqual(
    expect.arrayContaining([
      'listAppsV1NamespacedDeployment',
      'listAppsV1DeploymentForAllNamespaces',
      'deleteAppsV1CollectionNamespacedDeployment',
      'replaceAppsV1NamespacedDeploymentScale',
      'watchAppsV1NamespacedDeploymentList',
      'connectCoreV1GetNamespacedPodExec',
      'connectCoreV1PostNodeProxyWithPath',
      'createCoreV1NamespacedPodEviction',
      'readCoreV1NamespacedPodLog',
      'readRbacAuthorizationV1ClusterRole',
      'getCodeVersion',
    ]),
  );
});

test('a field tells its type, default, and how it merges', async () => {
  const { components } = object((await get('/openapi/v3/apis/apps/v1')).body) as { components: JsonObject };
  const schemas = object(components['schemas']);
  const podSpec = object(object(schemas['io.k8s.api.core.v1.PodSpec'])['properties']);
  expect(podSpec['containers']).toMatchObject({
    type: 'array',
    items: { $ref: '#/components/schemas/io.k8s.api.core.v1.Container' },
    'x-kubernetes-list-type': 'map',
    'x-kubernetes-list-map-keys': ['name'],
    'x-kubernetes-patch-merge-key': 'name',
    'x-kubernetes-patch-strategy': 'merge',
  });
  expect(object(object(schemas['io.k8s.api.apps.v1.Deployment'])['properties'])['spec']).toMatchObject({
    allOf: [{ $ref: '#/components/schemas/io.k8s.api.apps.v1.DeploymentSpec' }],
    default: {},
  });
  expect(schemas['io.k8s.api.apps.v1.Deployment']).toMatchObject({
    'x-kubernetes-group-version-kind': [{ group: 'apps', kind: 'Deployment', version: 'v1' }],
  });
  expect(schemas['io.k8s.apimachinery.pkg.apis.meta.v1.LabelSelector']).toMatchObject({
    'x-kubernetes-map-type': 'atomic',
  });
  expect(schemas['io.k8s.api.core.v1.SeccompProfile']).toMatchObject({
    'x-kubernetes-unions': [
      { discriminator: 'type', 'fields-to-discriminateBy': { localhostProfile: 'LocalhostProfile' } },
    ],
  });
  expect(schemas['io.k8s.apimachinery.pkg.util.intstr.IntOrString']).toMatchObject({
    oneOf: [{ type: 'integer' }, { type: 'string' }],
    format: 'int-or-string',
  });
});

test('custom kinds are in the documents as their CustomResourceDefinitions describe them', async () => {
  const document = object((await get('/openapi/v3/apis/example.com/v1')).body);
  const widget = object(object(object(document['components'])['schemas'])['com.example.v1.Widget']);
  expect(widget).toMatchObject({
    description: 'A thing to try.',
    properties: {
      apiVersion: { type: 'string' },
      metadata: { allOf: [{ $ref: '#/components/schemas/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta' }] },
      spec: widgetSchema.properties.spec,
    },
    'x-kubernetes-group-version-kind': [{ group: 'example.com', kind: 'Widget', version: 'v1' }],
  });
  const patch = object(
    object(object(document['paths'])['/apis/example.com/v1/namespaces/{namespace}/widgets/{name}'])['patch'],
  );
  expect(Object.keys(object(object(patch['requestBody'])['content']))).not.toContain(
    'application/strategic-merge-patch+json',
  );
  const definitions = object(object((await get('/openapi/v2')).body)['definitions']);
  const { size, port } = object(
    object(object(object(object(definitions['com.example.v1.Widget'])['properties'])['spec'])['properties']),
  ) as {
    size: Json;
    port: Json;
  };
  // Version 2 has no null and no value of two types.
  expect(size).toEqual({ minimum: 1, description: 'How large.' });
  expect(port).toEqual({ 'x-kubernetes-int-or-string': true });
});

test('documents are named by their state', async () => {
  const first = await get('/openapi/v3/apis/apps/v1');
  const etag = first.headers['etag'] as string;
  expect(first.headers['cache-control']).toBeUndefined();
  expect(await get('/openapi/v3/apis/apps/v1', { 'if-none-match': `"x", ${etag}` })).toMatchObject({
    code: 304,
    text: '',
  });
  const stale = await get('/openapi/v3/apis/apps/v1?hash=ABC');
  expect(stale.code).toBe(301);
  expect(stale.headers['location']).toBe(`/openapi/v3/apis/apps/v1?hash=${etag.replaceAll('"', '')}`);
  expect((await get('/openapi/v3/apis/nosuch/v1')).code).toBe(404);
  expect((await get('/openapi/v3/__proto__')).code).toBe(404);
  expect((await get('/openapi/v3/api/v1', { accept: 'text/html' })).code).toBe(406);
  expect((await get('/openapi/v2', { accept: 'text/html' })).code).toBe(406);
  // Another set of kinds, another index.
  const { server } = testServer();
  const other = await server.send({ method: 'GET', path: '/openapi/v3' });
  expect(other.headers['etag']).not.toBe((await get('/openapi/v3')).headers['etag']);
});

test('on the wire a document is one line of JSON, or protobuf for who asks', async () => {
  const json = await get('/openapi/v3/apis/batch/v1');
  expect(JSON.parse(json.text)).toEqual(json.body);
  expect(json.text).not.toContain('\n');
  const protobuf = await get('/openapi/v2', { accept: 'application/com.github.proto-openapi.spec.v2@v1.0+protobuf' });
  expect(protobuf.encoder.contentType).toBe('application/com.github.proto-openapi.spec.v2.v1.0+protobuf');
  expect(protobuf.text.slice(0, 6)).toBe('\n\x032.0\x12');
});
