/** nodeSelector and node affinity: what the pod demands of a node's labels, and what it prefers (`plugins/nodeaffinity`). */
import type { KubeObject } from '../../../apimachinery/meta';
import { normaliseToHighest, type Plugin, unresolvable } from '../plugin';

interface Expression {
  key: string;
  operator: string;
  values?: string[];
}

interface Term {
  matchExpressions?: Expression[];
  matchFields?: Expression[];
}

const REJECTED = unresolvable("node(s) didn't match Pod's node affinity/selector");

export const nodeAffinity: Plugin = {
  name: 'NodeAffinity',
  weight: 2,
  prepare({ pod }) {
    const { nodeSelector, affinity } = pod['spec'];
    const required: Term[] | undefined =
      affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms;
    const preferred: { weight: number; preference: Term }[] | undefined =
      affinity?.nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution;
    const demands = nodeSelector || required;
    if (!demands && !preferred?.length) return undefined;
    return {
      ...(demands
        ? { filter: ({ node }) => (matchesRequired(node, nodeSelector, required) ? undefined : REJECTED) }
        : {}),
      ...(preferred?.length
        ? {
            score: ({ node }) => {
              let sum = 0;
              for (const { weight, preference } of preferred) if (matchesTerm(node, preference)) sum += weight;
              return sum;
            },
            normalise: (scores) => normaliseToHighest(scores, false),
          }
        : {}),
    };
  },
};

/** Does a node satisfy nodeSelector and any of the required terms? (component-helpers `nodeaffinity` RequiredNodeAffinity.Match) */
export function matchesRequired(
  node: KubeObject,
  nodeSelector: Record<string, string> | undefined,
  terms: readonly Term[] | undefined,
): boolean {
  const labels = node.metadata.labels ?? {};
  for (const [key, value] of Object.entries(nodeSelector ?? {})) if (labels[key] !== value) return false;
  return !terms || terms.some((term) => matchesTerm(node, term));
}

/** All expressions and fields of a term hold; a term without any matches nothing. */
export function matchesTerm(node: KubeObject, { matchExpressions = [], matchFields = [] }: Term): boolean {
  if (matchExpressions.length === 0 && matchFields.length === 0) return false;
  const labels = node.metadata.labels ?? {};
  return (
    matchExpressions.every((expression) => holds(expression, labels[expression.key])) &&
    matchFields.every((field) => field.key === 'metadata.name' && holds(field, node.metadata.name))
  );
}

function holds({ operator, values = [] }: Expression, actual: string | undefined): boolean {
  switch (operator) {
    case 'In':
      return actual !== undefined && values.includes(actual);
    case 'NotIn':
      return actual === undefined || !values.includes(actual);
    case 'Exists':
      return actual !== undefined;
    case 'DoesNotExist':
      return actual === undefined;
    case 'Gt':
    case 'Lt': {
      if (actual === undefined || !isInteger(actual) || !isInteger(values[0] ?? '')) return false;
      const [left, right] = [BigInt(actual), BigInt(values[0] as string)];
      return operator === 'Gt' ? left > right : left < right;
    }
    default:
      return false;
  }
}

function isInteger(text: string): boolean {
  return /^[+-]?\d+$/.test(text);
}
