/** What a role or a binding must become to allow what another says (component-helpers `auth/rbac/reconciliation`). */
import { deepEqual, type Json } from './json';
import { asJson, type KubeObject } from './meta';
import { type PolicyRule, uncoveredRules } from './policy-rules';

export type Operation = 'create' | 'update' | 'recreate' | 'none';

export interface Reconciled {
  object: KubeObject;
  operation: Operation;
  /** The object that is there asks to be left alone. */
  protected: boolean;
  missingRules: readonly PolicyRule[];
  extraRules: readonly PolicyRule[];
  missingSubjects: readonly Subject[];
  extraSubjects: readonly Subject[];
}

export interface Subject {
  kind?: string;
  apiGroup?: string;
  name?: string;
  namespace?: string;
}

const AUTO_UPDATE = 'rbac.authorization.kubernetes.io/autoupdate';
const NOTHING = { missingRules: [], extraRules: [], missingSubjects: [], extraSubjects: [] };

/** For what is not there. */
export function created(expected: KubeObject): Reconciled {
  return {
    ...NOTHING,
    object: expected,
    operation: 'create',
    protected: false,
    missingRules: expected.rules ?? [],
    missingSubjects: expected.subjects ?? [],
  };
}

/** computeReconciledRole. `removeExtra`: what is allowed beyond the expected is taken away. */
export function reconciledRole(existing: KubeObject, expected: KubeObject, removeExtra: boolean): Reconciled {
  const { object, changed } = withMetadataOf(existing, expected);
  let operation: Operation = changed ? 'update' : 'none';
  const [rules, wanted]: PolicyRule[][] = [existing.rules ?? [], expected.rules ?? []];
  const aggregated = expected.aggregationRule !== undefined && existing.aggregationRule !== undefined;
  const extraRules = aggregated ? [] : uncoveredRules(wanted as PolicyRule[], rules as PolicyRule[]);
  const missingRules = uncoveredRules(rules as PolicyRule[], wanted as PolicyRule[]);
  if (removeExtra && missingRules.length + extraRules.length > 0) {
    object.rules = wanted;
    operation = 'update';
  } else if (!removeExtra && missingRules.length > 0) {
    object.rules = [...(rules as PolicyRule[]), ...missingRules];
    operation = 'update';
  }
  if (reconcileAggregation(object, existing, expected, removeExtra)) operation = 'update';
  return { ...NOTHING, object, operation, protected: isProtected(existing), missingRules, extraRules };
}

/** The selectors by which other roles are joined into one. True when they changed. */
function reconcileAggregation(
  object: KubeObject,
  existing: KubeObject,
  expected: KubeObject,
  removeExtra: boolean,
): boolean {
  if (expected.aggregationRule === undefined) {
    delete object.aggregationRule;
    return existing.aggregationRule !== undefined;
  }
  const [there, wanted] = [selectorsOf(existing), selectorsOf(expected)];
  const missing = without(wanted, there);
  if (removeExtra) {
    if (missing.length + without(there, wanted).length === 0) return false;
    object.aggregationRule = expected.aggregationRule;
    return true;
  }
  if (missing.length === 0) return false;
  object.aggregationRule = { ...existing.aggregationRule, clusterRoleSelectors: [...there, ...missing] };
  return true;
}

function selectorsOf({ aggregationRule }: KubeObject): Json[] {
  return aggregationRule?.clusterRoleSelectors ?? [];
}

/** computeReconciledRoleBinding. */
export function reconciledBinding(existing: KubeObject, expected: KubeObject, removeExtra: boolean): Reconciled {
  const isAlone = isProtected(existing);
  // Which role is bound can't be changed.
  if (!deepEqual(expected.roleRef ?? {}, existing.roleRef ?? {})) {
    return { ...NOTHING, object: expected, operation: 'recreate', protected: isAlone };
  }
  const { object, changed } = withMetadataOf(existing, expected);
  let operation: Operation = changed ? 'update' : 'none';
  const [subjects, wanted]: Json[][] = [existing.subjects ?? [], expected.subjects ?? []];
  const missing = without(wanted as Json[], subjects as Json[]);
  const extra = without(subjects as Json[], wanted as Json[]);
  if (removeExtra && missing.length + extra.length > 0) {
    object.subjects = wanted;
    operation = 'update';
  } else if (!removeExtra && missing.length > 0) {
    object.subjects = [...(subjects as Json[]), ...missing];
    operation = 'update';
  }
  const [missingSubjects, extraSubjects] = [missing, extra] as Subject[][];
  return {
    ...NOTHING,
    object,
    operation,
    protected: isAlone,
    missingSubjects: missingSubjects as Subject[],
    extraSubjects: extraSubjects as Subject[],
  };
}

/** Those of `values` that are not among `others`, each once. */
function without(values: readonly Json[], others: readonly Json[]): Json[] {
  return values.filter(
    (value, i) =>
      !others.some((other) => deepEqual(value, other)) && values.findIndex((one) => deepEqual(one, value)) === i,
  );
}

/** A copy with the labels and annotations that are expected beside its own; its own count where both say something. */
function withMetadataOf(existing: KubeObject, expected: KubeObject): { object: KubeObject; changed: boolean } {
  const metadata = { ...existing.metadata };
  for (const field of ['annotations', 'labels'] as const) {
    const wanted = expected.metadata[field];
    if (wanted) metadata[field] = { ...wanted, ...existing.metadata[field] };
  }
  const object: KubeObject = { ...existing, metadata };
  return { object, changed: !deepEqual(asJson(object)['metadata'] as Json, asJson(existing)['metadata'] as Json) };
}

function isProtected({ metadata }: KubeObject): boolean {
  return metadata.annotations?.[AUTO_UPDATE] === 'false';
}
