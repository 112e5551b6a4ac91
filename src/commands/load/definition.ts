/** The definition of the kind Load. */
import type { Json } from '../../apimachinery/json';
import { LOADS } from '../../apimachinery/load';
import type { KubeObject } from '../../apimachinery/meta';

type Schema = Record<string, Json>;

const text = (description: string): Schema => ({ type: 'string', description });
const texts: Schema = { type: 'object', additionalProperties: { type: 'string' } };

const series: Schema = {
  type: 'object',
  required: ['type', 'name', 'value'],
  properties: {
    type: {
      type: 'string',
      enum: ['Resource', 'Pods', 'Object', 'External'],
      description:
        'Resource: cpu or memory that the pods use. Pods: a custom metric of them. Object: a custom metric of the object. External: an external metric of the namespace.',
    },
    name: text('cpu, memory, or the name of the metric.'),
    labels: { ...texts, description: 'The labels of the metric.' },
    value: text('How much: a quantity or a function of time, as load set takes it.'),
    per: {
      type: 'string',
      enum: ['Total', 'Pod'],
      description: 'Total: the ready pods share it. Pod: each of them has so much.',
    },
    since: {
      type: 'string',
      format: 'date-time',
      description: 'When its time began. Default: when the Load was made.',
    },
  },
};

const spec: Schema = {
  type: 'object',
  properties: {
    targetRef: {
      type: 'object',
      description: 'The object whose load it is. Absent where there are external metrics only.',
      required: ['apiVersion', 'kind', 'name'],
      properties: {
        apiVersion: text('The API version of the object.'),
        kind: text('The kind of the object.'),
        name: text('The name of the object.'),
      },
    },
    series: { type: 'array', items: series },
    files: { ...texts, description: 'CSV files that the values name.' },
  },
};

const { group, version, resource: plural } = LOADS;

export const loadDefinition: KubeObject = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: `${plural}.${group}` },
  spec: {
    group,
    scope: 'Namespaced',
    names: { kind: 'Load', listKind: 'LoadList', plural, singular: 'load' },
    versions: [
      {
        name: version,
        served: true,
        storage: true,
        schema: { openAPIV3Schema: { type: 'object', required: ['spec'], properties: { spec } } },
        additionalPrinterColumns: [
          { name: 'Kind', type: 'string', jsonPath: '.spec.targetRef.kind' },
          { name: 'Target', type: 'string', jsonPath: '.spec.targetRef.name' },
          { name: 'CPU', type: 'string', jsonPath: '.spec.series[?(@.name=="cpu")].value' },
          { name: 'Memory', type: 'string', jsonPath: '.spec.series[?(@.name=="memory")].value' },
          { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
        ],
      },
    ],
  },
};
