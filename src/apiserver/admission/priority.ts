/**
 * Priority: a pod's priority class becomes its priority, and there is one default class at most (kubernetes
 * `plugin/pkg/admission/priority/admission.go`).
 */
import type { KubeObject } from '../../apimachinery/meta';
import { isPods } from '../served-resource';
import { resourcePrefix } from '../stored';
import { admissionForbidden } from './forbidden';
import type { AdmissionAttributes, AdmissionPlugin } from './plugin';

export const priority: AdmissionPlugin = {
  name: 'Priority',

  handles(operation, resource, subresource) {
    if (operation !== 'CREATE' && operation !== 'UPDATE') return false;
    return (subresource === '' && isPods(resource)) || isPriorityClasses(resource, subresource);
  },

  async admit(attributes) {
    if (!isPods(attributes.resource)) return;
    const spec = (attributes.object as KubeObject)['spec'] as Spec;
    if (attributes.operation === 'UPDATE') {
      // What was computed once stays; validation refuses every other value.
      const old = attributes.oldObject?.['spec'] as Spec;
      if (old.priority !== undefined) spec.priority ??= old.priority;
      if (old.preemptionPolicy !== undefined) spec.preemptionPolicy ??= old.preemptionPolicy;
      return;
    }
    const priorityClass = spec.priorityClassName
      ? await namedClass(attributes, spec.priorityClassName)
      : await defaultClass(attributes);
    if (priorityClass) spec.priorityClassName = priorityClass.metadata.name ?? '';
    const value: number = priorityClass?.['value'] ?? 0;
    if (spec.priority !== undefined && spec.priority !== value)
      throw admissionForbidden(
        attributes,
        `the integer value of priority (${spec.priority}) must not be provided in pod spec; priority admission controller computed ${value} from the given PriorityClass name`,
      );
    spec.priority = value;
    const policy: string | undefined = priorityClass ? priorityClass['preemptionPolicy'] : 'PreemptLowerPriority';
    if (policy === undefined) return;
    if (spec.preemptionPolicy !== undefined && spec.preemptionPolicy !== policy)
      throw admissionForbidden(
        attributes,
        `the string value of PreemptionPolicy (${spec.preemptionPolicy}) must not be provided in pod spec; priority admission controller computed ${policy} from the given PriorityClass name`,
      );
    spec.preemptionPolicy = policy;
  },

  async validate(attributes) {
    const { object, operation, resource, subresource } = attributes;
    if (!isPriorityClasses(resource, subresource) || object?.['globalDefault'] !== true) return;
    const other = await defaultClass(attributes);
    if (other && (operation === 'CREATE' || other.metadata.name !== object.metadata.name))
      throw admissionForbidden(
        attributes,
        `PriorityClass ${other.metadata.name} is already marked as default. Only one default can exist`,
      );
  },

  grounds: () => ({ unchanged: [resourcePrefix('scheduling.k8s.io', 'priorityclasses')] }),
};

interface Spec {
  priorityClassName?: string;
  priority?: number;
  preemptionPolicy?: string;
}

function isPriorityClasses({ info }: AdmissionAttributes['resource'], subresource: string): boolean {
  return info.plural === 'priorityclasses' && info.group === 'scheduling.k8s.io' && subresource === '';
}

async function namedClass(attributes: AdmissionAttributes, name: string): Promise<KubeObject> {
  const found = await attributes.core.reader.get('scheduling.k8s.io', 'priorityclasses', '', name);
  if (!found) throw admissionForbidden(attributes, `no PriorityClass with name ${name} was found`);
  return found;
}

/** The one for all; should there be several by accident, the least of them. */
async function defaultClass({ core }: AdmissionAttributes): Promise<KubeObject | undefined> {
  let chosen: KubeObject | undefined;
  for (const one of await core.reader.list('scheduling.k8s.io', 'priorityclasses'))
    if (one['globalDefault'] === true && (!chosen || chosen['value'] > one['value'])) chosen = one;
  return chosen;
}
