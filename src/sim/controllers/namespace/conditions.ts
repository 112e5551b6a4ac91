/** What a namespace says of its own deletion (kubernetes `pkg/controller/namespace/deletion/status_condition_utils.go`). */
import { formatTime } from '../../../apimachinery/time';
import type { Instant } from '../../clock';
import type { ResourceName } from '../../controller';
import { parseResourceName } from '../../resource-names';

/** What is left in the namespace: how many of each resource, and how many with each finalizer. */
export interface ContentTotals {
  resources: Map<ResourceName, number>;
  finalizers: Map<string, number>;
}

interface Condition {
  type: string;
  status: 'True' | 'False';
  reason: string;
  message: string;
}

interface NamespaceStatus {
  phase?: string;
  conditions?: (Condition & { lastTransitionTime?: string })[];
}

/** The conditions when there is nothing to complain of, in their order. */
const FINE: readonly Condition[] = [
  ['NamespaceDeletionDiscoveryFailure', 'ResourcesDiscovered', 'All resources successfully discovered'],
  ['NamespaceDeletionGroupVersionParsingFailure', 'ParsedGroupVersions', 'All legacy kube types successfully parsed'],
  [
    'NamespaceDeletionContentFailure',
    'ContentDeleted',
    'All content successfully deleted, may be waiting on finalization',
  ],
  ['NamespaceContentRemaining', 'ContentRemoved', 'All content successfully removed'],
  ['NamespaceFinalizersRemaining', 'ContentHasNoFinalizers', 'All content-preserving finalizers finished'],
].map(([type = '', reason = '', message = '']) => ({ type, status: 'False', reason, message }));

/** The complaints: ProcessContentTotals and makeDeleteContentCondition. */
export function deletionConditions(totals: ContentTotals, errors: readonly string[]): Condition[] {
  const conditions: Condition[] = [];
  const complain = (type: string, reason: string, message: string) =>
    conditions.push({ type, status: 'True', reason, message });
  if (totals.resources.size > 0) {
    const counts = [...totals.resources].map(([name, count]) => {
      const { group, resource } = parseResourceName(name);
      return `${resource}.${group} has ${count} resource instances`;
    });
    complain(
      'NamespaceContentRemaining',
      'SomeResourcesRemain',
      `Some resources are remaining: ${counts.sort().join(', ')}`,
    );
  }
  if (totals.finalizers.size > 0) {
    const counts = [...totals.finalizers].map(([finalizer, count]) => `${finalizer} in ${count} resource instances`);
    const text = `Some content in the namespace has finalizers remaining: ${counts.sort().join(', ')}`;
    complain('NamespaceFinalizersRemaining', 'SomeFinalizersRemain', text);
  }
  if (errors.length > 0) {
    const text = `Failed to delete all resource types, ${errors.length} remaining: ${[...errors].sort().join(', ')}`;
    complain('NamespaceDeletionContentFailure', 'ContentDeletionFailed', text);
  }
  return conditions;
}

/**
 * Writes conditions into a status of the caller's own; what is not complained of is fine. While pods are in the way, upstream
 * has not looked at the totals yet (`podsRemain`). @returns whether anything changed.
 */
export function updateConditions(
  status: NamespaceStatus,
  complaints: readonly Condition[],
  podsRemain: boolean,
  now: Instant,
): boolean {
  const conditions = [...(status.conditions ?? [])];
  let changed = false;
  for (const fine of FINE) {
    const counted = podsRemain && fine.type !== 'NamespaceDeletionContentFailure';
    const wanted = (counted ? undefined : complaints.find((one) => one.type === fine.type)) ?? fine;
    const at = conditions.findIndex((one) => one.type === fine.type);
    const old = conditions[at];
    if (!old) conditions.push({ ...wanted, lastTransitionTime: formatTime(now) });
    else if (old.status !== wanted.status || old.reason !== wanted.reason || old.message !== wanted.message) {
      const lastTransitionTime = old.status === wanted.status ? old.lastTransitionTime : formatTime(now);
      conditions[at] = { ...wanted, ...(lastTransitionTime ? { lastTransitionTime } : {}) };
    } else continue;
    changed = true;
  }
  if (changed) status.conditions = conditions;
  return changed;
}
