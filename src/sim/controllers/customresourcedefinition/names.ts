/**
 * Whose names a definition's are, and that its kind is served (apiextensions-apiserver `pkg/controller/status/naming_controller.go`,
 * `controller/establish/establishing_controller.go`).
 */
import { deepEqual, type Json } from '../../../apimachinery/json';
import type { KubeObject } from '../../../apimachinery/meta';
import { withCondition } from '../../../apiserver/custom/conditions';
import {
  type CustomResourceNames,
  conditionOf,
  type DefinitionCondition,
  type DefinitionStatus,
  isTrue,
  specOf,
} from '../../../apiserver/custom/definition';

/** The status with the names judged anew; undefined where that changes nothing. `others` are those of the same group. */
export function acceptedNames(
  definition: KubeObject,
  others: readonly KubeObject[],
  now: string,
): DefinitionStatus | undefined {
  const status: DefinitionStatus = definition['status'];
  const wanted = specOf(definition).names;
  if (sameNames(wanted, status.acceptedNames)) return undefined;
  const { names, accepted } = judge(wanted, status.acceptedNames, others);
  const old = conditionOf(definition, 'NamesAccepted');
  if (
    sameNames(names, status.acceptedNames) &&
    old?.status === accepted.status &&
    old.reason === accepted.reason &&
    old.message === accepted.message
  )
    return undefined;
  const conditions = withCondition(status.conditions, accepted, now);
  const established = establishedBefore(definition, accepted);
  return { ...status, acceptedNames: names, conditions: withCondition(conditions, established, now) };
}

/** The status of a definition whose names are its own, and that is not established yet. */
export function established(definition: KubeObject, now: string): DefinitionStatus | undefined {
  if (!isTrue(definition, 'NamesAccepted') || isTrue(definition, 'Established')) return undefined;
  const status: DefinitionStatus = definition['status'];
  const condition: DefinitionCondition = {
    type: 'Established',
    status: 'True',
    reason: 'InitialNamesAccepted',
    message: 'the initial names have been accepted',
  };
  return { ...status, conditions: withCondition(status.conditions, condition, now) };
}

function sameNames(a: CustomResourceNames, b: CustomResourceNames): boolean {
  return deepEqual(a as unknown as Json, b as unknown as Json);
}

/** calculateNamesAndConditions: each name that is free or its own already is accepted, whatever becomes of the others. */
function judge(
  wanted: CustomResourceNames,
  accepted: CustomResourceNames,
  others: readonly KubeObject[],
): { names: CustomResourceNames; accepted: DefinitionCondition } {
  const resources = new Set<string>();
  const kinds = new Set<string>();
  for (const other of others) {
    const {
      plural,
      singular = '',
      shortNames,
      kind,
      listKind = '',
    } = (other['status'] as DefinitionStatus).acceptedNames;
    for (const name of [plural, singular, ...(shortNames ?? [])]) resources.add(name);
    for (const name of [kind, listKind]) kinds.add(name);
  }
  const names: CustomResourceNames = { ...accepted };
  let conflict: { reason: string; message: string } | undefined;
  const inUse = (name: string, own: string, used: ReadonlySet<string>) =>
    name !== own && used.has(name) ? `${JSON.stringify(name)} is already in use` : undefined;
  const settle = (field: 'plural' | 'singular' | 'kind' | 'listKind', reason: string, used: ReadonlySet<string>) => {
    const name = wanted[field] ?? '';
    const message = inUse(name, accepted[field] ?? '', used);
    if (message) conflict = { reason, message };
    else names[field] = name;
  };
  settle('plural', 'PluralConflict', resources);
  settle('singular', 'SingularConflict', resources);
  const shortNames = wanted.shortNames ?? [];
  if (!deepEqual(shortNames, accepted.shortNames ?? [])) {
    const complaints = shortNames
      .filter((name) => !accepted.shortNames?.includes(name))
      .flatMap((name) => inUse(name, '', resources) ?? []);
    const message = complaints.length > 1 ? `[${complaints.join(', ')}]` : complaints[0];
    if (message) conflict = { reason: 'ShortNamesConflict', message };
    else if (wanted.shortNames) names.shortNames = wanted.shortNames;
    else delete names.shortNames;
  }
  settle('kind', 'KindConflict', kinds);
  settle('listKind', 'ListKindConflict', kinds);
  if (wanted.categories) names.categories = wanted.categories;
  else delete names.categories;
  return {
    names,
    accepted: {
      type: 'NamesAccepted',
      ...(conflict
        ? { status: 'False', ...conflict }
        : { status: 'True', reason: 'NoConflicts', message: 'no conflicts found' }),
    },
  };
}

/** What the naming controller says of Established: the last word on that is not its own. */
function establishedBefore(definition: KubeObject, names: DefinitionCondition): DefinitionCondition {
  const old = conditionOf(definition, 'Established');
  if (old?.status !== 'True' && names.status === 'True')
    return {
      type: 'Established',
      status: 'False',
      reason: 'Installing',
      message: 'the initial names have been accepted',
    };
  return old ?? { type: 'Established', status: 'False', reason: 'NotAccepted', message: 'not all names are accepted' };
}
