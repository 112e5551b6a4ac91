/** Bodies as they come over the wire: read by their content type, refused in upstream's words. */

import { encodeProtobuf } from '../../src/schema/protobuf-object';
import { sendBytes } from './on-the-wire';
import { configMap, deployment, testServer } from './server-for-tests';

const MAPS = '/api/v1/namespaces/default/configmaps';
const DEPLOYMENTS = '/apis/apps/v1/namespaces/default/deployments';
const JSON_TYPE = { 'content-type': 'application/json' };
const YAML_TYPE = { 'content-type': 'application/yaml' };
const PROTOBUF_TYPE = { 'content-type': 'application/vnd.kubernetes.protobuf' };
const APPLY_TYPE = { 'content-type': 'application/apply-patch+yaml' };
const MERGE_TYPE = { 'content-type': 'application/merge-patch+json' };

/** Code, reason and message, or the code alone where it went well. */
async function answer(
  method: 'POST' | 'PUT' | 'PATCH' | 'DELETE',
  path: string,
  headers: Record<string, string>,
  body: string | Uint8Array,
  before?: string,
): Promise<string> {
  const { server } = testServer();
  if (before) await sendBytes(server, 'POST', MAPS, JSON_TYPE, before);
  const { code, text, warnings } = await sendBytes(server, method, path, headers, body);
  const { reason, message } = JSON.parse(text) as { reason?: string; message?: string };
  const told = warnings.length ? ` (${warnings.join('; ')})` : '';
  return code < 400 ? `${code}${told}` : `${code} ${reason}: ${message}${told}`;
}

const bytes = (...values: number[]) => Uint8Array.from(values);
const ascii = (text: string) => new TextEncoder().encode(text);

test.each<[string, Record<string, string>]>([
  ['no content type', {}],
  ['application/json', JSON_TYPE],
  ['application/json; charset=utf-8', { 'content-type': 'application/json; charset=utf-8' }],
  ['Application/JSON', { 'content-type': 'Application/JSON' }],
])('JSON as %s', async (_, headers) =>
  expect(await answer('POST', MAPS, headers, JSON.stringify(configMap('a')))).toBe('201'),
);

test.each(['application/cbor', 'text/plain', 'application/json; charset', 'multipart/form-data', 'nonsense'])(
  '%s is not read',
  async (type) =>
    expect(await answer('POST', MAPS, { 'content-type': type }, '{}')).toBe(
      '415 UnsupportedMediaType: the body of the request was in an unknown format - accepted media types include: application/json, application/yaml, application/vnd.kubernetes.protobuf',
    ),
);

test.each<[string, string | Uint8Array, string]>([
  ['nothing', '', "couldn't get version/kind; json parse error: unexpected end of JSON input (<empty>)"],
  [
    'text',
    'bad',
    "couldn't get version/kind; json parse error: invalid character 'b' looking for beginning of value (626164)",
  ],
  [
    'half an object',
    '{"metadata":{"name":"a"},"data":{"k":"a long text"}',
    'couldn\'t get version/kind; json parse error: unexpected end of JSON input ({"metadata":{"name":"a"},"data ...)',
  ],
  [
    'a list',
    '[1]',
    'couldn\'t get version/kind; json parse error: json: cannot unmarshal array into Go value of type struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" } (5b315d)',
  ],
  [
    'a mark of byte order',
    bytes(0xef, 0xbb, 0xbf, 0x7b, 0x7d),
    "couldn't get version/kind; json parse error: invalid character 'ï' looking for beginning of value (efbbbf7b7d)",
  ],
])('JSON that is none: %s', async (_, body, message) =>
  expect(await answer('POST', MAPS, JSON_TYPE, body)).toBe(
    `400 BadRequest: the object provided is unrecognized (must be of type ConfigMap): ${message}`,
  ),
);

test('what is not UTF-8 is replaced in JSON, refused in YAML', async () => {
  const { server } = testServer();
  const bad = (before: string, after: string) => Uint8Array.from([...ascii(before), 0xff, ...ascii(after)]);
  const { text } = await sendBytes(
    server,
    'POST',
    MAPS,
    JSON_TYPE,
    bad('{"metadata":{"name":"a"},"data":{"k":"x', '"}}'),
  );
  expect((JSON.parse(text) as { data: unknown }).data).toEqual({ k: 'x\ufffd' });
  expect(await answer('POST', MAPS, YAML_TYPE, bad('metadata: {name: a}\ndata: {k: "x', '"}'))).toBe(
    '400 BadRequest: the object provided is unrecognized (must be of type ConfigMap): error converting YAML to JSON: yaml: invalid leading UTF-8 octet (6d657461646174613a207b6e616d653a20617d0a646174613a207b6b3a20 ...)',
  );
});

test('whole numbers keep their digits, half a surrogate pair becomes U+FFFD, keys stay keys', async () => {
  const { server } = testServer();
  const body =
    '{"metadata":{"name":"a","labels":{"constructor":"c"},"generation":9007199254740993},"data":{"k":"\\ud800x","__proto__":"p"}}';
  const { code, text } = await sendBytes(server, 'POST', MAPS, JSON_TYPE, body);
  expect(code).toBe(201);
  expect(text).toContain('"data":{"__proto__":"p","k":"\ufffdx"}');
  expect(text).toContain('"labels":{"constructor":"c"}');
  expect(({} as Record<string, unknown>)['k']).toBeUndefined();
  const replicas = JSON.stringify(deployment('a')).replace('"replicas":1', '"replicas":9223372036854775807');
  expect(await answer('POST', DEPLOYMENTS, JSON_TYPE, replicas)).toMatch(
    /cannot unmarshal number 9223372036854775807 into Go struct field DeploymentSpec\.spec\.replicas of type int32$/,
  );
});

test.each([
  ['lists', '[', ']'],
  ['objects', '{"a":', '1}'],
])('%s may not be nested without end', async (_, open, close) => {
  for (const depth of [9_000, 20_000, 300_000]) {
    const nested = open.repeat(depth) + (close === '1}' ? `1${'}'.repeat(depth)}` : close.repeat(depth));
    const told = await answer('POST', MAPS, JSON_TYPE, `{"metadata":{"name":"a"},"data":${nested}}`);
    expect(told).toMatch(
      depth > 10_000
        ? /^400 BadRequest: .*exceeded max depth \(/
        : /^400 BadRequest: (?:.*cannot unmarshal|exceeded max depth$)/,
    );
  }
});

describe('keys that stand twice', () => {
  const twice =
    '{"metadata":{"name":"a"},"data":{"k":"1","k":"2"},"data":{"k":"3"},"metadata":{"name":"a","labels":{"x":"1","x":"2"}}}';
  const errors = [
    'duplicate field "data.k"',
    'duplicate field "data"',
    'duplicate field "metadata"',
    'duplicate field "metadata.labels.x"',
  ];
  test('are refused by Strict', async () =>
    expect(await answer('POST', `${MAPS}?fieldValidation=Strict`, JSON_TYPE, twice)).toBe(
      `400 BadRequest: ConfigMap in version "v1" cannot be handled as a ConfigMap: strict decoding error: ${errors.join(', ')}`,
    ));
  test('are warned of', async () =>
    expect(await answer('POST', MAPS, JSON_TYPE, twice)).toBe(`201 (${errors.join('; ')})`));
  test('or ignored', async () =>
    expect(await answer('POST', `${MAPS}?fieldValidation=Ignore`, JSON_TYPE, twice)).toBe('201'));
  test('in patches', async () => {
    const patch = '{"data":{"k":"1","k":"2"}}';
    const before = JSON.stringify(configMap('a'));
    expect(await answer('PATCH', `${MAPS}/a`, MERGE_TYPE, patch, before)).toBe('200 (duplicate field "data.k")');
    expect(await answer('PATCH', `${MAPS}/a?fieldValidation=Strict`, MERGE_TYPE, patch, before)).toMatch(
      /^422 Invalid: .*strict decoding error: duplicate field "data\.k"$/,
    );
  });
  test('in operations', async () => {
    const patch = '[{"op":"add","path":"/data","value":{"k":"v"},"op":"add"}]';
    const json = { 'content-type': 'application/json-patch+json' };
    expect(await answer('PATCH', `${MAPS}/a`, json, patch, JSON.stringify(configMap('a')))).toBe(
      '200 (json patch duplicate field "[0].op")',
    );
  });
  test('in YAML, by their lines', async () => {
    const yaml = 'metadata: {name: a}\ndata:\n  k: "1"\n  k: "2"\n';
    expect(await answer('POST', MAPS, YAML_TYPE, yaml)).toBe('201 (line 4: key "k" already set in map)');
    const apply = `apiVersion: v1\nkind: ConfigMap\n${yaml}`;
    expect(await answer('PATCH', `${MAPS}/a?fieldManager=m`, APPLY_TYPE, apply)).toBe(
      '201 (line 6: key "k" already set in map)',
    );
    expect(await answer('PATCH', `${MAPS}/a?fieldManager=m&fieldValidation=Strict`, APPLY_TYPE, apply)).toMatch(
      /^400 BadRequest: error strict decoding patch: error converting YAML to JSON: yaml: unmarshal errors:\n {2}line 6: key "k" already set in map$/,
    );
  });
});

test('YAML, with what it alone can say', async () => {
  expect(await answer('POST', MAPS, YAML_TYPE, 'metadata: &m {name: a}\ndata: {k: "v"} # so\n')).toBe('201');
  expect(await answer('POST', MAPS, YAML_TYPE, 'metadata: {name: a}\ndata: {k: yes}\n')).toMatch(
    /cannot unmarshal bool into Go struct field ConfigMap\.data of type string/,
  );
  expect(await answer('POST', MAPS, YAML_TYPE, ': :\n  - x')).toMatch(
    /^400 BadRequest: the object provided is unrecognized \(must be of type ConfigMap\): error converting YAML to JSON: yaml: /,
  );
});

describe('protobuf', () => {
  const good = encodeProtobuf({ ...(configMap('a', { k: 'v' }) as object) } as never);

  test('objects, also without a kind', async () => {
    expect(await answer('POST', MAPS, PROTOBUF_TYPE, good)).toBe('201');
    const anonymous = encodeProtobuf({ ...(configMap('a') as object) } as never);
    // Its type meta, emptied: the path says what it is.
    const raw = anonymous.subarray(anonymous.indexOf(0x12, 18));
    expect(await answer('POST', MAPS, PROTOBUF_TYPE, Uint8Array.from([0x6b, 0x38, 0x73, 0, ...raw]))).toBe('201');
  });

  test.each<[string, Uint8Array, RegExp]>([
    ['nothing', bytes(), /must be of type ConfigMap\): empty data \(<empty>\)$/],
    [
      'JSON',
      ascii('{}'),
      /: provided data does not appear to be a protobuf message, expected prefix \[107 56 115 0\] \({}\)$/,
    ],
    [
      'half of it',
      good.subarray(0, good.length - 9),
      /^400 BadRequest: the object provided is unrecognized .*unexpected EOF \(6b3873/,
    ],
    [
      'another kind',
      encodeProtobuf({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'a' } }),
      /^400 BadRequest: Secret in version "v1" cannot be handled as a ConfigMap: no kind "Secret" is registered/,
    ],
  ])('%s is refused', async (_, body, message) =>
    expect(await answer('POST', MAPS, PROTOBUF_TYPE, body)).toMatch(message),
  );

  test('a message that is none', async () => {
    const broken = good.slice();
    // The wire type of the first field of the object.
    const at = broken.lastIndexOf(0x12, broken.length - 3);
    broken[at] = 0x13;
    expect(await answer('POST', MAPS, PROTOBUF_TYPE, broken)).toMatch(/^400 BadRequest: /);
  });

  test('options of a delete', async () => {
    const options = encodeProtobuf({ apiVersion: 'v1', kind: 'DeleteOptions', propagationPolicy: 'Nonsense' });
    const told = await answer('DELETE', `${MAPS}/a`, PROTOBUF_TYPE, options, JSON.stringify(configMap('a')));
    expect(told).toMatch(
      /^422 Invalid: DeleteOptions\.meta\.k8s\.io "" is invalid: propagationPolicy: Unsupported value: "Nonsense"/,
    );
  });
});

test('options of a delete, in JSON', async () => {
  const before = JSON.stringify(configMap('a'));
  expect(await answer('DELETE', `${MAPS}/a`, JSON_TYPE, '', before)).toBe('200');
  expect(await answer('DELETE', `${MAPS}/a`, JSON_TYPE, '{"kind":"DeleteOptions","apiVersion":"v1"}', before)).toBe(
    '200',
  );
  expect(await answer('DELETE', `${MAPS}/a`, JSON_TYPE, 'x', before)).toBe(
    "400 BadRequest: couldn't get version/kind; json parse error: invalid character 'x' looking for beginning of value",
  );
});

test.each<[string, Record<string, string>, string, string]>([
  ['JSON', MERGE_TYPE, '{', '400 BadRequest: unexpected end of JSON input'],
  [
    'a patch of no type',
    JSON_TYPE,
    '{}',
    '415 UnsupportedMediaType: the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/strategic-merge-patch+json, application/apply-patch+yaml',
  ],
  [
    'CBOR',
    { 'content-type': 'application/apply-patch+cbor' },
    '{}',
    '415 UnsupportedMediaType: the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/strategic-merge-patch+json, application/apply-patch+yaml',
  ],
])('a patch that is none: %s', async (_, headers, body, expected) =>
  expect(await answer('PATCH', `${MAPS}/a`, headers, body, JSON.stringify(configMap('a')))).toBe(expected),
);

test('an object may be as large as etcd takes it', async () => {
  const list = (count: number) =>
    JSON.stringify({
      ...deployment('a'),
      spec: {
        ...deployment('a')['spec'],
        template: {
          ...deployment('a')['spec'].template,
          spec: { containers: [{ name: 'a', image: 'b', args: Array(count).fill('x'.repeat(1000)) }] },
        },
      },
    });
  expect(await answer('POST', DEPLOYMENTS, JSON_TYPE, list(1500))).toBe('201');
  const { server } = testServer();
  const { code, text } = await sendBytes(server, 'POST', DEPLOYMENTS, JSON_TYPE, list(1600));
  expect([code, text]).toEqual([
    500,
    '{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"etcdserver: request is too large","code":500}\n',
  ]);
});
