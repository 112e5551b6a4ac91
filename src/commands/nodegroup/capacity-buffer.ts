/**
 * The kind CapacityBuffer, as the Cluster Autoscaler's own manifests define it (autoscaler
 * `apis/config/crd/autoscaling.x-k8s.io_capacitybuffers.yaml`): fields, types, rules and names are upstream's.
 */
import type { KubeObject } from '../../apimachinery/meta';
import { condition, definition, object, type Schema, text } from './schemas';

const count = (description: string): Schema => ({ type: 'integer', format: 'int32', minimum: 0, description });
const templateRef = (description: string): Schema =>
  object(description, { name: text('Its name.', { minLength: 1 }) }, ['name']);

const spec: Schema = {
  ...object('What is asked for.', {
    limits: {
      type: 'object',
      description: 'The pods of the buffer ask for no more than this, all together.',
      additionalProperties: {
        anyOf: [{ type: 'integer' }, { type: 'string' }],
        pattern:
          '^(\\+|-)?(([0-9]+(\\.[0-9]*)?)|(\\.[0-9]+))(([KMGTPE]i)|[numkMGTPE]|([eE](\\+|-)?(([0-9]+(\\.[0-9]*)?)|(\\.[0-9]+))))?$',
        'x-kubernetes-int-or-string': true,
      },
    },
    percentage: count('So many pods for each hundred of what scalableRef names.'),
    podTemplateRef: templateRef('A PodTemplate of the namespace: what the pods of the buffer are like.'),
    provisioningStrategy: text('buffer.x-k8s.io/active-capacity: nodes are added for the buffer.', {
      default: 'buffer.x-k8s.io/active-capacity',
    }),
    replicas: count('How many pods there is to be room for.'),
    scalableRef: object(
      'Something that is scaled: the pods of the buffer are like its pods.',
      {
        apiGroup: text('Its group.'),
        kind: text('Its kind.', { minLength: 1 }),
        name: text('Its name.', { minLength: 1 }),
      },
      ['kind', 'name'],
    ),
  }),
  'x-kubernetes-validations': [
    {
      message: 'If X is set, replicas or limits must also be set',
      rule: '!has(self.podTemplateRef) || has(self.replicas) || has(self.limits)',
    },
    {
      message: 'You must define both PodTemplateRef and ScalableRef',
      rule: '!(has(self.podTemplateRef) && has(self.scalableRef))',
    },
  ],
};

const status = object('What has become of it.', {
  conditions: {
    type: 'array',
    description: 'ReadyForProvisioning, LimitedByQuotas, Provisioning.',
    items: condition,
    'x-kubernetes-list-type': 'map',
    'x-kubernetes-list-map-keys': ['type'],
  },
  podTemplateGeneration: {
    type: 'integer',
    format: 'int64',
    description: 'The generation of the template it is about.',
  },
  podTemplateRef: templateRef('The PodTemplate that room is kept for.'),
  provisioningStrategy: text('How the buffer is used.'),
  replicas: { type: 'integer', format: 'int32', description: 'How many pods room is kept for.' },
});

const column = (name: string, jsonPath: string, type = 'string'): Schema => ({ name, type, jsonPath });

export const capacityBuffers: KubeObject = definition(
  { kind: 'CapacityBuffer', plural: 'capacitybuffers', singular: 'capacitybuffer', shortNames: ['cb'] },
  'Room that is kept for pods that may come.',
  { spec, status },
  [
    column('Strategy', '.spec.provisioningStrategy'),
    column('PodTemplate', '.status.podTemplateRef.name'),
    column('Replicas', '.status.replicas', 'integer'),
    column('ConditionsType', '.status.conditions[*].type'),
    column('ConditionsStatus', '.status.conditions[*].status'),
    column('ConditionsReason', '.status.conditions[*].reason'),
    column('Age', '.metadata.creationTimestamp', 'date'),
  ],
  { v1alpha1: { storage: false, deprecated: true }, v1beta1: { storage: true } },
);
