/** PodResizeValidator: no pod is resized to more than its node could ever give (kubernetes `plugin/pkg/admission/podresize`). */
import type { KubeObject } from '../../apimachinery/meta';
import { amountsOf, podRequests } from '../../apimachinery/pod-requests';
import { isPods } from '../served-resource';
import { admissionForbidden } from './forbidden';
import type { AdmissionAttributes, AdmissionPlugin } from './plugin';

const OS = 'kubernetes.io/os';

export const podResizeValidator: AdmissionPlugin = {
  name: 'PodResizeValidator',

  handles: (operation, resource, subresource) => operation === 'UPDATE' && isPods(resource) && subresource === 'resize',

  async validate(attributes) {
    const [pod, old] = [attributes.object as KubeObject, attributes.oldObject as KubeObject];
    const nodeName: string | undefined = pod['spec'].nodeName;
    if (!nodeName || pod.metadata.generation === old.metadata.generation) return;
    const node = await attributes.core.reader.get('', 'nodes', '', nodeName);
    if (!node) throw admissionForbidden(attributes, `node ${JSON.stringify(nodeName)} not found`);
    const lacking = lackingOn(node, pod);
    if (lacking.length > 0)
      throw refused(attributes, `node didn't have enough allocatable resources: ${lacking.join('; ')}`, 'NodeCapacity');
    const os = node.metadata.labels?.[OS] ?? 'linux';
    if (os !== 'linux')
      throw refused(
        attributes,
        `pod resize is only supported on linux nodes, node ${JSON.stringify(nodeName)} is ${JSON.stringify(os)}`,
        'UnsupportedPlatform',
      );
  },
};

/** `cpu, requested: 5000, allocatable: 4000` */
function lackingOn(node: KubeObject, pod: KubeObject): string[] {
  const wanted = podRequests(pod['spec']);
  const there = amountsOf(node['status']?.allocatable ?? {});
  const said = (name: string, requested: number, allocatable: number) =>
    requested > allocatable ? [`${name}, requested: ${requested}, allocatable: ${allocatable}`] : [];
  return [...said('cpu', wanted.milliCPU, there.milliCPU), ...said('memory', wanted.memory, there.memory)];
}

function refused(attributes: AdmissionAttributes, why: string, cause: string) {
  const error = admissionForbidden(attributes, why);
  const { details } = error.status;
  if (details) details.causes = [...(details.causes ?? []), { reason: cause }];
  return error;
}
