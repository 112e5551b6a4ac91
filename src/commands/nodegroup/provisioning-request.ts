/**
 * The kind ProvisioningRequest, as the Cluster Autoscaler's own manifests define it (autoscaler
 * `apis/config/crd/autoscaling.x-k8s.io_provisioningrequests.yaml`): fields, types, rules and names are upstream's.
 */
import type { KubeObject } from '../../apimachinery/meta';
import { condition, definition, name, object, type Schema } from './schemas';

const LASTING: Schema = { 'x-kubernetes-validations': [{ message: 'Value is immutable', rule: 'self == oldSelf' }] };

const podSet = object(
  'Pods that are alike.',
  {
    count: { type: 'integer', format: 'int32', minimum: 1, description: 'How many there will be.' },
    podTemplateRef: object('A PodTemplate of the namespace: what they will be like.', { name: name('Its name.') }, [
      'name',
    ]),
  },
  ['count', 'podTemplateRef'],
);

const spec = object(
  'What is asked for. It can not be changed.',
  {
    parameters: {
      type: 'object',
      description: 'What a class wants to know besides.',
      maxProperties: 100,
      additionalProperties: { type: 'string', maxLength: 255 },
      ...LASTING,
    },
    podSets: {
      type: 'array',
      description: 'Pods that room is asked for.',
      minItems: 1,
      maxItems: 32,
      items: podSet,
      ...LASTING,
    },
    provisioningClassName: {
      ...name(
        'check-capacity.autoscaling.x-k8s.io: is there room as the cluster is? best-effort-atomic-scale-up.autoscaling.x-k8s.io: nodes are added for all of the pods, or none.',
      ),
      ...LASTING,
    },
  },
  ['podSets', 'provisioningClassName'],
);

const status = object('What has become of it.', {
  conditions: {
    type: 'array',
    description: 'Accepted, Provisioned, BookingExpired, Failed.',
    items: condition,
    'x-kubernetes-list-type': 'map',
    'x-kubernetes-list-map-keys': ['type'],
  },
  provisioningClassDetails: {
    type: 'object',
    description: 'What a class tells besides.',
    maxProperties: 64,
    additionalProperties: { type: 'string', maxLength: 32768 },
  },
});

export const provisioningRequests: KubeObject = definition(
  {
    kind: 'ProvisioningRequest',
    plural: 'provisioningrequests',
    singular: 'provisioningrequest',
    shortNames: ['provreq', 'provreqs'],
  },
  'Room that is asked for before the pods are there that will need it.',
  { spec, status },
  [{ name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' }],
  { v1: { storage: true }, v1beta1: { storage: false } },
);
