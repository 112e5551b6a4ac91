/** Good objects in all encodings, and ways to spoil their bytes. */
import fc from 'fast-check';
import type { JsonObject } from '../../src/apimachinery/json';
import { asJson } from '../../src/apimachinery/meta';
import { MEDIA_TYPES } from '../../src/apiserver/encoding/negotiate';
import { encodeProtobuf } from '../../src/schema/protobuf-object';
import { toYaml } from '../../src/yaml/write';
import { configMap, deployment, pod } from './server-for-tests';

/** Where good objects go, and what they are. */
export const objects: readonly [string, JsonObject][] = [
  ['/api/v1/namespaces/default/configmaps', asJson(configMap('a', { x: '1', größe: '\u2028<&>' }))],
  ['/api/v1/namespaces/default/pods', asJson(pod('a'))],
  ['/apis/apps/v1/namespaces/default/deployments', asJson(deployment('a'))],
  [
    '/api/v1/namespaces/default/services',
    { apiVersion: 'v1', kind: 'Service', metadata: { name: 'a' }, spec: { ports: [{ port: 80, targetPort: 'http' }] } },
  ],
  [
    '/apis/batch/v1/namespaces/default/jobs',
    {
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: { name: 'a' },
      spec: {
        template: {
          spec: {
            restartPolicy: 'Never',
            containers: [{ name: 'a', image: 'b', resources: { limits: { cpu: '1500m' } } }],
          },
        },
      },
    },
  ],
  [
    '/api/v1/namespaces/default/pods/a',
    { apiVersion: 'v1', kind: 'DeleteOptions', gracePeriodSeconds: 0, dryRun: ['All'] },
  ],
];

const utf8 = new TextEncoder();
export const encodings: Readonly<Record<string, (object: JsonObject) => Uint8Array>> = {
  [MEDIA_TYPES.json]: (object) => utf8.encode(JSON.stringify(object)),
  [MEDIA_TYPES.yaml]: (object) => utf8.encode(toYaml(object)),
  [MEDIA_TYPES.protobuf]: encodeProtobuf,
};

export type Change =
  | { kind: 'byte'; at: number; byte: number }
  | { kind: 'cut'; at: number; length: number }
  | { kind: 'insert'; at: number; bytes: Uint8Array }
  | { kind: 'repeat'; at: number; length: number; times: number };

const at = fc.nat(4000);
const interesting = fc.constantFrom(
  '\0',
  '"',
  '{',
  '}',
  '[[[[',
  '__proto__',
  'constructor',
  '&a *a',
  '\n---\n',
  '!!binary ',
  '1e999',
  '-0',
  '9223372036854775808',
  '\\ud800',
  'null',
  '\u0000',
);
export const change: fc.Arbitrary<Change> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('byte' as const), at, byte: fc.nat(255) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('cut' as const), at, length: fc.nat(40) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('insert' as const),
      at,
      bytes: fc.oneof(
        interesting.map((text) => utf8.encode(text)),
        fc.uint8Array({ maxLength: 12 }),
      ),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('repeat' as const),
      at,
      length: fc.nat(30),
      times: fc.constantFrom(2, 3, 5000),
    }),
  },
);

/** Bytes with some of them changed, left out, or put in twice. */
export function changed(bytes: Uint8Array, changes: readonly Change[]): Uint8Array {
  let result = bytes;
  for (const change of changes) {
    const start = result.length === 0 ? 0 : change.at % result.length;
    const replaced = (end: number, middle: Uint8Array) =>
      Uint8Array.from([...result.subarray(0, start), ...middle, ...result.subarray(end)]);
    switch (change.kind) {
      case 'byte':
        result = replaced(start + 1, Uint8Array.of(change.byte));
        break;
      case 'cut':
        result = replaced(start + change.length, new Uint8Array());
        break;
      case 'insert':
        result = replaced(start, change.bytes);
        break;
      default: {
        const part = result.slice(start, start + change.length);
        result = replaced(
          start,
          Uint8Array.from({ length: part.length * change.times }, (_, i) => part[i % part.length] as number),
        );
      }
    }
    if (result.length > 500_000) return result;
  }
  return result;
}
