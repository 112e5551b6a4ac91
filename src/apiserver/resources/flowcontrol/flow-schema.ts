/** Which requests belong together (pkg/registry/flowcontrol/flowschema, pkg/apis/flowcontrol). */
import { type FieldError, invalid, required } from '../../../apimachinery/field-error';
import { nameIsDNSSubdomain } from '../../../apimachinery/names';
import type { ResourceDefinition } from '../../resource';
import { complain } from '../../validation/field-checks';
import { AGE, ageOf, column, NAME, nameOf } from '../columns';

interface FlowSchemaSpec {
  priorityLevelConfiguration?: { name?: string };
  matchingPrecedence?: number;
  distinguisherMethod?: { type?: string };
}

const definition: ResourceDefinition = {
  group: 'flowcontrol.apiserver.k8s.io',
  resource: 'flowschemas',
  columns: [
    NAME,
    ...['PriorityLevel', 'MatchingPrecedence', 'DistinguisherMethod'].map((name) => column(name)),
    AGE,
    column('MissingPL', { description: 'references a broken or non-existent PriorityLevelConfiguration' }),
  ],
  cells(object, now) {
    const spec: FlowSchemaSpec = object.spec ?? {};
    const conditions: { type?: string; status?: string }[] = object.status?.conditions ?? [];
    const dangling = conditions.find((condition) => condition.type === 'Dangling');
    return [
      nameOf(object),
      spec.priorityLevelConfiguration?.name ?? '',
      spec.matchingPrecedence ?? 0,
      spec.distinguisherMethod?.type ?? '<none>',
      ageOf(object, now),
      dangling ? (dangling.status ?? '') : '?',
    ];
  },
  // As they are tried (FlowSchemaSequence).
  rowOrder: ([nameA, , a], [nameB, , b]) => Number(a) - Number(b) || (String(nameA) < String(nameB) ? -1 : 1),
  defaults(object) {
    object.spec ??= {};
    object.spec.matchingPrecedence ||= 1000;
  },
  prepareForCreate(object) {
    object.status = {};
  },
  validate(object) {
    const errors: FieldError[] = [];
    const { matchingPrecedence = 0, priorityLevelConfiguration = {} }: FlowSchemaSpec = object.spec ?? {};
    if (matchingPrecedence <= 0)
      errors.push(invalid('spec.matchingPrecedence', matchingPrecedence, 'must be a positive value'));
    if (matchingPrecedence > 10000)
      errors.push(invalid('spec.matchingPrecedence', matchingPrecedence, 'must not be greater than 10000'));
    const field = 'spec.priorityLevelConfiguration.name';
    const { name = '' } = priorityLevelConfiguration;
    if (name === '') errors.push(required(field, 'must reference a priority level'));
    else complain(field, name, nameIsDNSSubdomain(name, false), errors);
    return errors;
  },
};
export default definition;
