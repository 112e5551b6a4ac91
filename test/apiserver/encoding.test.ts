/** Answers in the form that is asked for, byte for byte as a Go program writes them. */
import type { Json } from '../../src/apimachinery/json';
import { MEDIA_TYPES } from '../../src/apiserver/encoding/negotiate';
import { responseEncoder } from '../../src/apiserver/encoding/response-encoder';
import type { WatchEvent } from '../../src/client/transport';
import { decodeProtobuf } from '../../src/schema/protobuf-object';
import { sendBytes } from './on-the-wire';
import { CONFIG_MAPS, configMap, deployment, PODS, pod, testServer } from './server-for-tests';

const PROTOBUF = MEDIA_TYPES.protobuf;
const META = 'g=meta.k8s.io';

async function withMap() {
  const test = testServer();
  await test.client.create(CONFIG_MAPS, 'default', configMap('a', { text: 'x<y>&\u2028', z: '1', b: '2' }));
  const get = (path: string, accept?: string, more: Record<string, string> = {}) =>
    sendBytes(test.server, 'GET', path, { ...(accept === undefined ? {} : { accept }), ...more });
  return { ...test, get };
}
const MAP = '/api/v1/namespaces/default/configmaps/a';
const MAPS = '/api/v1/configmaps';

test.each<[string | undefined, string]>([
  [undefined, 'application/json'],
  ['*/*', 'application/json'],
  ['application/*', 'application/json'],
  ['*', 'application/json'],
  [`${PROTOBUF},application/json`, PROTOBUF],
  [`application/json,${PROTOBUF}`, 'application/json'],
  [`application/json;q=0.5,${PROTOBUF};q=0.9`, PROTOBUF],
  [`*/*, ${PROTOBUF}`, PROTOBUF],
  ['text/html, application/yaml', 'application/yaml'],
  ['application/json;stream=watch', 'application/json'],
  ['application/json;sv=v1', 'application/json'],
  [`application/json;as=Table;v=v1;${META}`, 'application/json'],
  [`${PROTOBUF};as=Table;v=v1;${META},application/yaml`, 'application/yaml'],
  [`${PROTOBUF};as=PartialObjectMetadataList;v=v1;${META}`, PROTOBUF],
  [`application/json;as=Nonsense;v=v1;${META},application/yaml`, 'application/yaml'],
])('Accept: %s is answered in %s', async (accept, contentType) => {
  const { get } = await withMap();
  const { code, contentType: found } = await get(MAPS, accept);
  expect([code, found]).toEqual([200, contentType]);
});

test.each([
  'text/html',
  'nonsense',
  'application/json;stream=other',
  'application/json;sv=v2',
  `application/json;as=Table;v=v2;${META}`,
  `${PROTOBUF};as=Table;v=v1;${META}`,
])('Accept: %s can not be had', async (accept) => {
  const { get } = await withMap();
  const { code, text, contentType } = await get(MAPS, accept);
  expect([code, contentType]).toEqual([406, 'application/json']);
  expect(JSON.parse(text)).toMatchObject({
    kind: 'Status',
    reason: 'NotAcceptable',
    message:
      'only the following media types are accepted: application/json, application/yaml, application/vnd.kubernetes.protobuf',
  });
  // Written plainly, for nothing that is accepted could carry it.
  if (!accept.startsWith('application/json;as') && !accept.startsWith(PROTOBUF)) expect(text).toMatch(/^{\n {2}"kind"/);
});

test('what is not asked for is not tried: nothing is created when its answer could not be had', async () => {
  const { server, client } = testServer();
  const body = JSON.stringify(configMap('b'));
  const path = '/api/v1/namespaces/default/configmaps';
  expect((await sendBytes(server, 'POST', path, { accept: 'text/html' }, body)).code).toBe(406);
  expect((await client.list(CONFIG_MAPS)).items).toEqual([]);
});

test('JSON is what Go writes: fields in declared order, keys of maps sorted, HTML escaped, a newline', async () => {
  const { get } = await withMap();
  const { text } = await get(MAP);
  expect(text).toMatch(
    /^{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"a","namespace":"default","uid":"[-0-9a-f]+","resourceVersion":"1","creationTimestamp":"[^"]+","managedFields":\[{"manager":"tester","operation":"Update",/,
  );
  expect(text.endsWith('"data":{"b":"2","text":"x\\u003cy\\u003e\\u0026\\u2028","z":"1"}}\n')).toBe(true);
});

test('items of a list do not say what they are; those of their metadata do', async () => {
  const { get } = await withMap();
  expect((await get(MAPS)).text).toMatch(
    /^{"kind":"ConfigMapList","apiVersion":"v1","metadata":{"resourceVersion":"1"},"items":\[{"metadata":{"name":"a",/,
  );
  const metadata = await get(MAPS, `application/json;as=PartialObjectMetadataList;v=v1beta1;${META}`);
  expect(metadata.text).toMatch(
    /^{"kind":"PartialObjectMetadataList","apiVersion":"meta.k8s.io\/v1beta1","metadata":{"resourceVersion":"1"},"items":\[{"kind":"PartialObjectMetadata","apiVersion":"meta.k8s.io\/v1beta1","metadata":{"name":"a",/,
  );
});

test.each<[string, string, Record<string, string>, boolean]>([
  ['asked for', `${MAP}?pretty=true`, {}, true],
  ['for curl', MAP, { 'user-agent': 'curl/8.0' }, true],
  ['for browsers', MAP, { 'user-agent': 'Mozilla/5.0 (X11)' }, true],
  ['not where curl is told not to', `${MAP}?pretty=0`, { 'user-agent': 'curl/8.0' }, false],
  ['by media type', MAP, { accept: 'application/json;pretty=1' }, true],
  ['not for others', MAP, { 'user-agent': 'kubectl/v1' }, false],
])('pretty %s', async (_, path, headers, pretty) => {
  const { server } = await withMap();
  const { text } = await sendBytes(server, 'GET', path, headers);
  expect(text.startsWith('{\n  "kind": "ConfigMap",\n  "apiVersion"')).toBe(pretty);
  expect(text.endsWith('\n')).toBe(!pretty);
});

test('YAML', async () => {
  const { get } = await withMap();
  const { text } = await get(MAP, 'application/yaml');
  expect(text).toMatch(/^apiVersion: v1\ndata:\n {2}b: "2"\n/);
});

test('protobuf, of objects, lists, metadata and errors', async () => {
  const { get, client, server } = await withMap();
  const expected = await client.get(CONFIG_MAPS, 'default', 'a');
  expect(decodeProtobuf((await get(MAP, PROTOBUF)).wire)).toEqual(expected);
  const list = decodeProtobuf((await get(MAPS, PROTOBUF)).wire);
  const { apiVersion, kind, ...bare } = expected;
  expect(list).toEqual({ kind: 'ConfigMapList', apiVersion: 'v1', metadata: { resourceVersion: '1' }, items: [bare] });
  const metadata = await get(MAP, `${PROTOBUF};as=PartialObjectMetadata;v=v1;${META}`);
  expect(decodeProtobuf(metadata.wire)).toEqual({
    kind: 'PartialObjectMetadata',
    apiVersion: 'meta.k8s.io/v1',
    metadata: expected.metadata,
  });
  const { code, contentType, wire } = await sendBytes(server, 'GET', `${MAP}x`, { accept: PROTOBUF });
  expect([code, contentType]).toEqual([404, PROTOBUF]);
  expect(decodeProtobuf(wire)).toMatchObject({ kind: 'Status', apiVersion: 'v1', code: 404, reason: 'NotFound' });
});

test('what no handler answers is told as Go’s router tells it', async () => {
  const { get } = await withMap();
  expect(await get('/nosuch')).toMatchObject({
    code: 404,
    contentType: 'text/plain; charset=utf-8',
    text: '404 page not found\n',
  });
  expect(await get('/healthz')).toMatchObject({ contentType: 'text/plain; charset=utf-8', text: 'ok' });
  expect((await get('/version')).text).toMatch(/^{\n {2}"major": "1",\n/);
});

test('asking for a list as one object, or one object as a list', async () => {
  const { get } = await withMap();
  const as = async (path: string, form: string) =>
    (JSON.parse((await get(path, `application/json;as=${form};v=v1;${META}`)).text) as { message: string }).message;
  expect(await as(MAPS, 'PartialObjectMetadata')).toBe(
    'you requested PartialObjectMetadata, but the requested object is a list (*core.ConfigMapList)',
  );
  expect(await as(MAP, 'PartialObjectMetadataList')).toBe(
    'you requested PartialObjectMetadataList, but the requested object is not a list (*core.ConfigMap)',
  );
  const table = await get(`${MAP}?includeObject=Some`, `application/json;as=Table;v=v1;${META}`);
  expect(table).toMatchObject({ code: 400 });
});

describe('watches', () => {
  async function firstEvent(accept: string, path = '/api/v1/namespaces/default/pods?watch=1') {
    const { server, client } = testServer();
    await client.create(PODS, 'default', pod('p'));
    const request = { method: 'GET' as const, path, headers: { accept } };
    const response = await server.send(request);
    const encoder = await responseEncoder(request, response);
    const events = response.events as AsyncIterable<WatchEvent>;
    const { value } = (await events[Symbol.asyncIterator]().next()) as { value: WatchEvent };
    return { code: response.code, contentType: encoder.contentType, encoder, value };
  }

  test('one line of JSON an event, the same bytes for all', async () => {
    const { contentType, encoder, value } = await firstEvent('application/json');
    const bytes = encoder.encodeEvent(value);
    expect(contentType).toBe('application/json');
    expect(new TextDecoder().decode(bytes)).toMatch(
      /^{"type":"ADDED","object":{"kind":"Pod","apiVersion":"v1","metadata":{"name":"p",.*}}\n$/,
    );
    expect(encoder.encodeEvent(value)).toBe(bytes);
    const deleted = { ...value, type: 'DELETED' } as WatchEvent;
    expect(new TextDecoder().decode(encoder.encodeEvent(deleted))).toMatch(/^{"type":"DELETED"/);
  });

  test('frames of protobuf', async () => {
    const { contentType, encoder, value } = await firstEvent(`${PROTOBUF};stream=watch,application/json`);
    expect(contentType).toBe(`${PROTOBUF};stream=watch`);
    const frame = encoder.encodeEvent(value);
    const length = new DataView(frame.buffer, frame.byteOffset).getUint32(0);
    expect(length).toBe(frame.length - 4);
    // After the type and three headers, the object as it is by itself.
    const at = new TextDecoder('latin1').decode(frame).indexOf('k8s\0');
    expect(decodeProtobuf(frame.subarray(at))).toEqual(value.object);
  });

  test('no YAML, and tables once with headers', async () => {
    const { server } = testServer();
    const refused = await sendBytes(server, 'GET', '/api/v1/pods?watch=1', { accept: 'application/yaml' });
    expect(refused).toMatchObject({ code: 406, contentType: 'application/yaml' });
    expect(refused.text).toMatch(
      /message: 'only the following media types are accepted: application\/json;stream=watch,\n\s+application\/vnd.kubernetes.protobuf;stream=watch'/,
    );
    const { value } = await firstEvent(`application/json;as=Table;v=v1;${META}`);
    expect((value.object as unknown as { columnDefinitions: Json[] }).columnDefinitions.length).toBeGreaterThan(3);
  });
});

test('kinds that are deprecated warn whoever asks', async () => {
  const { client, warnings } = testServer();
  await client.list({ group: '', version: 'v1', resource: 'endpoints' }, 'default');
  await client.list({ group: '', version: 'v1', resource: 'componentstatuses' });
  expect(warnings).toEqual([
    'v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice',
    'v1 ComponentStatus is deprecated in v1.19+',
  ]);
});

test('a Deployment survives every form', async () => {
  const { server, client } = testServer();
  await client.create({ group: 'apps', version: 'v1', resource: 'deployments' }, 'default', deployment('web'));
  const path = '/apis/apps/v1/namespaces/default/deployments/web';
  const json = await sendBytes(server, 'GET', path);
  const protobuf = await sendBytes(server, 'GET', path, { accept: PROTOBUF });
  for (const [contentType, wire] of [
    ['application/json', json.wire],
    [PROTOBUF, protobuf.wire],
    ['application/yaml', (await sendBytes(server, 'GET', path, { accept: 'application/yaml' })).wire],
  ] as const) {
    const answer = await sendBytes(server, 'PUT', path, { 'content-type': contentType, 'user-agent': 'tester' }, wire);
    expect(answer.code).toBe(200);
    // Nothing has changed.
    expect(answer.text).toBe(json.text);
  }
});
