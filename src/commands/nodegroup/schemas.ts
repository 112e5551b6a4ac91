/** Pieces of the schemas of kinds that the Cluster Autoscaler brings along. */
import type { Json } from '../../apimachinery/json';
import type { KubeObject } from '../../apimachinery/meta';

export type Schema = Record<string, Json>;

export const NAME = '^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$';
export const text = (description: string, more: Schema = {}): Schema => ({ type: 'string', description, ...more });
export const name = (description: string): Schema => text(description, { pattern: NAME, maxLength: 253 });
export const object = (description: string, properties: Record<string, Schema>, required: string[] = []): Schema => ({
  type: 'object',
  description,
  properties,
  ...(required.length > 0 ? { required } : {}),
});

export const condition = object(
  'One thing that is the case, or not.',
  {
    lastTransitionTime: text('When it was found.', { format: 'date-time' }),
    message: text('More in words.', { maxLength: 32768 }),
    observedGeneration: { type: 'integer', format: 'int64', minimum: 0, description: 'The generation it is about.' },
    reason: text('Why.', { minLength: 1, maxLength: 1024, pattern: '^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$' }),
    status: text('True, False or Unknown.', { enum: ['True', 'False', 'Unknown'] }),
    type: text('What it is about.', {
      maxLength: 316,
      pattern:
        '^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*/)?(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])$',
    }),
  },
  ['lastTransitionTime', 'message', 'reason', 'status', 'type'],
);

/** A kind of `autoscaling.x-k8s.io` as it is defined in the cluster. `versions`: the name of each, and what else is said of it. */
export function definition(
  names: { kind: string; plural: string; singular: string; shortNames: string[] },
  description: string,
  { spec, status }: { spec: Schema; status: Schema },
  additionalPrinterColumns: Schema[],
  versions: Record<string, Schema>,
): KubeObject {
  const group = 'autoscaling.x-k8s.io';
  const openAPIV3Schema = object(
    description,
    {
      apiVersion: text('The version of the API that the object is written in.'),
      kind: text('The kind of the object.'),
      metadata: { type: 'object' },
      spec,
      status,
    },
    ['spec'],
  );
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${names.plural}.${group}` },
    spec: {
      group,
      names: { ...names, listKind: `${names.kind}List` },
      scope: 'Namespaced',
      versions: Object.entries(versions).map(([name, more]) => ({
        name,
        served: true,
        ...more,
        schema: { openAPIV3Schema },
        subresources: { status: {} },
        additionalPrinterColumns,
      })),
    },
  };
}
