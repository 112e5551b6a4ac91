/** Definitions of custom kinds, and a cluster that serves them, for the tests of this folder. */
import type { KubeObject } from '../../src/apimachinery/meta';

export const DEFINITIONS = { group: 'apiextensions.k8s.io', version: 'v1', resource: 'customresourcedefinitions' };
export const WIDGETS = { group: 'example.com', version: 'v1', resource: 'widgets' };

/** A schema of JSON Schema's own. */
export type TestSchema = Record<string, unknown>;

export const object = (properties: Record<string, TestSchema>, more: TestSchema = {}): TestSchema => ({
  type: 'object',
  properties,
  ...more,
});
export const text: TestSchema = { type: 'string' };
export const integer: TestSchema = { type: 'integer' };
export const list = (items: TestSchema, more: TestSchema = {}): TestSchema => ({ type: 'array', items, ...more });

/** Widgets of example.com whose spec has these properties. */
export function widgets(
  properties: Record<string, TestSchema>,
  more: { version?: TestSchema; spec?: TestSchema; schema?: TestSchema } = {},
): KubeObject {
  const schema = more.schema ?? object({ spec: object(properties) });
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'widgets.example.com' },
    spec: {
      group: 'example.com',
      scope: 'Namespaced',
      names: { plural: 'widgets', kind: 'Widget' },
      versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: schema }, ...more.version }],
      ...more.spec,
    },
  };
}

export function widget(name: string, spec?: unknown, more: Record<string, unknown> = {}): KubeObject {
  return {
    apiVersion: 'example.com/v1',
    kind: 'Widget',
    metadata: { name },
    ...(spec === undefined ? {} : { spec }),
    ...more,
  };
}
