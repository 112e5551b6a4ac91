/** Objects in application/vnd.kubernetes.protobuf: what goes in comes out, and the bytes are those that Go's own programs write. */
import fc from 'fast-check';
import type { JsonObject } from '../../src/apimachinery/json';
import { ProtobufError } from '../../src/apimachinery/protobuf-wire';
import { base64Bytes, base64Text } from '../../src/schema/base64';
import { kindSchema, schemaNamed } from '../../src/schema/catalog';
import { decodeValue } from '../../src/schema/decode';
import { decodeMessage } from '../../src/schema/protobuf-decode';
import { NotMarshalableError } from '../../src/schema/protobuf-message';
import { decodeProtobuf, encodeProtobuf, encodeProtobufEvent, openEnvelope } from '../../src/schema/protobuf-object';
import { builtinResources } from '../../src/schema/resources';
import type { Schema } from '../../src/schema/schema';
import { generated, numbersFrom } from './generated-objects';
import bodies from './testdata/protobuf-bodies.json';

interface Kind {
  apiVersion: string;
  kind: string;
  schema: Schema;
}

const kinds: Kind[] = builtinResources().flatMap(({ group, version, kind }) =>
  [kind, `${kind}List`].flatMap((name) => {
    const schema = kindSchema(group, version, name);
    return schema ? [{ apiVersion: group ? `${group}/${version}` : version, kind: name, schema }] : [];
  }),
);
for (const kind of ['Status', 'DeleteOptions', 'APIResourceList', 'APIGroupList', 'APIVersions'])
  kinds.push({ apiVersion: 'v1', kind, schema: schemaNamed(`meta/v1.${kind}`) as Schema });
for (const version of ['v1', 'v1beta1'])
  kinds.push({
    apiVersion: `meta.k8s.io/${version}`,
    kind: 'PartialObjectMetadataList',
    schema: schemaNamed(`meta/${version}.PartialObjectMetadataList`) as Schema,
  });

/** As a Go program holds it: nulls, zeros and empty lists as its types have them. */
function canonical({ apiVersion, kind, schema }: Kind, value: JsonObject): JsonObject {
  return decodeValue({ ...value, apiVersion, kind }, schema).object;
}

test.each(kinds)('$apiVersion $kind survives the way there and back', (kind) => {
  for (let seed = 1; seed <= 6; seed++) {
    const object = canonical(kind, generated(kind.schema, numbersFrom(seed), seed > 3 ? 0.9 : 0.4) as JsonObject);
    const bytes = encodeProtobuf(object);
    expect(canonical(kind, decodeProtobuf(bytes))).toEqual(object);
    // Written again it is the same to the byte.
    expect(encodeProtobuf(decodeProtobuf(bytes))).toEqual(bytes);
  }
});

test('what was made up has every field of its kind somewhere', () => {
  const pod = kinds.find(({ kind }) => kind === 'Pod') as Kind;
  const seen = new Set<string>();
  for (let seed = 1; seed <= 12; seed++)
    for (const name of Object.keys((generated(pod.schema, numbersFrom(seed), 0.9) as { spec?: JsonObject }).spec ?? {}))
      seen.add(name);
  expect([...seen].sort()).toEqual([...(pod.schema.field?.('spec')?.fieldNames ?? [])].sort());
});

/** What kubectl 1.36 sent for `create deployment`, `create secret`, …, and what it stands for. */
test.each(Object.entries(bodies))('%s, sent by kubectl, is read and written as it was', (_, { bytes, object }) => {
  expect(decodeProtobuf(base64Bytes(bytes))).toEqual(object);
  expect(base64Text(encodeProtobuf(object))).toBe(bytes);
});

test('a kind without numbers has no protobuf form', () => {
  expect(() => encodeProtobuf({ apiVersion: 'example.com/v1', kind: 'Widget', metadata: { name: 'a' } })).toThrow(
    NotMarshalableError,
  );
});

test('an event is framed by its length', () => {
  const frame = encodeProtobufEvent('ADDED', encodeProtobuf({ apiVersion: 'v1', kind: 'ConfigMap', metadata: {} }));
  expect(new DataView(frame.buffer).getUint32(0)).toBe(frame.length - 4);
  const text = new TextDecoder('latin1').decode(frame.subarray(4));
  expect(text.slice(0, 8)).toBe('\n\x05ADDED\x12');
  expect(text).toContain('k8s\0');
});

function struct(name: string) {
  return (schemaNamed(name) as unknown as { struct: Parameters<typeof decodeMessage>[1] }).struct;
}

test.each<[string, number[], string]>([
  ['nothing', [], 'empty data'],
  ['JSON', [0x7b, 0x7d], 'provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]'],
  ['nothing but magic', [0x6b, 0x38, 0x73, 0], 'empty body'],
  ['a message that is cut off', [0x6b, 0x38, 0x73, 0, 0x0a, 0x05], 'unexpected EOF'],
  ['a number without end', [0x6b, 0x38, 0x73, 0, ...Array(11).fill(0xff)], 'proto: integer overflow'],
  ['an end of nothing', [0x6b, 0x38, 0x73, 0, 0x0c], 'proto: Unknown: wiretype end group for non-group'],
  ['a field without number', [0x6b, 0x38, 0x73, 0, 0x02, 0], 'proto: Unknown: illegal tag 0 (wire type 2)'],
])('%s is refused in Go’s words', (_, bytes, message) => {
  expect(() => openEnvelope(Uint8Array.from(bytes))).toThrow(new ProtobufError(message));
});

test('a field of another wire type is refused, an unknown one passed over', () => {
  const configMap = struct('core/v1.ConfigMap');
  expect(() => decodeMessage(Uint8Array.of(0x20, 2), configMap)).not.toThrow();
  expect(() => decodeMessage(Uint8Array.of(0x22, 0), configMap)).toThrow(
    'proto: wrong wireType = 2 for field Immutable',
  );
  expect(decodeMessage(Uint8Array.of(0x78, 1, 0x20, 1), configMap)).toEqual({ immutable: true });
});

test('whatever bytes come, they are read or refused', () => {
  const pod = struct('core/v1.Pod');
  const good = encodeProtobuf(
    canonical(
      kinds.find(({ kind }) => kind === 'Pod') as Kind,
      generated(schemaNamed('core/v1.Pod') as Schema, numbersFrom(3)) as JsonObject,
    ),
  );
  const { raw } = openEnvelope(good);
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(raw.length - 1), fc.nat(255)), { minLength: 1, maxLength: 5 }), (changes) => {
      const bytes = raw.slice();
      for (const [at, byte] of changes) bytes[at] = byte;
      try {
        decodeMessage(bytes, pod);
      } catch (error) {
        if (!(error instanceof ProtobufError)) throw error;
      }
    }),
    { numRuns: 500, seed: 1 },
  );
});
