/** RuntimeClass: what a class of runtimes costs, and where it is found, becomes part of its pods (kubernetes `plugin/pkg/admission/runtimeclass`). */
import type { KubeObject } from '../../apimachinery/meta';
import { parseQuantity } from '../../apimachinery/quantity';
import type { Toleration } from '../../apimachinery/toleration';
import { isPods } from '../served-resource';
import { resourcePrefix } from '../stored';
import { admissionForbidden } from './forbidden';
import type { AdmissionAttributes, AdmissionPlugin } from './plugin';
import { mergeTolerations } from './tolerations';

type Quantities = Record<string, string>;

export const runtimeClass: AdmissionPlugin = {
  name: 'RuntimeClass',

  handles: (operation, resource, subresource) => operation === 'CREATE' && isPods(resource) && subresource === '',

  async admit(attributes) {
    const { spec } = attributes.object as KubeObject;
    const found = await classOf(attributes);
    if (!found) return;
    const overhead: Quantities | undefined = found['overhead']?.podFixed;
    if (overhead) {
      if (spec.overhead && !sameQuantities(spec.overhead, overhead)) throw mismatch(attributes);
      spec.overhead = { ...overhead };
    }
    const { nodeSelector, tolerations } = (found['scheduling'] ?? {}) as {
      nodeSelector?: Record<string, string>;
      tolerations?: Toleration[];
    };
    if (!found['scheduling']) return;
    for (const [key, value] of Object.entries(nodeSelector ?? {})) {
      const own = spec.nodeSelector?.[key];
      if (own !== undefined && own !== value)
        throw admissionForbidden(
          attributes,
          `conflict: runtimeClass.scheduling.nodeSelector[${key}] = ${value}; pod.spec.nodeSelector[${key}] = ${own}`,
        );
    }
    if (nodeSelector) spec.nodeSelector = { ...spec.nodeSelector, ...nodeSelector };
    const merged = mergeTolerations(spec.tolerations ?? [], tolerations ?? []);
    if (merged.length > 0) spec.tolerations = merged;
  },

  async validate(attributes) {
    const { spec } = attributes.object as KubeObject;
    const found = await classOf(attributes);
    const overhead: Quantities | undefined = found?.['overhead']?.podFixed;
    if (overhead) {
      if (!sameQuantities(spec.overhead ?? {}, overhead)) throw mismatch(attributes);
    } else if (spec.overhead && Object.keys(spec.overhead).length > 0)
      throw admissionForbidden(
        attributes,
        'pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead',
      );
  },

  grounds: () => ({ unchanged: [resourcePrefix('node.k8s.io', 'runtimeclasses')] }),
};

async function classOf(attributes: AdmissionAttributes): Promise<KubeObject | undefined> {
  const name: string | undefined = attributes.object?.['spec']?.runtimeClassName;
  if (name === undefined) return undefined;
  const found = await attributes.core.reader.get('node.k8s.io', 'runtimeclasses', '', name);
  if (!found) throw admissionForbidden(attributes, `pod rejected: RuntimeClass ${JSON.stringify(name)} not found`);
  return found;
}

function mismatch(attributes: AdmissionAttributes) {
  return admissionForbidden(attributes, "pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead");
}

function sameQuantities(a: Quantities, b: Quantities): boolean {
  const names = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...names].every((name) => {
    const [mine, theirs] = [a[name], b[name]];
    return mine !== undefined && theirs !== undefined && parseQuantity(mine).equals(parseQuantity(theirs));
  });
}
