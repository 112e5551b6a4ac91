/** Who stands behind an address, as policies see it. */
import { splitKey } from '../../resource-names';
import type { PodView } from '../model';
import type { Network } from '../network';
import type { PolicyEnd, PolicyPod } from './decide';

export function policyPod(network: Network, pod: PodView): PolicyPod {
  return {
    namespace: pod.namespace,
    name: pod.name,
    labels: pod.labels,
    namespaceLabels: network.namespace(pod.namespace)?.labels ?? {},
    hostNetwork: pod.hostNetwork,
    ports: pod.ports,
    node: pod.node,
  };
}

/** The end of a connection at an address: a pod, a node (which is nobody's to select), or something outside. */
export function policyEndAt(network: Network, ip: string): PolicyEnd {
  const pod = network.podsAt(ip).find((one) => !one.hostNetwork);
  if (pod) return { ip, pod: policyPod(network, pod) };
  const node = network.nodeAt(ip);
  if (!node) return { ip };
  const { name } = node;
  return {
    ip,
    pod: { namespace: '', name, node: name, labels: {}, namespaceLabels: {}, hostNetwork: true, ports: [] },
  };
}

/** That of a known pod, which its network plugin knows before the cluster shows the address. @param key `namespace/name` */
export function policyEndOfPod(network: Network, key: string | undefined, ip: string): PolicyEnd {
  const pod = key === undefined ? undefined : podOf(network, key);
  return pod && !pod.hostNetwork ? { ip, pod: policyPod(network, pod) } : policyEndAt(network, ip);
}

function podOf(network: Network, key: string): PodView | undefined {
  const { namespace, name } = splitKey(key);
  return network.pod(namespace, name);
}
