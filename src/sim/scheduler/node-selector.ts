/** What is asked of a node's labels and name, compiled once (component-helpers `scheduling/corev1/nodeaffinity`). */
import type { NodeInfo } from './node-info';

export interface NodeSelectorRequirement {
  key: string;
  operator: string;
  values?: readonly string[];
}

export interface NodeSelectorTerm {
  matchExpressions?: readonly NodeSelectorRequirement[];
  matchFields?: readonly NodeSelectorRequirement[];
}

export interface PreferredSchedulingTerm {
  weight: number;
  preference: NodeSelectorTerm;
}

export interface NodeAffinitySpec {
  requiredDuringSchedulingIgnoredDuringExecution?: { nodeSelectorTerms: readonly NodeSelectorTerm[] };
  preferredDuringSchedulingIgnoredDuringExecution?: readonly PreferredSchedulingTerm[];
}

export type NodeTest = (node: Pick<NodeInfo, 'labels' | 'name'>) => boolean;

/** A pod's nodeSelector and required terms together; undefined where it has neither (GetRequiredNodeAffinity). */
export function requiredNodes(spec: {
  nodeSelector?: Record<string, string>;
  affinity?: { nodeAffinity?: NodeAffinitySpec };
}): NodeTest | undefined {
  const terms = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms;
  const { nodeSelector } = spec;
  if (!terms && !nodeSelector) return undefined;
  const wanted = Object.entries(nodeSelector ?? {});
  const anyTerm = terms && anyOfTerms(terms);
  return (node) => {
    for (const [key, value] of wanted) if (node.labels[key] !== value) return false;
    return !anyTerm || anyTerm(node);
  };
}

/** Any of the terms holds. */
export function anyOfTerms(terms: readonly NodeSelectorTerm[]): NodeTest {
  const tests = terms.map(termTest);
  const [only] = tests;
  if (tests.length === 1 && only) return only;
  return (node) => tests.some((test) => test(node));
}

/** All expressions and fields of a term hold; a term without any matches nothing. */
export function termTest({ matchExpressions = [], matchFields = [] }: NodeSelectorTerm): NodeTest {
  if (matchExpressions.length === 0 && matchFields.length === 0) return () => false;
  const labelTests = matchExpressions.map((one) => ({ key: one.key, holds: requirementTest(one) }));
  const nameTests = matchFields.map((one) => (one.key === 'metadata.name' ? requirementTest(one) : () => false));
  return (node) => {
    for (const { key, holds } of labelTests) if (!holds(node.labels[key])) return false;
    for (const holds of nameTests) if (!holds(node.name)) return false;
    return true;
  };
}

/** Does this expression hold for this value of its label? */
export function requirementHolds(requirement: NodeSelectorRequirement, actual: string | undefined): boolean {
  return requirementTest(requirement)(actual);
}

function requirementTest({ operator, values = [] }: NodeSelectorRequirement): (actual: string | undefined) => boolean {
  switch (operator) {
    case 'In':
      return (actual) => actual !== undefined && values.includes(actual);
    case 'NotIn':
      return (actual) => actual === undefined || !values.includes(actual);
    case 'Exists':
      return (actual) => actual !== undefined;
    case 'DoesNotExist':
      return (actual) => actual === undefined;
    case 'Gt':
    case 'Lt': {
      const [bound] = values;
      if (values.length !== 1 || bound === undefined || !isInteger(bound)) return () => false;
      const limit = BigInt(bound);
      return (actual) => {
        if (actual === undefined || !isInteger(actual)) return false;
        return operator === 'Gt' ? BigInt(actual) > limit : BigInt(actual) < limit;
      };
    }
    default:
      return () => false;
  }
}

function isInteger(text: string): boolean {
  return /^[+-]?\d{1,19}$/.test(text);
}
