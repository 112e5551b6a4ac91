/** The definitions of kwok's ResourceUsage and ClusterResourceUsage (kwok `pkg/apis/v1alpha1/resource_usage_types.go`). */
import type { Json } from '../../apimachinery/json';
import type { KubeObject } from '../../apimachinery/meta';

type Schema = Record<string, Json>;

const texts = (description: string): Schema => ({ type: 'array', description, items: { type: 'string' } });
const object = (description: string, properties: Schema): Schema => ({ type: 'object', description, properties });

const usages: Schema = {
  type: 'array',
  description: 'What the containers use.',
  items: object('What some containers use.', {
    containers: texts('The names of the containers; none: all of which nothing else is said.'),
    usage: {
      type: 'object',
      description: 'By the names of resources: cpu, memory.',
      additionalProperties: object('How much: a value, or else an expression.', {
        value: {
          anyOf: [{ type: 'integer' }, { type: 'string' }],
          description: 'A quantity.',
          pattern:
            '^(\\+|-)?(([0-9]+(\\.[0-9]*)?)|(\\.[0-9]+))(([KMGTPE]i)|[numkMGTPE]|([eE](\\+|-)?(([0-9]+(\\.[0-9]*)?)|(\\.[0-9]+))))?$',
          'x-kubernetes-int-or-string': true,
        },
        expression: { type: 'string', description: 'An expression in CEL, of node, pod and container.' },
      }),
    },
  }),
};

const selector = object('The pods that it is about; absent: all.', {
  matchNamespaces: texts('Their namespaces; none: any.'),
  matchNames: texts('Their names; none: any.'),
});

function definition(kind: string, scope: 'Namespaced' | 'Cluster', spec: Schema): KubeObject {
  const [singular, group] = [kind.toLowerCase(), 'kwok.x-k8s.io'];
  const plural = `${singular}s`;
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      names: { kind, listKind: `${kind}List`, plural, singular },
      scope,
      versions: [
        {
          name: 'v1alpha1',
          served: true,
          storage: true,
          schema: {
            openAPIV3Schema: {
              type: 'object',
              required: ['spec'],
              properties: { spec, status: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
            },
          },
          subresources: { status: {} },
        },
      ],
    },
  };
}

export const usageDefinitions: readonly KubeObject[] = [
  definition('ResourceUsage', 'Namespaced', object('What one pod uses: the one of its name.', { usages })),
  definition('ClusterResourceUsage', 'Cluster', object('What many pods use.', { selector, usages })),
];
