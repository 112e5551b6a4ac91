/** Nodes, pods and namespaces as the network sees them. */
import type { KubeObject } from '../../apimachinery/meta';
import { keyOf } from '../resource-names';
import { isPodReady } from '../service-pods';
import type { Labels, NamespaceView, NodeView, PodPort, PodView } from './model';

const ZONE = 'topology.kubernetes.io/zone';
/** Cloud providers' service controllers leave these alone (component-helpers `node/util`, cloud-provider `controllers/service`). */
const EXCLUDED = 'node.kubernetes.io/exclude-from-external-load-balancers';
const TO_BE_DELETED = 'ToBeDeletedByClusterAutoscaler';
const NO_LABELS: Labels = Object.freeze({});

export function nodeView(node: KubeObject): NodeView {
  const { labels = NO_LABELS, name = '' } = node.metadata;
  const { podCIDR, podCIDRs = podCIDR ? [podCIDR] : [], taints = [] } = node['spec'] ?? {};
  const { addresses = [], conditions = [] } = node['status'] ?? {};
  const ofType = (type: string): string[] =>
    addresses.flatMap((one: { type: string; address: string }) => (one.type === type ? one.address : []));
  const ready = conditions.some(
    (one: { type: string; status: string }) => one.type === 'Ready' && one.status === 'True',
  );
  return {
    name,
    labels,
    zone: labels[ZONE] ?? '',
    internalIPs: ofType('InternalIP'),
    externalIPs: ofType('ExternalIP'),
    podCIDRs,
    ready,
    takesLoadBalancerTraffic:
      !Object.hasOwn(labels, EXCLUDED) && !taints.some((taint: { key: string }) => taint.key === TO_BE_DELETED),
  };
}

export function podView(pod: KubeObject): PodView {
  const { namespace = '', name = '', uid = '', labels = NO_LABELS, deletionTimestamp } = pod.metadata;
  const { spec = {}, status = {} } = pod;
  const { podIP, podIPs = podIP ? [{ ip: podIP }] : [], phase } = status;
  const ips: string[] = podIPs.map((one: { ip: string }) => one.ip);
  return {
    key: keyOf(pod),
    namespace,
    name,
    uid,
    labels,
    node: spec.nodeName ?? '',
    ips,
    hostNetwork: spec.hostNetwork === true,
    running: ips.length > 0 && phase !== 'Succeeded' && phase !== 'Failed',
    serving: phase === 'Running',
    ready: isPodReady(pod),
    terminating: deletionTimestamp !== undefined,
    ports: containerPorts(spec),
    hostname: spec.hostname ?? '',
    subdomain: spec.subdomain ?? '',
    dnsPolicy: spec.dnsPolicy ?? 'ClusterFirst',
    dnsConfig: spec.dnsConfig,
    hostAliases: spec.hostAliases ?? [],
  };
}

interface Container {
  restartPolicy?: string;
  ports?: { name?: string; containerPort: number; protocol?: PodPort['protocol']; hostPort?: number }[];
}

/** Those of containers, and of init containers that stay (podutil.FindPort looks at both). */
function containerPorts({ containers = [], initContainers = [] }: KubeObject['spec']): PodPort[] {
  const sidecars = (initContainers as Container[]).filter(({ restartPolicy }) => restartPolicy === 'Always');
  return [...(containers as Container[]), ...sidecars].flatMap(({ ports = [] }) =>
    ports.map(({ name = '', containerPort: port, protocol = 'TCP', hostPort = 0 }) => ({
      name,
      port,
      protocol,
      hostPort,
    })),
  );
}

export function namespaceView({ metadata: { name = '', labels = NO_LABELS } }: KubeObject): NamespaceView {
  return { name, labels };
}
