/** PodTopologyLabels: a pod is told in which zone and region its node is (kubernetes `plugin/pkg/admission/podtopologylabels`). */
import type { KubeObject, ObjectMeta } from '../../apimachinery/meta';
import { isPods } from '../served-resource';
import type { AdmissionPlugin } from './plugin';

const LABELS = ['topology.kubernetes.io/region', 'topology.kubernetes.io/zone'];

export const podTopologyLabels: AdmissionPlugin = {
  name: 'PodTopologyLabels',

  handles: (operation, resource, subresource) =>
    operation === 'CREATE' &&
    ((isPods(resource) && (subresource === '' || subresource === 'binding')) ||
      (resource.info.group === '' && resource.info.plural === 'bindings')),

  admit({ core, object }) {
    const { kind, metadata, spec, target } = object as KubeObject;
    const isBinding = kind === 'Binding';
    if (isBinding && target?.kind !== 'Node') return;
    const name: string | undefined = isBinding ? target?.name : spec?.nodeName;
    if (!name) return;
    const node = core.reader.find('', 'nodes', '', name);
    if (node instanceof Promise) return node.then((late) => tell(metadata, late));
    tell(metadata, node);
  },

  // Who has no node is told nothing.
  grounds: ({ object }) => (object?.['spec']?.nodeName ? undefined : {}),
};

/** What is there stays; from a binding they go over to the pod. */
function tell(metadata: ObjectMeta, node: KubeObject | undefined): void {
  const labels = node?.metadata.labels ?? {};
  const more = LABELS.filter((key) => labels[key] !== undefined && metadata.labels?.[key] === undefined);
  if (more.length > 0)
    metadata.labels = { ...metadata.labels, ...Object.fromEntries(more.map((key) => [key, labels[key] as string])) };
}
