import fc from 'fast-check';
import { isObject, type Json, jsonOf } from '../../../src/apimachinery/json';
import { asJson, type KubeObject } from '../../../src/apimachinery/meta';
import { compare } from '../../../src/merge/managed-fields/compare';
import { type FieldSet, isEmptySet } from '../../../src/merge/managed-fields/field-set';
import { updateManagedFields } from '../../../src/merge/managed-fields/manager';
import { stripped } from '../../../src/merge/managed-fields/update';
import { TypedValueError, typeOf } from '../../../src/merge/managed-fields/value-type';
import { kindSchema } from '../../../src/schema/catalog';
import type { Schema } from '../../../src/schema/schema';

const schemaOf = (kind: string) => kindSchema('', 'v1', kind) as Schema;

/** What Go takes for nothing, and what it does not, side by side. */
const text = fc.constantFrom('', 'a', 'b', '0', '5');
const count = fc.constantFrom(0, 1, 2);
const maybe = { requiredKeys: [] };
const labels = fc.dictionary(fc.constantFrom('app', 'tier', 'x'), text, { maxKeys: 3 });
const metadata = fc.record({ name: text, labels, finalizers: fc.array(text, { maxLength: 2 }) }, maybe);

const event = fc.record(
  {
    metadata,
    involvedObject: fc.record({ kind: text, name: text, fieldPath: text }, maybe),
    source: fc.record({ component: text, host: text }, maybe),
    count,
    eventTime: fc.constantFrom(null, '2026-01-01T00:00:00.000000Z'),
    reportingComponent: text,
    series: fc.record({ count }, maybe),
  },
  maybe,
);

const container = fc.record(
  {
    name: fc.constantFrom('c', 'd'),
    image: text,
    resources: fc.record({ requests: fc.dictionary(fc.constantFrom('cpu', 'memory'), text) }, maybe),
    ports: fc.uniqueArray(fc.record({ containerPort: count, protocol: fc.constantFrom('TCP', 'UDP') }), {
      selector: ({ containerPort, protocol }) => `${containerPort}/${protocol}`,
      maxLength: 2,
    }),
  },
  { requiredKeys: ['name'] },
);
const nodeTerm = fc.record({ key: text, operator: fc.constant('In'), values: fc.array(text, { maxLength: 2 }) }, maybe);
const nodeAffinity = fc.record(
  {
    requiredDuringSchedulingIgnoredDuringExecution: fc.record(
      {
        nodeSelectorTerms: fc.array(fc.record({ matchFields: fc.array(nodeTerm, { maxLength: 1 }) }, maybe), {
          maxLength: 2,
        }),
      },
      maybe,
    ),
  },
  maybe,
);
const volume = fc.record(
  {
    name: fc.constantFrom('u', 'v'),
    persistentVolumeClaim: fc.record({ claimName: text, readOnly: fc.boolean() }, maybe),
  },
  { requiredKeys: ['name'] },
);
const pod = fc.record(
  {
    metadata,
    spec: fc.record(
      {
        containers: fc.uniqueArray(container, { selector: ({ name }) => name, maxLength: 2 }),
        hostNetwork: fc.boolean(),
        affinity: fc.record({ nodeAffinity }, maybe),
        tolerations: fc.array(fc.record({ key: text, tolerationSeconds: count }, maybe), { maxLength: 2 }),
        volumes: fc.uniqueArray(volume, { selector: ({ name }) => name, maxLength: 2 }),
        priority: count,
        nodeSelector: labels,
        overhead: fc.dictionary(fc.constantFrom('cpu', 'memory'), fc.constantFrom('0', '5')),
      },
      maybe,
    ),
  },
  maybe,
);

const quota = fc.record(
  {
    metadata,
    spec: fc.record({ hard: fc.dictionary(fc.constantFrom('pods', 'cpu'), fc.constantFrom('0', '5')) }, maybe),
  },
  maybe,
);

const VALUES: Record<string, readonly Json[]> = {
  string: ['', 'a', '0', '5'],
  number: [0, 1],
  boolean: [false, true],
};

/** The same with other values in it, chosen by these numbers; keys and the lengths of lists stay. */
function variant(value: Json, choices: readonly number[], at = { leaf: 0 }): Json {
  if (Array.isArray(value)) return value.map((item) => variant(item, choices, at));
  if (isObject(value))
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, variant(inner, choices, at)]));
  const values = VALUES[typeof value];
  const choice = choices[at.leaf++ % choices.length] as number;
  return values ? (values[choice % values.length] as Json) : value;
}

const choices = fc.array(fc.nat({ max: 11 }), { minLength: 3, maxLength: 7 });

/** Objects like those that came before: equal shapes with other values, and shapes that differ in a little. */
test.each([
  ['Event', event],
  ['Pod', pod],
  ['ResourceQuota', quota],
] as [string, fc.Arbitrary<object>][])(
  'what the creator of one %s of many owns is what it would own alone',
  (kind, some) => {
    const schema = schemaOf(kind);
    fc.assert(
      fc.property(fc.array(some, { maxLength: 3 }), fc.array(choices, { maxLength: 6 }), (bases, variants) => {
        const all = bases.flatMap((base) => [base, ...variants.map((chosen) => variant(jsonOf(base), chosen))]);
        for (const [i, one] of all.entries()) {
          const object = { apiVersion: 'v1', kind, metadata: {}, ...(one as object) } as KubeObject;
          const manager = i % 3 === 0 ? 'kubelet' : 'kubectl';
          const time = `2026-01-01T00:00:0${i % 2}Z`;
          const args = { live: undefined, object, schema, manager, apiVersion: 'v1', now: time };
          let fieldsV1: FieldSet;
          try {
            fieldsV1 = stripped(compare({}, asJson(object), typeOf(schema)).changed);
          } catch (error) {
            expect(error).toBeInstanceOf(TypedValueError);
            expect(updateManagedFields(args)).toBeUndefined();
            continue;
          }
          const entry = { manager, operation: 'Update', apiVersion: 'v1', time, fieldsType: 'FieldsV1', fieldsV1 };
          expect(updateManagedFields(args)).toEqual(isEmptySet(fieldsV1) ? undefined : [entry]);
        }
      }),
      { numRuns: 200, seed: 7 },
    );
  },
);

test('pods of a DaemonSet, which differ in what is owned whole, have the very same managers', () => {
  const on = (node: string, spec: object = {}) =>
    updateManagedFields({
      live: undefined,
      object: {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { generateName: 'agent-' },
        spec: {
          affinity: {
            nodeAffinity: {
              requiredDuringSchedulingIgnoredDuringExecution: {
                nodeSelectorTerms: [{ matchFields: [{ key: 'metadata.name', operator: 'In', values: [node] }] }],
              },
            },
          },
          containers: [{ name: 'agent', image: node }],
          ...spec,
        },
      },
      schema: schemaOf('Pod'),
      manager: 'kube-controller-manager',
      apiVersion: 'v1',
      now: '2026-01-01T00:00:00Z',
    });
  const first = on('a');
  expect(on('b')).toBe(first);
  expect(on('c', { containers: [{ name: 'agent', image: '' }] })).not.toEqual(first);
  expect(on('d', { containers: [{ name: 'other', image: 'd' }] })).not.toEqual(first);
  expect(on('e', { affinity: {} })).not.toEqual(first);
  expect(on('f')).toBe(first);
});
