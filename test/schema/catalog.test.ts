import { readFileSync } from 'node:fs';
import { builtinGroups, describedSchema, kindSchema, schemaNamed } from '../../src/schema/catalog';
import { builtinResources } from '../../src/schema/resources';
import type { Schema } from '../../src/schema/schema';

function at(schema: Schema | undefined, path: string): Schema {
  let node = schema;
  for (const step of path.split('.')) node = step === '[]' ? node?.items : node?.field?.(step);
  if (!node) throw new Error(`nothing at ${path}`);
  return node;
}
const deployment = () => kindSchema('apps', 'v1', 'Deployment');

test('kinds are found by group, version and kind, and nothing else is one', () => {
  expect(deployment()?.name).toBe('apps/v1.Deployment');
  expect(kindSchema('rbac.authorization.k8s.io', 'v1', 'Role')?.name).toBe('rbac/v1.Role');
  expect(kindSchema('', 'v1', 'PodSpec')).toBeUndefined();
  expect(kindSchema('', 'v1', 'Nosuch')).toBeUndefined();
  expect(kindSchema('', 'v1', '__proto__')).toBeUndefined();
  expect(kindSchema('', 'v2', 'Pod')).toBeUndefined();
  expect(kindSchema('apps', 'v1beta1', 'Deployment')).toBeUndefined();
  expect(kindSchema('toString', 'v1', 'Pod')).toBeUndefined();
  expect(schemaNamed('core/v1.PodSpec')?.fieldNames?.slice(0, 3)).toEqual(['volumes', 'initContainers', 'containers']);
  expect(schemaNamed('meta/v1.DeleteOptions')?.type).toBe('object');
  expect(schemaNamed('core/v9.PodSpec')).toBeUndefined();
});

test.each([
  ['spec.replicas', { type: 'integer', format: 'int32', goType: 'int32', pointer: true }],
  ['spec.template.spec.containers', { type: 'array', patchStrategy: ['merge'], patchMergeKey: 'name' }],
  ['spec.template.spec.containers', { listType: 'map', listMapKeys: ['name'], goType: '[]v1.Container' }],
  ['spec.template.spec.containers.[]', { type: 'object', name: 'core/v1.Container', required: ['name'] }],
  [
    'spec.template.spec.containers.[].ports',
    { patchMergeKey: 'containerPort', listMapKeys: ['containerPort', 'protocol'] },
  ],
  ['spec.template.spec.containers.[].ports.[].protocol', { enum: ['SCTP', 'TCP', 'UDP'], default: 'TCP' }],
  ['spec.template.spec.containers.[].resources.limits', { type: 'map', goType: 'v1.ResourceList' }],
  ['spec.template.spec.containers.[].resources.limits.[]', { type: 'quantity', goType: 'resource.Quantity' }],
  ['spec.template.spec.containers.[].livenessProbe.httpGet.port', { type: 'int-or-string' }],
  ['spec.template.spec.containers.[].livenessProbe.httpGet', { embedded: ['ProbeHandler'] }],
  ['spec.template.spec.ephemeralContainers.[].ports', { listMapKeys: ['containerPort', 'protocol'] }],
  ['spec.template.spec.nodeSelector', { type: 'map', atomic: true }],
  ['spec.template.spec.imagePullSecrets.[]', { name: 'core/v1.LocalObjectReference', atomic: true }],
  ['spec.template.spec.volumes', { patchStrategy: ['merge', 'retainKeys'], patchMergeKey: 'name' }],
  ['spec.strategy', { patchStrategy: ['retainKeys'] }],
  ['spec.selector', { name: 'meta/v1.LabelSelector', atomic: true }],
  ['metadata.creationTimestamp', { type: 'string', format: 'date-time', goType: 'v1.Time', omitZero: true }],
  ['metadata.managedFields.[].fieldsV1', { type: 'any' }],
  ['metadata.finalizers', { listType: 'set', patchStrategy: ['merge'] }],
])('Deployment %s', (path, facts) => {
  expect(at(deployment(), path)).toMatchObject(facts);
});

test('fields are the same node each time, and types that hold themselves end nowhere', () => {
  expect(at(deployment(), 'spec.template')).toBe(at(deployment(), 'spec.template'));
  const crd = kindSchema('apiextensions.k8s.io', 'v1', 'CustomResourceDefinition');
  const props = at(crd, 'spec.versions.[].schema.openAPIV3Schema');
  expect(at(props, 'properties.[].allOf.[].not').name).toBe('apiextensions/v1.JSONSchemaProps');
});

test('descriptions come when asked for: of the field, and of its type', () => {
  const spec = at(describedSchema('', 'v1', 'Pod'), 'spec');
  expect(spec.description).toMatch(/^Specification of the desired behavior of the pod\./);
  expect(spec.typeDescription).toBe('PodSpec is a description of a pod.');
  expect(at(kindSchema('', 'v1', 'Pod'), 'spec').description).toBeUndefined();
  const rule = at(
    describedSchema('admissionregistration.k8s.io', 'v1', 'ValidatingWebhookConfiguration'),
    'webhooks.[].rules.[].resources',
  );
  expect(rule.description).toContain("'*/*' means all resources and their subresources.");
});

test('every field of every type of every group leads to a node', () => {
  let types = 0;
  let fields = 0;
  const visit = (name: string) => {
    types++;
    const schema = schemaNamed(name) as Schema;
    for (const field of schema.fieldNames ?? []) {
      fields++;
      let node = schema.field?.(field);
      while (node?.items) node = node.items;
      expect(node?.type).toMatch(/^(object|string|integer|number|boolean|int-or-string|quantity|any)$/);
      expect(node?.type === 'object').toBe(node?.name !== undefined);
    }
    for (const name of schema.required ?? []) expect(schema.field?.(name)).toBeDefined();
  };
  for (const { types: folder, versions } of [...Object.values(builtinGroups()), { types: 'meta', versions: ['v1'] }]) {
    for (const version of versions) {
      const file = JSON.parse(readFileSync(`${__dirname}/../../dist/schema/${folder}.${version}.json`, 'utf8'));
      for (const short of Object.keys(file)) visit(`${folder}/${version}.${short}`);
    }
  }
  expect(types).toBeGreaterThan(740);
  expect(fields).toBeGreaterThan(3100);
});

test('every strategy and every default of the tables stands on its field', () => {
  const rows = (table: string) =>
    readFileSync(`${__dirname}/../../src/schema/facts/${table}.tsv`, 'utf8')
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'))
      .slice(1)
      .map((line) => line.split('\t') as [string, string, ...string[]]);
  let landed = 0;
  for (const [type, name, strategy, mergeKey, listType, keys, atomic] of rows('list-and-patch-strategies')) {
    const node = schemaNamed(type)?.field?.(name);
    if (!node) continue;
    landed++;
    expect([
      type,
      name,
      node.patchStrategy?.join(),
      node.patchMergeKey,
      node.listType,
      node.listMapKeys?.join(),
    ]).toEqual([type, name, ...[strategy, mergeKey, listType, keys].map((cell) => cell || undefined)]);
    if (atomic) expect(node.atomic).toBe(true);
  }
  expect(landed).toBe(403);
  for (const [type, name, value] of rows('schema-defaults')) {
    const node = schemaNamed(type)?.field?.(name);
    if (node) expect(node.default).toEqual(JSON.parse(value as string));
  }
});

test('resources: all of 1.36, in the order of discovery', () => {
  const resources = builtinResources();
  expect(resources).toHaveLength(68);
  const groups = [...new Set(resources.map(({ group, version }) => `${group}/${version}`))];
  expect(groups.slice(0, 8)).toEqual([
    '/v1',
    'apiregistration.k8s.io/v1',
    'apps/v1',
    'events.k8s.io/v1',
    'authentication.k8s.io/v1',
    'authorization.k8s.io/v1',
    'autoscaling/v2',
    'autoscaling/v1',
  ]);
  for (const { group, version, kind, verbs } of resources) {
    expect(kindSchema(group, version, kind)).toBeDefined();
    if (verbs.includes('watch')) expect(kindSchema(group, version, `${kind}List`)).toBeDefined();
  }
  const find = (plural: string) => resources.find((resource) => resource.plural === plural);
  expect(find('pods')).toMatchObject({
    kind: 'Pod',
    singular: 'pod',
    shortNames: ['po'],
    categories: ['all'],
    namespaced: true,
    verbs: ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'],
  });
  expect(find('pods')?.subresources.map((sub) => sub.name)).toEqual([
    'attach',
    'binding',
    'ephemeralcontainers',
    'eviction',
    'exec',
    'log',
    'portforward',
    'proxy',
    'resize',
    'status',
  ]);
  expect(find('namespaces')?.verbs).not.toContain('deletecollection');
  expect(find('endpoints')).toMatchObject({ kind: 'Endpoints', singular: 'endpoints' });
  expect(find('componentstatuses')?.verbs).toEqual(['get', 'list']);
  expect(find('deployments')?.subresources[0]).toEqual({
    name: 'scale',
    group: 'autoscaling',
    version: 'v1',
    kind: 'Scale',
    verbs: ['get', 'patch', 'update'],
  });
});
