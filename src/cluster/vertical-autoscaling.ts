/**
 * The kinds of the vertical autoscaler, as its installer brings them (autoscaler `vertical-pod-autoscaler/deploy/vpa-v1-crd-gen.yaml`,
 * 1.8.0): fields, types, rules, columns and names are upstream's. Of the version v1beta2, which is not served any more, nothing is here.
 */
import type { Json } from '../apimachinery/json';
import type { KubeObject } from '../apimachinery/meta';
import { VPA_CHECKPOINTS, VPA_GROUP, VPAS } from '../apimachinery/vertical-scaling/autoscaler';

type Schema = Record<string, Json>;

const QUANTITY_PATTERN =
  '^(\\+|-)?(([0-9]+(\\.[0-9]*)?)|(\\.[0-9]+))(([KMGTPE]i)|[numkMGTPE]|([eE](\\+|-)?(([0-9]+(\\.[0-9]*)?)|(\\.[0-9]+))))?$';

const text = (description: string): Schema => ({ type: 'string', description });
const time = (description: string): Schema => ({ type: 'string', format: 'date-time', description });
const choice = (description: string, values: string[]): Schema => ({ type: 'string', enum: values, description });
const whole = (description: string, format: 'int32' | 'int64', minimum?: number): Schema => ({
  type: 'integer',
  format,
  ...(minimum === undefined ? {} : { minimum }),
  description,
});
const object = (description: string, properties: Record<string, Schema>, required: string[] = []): Schema => ({
  type: 'object',
  description,
  properties,
  ...(required.length > 0 ? { required } : {}),
});
const list = (description: string, items: Schema): Schema => ({ type: 'array', description, items });
const QUANTITY: Schema = {
  anyOf: [{ type: 'integer' }, { type: 'string' }],
  pattern: QUANTITY_PATTERN,
  'x-kubernetes-int-or-string': true,
};
const quantity = (description: string): Schema => ({ ...QUANTITY, description });
const amounts = (description: string): Schema => ({ type: 'object', description, additionalProperties: QUANTITY });

const ROOT: Record<string, Schema> = {
  apiVersion: text('The version of the API that the object is written in.'),
  kind: text('The kind of the object.'),
  metadata: { type: 'object' },
};

const startupBoost = object('More CPU while a pod starts.', {
  cpu: {
    ...object(
      'How much more CPU, and for how long.',
      {
        durationSeconds: whole('How long the boost stays after the pod became ready.', 'int32'),
        factor: whole('What the request is multiplied with, for the type Factor.', 'int32'),
        quantity: quantity('What is added to the request, for the type Quantity.'),
        type: choice('How the boost is given.', ['Factor', 'Quantity']),
      },
      ['type'],
    ),
    'x-kubernetes-validations': [
      {
        message: 'factor is required when type is Factor and forbidden otherwise',
        rule: "(self.type == 'Factor') == has(self.factor)",
      },
      {
        message: 'quantity is required when type is Quantity and forbidden otherwise',
        rule: "(self.type == 'Quantity') == has(self.quantity)",
      },
    ],
  },
});

const containerPolicy = object('What holds for one container.', {
  containerName: text('The container; * for all that have no policy of their own.'),
  controlledResources: list('What is recommended: cpu and memory unless told.', { type: 'string' }),
  controlledValues: choice('Whether limits follow requests. Default: RequestsAndLimits.', [
    'RequestsAndLimits',
    'RequestsOnly',
  ]),
  maxAllowed: amounts('No more than this is recommended.'),
  memoryAggregationIntervalCount: whole('How many intervals make up the memory that is looked back on.', 'int64', 1),
  memoryAggregationIntervalSeconds: whole('Of an interval so long the peak of memory counts.', 'int32', 1),
  minAllowed: amounts('No less than this is recommended.'),
  mode: choice('Off: nothing is recommended for this container. Default: Auto.', ['Auto', 'Off']),
  oomBumpUpRatio: quantity('What memory is multiplied with when it did not suffice.'),
  oomMinBumpUp: quantity('By how much more memory at least is recommended when it did not suffice.'),
  startupBoost,
});

const spec = object(
  'What is wanted.',
  {
    recommenders: list(
      'Who recommends. At most one; none: the recommender named default.',
      object('A recommender.', { name: text('Its name.') }, ['name']),
    ),
    resourcePolicy: object('What may be recommended.', {
      containerPolicies: list('Container by container.', containerPolicy),
    }),
    startupBoost,
    targetRef: {
      ...object(
        'Whose pods it is for: a Deployment, StatefulSet, DaemonSet, Job …, or anything that has a scale.',
        {
          apiVersion: text('The API version of the target.'),
          kind: text('The kind of the target.'),
          name: text('The name of the target.'),
        },
        ['kind', 'name'],
      ),
      'x-kubernetes-map-type': 'atomic',
    },
    updatePolicy: object('How pods get what is recommended.', {
      evictAfterOOMSeconds: whole(
        'A pod that ran out of memory sooner than this after its start is evicted.',
        'int32',
        1,
      ),
      evictionRequirements: list(
        'All of these must hold, or a pod is not evicted.',
        object(
          'Holds if one of the resources changes in this direction.',
          {
            changeRequirement: choice('Whether the target is above or below what is requested.', [
              'TargetHigherThanRequests',
              'TargetLowerThanRequests',
            ]),
            resources: list('The resources.', { type: 'string' }),
          },
          ['changeRequirement', 'resources'],
        ),
      ),
      minReplicas: whole(
        'Pods are evicted only where there are so many. Default: --min-replicas of the updater.',
        'int32',
      ),
      updateMode: choice('When pods get what is recommended. Default: Recreate.', [
        'Off',
        'Initial',
        'Recreate',
        'InPlaceOrRecreate',
        'InPlace',
        'Auto',
      ]),
    }),
  },
  ['targetRef'],
);

const status = object('How things stand.', {
  conditions: list(
    'What is the case.',
    object(
      'One thing that is the case, or not.',
      {
        lastTransitionTime: time('When the status last changed.'),
        message: text('More in words.'),
        observedGeneration: whole('The generation of the spec that it is about.', 'int64', 0),
        reason: text('Why.'),
        status: text('True, False or Unknown.'),
        type: text('What it is about.'),
      },
      ['status', 'type'],
    ),
  ),
  observedGeneration: whole('The generation of the spec that was last looked at.', 'int64', 0),
  recommendation: object('What is recommended.', {
    containerRecommendations: list(
      'Container by container.',
      object(
        'For one container.',
        {
          containerName: text('The container.'),
          lowerBound: amounts('A pod that requests less is updated.'),
          target: amounts('What it should request.'),
          uncappedTarget: amounts('What it should request by its use alone, whatever the policy allows.'),
          upperBound: amounts('A pod that requests more is updated.'),
        },
        ['target'],
      ),
    ),
  }),
});

const histogram = (description: string): Schema =>
  object(description, {
    bucketWeights: {
      type: 'object',
      description: 'The weight of each bucket, from 0 to 10000.',
      'x-kubernetes-preserve-unknown-fields': true,
    },
    referenceTimestamp: { ...time('When a sample weighs what it weighs.'), nullable: true },
    totalWeight: { type: 'number', description: 'The weight of all samples.' },
  });

const checkpoint: Record<string, Schema> = {
  spec: object('Whose checkpoint it is.', {
    containerName: text('The container.'),
    vpaObjectName: text('The VerticalPodAutoscaler.'),
  }),
  status: object('What was known.', {
    cpuHistogram: histogram('How often how much CPU was used.'),
    firstSampleStart: { ...time('When the first sample was taken.'), nullable: true },
    lastSampleStart: { ...time('When the last sample was taken.'), nullable: true },
    lastUpdateTime: { ...time('When it was written.'), nullable: true },
    memoryHistogram: histogram('How often how much memory was used.'),
    totalSamplesCount: { type: 'integer', description: 'How many samples there were.' },
    version: text('The version of the format.'),
  }),
};

const column = (name: string, jsonPath: string, type = 'string') => ({ name, type, jsonPath });

export const verticalAutoscalingDefinitions: readonly KubeObject[] = [
  definition('VerticalPodAutoscalerCheckpoint', VPA_CHECKPOINTS.resource, 'vpacheckpoint', {
    schema: { openAPIV3Schema: { ...object('What a recommender remembers.', { ...ROOT, ...checkpoint }) } },
  }),
  definition('VerticalPodAutoscaler', VPAS.resource, 'vpa', {
    schema: {
      openAPIV3Schema: object('Sets what the containers of pods request by what they use.', { ...ROOT, spec, status }, [
        'spec',
      ]),
    },
    subresources: { status: {} },
    additionalPrinterColumns: [
      column('Mode', '.spec.updatePolicy.updateMode'),
      column('CPU', '.status.recommendation.containerRecommendations[0].target.cpu'),
      column('Mem', '.status.recommendation.containerRecommendations[0].target.memory'),
      column('Provided', ".status.conditions[?(@.type=='RecommendationProvided')].status"),
      column('Age', '.metadata.creationTimestamp', 'date'),
      { ...column('MinReplicas', '.spec.updatePolicy.minReplicas', 'integer'), priority: 1 },
      { ...column('OOMSeconds', '.spec.updatePolicy.evictAfterOOMSeconds', 'integer'), priority: 1 },
    ],
  }),
];

function definition(kind: string, plural: string, shortName: string, version: Record<string, Json>): KubeObject {
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: {
      name: `${plural}.${VPA_GROUP}`,
      annotations: { 'api-approved.kubernetes.io': 'https://github.com/kubernetes/kubernetes/pull/63797' },
    },
    spec: {
      group: VPA_GROUP,
      names: { kind, listKind: `${kind}List`, plural, shortNames: [shortName], singular: kind.toLowerCase() },
      scope: 'Namespaced',
      versions: [{ name: 'v1', served: true, storage: true, ...version }],
    },
  };
}
