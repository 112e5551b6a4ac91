import { builtinSource } from '../../src/apiserver/catalog';
import { Client } from '../../src/client/client';
import { loadRestMapper } from '../../src/client/discovery';
import type { Transport } from '../../src/client/transport';
import type { ResourceInfo } from '../../src/schema/schema';
import { failureText, testServer } from './server-for-tests';

const get = (path: string, headers = {}) => testServer().client.send({ method: 'GET', path, headers });

test.each([
  ['/api', { kind: 'APIVersions', versions: ['v1'] }],
  ['/apis/apps', { kind: 'APIGroup', name: 'apps', preferredVersion: { groupVersion: 'apps/v1', version: 'v1' } }],
  [
    '/apis/autoscaling',
    { kind: 'APIGroup', versions: [{ version: 'v2' }, { version: 'v1' }], preferredVersion: { version: 'v2' } },
  ],
  ['/apis/apps/v1', { kind: 'APIResourceList', groupVersion: 'apps/v1' }],
  ['/version', { major: '1', minor: '36', gitVersion: 'v1.36.3' }],
])('%s', async (path, expected) => expect((await get(path)).body).toMatchObject(expected));

test('the resources of a version, subresources among them', async () => {
  const { body } = await get('/api/v1');
  const { resources } = body as unknown as { resources: { name: string }[] };
  expect(resources.find(({ name }) => name === 'pods')).toEqual({
    name: 'pods',
    singularName: 'pod',
    namespaced: true,
    kind: 'Pod',
    verbs: expect.arrayContaining(['create', 'watch', 'deletecollection']),
    shortNames: ['po'],
    categories: ['all'],
    storageVersionHash: 'xPOwRZ+Yhw8=',
  });
  expect(resources.find(({ name }) => name === 'pods/eviction')).toMatchObject({
    group: 'policy',
    version: 'v1',
    kind: 'Eviction',
    verbs: ['create'],
  });
});

test('aggregated discovery, for who asks for it', async () => {
  const accept = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json';
  const { body, headers } = await get('/apis', { accept });
  expect(headers['content-type']).toBe('application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList');
  const { items } = body as unknown as { items: { metadata: { name: string }; versions: unknown[] }[] };
  expect(items.find(({ metadata }) => metadata.name === 'apps')?.versions).toMatchObject([
    {
      version: 'v1',
      freshness: 'Current',
      resources: expect.arrayContaining([
        expect.objectContaining({
          resource: 'deployments',
          responseKind: { group: '', version: '', kind: 'Deployment' },
          scope: 'Namespaced',
          singularResource: 'deployment',
          shortNames: ['deploy'],
          subresources: expect.arrayContaining([
            {
              subresource: 'scale',
              responseKind: { group: 'autoscaling', version: 'v1', kind: 'Scale' },
              verbs: ['get', 'patch', 'update'],
            },
          ]),
        }),
      ]),
    },
  ]);
  // Who knows it can have it, wherever it stands; others get lists.
  expect((await get('/apis', { accept: `application/json,${accept}` })).body).toMatchObject({
    kind: 'APIGroupDiscoveryList',
  });
  expect((await get('/apis', { accept: 'application/json' })).body).toMatchObject({ kind: 'APIGroupList' });
});

test('aggregated discovery is fetched again only when it has changed', async () => {
  const { server } = testServer();
  const accept = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';
  const ask = (path: string, headers: Record<string, string>) => server.send({ method: 'GET', path, headers });
  const { headers } = await ask('/apis', { accept });
  expect(headers).toMatchObject({
    vary: 'Accept',
    'cache-control': 'public',
    etag: expect.stringMatching(/^"[0-9A-F]{128}"$/),
  });
  const again = await ask('/apis', { accept, 'if-none-match': headers['etag'] as string });
  expect(again).toMatchObject({ code: 304, body: null });
  expect((await ask('/api', { accept })).headers['etag']).not.toBe(headers['etag']);
  const older = await ask('/apis', { accept: accept.replace('v2', 'v2beta1') });
  expect(older.body).toMatchObject({ apiVersion: 'apidiscovery.k8s.io/v2beta1' });
});

test.each([
  ['/healthz', 'ok'],
  ['/livez/ping', 'ok'],
  ['/readyz?verbose', '[+]ping ok\n[+]etcd ok\n[+]shutdown ok\nreadyz check passed\n'],
])('%s', async (path, text) => expect((await get(path)).body).toBe(text));

test('every path that / names is there', async () => {
  const { client } = testServer();
  const { paths } = await client.request<{ paths: string[] }>({ method: 'GET', path: '/' });
  expect(paths).toContain('/apis/storage.k8s.io/v1');
  for (const path of paths) expect((await client.send({ method: 'GET', path })).code).toBe(200);
});

test.each([
  ['GET', '/nosuch'],
  ['GET', '/apis/nosuch'],
  ['GET', '/apis/apps/v9'],
  ['GET', '/healthz/nosuch'],
  ['GET', '/api/v1/nosuch'],
  ['GET', '/apis/apps/v1/namespaces/default/deployments/web/nosuch'],
  ['GET', '/api/v1/namespaces/default/nodes'],
  ['PUT', '/api/v1/pods/a'],
] as const)('%s %s is not found', async (method, path) =>
  expect(await failureText(testServer().client.request({ method, path }))).toBe(
    '404 NotFound: the server could not find the requested resource',
  ),
);

test.each([
  ['POST', '/version'],
  ['POST', '/api/v1/namespaces/default/pods/a'],
  ['DELETE', '/api/v1/nodes/a/status'],
  ['GET', '/api/v1/namespaces/default/pods/a/binding'],
  ['DELETE', '/api/v1/namespaces'],
  ['PUT', '/api/v1/pods'],
  ['GET', '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews'],
] as const)('%s %s is not allowed', async (method, path) =>
  expect(await failureText(testServer().client.request({ method, path }))).toBe(
    '405 MethodNotAllowed: the server does not allow this method on the requested resource',
  ),
);

describe('RestMapper', () => {
  const name = (info: { group: string; version: string; plural: string } | undefined) =>
    info && [info.group, info.version, info.plural].filter((part) => part !== '').join('/');

  test.each([
    ['po', 'v1/pods'],
    ['pod', 'v1/pods'],
    ['pods', 'v1/pods'],
    ['PODS', 'v1/pods'],
    ['Pod', 'v1/pods'],
    ['pods.v1', undefined],
    ['pods.v1.', 'v1/pods'],
    ['deploy', 'apps/v1/deployments'],
    ['deployments.apps', 'apps/v1/deployments'],
    ['deployments.v1.apps', 'apps/v1/deployments'],
    ['deployment.app', 'apps/v1/deployments'],
    ['deployments.v2.apps', undefined],
    ['Deployment.v1.apps', 'apps/v1/deployments'],
    ['Deployment.apps', 'apps/v1/deployments'],
    ['ev', 'v1/events'],
    ['events.events.k8s.io', 'events.k8s.io/v1/events'],
    ['hpa', 'autoscaling/v2/horizontalpodautoscalers'],
    ['hpa.v1.autoscaling', 'autoscaling/v1/horizontalpodautoscalers'],
    ['roles.rbac.authorization.k8s.io', 'rbac.authorization.k8s.io/v1/roles'],
    ['nonsense', undefined],
    ['constructor', undefined],
    ['', undefined],
  ])('%s is %s', async (typed, expected) => {
    const mapper = await loadRestMapper(testServer().client);
    expect(name(mapper.resource(typed))).toBe(expected);
  });

  test('kinds, categories, everything', async () => {
    const mapper = await loadRestMapper(testServer().client);
    expect(name(mapper.kind('apps', 'Deployment'))).toBe('apps/v1/deployments');
    expect(name(mapper.kind('autoscaling', 'HorizontalPodAutoscaler'))).toBe('autoscaling/v2/horizontalpodautoscalers');
    expect(mapper.kind('apps', 'Deployment', 'v9')).toBeUndefined();
    expect(mapper.category('all')?.map(({ plural }) => plural)).toEqual([
      'pods',
      'replicationcontrollers',
      'services',
      'daemonsets',
      'deployments',
      'replicasets',
      'statefulsets',
      'horizontalpodautoscalers',
      'cronjobs',
      'jobs',
    ]);
    expect(mapper.category('none')).toBeUndefined();
    // In process the very list is handed over.
    expect(mapper.all()).toBe(builtinSource.resources());
  });

  test('a server that is not kubetick’s is asked for aggregated discovery', async () => {
    const { server } = testServer();
    const asked: string[] = [];
    const other: Transport = {
      ...server,
      send(request) {
        asked.push(request.path);
        const accept = request.headers?.['accept']?.replace(/^[^,]*kubetick[^,]*,/, '') ?? '';
        return server.send({ ...request, headers: { accept } });
      },
    };
    expect((await loadRestMapper(new Client(other))).all()).toEqual(withoutHashes(builtinSource.resources()));
    expect(asked.sort()).toEqual(['/api', '/apis']);
  });

  test('a server without aggregated discovery is asked group by group', async () => {
    const { server } = testServer();
    const old: Transport = {
      ...server,
      send: (request) => server.send({ ...request, headers: {} }),
    };
    const sorted = (list: readonly { group: string }[]) =>
      list.filter(({ group }) => group === 'apps' || group === 'autoscaling' || group === '');
    const mapper = await loadRestMapper(new Client(old));
    expect(sorted(mapper.all())).toEqual(sorted(withoutHashes(builtinSource.resources())));
  });
});

/** A client does not keep how things are stored. */
function withoutHashes(resources: readonly ResourceInfo[]): ResourceInfo[] {
  return resources.map(({ storageVersionHash, ...info }) => info);
}
