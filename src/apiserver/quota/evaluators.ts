/** Which resources a quota can count, and how (kubernetes `pkg/quota/v1/evaluator/core/registry.go`, `install/registry.go`). */
import { persistentVolumeClaims } from './claims';
import { countName, type Evaluator, objectCounter } from './evaluator';
import { pods } from './pods';
import { services } from './services';

/** Counted in a way of their own, or under an old name too. All are of the core group. */
export const CORE_EVALUATORS: ReadonlyMap<string, Evaluator> = new Map([
  ['pods', pods],
  ['services', services],
  ['persistentvolumeclaims', persistentVolumeClaims],
  ...['configmaps', 'replicationcontrollers', 'resourcequotas', 'secrets'].map((name): [string, Evaluator] => [
    name,
    objectCounter([`count/${name}`, name]),
  ]),
]);

/** Not stored, or never counted. */
const IGNORED: ReadonlySet<string> = new Set([
  'bindings',
  'componentstatuses',
  'events',
  'events.events.k8s.io',
  'localsubjectaccessreviews.authorization.k8s.io',
  'selfsubjectaccessreviews.authorization.k8s.io',
  'selfsubjectreviews.authentication.k8s.io',
  'selfsubjectrulesreviews.authorization.k8s.io',
  'subjectaccessreviews.authorization.k8s.io',
  'tokenreviews.authentication.k8s.io',
]);

const counters = new Map<string, Evaluator>();

/** @returns undefined for what is never counted */
export function evaluatorOf(group: string, resource: string): Evaluator | undefined {
  if (group === '') {
    const evaluator = CORE_EVALUATORS.get(resource);
    if (evaluator) return evaluator;
  }
  const name = countName(group, resource);
  if (IGNORED.has(name.slice('count/'.length))) return undefined;
  let counter = counters.get(name);
  if (!counter) {
    counter = objectCounter([name]);
    counters.set(name, counter);
  }
  return counter;
}
