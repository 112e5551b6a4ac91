/** Fields that an applied configuration wants and others own (apimachinery `util/managedfields/internal/conflict.go`). */
import { type ApiError, apiError } from '../../apimachinery/status';
import { type FieldSet, pathsOf } from './field-set';
import { formatManager, type ManagerIdentity } from './managers';
import { formatElement } from './path-element';

export interface Conflict {
  owner: ManagerIdentity;
  /** Elements as fieldsV1 writes them. */
  path: readonly string[];
}

/** The conflicts over these fields, in the order in which messages list them: `owners` sorted by identity, then path. */
export function conflictsOf(owners: readonly { owner: ManagerIdentity; fields: FieldSet }[]): Conflict[] {
  return owners.flatMap(({ owner, fields }) => pathsOf(fields).map((path) => ({ owner, path })));
}

/** `.spec.template.spec.containers[name="web"].image` */
export function formatPath(path: readonly string[]): string {
  return path.map(formatElement).join('');
}

/** The 409 that tells them: `Apply failed with 1 conflict: conflict with "kubectl" using apps/v1: .spec.replicas`. */
export function conflictError(conflicts: readonly Conflict[]): ApiError {
  return apiError(409, 'Conflict', messageOf(conflicts), {
    causes: conflicts.map(({ owner, path }) => ({
      reason: 'FieldManagerConflict',
      message: `conflict with ${formatManager(owner)}`,
      field: formatPath(path),
    })),
  });
}

function messageOf(conflicts: readonly Conflict[]): string {
  const [first] = conflicts;
  if (first && conflicts.length === 1) {
    return `Apply failed with 1 conflict: conflict with ${formatManager(first.owner)}: ${formatPath(first.path)}`;
  }
  const byOwner = new Map<string, string[]>();
  for (const { owner, path } of conflicts) {
    const name = formatManager(owner);
    byOwner.set(name, [...(byOwner.get(name) ?? []), `- ${formatPath(path)}`]);
  }
  const lines = [...byOwner].flatMap(([name, paths]) => [`conflicts with ${name}:`, ...paths]);
  return `Apply failed with ${conflicts.length} conflicts: ${lines.join('\n')}`;
}
