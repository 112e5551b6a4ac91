/** What bindings in a namespace and in the cluster share (pkg/registry/rbac). */
import type { FieldError } from '../../../apimachinery/field-error';
import { nameIsPathSegment } from '../../../apimachinery/names';
import type { ResourceDefinition } from '../../resource';
import { RBAC_GROUP, type Subject, validateBinding, validateRoleRefUpdate } from '../../validation/rbac';
import { AGE, ageOf, column, NAME, nameOf, wide } from '../columns';

/** @param name as upstream names the kind in descriptions */
export function bindingDefinition(resource: string, name: string, kinds: readonly string[]): ResourceDefinition {
  return {
    group: RBAC_GROUP,
    resource,
    validateName: nameIsPathSegment,
    allowCreateOnUpdate: true,
    columns: [
      NAME,
      column('Role'),
      AGE,
      wide('Users', `Users in the ${name}`),
      wide('Groups', `Groups in the ${name}`),
      wide('ServiceAccounts', `ServiceAccounts in the ${name}`),
    ],
    cells(object, now) {
      const subjects: Subject[] = object.subjects ?? [];
      const named = (kind: string, text: (subject: Subject) => string) =>
        subjects
          .filter((subject) => subject.kind === kind)
          .map(text)
          .join(', ');
      return [
        nameOf(object),
        `${object.roleRef?.kind ?? ''}/${object.roleRef?.name ?? ''}`,
        ageOf(object, now),
        named('User', (subject) => subject.name ?? ''),
        named('Group', (subject) => subject.name ?? ''),
        named('ServiceAccount', (subject) => `${subject.namespace ?? ''}/${subject.name ?? ''}`),
      ];
    },
    defaults(object) {
      object.roleRef ??= {};
      object.roleRef.apiGroup ||= RBAC_GROUP;
      for (const subject of (object.subjects ?? []) as Subject[])
        if (!subject.apiGroup && (subject.kind === 'User' || subject.kind === 'Group')) subject.apiGroup = RBAC_GROUP;
    },
    validate(object) {
      const errors: FieldError[] = [];
      validateBinding({ roleRef: object.roleRef, subjects: object.subjects }, kinds, kinds.includes('Role'), errors);
      return errors;
    },
    validateUpdate(object, old) {
      const errors: FieldError[] = [];
      validateRoleRefUpdate(object.roleRef, old.roleRef, errors);
      return errors;
    },
  };
}
