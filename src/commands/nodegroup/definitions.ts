/** The kinds NodeGroup and ClusterAutoscaler, and how the cluster learns them. */
import type { Json } from '../../apimachinery/json';
import type { KubeObject } from '../../apimachinery/meta';
import { FAIL_MODES, GPU_RESOURCES, GROUP, VERSION } from '../../apimachinery/node-groups';
import { isReason } from '../../apimachinery/status';
import type { Client } from '../../client/client';

const DEFINITIONS = { group: 'apiextensions.k8s.io', version: 'v1', resource: 'customresourcedefinitions' };

type Schema = Record<string, Json>;

const text: Schema = { type: 'string' };
const amount: Schema = { type: 'string', pattern: '^[0-9]+(\\.[0-9]+)?(m|k|M|G|T|P|Ki|Mi|Gi|Ti|Pi)?$' };
const duration: Schema = { type: 'string', pattern: '^([0-9]+(\\.[0-9]+)?(ns|us|ms|s|m|h))+$' };
const map: Schema = { type: 'object', additionalProperties: text };
const size: Schema = { type: 'integer', minimum: 0 };
const anything: Schema = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
const object = (properties: Record<string, Schema>, required: string[] = []): Schema => ({
  type: 'object',
  properties,
  ...(required.length > 0 ? { required } : {}),
});
const list = (items: Schema): Schema => ({ type: 'array', items });

const groupSpec = object(
  {
    minSize: { ...size, default: 0 },
    maxSize: size,
    targetSize: { ...size, default: 0 },
    template: object(
      {
        cpu: amount,
        memory: amount,
        pods: { type: 'integer', minimum: 1, default: 110 },
        gpu: object(
          {
            count: { type: 'integer', minimum: 1 },
            type: text,
            resource: { type: 'string', enum: [...GPU_RESOURCES] },
          },
          ['count', 'type'],
        ),
        labels: map,
        taints: list(object({ key: text, value: text, effect: text }, ['key', 'effect'])),
      },
      ['cpu', 'memory'],
    ),
    zone: text,
    price: { type: 'number', minimum: 0 },
    provisionTime: { ...duration, default: '1m0s' },
    fail: object({ mode: { type: 'string', enum: [...FAIL_MODES] }, until: size }, ['mode']),
    delete: list(text),
    options: map,
  },
  ['maxSize', 'template'],
);

const column = (name: string, jsonPath: string, type = 'integer') => ({ name, type, jsonPath });

export const definitions: readonly KubeObject[] = [
  definition('NodeGroup', 'nodegroups', groupSpec, {
    shortNames: ['ng'],
    subresources: {
      status: {},
      scale: { specReplicasPath: '.spec.targetSize', statusReplicasPath: '.status.nodes' },
    },
    columns: [
      column('Min', '.spec.minSize'),
      column('Max', '.spec.maxSize'),
      column('Target', '.spec.targetSize'),
      column('Nodes', '.status.nodes'),
      column('CPU', '.spec.template.cpu', 'string'),
      column('Memory', '.spec.template.memory', 'string'),
    ],
  }),
  definition('ClusterAutoscaler', 'clusterautoscalers', object({ flags: map }), {
    shortNames: [],
    subresources: { status: {} },
    columns: [
      column('Last-Scale-Up', '.status.lastScaleUp', 'date'),
      column('Last-Scale-Down', '.status.lastScaleDownDelete', 'date'),
    ],
  }),
];

function definition(
  kind: string,
  plural: string,
  spec: Schema,
  more: { shortNames: string[]; subresources: Json; columns: { name: string; type: string; jsonPath: string }[] },
): KubeObject {
  const { shortNames, subresources, columns } = more;
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${GROUP}` },
    spec: {
      group: GROUP,
      names: { kind, listKind: `${kind}List`, plural, singular: kind.toLowerCase(), shortNames },
      scope: 'Cluster',
      versions: [
        {
          name: VERSION,
          served: true,
          storage: true,
          schema: {
            openAPIV3Schema: object({
              apiVersion: text,
              kind: text,
              metadata: { type: 'object' },
              spec,
              status: anything,
            }),
          },
          subresources,
          additionalPrinterColumns: [...columns, column('Age', '.metadata.creationTimestamp', 'date')],
        },
      ],
    },
  };
}

/** Defines them where they are not; and others with them. */
export async function defineKinds(
  client: Client,
  fieldManager: string,
  others: readonly KubeObject[] = [],
): Promise<void> {
  for (const one of [...definitions, ...others])
    try {
      await client.create(DEFINITIONS, '', one, { fieldManager });
    } catch (error) {
      if (!isReason(error, 'AlreadyExists')) throw error;
    }
}
