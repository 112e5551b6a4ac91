/** The definition of the kind Stage, as far as it is played (kwok `pkg/apis/v1alpha1/stage_types.go`). */
import type { Json } from '../../apimachinery/json';
import type { KubeObject } from '../../apimachinery/meta';

type Schema = Record<string, Json>;

const text: Schema = { type: 'string' };
const texts: Schema = { type: 'array', items: text };
const map: Schema = { type: 'object', additionalProperties: text };
const milliseconds: Schema = { type: 'integer', format: 'int64', minimum: 0 };
const object = (properties: Record<string, Schema>, required: string[] = []): Schema => ({
  type: 'object',
  properties,
  ...(required.length > 0 ? { required } : {}),
});
const list = (items: Schema): Schema => ({ type: 'array', items });

const expression = object({
  cel: object({ expression: text }),
  jq: object({ expression: text }),
  expressionFrom: text,
});
const event = object({ type: text, reason: text, message: text });
const finalizer = object({ value: text });
const finalizers = object({ add: list(finalizer), remove: list(finalizer), empty: { type: 'boolean' } });
const user = object({ username: text }, ['username']);
const patch = object({
  subresource: text,
  root: text,
  template: text,
  type: { type: 'string', enum: ['json', 'merge', 'strategic'] },
  impersonation: user,
});

const spec = object(
  {
    resourceRef: object({ apiGroup: { ...text, default: 'v1' }, kind: text }, ['kind']),
    selector: object({
      matchLabels: map,
      matchAnnotations: map,
      matchExpressions: list(
        object({
          cel: object({ expression: text }),
          jq: object({ key: text, operator: text, values: texts }, ['key', 'operator']),
          key: text,
          operator: text,
          values: texts,
        }),
      ),
    }),
    weight: { type: 'integer', default: 0, minimum: 0 },
    weightFrom: expression,
    delay: object({
      durationMilliseconds: milliseconds,
      durationFrom: expression,
      jitterDurationMilliseconds: milliseconds,
      jitterDurationFrom: expression,
    }),
    next: object({
      event,
      finalizers,
      delete: { type: 'boolean' },
      patches: list(patch),
      statusTemplate: text,
      statusSubresource: { ...text, default: 'status' },
      statusPatchAs: user,
    }),
    immediateNextStage: { type: 'boolean' },
    steps: list(object({ event, finalizers, delete: { type: 'boolean' }, patch })),
  },
  ['resourceRef'],
);

export const stageDefinition: KubeObject = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'stages.kwok.x-k8s.io' },
  spec: {
    group: 'kwok.x-k8s.io',
    names: { kind: 'Stage', listKind: 'StageList', plural: 'stages', singular: 'stage' },
    scope: 'Cluster',
    versions: [
      {
        name: 'v1alpha1',
        served: true,
        storage: true,
        schema: {
          openAPIV3Schema: object(
            {
              apiVersion: text,
              kind: text,
              metadata: { type: 'object' },
              spec,
              status: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
            },
            ['spec'],
          ),
        },
        subresources: { status: {} },
      },
    ],
  },
};
