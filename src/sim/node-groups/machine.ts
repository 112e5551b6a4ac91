/** A machine of a node group, as it registers; the autoscaler imagines new ones by the same. */
import type { KubeObject } from '../../apimachinery/meta';
import {
  GPU_LABEL,
  GPU_RESOURCES,
  NODE_GROUP_LABEL,
  type NodeGroupSpec,
  providerID,
} from '../../apimachinery/node-groups';
import { formatTime } from '../../apimachinery/time';
import type { Instant } from '../clock';
import { DEFAULT_SIZE, registeredNode } from '../kubelet/registration';

const ZONE = 'topology.kubernetes.io/zone';

export interface NewMachine {
  group: string;
  spec: NodeGroupSpec;
  name: string;
  address: string;
  now: Instant;
}

export function machineNode({ group, spec, name, address, now }: NewMachine): KubeObject {
  const { cpu, memory, pods = DEFAULT_SIZE.pods, gpu, labels, taints = [] } = spec.template;
  const node = registeredNode(name, [address], [], { cpu, memory, pods }, now);
  node.metadata.labels = {
    ...node.metadata.labels,
    ...(spec.zone ? { [ZONE]: spec.zone } : {}),
    ...(gpu ? { [GPU_LABEL]: gpu.type } : {}),
    ...labels,
    [NODE_GROUP_LABEL]: group,
  };
  node['spec'] = {
    ...node['spec'],
    providerID: providerID(group, name),
    ...(taints.length > 0 ? { taints: taints.map((taint) => ({ ...taint })) } : {}),
  };
  if (gpu) {
    const devices = { [gpu.resource ?? GPU_RESOURCES[0]]: String(gpu.count) };
    Object.assign(node['status'].capacity, devices);
    Object.assign(node['status'].allocatable, devices);
  }
  return node;
}

/** The same, whose kubelet says that it is not ready and never says anything else; it registers with the taint for that. */
export function unreadyNode(node: KubeObject, now: Instant): KubeObject {
  const { status, spec } = node as { status?: KubeObject['status']; spec?: KubeObject['spec'] };
  const taints = [...(spec.taints ?? []), { key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' }];
  const conditions = (status.conditions as { type: string }[]).map((condition) =>
    condition.type === 'Ready'
      ? {
          ...condition,
          status: 'False',
          reason: 'KubeletNotReady',
          message: 'container runtime network not ready: NetworkReady=false',
          lastTransitionTime: formatTime(now),
        }
      : condition,
  );
  return { ...node, spec: { ...spec, taints }, status: { ...status, conditions } };
}
