import type { KubeObject } from '../../src/apimachinery/meta';
import type { Table } from '../../src/apimachinery/table';
import { builtinSource } from '../../src/apiserver/catalog';
import type { WatchEvent } from '../../src/client/transport';
import { CONFIG_MAPS, configMap, failure, failureText, testServer } from './server-for-tests';

const TABLE = 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json';

/** ConfigMaps with columns of their own. */
function server() {
  return testServer({
    source: {
      ...builtinSource,
      definition: (group, resource) => ({
        group,
        resource,
        columns: [
          { name: 'Name', type: 'string', format: 'name', description: 'd', priority: 0 },
          { name: 'Seconds', type: 'integer', description: 'how long', priority: 1 },
        ],
        cells: (object, now) => [
          object.metadata.name ?? '',
          (now - Date.parse(object.metadata.creationTimestamp as string)) / 1000,
        ],
      }),
    },
  });
}

const asTable = (client: ReturnType<typeof server>['client'], path = '', query = {}) =>
  client.request<Table>({
    method: 'GET',
    path: `/api/v1/namespaces/default/configmaps${path}`,
    query,
    headers: { accept: TABLE },
  } as never);

test('a list', async () => {
  const { client, clock } = server();
  const a = await client.create(CONFIG_MAPS, 'default', configMap('a', { x: '1' }));
  await client.create(CONFIG_MAPS, 'default', configMap('b'));
  clock.advanceTo(clock.now() + 90_000);
  expect(await asTable(client, '', { limit: '1' })).toEqual({
    kind: 'Table',
    apiVersion: 'meta.k8s.io/v1',
    metadata: { resourceVersion: '2', continue: expect.any(String), remainingItemCount: 1 },
    columnDefinitions: [
      { name: 'Name', type: 'string', format: 'name', description: 'd', priority: 0 },
      { name: 'Seconds', type: 'integer', format: '', description: 'how long', priority: 1 },
    ],
    rows: [
      {
        cells: ['a', 90],
        object: { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: a.metadata },
      },
    ],
  });
});

test('one object, with as much of it as is asked for', async () => {
  const { client } = server();
  const a = await client.create(CONFIG_MAPS, 'default', configMap('a', { x: '1' }));
  const table = await asTable(client, '/a', { includeObject: 'Object' });
  expect(table.metadata).toEqual({ resourceVersion: '1' });
  expect(table.rows).toEqual([{ cells: ['a', 0], object: a }]);
  expect((await asTable(client, '/a', { includeObject: 'None' })).rows).toEqual([{ cells: ['a', 0] }]);
  expect(await failureText(asTable(client, '/a', { includeObject: 'All' }))).toBe(
    `400 BadRequest: Unable to convert to Table as requested: includeObject: Invalid value: "All": must be 'Metadata', 'Object', 'None', or empty`,
  );
});

test('what is created and patched too, and failures stay failures', async () => {
  const { client } = server();
  const created = await client.request<Table>({
    method: 'POST',
    path: '/api/v1/namespaces/default/configmaps',
    headers: { accept: TABLE },
    body: configMap('a') as never,
  } as never);
  expect(created.rows[0]?.cells).toEqual(['a', 0]);
  expect(await failure(asTable(client, '/b'))).toMatchObject({ kind: 'Status', code: 404 });
});

test('a kind without columns has a name and an age', async () => {
  const { client, clock } = testServer({
    source: { ...builtinSource, definition: (group, resource) => ({ group, resource }) },
  });
  await client.create(CONFIG_MAPS, 'default', configMap('a'));
  clock.advanceTo(clock.now() + 150_000);
  const table = await asTable(client);
  expect(table.columnDefinitions.map(({ name }) => name)).toEqual(['Name', 'Age']);
  expect(table.rows[0]?.cells).toEqual(['a', '2m30s']);
});

test('watched: columns come once', async () => {
  const { client } = server();
  await client.create(CONFIG_MAPS, 'default', configMap('a'));
  await client.create(CONFIG_MAPS, 'default', configMap('b'));
  const { events } = await client.send({
    method: 'GET',
    path: '/api/v1/namespaces/default/configmaps',
    query: { watch: 'true' },
    headers: { accept: TABLE },
  });
  const iterator = (events as AsyncIterable<WatchEvent>)[Symbol.asyncIterator]();
  const tables = [await iterator.next(), await iterator.next()].map(
    ({ value }) => (value as { object: KubeObject }).object as unknown as Table,
  );
  expect(tables.map(({ columnDefinitions, rows }) => [columnDefinitions.length, rows[0]?.cells[0]])).toEqual([
    [2, 'a'],
    [0, 'b'],
  ]);
  await iterator.return?.();
});

describe('metadata only', () => {
  const accept = (form: string) => ({ accept: `application/json;as=${form};g=meta.k8s.io;v=v1` });
  const path = '/api/v1/namespaces/default/configmaps';
  test('of one and of many', async () => {
    const { client } = server();
    const { metadata } = await client.create(CONFIG_MAPS, 'default', configMap('a', { x: '1' }));
    const partial = { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata };
    expect(
      await client.request({ method: 'GET', path: `${path}/a`, headers: accept('PartialObjectMetadata') }),
    ).toEqual(partial);
    expect(await client.request({ method: 'GET', path, headers: accept('PartialObjectMetadataList') })).toEqual({
      kind: 'PartialObjectMetadataList',
      apiVersion: 'meta.k8s.io/v1',
      metadata: { resourceVersion: '1' },
      items: [partial],
    });
  });
  test.each([
    [
      '',
      'PartialObjectMetadata',
      /^406 NotAcceptable: you requested PartialObjectMetadata, but the requested object is a list/,
    ],
    [
      '/a',
      'PartialObjectMetadataList',
      /^406 NotAcceptable: you requested PartialObjectMetadataList, but .* is not a list/,
    ],
    ['', 'Poem', /^406 NotAcceptable: only the following media types are accepted/],
  ])('%s as %s', async (name, form, message) => {
    const { client } = server();
    await client.create(CONFIG_MAPS, 'default', configMap('a'));
    expect(await failureText(client.request({ method: 'GET', path: path + name, headers: accept(form) }))).toMatch(
      message,
    );
  });
});
