/** Priority classes (pkg/registry/scheduling/priorityclass/strategy.go, pkg/apis/scheduling). */
import { type FieldError, forbiddenField, notSupported, required } from '../../../apimachinery/field-error';
import type { ResourceDefinition } from '../../resource';
import { validateImmutable } from '../../validation/field-checks';
import { AGE, ageOf, column, NAME, nameOf } from '../columns';

const HIGHEST_OF_USERS = 1_000_000_000;
/** The classes that every cluster has. */
const SYSTEM_CLASSES: Readonly<Record<string, number>> = {
  'system-node-critical': 2_000_001_000,
  'system-cluster-critical': 2_000_000_000,
};

const definition: ResourceDefinition = {
  group: 'scheduling.k8s.io',
  resource: 'priorityclasses',
  hasGeneration: true,
  columns: [
    NAME,
    column('Value', { type: 'integer' }),
    column('Global-Default', { type: 'boolean' }),
    AGE,
    // Upstream means it for -o wide, and shows it always, as its priority is not set.
    column('PreemptionPolicy'),
  ],
  cells: (object, now) => [
    nameOf(object),
    object.value ?? 0,
    object.globalDefault ?? false,
    ageOf(object, now),
    object.preemptionPolicy ?? '',
  ],
  defaults(object) {
    object.value ??= 0;
    object.preemptionPolicy ??= 'PreemptLowerPriority';
  },
  validate(object, old) {
    const errors: FieldError[] = [];
    if (old) return errors;
    const { value = 0, globalDefault = false, preemptionPolicy: policy } = object;
    const name = object.metadata.name ?? '';
    if (name.startsWith('system-')) {
      const complaint = systemClassComplaint(name, value, globalDefault);
      if (complaint)
        errors.push(
          forbiddenField(
            'metadata.name',
            `priority class names with 'system-' prefix are reserved for system use only. error: ${complaint}`,
          ),
        );
    } else if (value > HIGHEST_OF_USERS)
      errors.push(forbiddenField('value', `maximum allowed value of a user defined priority is ${HIGHEST_OF_USERS}`));
    const policies = ['PreemptLowerPriority', 'Never'];
    if (policy === '') errors.push(required('preemptionPolicy'));
    else if (policy !== undefined && !policies.includes(policy))
      errors.push(notSupported('preemptionPolicy', policy, policies));
    return errors;
  },
  validateUpdate(object, old) {
    const errors: FieldError[] = [];
    if ((object.value ?? 0) !== (old.value ?? 0))
      errors.push(forbiddenField('value', 'may not be changed in an update.'));
    validateImmutable('preemptionPolicy', object.preemptionPolicy, old.preemptionPolicy, errors);
    return errors;
  },
};
export default definition;

function systemClassComplaint(name: string, value: number, globalDefault: boolean): string | undefined {
  const known = Object.hasOwn(SYSTEM_CLASSES, name) ? SYSTEM_CLASSES[name] : undefined;
  if (known === undefined) return `${name} is not a known system priority class`;
  if (value !== known) return `value of ${name} PriorityClass must be ${known}`;
  return globalDefault ? `globalDefault of ${name} PriorityClass must be false` : undefined;
}
