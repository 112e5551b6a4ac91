/** What is said of definitions of kinds, in the words of the real server. */
import type { Json, JsonObject } from '../../src/apimachinery/json';
import { memoryCluster, type TestCluster } from '../commands/harness';
import { DEFINITIONS, integer, list, object, type TestSchema, text, widgets } from './custom-resources-for-tests';
import { failure } from './server-for-tests';

const SCHEMA = 'spec.validation.openAPIV3Schema';
const LABEL =
  "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')";

let cluster: TestCluster;
beforeAll(async () => {
  cluster = await memoryCluster();
});
const complaint = async (definition: ReturnType<typeof widgets>) => {
  const { message } = await failure(cluster.client.create(DEFINITIONS, '', definition, { dryRun: 'All' }));
  return message?.replace(
    `CustomResourceDefinition.apiextensions.k8s.io "${definition.metadata.name}" is invalid: `,
    '',
  );
};

describe('schemas', () => {
  const keyed = { 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['n'] };
  const MAP_KEYS = 'x-kubernetes-list-map-keys';
  /** A schema of one field, `@` for where it is, and what is said of it. */
  test.each<[string, TestSchema, string]>([
    ['no type', {}, '@.type: Required value: must not be empty for specified object fields'],
    [
      'no such type',
      { type: 'float' },
      '@.type: Unsupported value: "float": supported values: "array", "boolean", "integer", "number", "object", "string"',
    ],
    ['a list of nothing', { type: 'array' }, '@.items: Required value: must be specified'],
    [
      'fields and a map',
      object({ b: text }, { additionalProperties: text }),
      '@.additionalProperties: Forbidden: additionalProperties and properties are mutual exclusive',
    ],
    ['a type in logic', { ...text, anyOf: [text] }, '@.anyOf[0].type: Forbidden: must be empty to be structural'],
    [
      'prose in logic',
      { ...text, not: { description: 'x' } },
      '@.not.description: Forbidden: must be empty to be structural',
    ],
    ['$ref', { $ref: '#/x' }, '@.$ref: Forbidden: $ref is not supported'],
    [
      'uniqueItems',
      list(text, { uniqueItems: true }),
      '@.uniqueItems: Forbidden: uniqueItems cannot be set to true since the runtime complexity becomes quadratic',
    ],
    [
      'a pattern',
      { ...text, pattern: '(' },
      '@.pattern: Invalid value: "(": must be a valid regular expression, but isn\'t: error parsing regexp: missing closing ): `(`',
    ],
    [
      'a default of another type',
      { ...integer, default: 'x' },
      '@.default: Invalid value: "string":  in body must be of type integer: "string"',
    ],
    [
      'a default of unknown fields',
      object({ b: text }, { default: { c: 1 } }),
      '@.default: Invalid value: {"c":1}: must not have unknown fields',
    ],
    [
      'a default that is too small',
      { ...integer, minimum: 2, default: 1 },
      '@.default: Invalid value: 1:  in body should be greater than or equal to 2',
    ],
    [
      'a map without keys',
      list(object({ n: text }), { 'x-kubernetes-list-type': 'map' }),
      `@.${MAP_KEYS}: Required value: must not be empty if x-kubernetes-list-type is map`,
    ],
    [
      'keys that may be missing',
      list(object({ n: text }), keyed),
      `@.items.properties[n].default: Required value: this property is in ${MAP_KEYS}, so it must have a default or be a required property`,
    ],
    [
      'keys of no field',
      list(object({ m: text }), keyed),
      `@.${MAP_KEYS}: Invalid value: ["n"]: entries must all be names of item properties`,
    ],
    [
      'no such list',
      list(text, { 'x-kubernetes-list-type': 'bag' }),
      '@.x-kubernetes-list-type: Unsupported value: "bag": supported values: "atomic", "set", "map"',
    ],
    [
      'a list that is none',
      { ...text, 'x-kubernetes-list-type': 'set' },
      '@.type: Invalid value: "string": must be array if x-kubernetes-list-type is specified',
    ],
    [
      'a set of what can be merged',
      list(object({}), { 'x-kubernetes-list-type': 'set' }),
      '@.items.x-kubernetes-map-type: Invalid value: null: must be atomic as item of a list with x-kubernetes-list-type=set',
    ],
    [
      'no such map',
      object({}, { 'x-kubernetes-map-type': 'bag' }),
      '@.x-kubernetes-map-type: Unsupported value: "bag": supported values: "atomic", "granular"',
    ],
    [
      'an object of no fields in it',
      { type: 'object', 'x-kubernetes-embedded-resource': true },
      '@.properties: Required value: must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields',
    ],
    [
      'what is not preserved',
      { type: 'object', 'x-kubernetes-preserve-unknown-fields': false },
      '@.x-kubernetes-preserve-unknown-fields: Invalid value: false: must be true or undefined',
    ],
  ])('%s', async (_, schema, expected) => {
    const at = `${SCHEMA}.properties[spec].properties[a]`;
    expect(await complaint(widgets({ a: schema }))).toBe(expected.replaceAll('@', at));
  });
  test.each<[string, TestSchema, string]>([
    ['a list', list(text), `${SCHEMA}.type: Invalid value: "array": must be object at the root`],
    [
      'labels',
      object({ metadata: object({ labels: object({}) }) }),
      `${SCHEMA}.properties[metadata]: Forbidden: must not specify anything other than name and generateName, but metadata is implicitly specified`,
    ],
    [
      'metadata of another type',
      object({ metadata: text }),
      `${SCHEMA}.properties[metadata].type: Invalid value: "string": must be object`,
    ],
    [
      'logic about what is no field',
      object({}, { anyOf: [{ properties: { a: { minLength: 1 } } }] }),
      `${SCHEMA}.properties[a]: Required value: because it is defined in ${SCHEMA}.anyOf[0].properties[a]`,
    ],
  ])('at the root: %s', async (_, schema, expected) => {
    expect(await complaint(widgets({}, { schema }))).toBe(expected);
  });
});

describe('rules', () => {
  const compilation = (rule: string, said: string) =>
    `@.rule: Invalid value: {"Rule":${JSON.stringify(rule)},"Message":"","MessageExpression":"","Reason":null,"FieldPath":"","OptionalOldSelf":null}: ${said}`;
  const failed = (rule: string, said: string) => compilation(rule, `compilation failed: ERROR: <input>:${said}`);
  test.each<[string, TestSchema, JsonObject, string]>([
    [
      'grammar',
      text,
      { rule: 'self. == 1' },
      failed('self. == 1', "1:7: Syntax error: no viable alternative at input '. =='\n | self. == 1\n | ......^"),
    ],
    [
      'types',
      text,
      { rule: 'self == 1' },
      failed(
        'self == 1',
        "1:6: found no matching overload for '_==_' applied to '(string, int)'\n | self == 1\n | .....^",
      ),
    ],
    [
      'fields',
      object({ b: text }),
      { rule: "self.c == ''" },
      failed("self.c == ''", "1:5: undefined field 'c'\n | self.c == ''\n | ....^"),
    ],
    ['no answer', text, { rule: 'self' }, compilation('self', 'cel expression must evaluate to a bool')],
    ['nothing', text, { rule: '' }, '@.rule: Required value: rule is not specified'],
    ['a blank message', text, { message: ' ' }, '@.message: Invalid value: " ": must be non-empty if specified'],
    ['a long message', text, { message: 'a\nb' }, '@.message: Invalid value: "a\\nb": must not contain line breaks'],
    [
      'lines',
      text,
      { rule: 'true\n|| false' },
      '@.message: Required value: message must be specified if rule contains line breaks',
    ],
    [
      'a reason',
      text,
      { reason: 'Odd' },
      '@.reason: Unsupported value: "Odd": supported values: "FieldValueDuplicate", "FieldValueForbidden", "FieldValueInvalid", "FieldValueRequired"',
    ],
    ['a path', object({ b: text }), { fieldPath: '.c' }, '@.fieldPath: Invalid value: ".c": must be a valid path'],
    [
      'a message that is no text',
      text,
      { messageExpression: '1' },
      '@.messageExpression: Invalid value: {"Rule":"true","Message":"","MessageExpression":"1","Reason":null,"FieldPath":"","OptionalOldSelf":null}: messageExpression must evaluate to a string',
    ],
    [
      'optionalOldSelf for nothing',
      text,
      { optionalOldSelf: true },
      '@.optionalOldSelf: Invalid value: true: may not be set if oldSelf is not used in rule',
    ],
  ])('%s', async (_, schema, rule, expected) => {
    const at = `${SCHEMA}.properties[spec].properties[a].x-kubernetes-validations[0]`;
    const definition = widgets({ a: { ...schema, 'x-kubernetes-validations': [{ rule: 'true', ...rule }] } });
    expect(await complaint(definition)).toBe(expected.replace('@', at));
  });
  test('what was there of items that nothing tells apart', async () => {
    const item = { ...object({ b: text }), 'x-kubernetes-validations': [{ rule: 'oldSelf == self' }] };
    const at = `${SCHEMA}.properties[spec].properties[a]`;
    expect(await complaint(widgets({ a: list(item) }))).toBe(
      `${at}.items.x-kubernetes-validations[0].rule: Invalid value: "oldSelf == self": oldSelf cannot be used on the uncorrelatable portion of the schema within ${at}`,
    );
  });
});

describe('the rest', () => {
  const version = (more: JsonObject) => widgets({}, { version: more });
  const shown = (storage: boolean) =>
    `{"Name":"v1","Served":true,"Storage":${storage},"Deprecated":false,"DeprecationWarning":null,"Schema":null,"Subresources":null,"AdditionalPrinterColumns":null,"SelectableFields":null}`;
  const both = { name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: object({}) } };
  test.each<[string, ReturnType<typeof widgets>, string]>([
    [
      'a name of its own',
      { ...widgets({}), metadata: { name: 'w.example.com' } },
      'metadata.name: Invalid value: "w.example.com": must be spec.names.plural+"."+spec.group',
    ],
    [
      'a group of Kubernetes itself',
      { ...widgets({}, { spec: { group: 'a.k8s.io' } }), metadata: { name: 'widgets.a.k8s.io' } },
      'metadata.annotations[api-approved.kubernetes.io]: Required value: protected groups must have approval annotation "api-approved.kubernetes.io", see https://github.com/kubernetes/enhancements/pull/1111',
    ],
    [
      'a group without a dot',
      { ...widgets({}, { spec: { group: 'example' } }), metadata: { name: 'widgets.example' } },
      'spec.group: Invalid value: "example": should be a domain with at least one dot',
    ],
    [
      'a scope',
      widgets({}, { spec: { scope: 'Global' } }),
      'spec.scope: Unsupported value: "Global": supported values: "Cluster", "Namespaced"',
    ],
    [
      'no kind',
      widgets({}, { spec: { names: { plural: 'widgets' } } }),
      '[spec.names.singular: Required value, spec.names.kind: Required value, spec.names.listKind: Required value]',
    ],
    [
      'a kind of two words',
      widgets({}, { spec: { names: { plural: 'widgets', singular: 'w', kind: 'a b', listKind: 'L' } } }),
      `spec.names.kind: Invalid value: "a b": may have mixed case, but should otherwise match: ${LABEL}`,
    ],
    ['the name of a version', version({ name: 'V1' }), `spec.versions[0].name: Invalid value: "V1": ${LABEL}`],
    [
      'nothing to store',
      version({ storage: false }),
      `[spec.versions: Invalid value: [${shown(false)}]: must have exactly one version marked as storage version, status.storedVersions: Invalid value: []: must have at least one stored version]`,
    ],
    [
      'a version twice',
      widgets({}, { spec: { versions: [both, both] } }),
      `[spec.versions: Invalid value: [${shown(true)},${shown(true)}]: must contain unique version names, spec.versions: Invalid value: [${shown(true)},${shown(true)}]: must have exactly one version marked as storage version]`,
    ],
    [
      'unknown fields of all',
      widgets({}, { spec: { preserveUnknownFields: true } }),
      'spec.preserveUnknownFields: Invalid value: true: cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead',
    ],
    [
      'a webhook without an address',
      widgets({}, { spec: { conversion: { strategy: 'Webhook' } } }),
      '[spec.conversion.webhookClientConfig: Required value: required when strategy is set to Webhook, spec.conversion.conversionReviewVersions: Required value]',
    ],
    [
      'a conversion',
      widgets({}, { spec: { conversion: { strategy: 'Magic' } } }),
      'spec.conversion.strategy: Unsupported value: "Magic": supported values: "None", "Webhook"',
    ],
    [
      'columns',
      version({ additionalPrinterColumns: [{ type: 'text', format: 'x' }] }),
      '[spec.additionalPrinterColumns[0].name: Required value, spec.additionalPrinterColumns[0].type: Invalid value: "text": must be one of boolean,date,integer,number,string, spec.additionalPrinterColumns[0].format: Invalid value: "x": must be one of byte,date,date-time,double,float,int32,int64,password, spec.additionalPrinterColumns[0].JSONPath: Required value]',
    ],
    [
      'fields to select by',
      widgets(
        { a: object({}) },
        {
          version: {
            selectableFields: [{ jsonPath: '.spec.a' }, { jsonPath: '.spec.b' }, { jsonPath: '.metadata.name' }],
          },
        },
      ),
      '[spec.selectableFields[0].jsonPath: Invalid value: ".spec.a": must point to a field of type string, boolean or integer. Enum string fields and strings with formats are allowed., spec.selectableFields[1].jsonPath: Invalid value: ".spec.b": is an invalid path: does not refer to a valid field, spec.selectableFields[2].jsonPath: Invalid value: ".metadata.name": is an invalid path: does not refer to a valid field]',
    ],
    [
      'a scale',
      version({
        subresources: { scale: { specReplicasPath: '.a', statusReplicasPath: 'status.b', labelSelectorPath: '.x' } },
      }),
      '[spec.subresources.scale.specReplicasPath: Invalid value: ".a": should be a json path under .spec, spec.subresources.scale.statusReplicasPath: Invalid value: "status.b": must be a simple json path starting with ., spec.subresources.scale.labelSelectorPath: Invalid value: ".x": should be a json path under either .spec or .status]',
    ],
    [
      'a warning of what is not deprecated',
      version({ deprecationWarning: 'x' }),
      'spec.versions[0].deprecationWarning: Invalid value: "x": can only be set for deprecated versions',
    ],
  ])('%s', async (_, definition, expected) => {
    expect(await complaint(definition)).toBe(expected);
  });
  test('what must stay as it is once it is served', async () => {
    await cluster.client.create(DEFINITIONS, '', widgets({}));
    const change = (spec: JsonObject) =>
      failure(cluster.client.patch(DEFINITIONS, '', 'widgets.example.com', 'merge', { spec }));
    expect((await change({ scope: 'Cluster' })).message).toContain(
      'spec.scope: Invalid value: "Cluster": field is immutable',
    );
    expect((await change({ names: { kind: 'Gadget', listKind: 'GadgetList' } })).message).toContain(
      'spec.names.kind: Invalid value: "Gadget": field is immutable',
    );
    expect((await change({ versions: [{ ...both, name: 'v2' }] as unknown as Json })).message).toContain(
      'status.storedVersions[0]: Invalid value: "v1": missing from spec.versions; v1 was previously a storage version, and must remain in spec.versions until a storage migration ensures no data remains persisted in v1 and removes v1 from status.storedVersions',
    );
    await cluster.client.delete(DEFINITIONS, '', 'widgets.example.com');
  });
});
