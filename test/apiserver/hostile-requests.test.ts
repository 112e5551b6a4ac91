/** Whatever is sent, the answer is one, it is a Status when it is a failure, and it tells nothing of the inside. */
import fc from 'fast-check';
import type { Json } from '../../src/apimachinery/json';
import type { ApiRequest } from '../../src/client/transport';
import { configMap, deployment, PODS, pod, testServer } from './server-for-tests';

/** How many requests are tried, and other ones each time; else the same 500 sequences. */
const REQUESTS = process.env['KUBETICK_REQUESTS'];

const word = fc.oneof(
  fc.constantFrom('', '.', '..', '__proto__', 'constructor', 'a', 'default', 'pods', 'status', 'v1', '%', '%2f', '\0'),
  fc.string({ unit: 'binary', maxLength: 8 }),
);
const path = fc.oneof(
  fc.array(word, { maxLength: 7 }).map((words) => `/${words.join('/')}`),
  fc.array(word, { maxLength: 4 }).map((words) => `/api/v1/namespaces/default/configmaps/${words.join('/')}`),
  fc.array(word, { maxLength: 3 }).map((words) => `/apis/apps/v1/namespaces/default/deployments/${words.join('/')}`),
);
const names = fc.constantFrom(
  'labelSelector',
  'fieldSelector',
  'limit',
  'continue',
  'resourceVersion',
  'resourceVersionMatch',
  'dryRun',
  'fieldManager',
  'fieldValidation',
  'force',
  'includeObject',
  'gracePeriodSeconds',
  'propagationPolicy',
  '__proto__',
);
const query = fc.dictionary(names, fc.string({ unit: 'binary', maxLength: 10 }), { maxKeys: 3, noNullPrototype: true });
const headers = fc.record(
  {
    'content-type': fc.constantFrom(
      'application/json-patch+json',
      'application/merge-patch+json',
      'application/strategic-merge-patch+json',
      'application/apply-patch+yaml',
      'text/html',
      '',
    ),
    accept: fc.constantFrom('application/json;as=Table;v=v1;g=meta.k8s.io', 'x;as=', '*/*', ''),
    'user-agent': fc.string({ unit: 'binary', maxLength: 10 }),
  },
  { requiredKeys: [] },
);
const json = fc.jsonValue({ maxDepth: 3 }) as fc.Arbitrary<Json>;
const key = fc.constantFrom(
  'apiVersion',
  'kind',
  'metadata',
  'spec',
  'status',
  'data',
  'name',
  'labels',
  'finalizers',
  'ownerReferences',
  'managedFields',
  'template',
  'containers',
  'selector',
  '__proto__',
  'constructor',
  '$patch',
  '$setElementOrder/containers',
);
const shaped: fc.Arbitrary<Json> = fc.letrec<{ value: Json }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom<Json>('a', 'v1', 'ConfigMap', 'delete', 0, -1, 1.5, 2 ** 53, true, null, ''),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.array(fc.tuple(key, tie('value')), { maxLength: 4 }).map((entries) => Object.fromEntries(entries) as Json),
  ),
})).value;
/** A good object with some of its values replaced. */
const mutated = fc
  .tuple(
    fc.constantFrom(deployment('a'), pod('a'), configMap('a', { x: '1' })),
    fc.array(fc.tuple(fc.nat(40), shaped), { minLength: 1, maxLength: 3 }),
  )
  .map(([object, changes]) => {
    const copy = structuredClone(object) as unknown as Json;
    for (const [index, value] of changes) {
      const places: [Record<string, Json>, string][] = [];
      const walk = (node: Json) => {
        if (typeof node !== 'object' || node === null) return;
        for (const name of Object.keys(node)) {
          places.push([node as Record<string, Json>, name]);
          walk((node as Record<string, Json>)[name] as Json);
        }
      };
      walk(copy);
      const [parent, name] = places[index % places.length] as [Record<string, Json>, string];
      parent[name] = value;
    }
    return copy;
  });
const body = fc.oneof(json, mutated, shaped, fc.string({ unit: 'binary', maxLength: 30 }), fc.constant(undefined));
const method = fc.constantFrom<ApiRequest['method']>('GET', 'POST', 'PUT', 'PATCH', 'DELETE');

test('any request is answered', async () => {
  const { server } = testServer();
  const put = (path: string, object: unknown) => server.send({ method: 'POST', path, body: object as Json });
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(method, path, query, headers, body), { minLength: 1, maxLength: 8 }),
      async (requests) => {
        // They may be there still.
        await put('/api/v1/namespaces/default/configmaps', configMap('a', { x: '1' }));
        await put('/apis/apps/v1/namespaces/default/deployments', deployment('a'));
        for (const [method, path, query, headers, body] of requests) {
          const request = { method, path, query, headers, ...(body === undefined ? {} : { body }) } as ApiRequest;
          const before = structuredClone(body);
          const response = await server.send(request);
          expect(body).toEqual(before);
          expect(Number.isInteger(response.code)).toBe(true);
          await response.events?.[Symbol.asyncIterator]().return?.();
          if (response.code < 400) continue;
          expect(response.body).toMatchObject({ kind: 'Status', status: 'Failure', code: response.code });
          const { message = '' } = response.body as { message?: string };
          expect(message).not.toMatch(/\.ts\b|node:internal|\bat .*:\d+:\d+/);
          // What upstream itself calls a fault of the server: a configuration that its schema does not allow.
          if (response.code >= 500 && !/^failed to create typed patch object|^Timeout: Too large/.test(message))
            throw new Error(`${JSON.stringify(request)}: ${message}`);
        }
        expect(({} as Record<string, unknown>)['a']).toBeUndefined();
      },
    ),
    REQUESTS === undefined ? { numRuns: 500, seed: 11 } : { numRuns: Math.ceil(Number(REQUESTS) / 4) },
  );
}, 600_000);

test('nothing outside their keys is read by names with slashes and dots', async () => {
  const { client, store } = testServer();
  await store.commit([{ key: '/kubetick/secret', value: { kind: 'Secret', metadata: { name: 'x' } } }]);
  for (const name of ['../../../kubetick/secret', '..%2F..%2F..%2Fkubetick%2Fsecret', '.', '..']) {
    const { code } = await client.transport.send({
      method: 'GET',
      path: `/api/v1/namespaces/default/configmaps/${name}`,
    });
    expect(code).toBe(404);
  }
});

test('a deep body is refused or taken, but answered', async () => {
  const { server } = testServer();
  let deep: Json = 'x';
  for (let i = 0; i < 5000; i++) deep = { a: deep };
  const { code } = await server.send({
    method: 'POST',
    path: '/api/v1/namespaces/default/configmaps',
    body: { metadata: { name: 'a' }, data: deep },
  });
  expect(code).toBe(400);
});

test('an unknown exception is an internal error without its stack', async () => {
  const { client, server } = testServer();
  server.handle('/boom', async () => {
    throw new TypeError('x is not a function');
  });
  const response = await server.send({ method: 'GET', path: '/boom' });
  expect(response).toMatchObject({
    code: 500,
    body: { reason: 'InternalError', message: 'Internal error occurred: x is not a function' },
  });
  expect(JSON.stringify(response.body)).not.toContain('    at ');
  await client.create(PODS, 'default', pod('a'));
});

test('objects of every kind that lack what they need are judged, not stumbled over', async () => {
  const { server } = testServer();
  const fields: Json[] = [
    {},
    { spec: {} },
    { spec: { template: {} } },
    { spec: { template: { spec: {} } } },
    { spec: { containers: [{}], volumes: [{}], tolerations: [{}], affinity: {}, securityContext: {} } },
    { spec: { ports: [{}], selector: {} } },
    { subsets: [{}], rules: [{}], webhooks: [{}], subjects: [{}], endpoints: [{}], ports: [{}] },
  ];
  for (const { group, version, plural, namespaced, verbs } of server.core.catalog.all()) {
    if (!verbs.includes('create') || plural === 'tokenreviews') continue;
    const base = group ? `/apis/${group}/${version}` : `/api/${version}`;
    const path = `${base}${namespaced ? '/namespaces/default' : ''}/${plural}`;
    for (const more of fields) {
      const body = { metadata: { name: 'a' }, ...(more as object) } as Json;
      const { code, body: answer } = await server.send({ method: 'POST', path, body, query: { dryRun: 'All' } });
      const { message } = answer as { message?: string };
      expect(`${path} ${JSON.stringify(more)}: ${code < 500 ? 'judged' : message}`).toMatch(/: judged$/);
    }
  }
});
