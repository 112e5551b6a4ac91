/** What a program finds behind a name or an address: the Services and pods of the cluster. What is outside of it nobody knows. */
import type { KubeObject } from '../../../apimachinery/meta';

/** What becomes of a connection, and whereto it went. */
export type Connection =
  | { outcome: 'answered' | 'refused' | 'silence'; address: string }
  | { outcome: 'no such name' }
  | { outcome: 'unknown' };

export type Connect = (host: string, port: number) => Connection;

/** As much of a cluster as its network hangs on. */
export interface NetworkView {
  services(): readonly KubeObject[];
  service(namespace: string, name: string): KubeObject | undefined;
  slices(namespace: string, service: string): readonly KubeObject[];
  pods(): readonly KubeObject[];
  hasNamespace(name: string): boolean;
}

/** Could its command ask for something over the network, as far as this program knows such commands (requests.ts)? */
export function mayConnect({ command = [], args = [] }: { command?: string[]; args?: string[] }): boolean {
  return [...command, ...args].some((word) => /(?:^|[^\w-])(?:wget|curl|nc)(?:\s|$)/.test(word));
}

const UNKNOWN: Connection = { outcome: 'unknown' };
const ADDRESS = /^\d+(?:\.\d+){3}$/;

/** As a pod of this namespace is connected: by the names of the cluster's DNS, or by address. */
export function networkOf(view: NetworkView, namespace: string): Connect {
  return (host, port) => {
    if (host === 'localhost' || host.startsWith('127.')) return UNKNOWN;
    return ADDRESS.test(host) ? toAddress(view, host, port) : toName(view, namespace, host, port);
  };
}

function toAddress(view: NetworkView, address: string, port: number): Connection {
  const service = view.services().find(({ spec }) => spec?.clusterIPs?.includes(address));
  if (service) return toService(view, service, port);
  const pod = view.pods().find(({ status }) => status?.podIP === address);
  return pod ? { outcome: listens(pod, port) ? 'answered' : 'refused', address } : UNKNOWN;
}

/** `web`, `web.shop`, `web.shop.svc`, `web.shop.svc.cluster.local`; before a Service's name may stand that of one of its pods. */
function toName(view: NetworkView, own: string, host: string, port: number): Connection {
  const labels = host
    .replace(/\.$/, '')
    .replace(/\.cluster\.local$/, '')
    .split('.');
  const isQualified = labels.length > 2 && labels.at(-1) === 'svc';
  if (isQualified) labels.pop();
  if (labels.length === 1) labels.push(own);
  const namespace = labels.pop() as string;
  const name = labels.pop() as string;
  if (!isQualified && !view.hasNamespace(namespace)) return UNKNOWN;
  const service = view.service(namespace, name);
  if (!service) return labels.length > 0 && !isQualified ? UNKNOWN : { outcome: 'no such name' };
  if (labels.length === 0) return toService(view, service, port);
  const endpoint = endpointsOf(view, service).find(({ hostname }) => hostname === labels.join('.'));
  return endpoint ? { outcome: 'answered', address: endpoint.addresses[0] ?? '' } : { outcome: 'no such name' };
}

interface Endpoint {
  addresses: string[];
  hostname?: string;
  conditions?: { ready?: boolean };
}

function endpointsOf(view: NetworkView, { metadata }: KubeObject, port?: string): Endpoint[] {
  return view
    .slices(metadata.namespace ?? '', metadata.name ?? '')
    .filter(
      (slice) => port === undefined || slice['ports']?.some(({ name }: { name?: string }) => (name ?? '') === port),
    )
    .flatMap((slice): Endpoint[] => slice['endpoints'] ?? [])
    .filter(({ conditions }) => conditions?.ready !== false);
}

/** kube-proxy refuses what has no endpoint, and lets what is no port of the Service go unanswered (`pkg/proxy/iptables`). */
function toService(view: NetworkView, service: KubeObject, number: number): Connection {
  const { clusterIP, type, ports = [] } = service['spec'] ?? {};
  if (type === 'ExternalName') return UNKNOWN;
  if (!clusterIP || clusterIP === 'None') {
    const [endpoint] = endpointsOf(view, service);
    return endpoint ? { outcome: 'answered', address: endpoint.addresses[0] ?? '' } : { outcome: 'no such name' };
  }
  const port = ports.find((one: { port: number; protocol?: string }) => one.port === number && one.protocol !== 'UDP');
  if (!port) return { outcome: 'silence', address: clusterIP };
  const outcome = endpointsOf(view, service, port.name ?? '').length > 0 ? 'answered' : 'refused';
  return { outcome, address: clusterIP };
}

/** A pod that names no ports may listen on any. */
function listens({ spec, status }: KubeObject, port: number): boolean {
  if (status?.phase !== 'Running') return false;
  const ports = (spec?.containers ?? []).flatMap(
    (container: { ports?: { containerPort: number }[] }) => container.ports ?? [],
  );
  return ports.length === 0 || ports.some(({ containerPort }: { containerPort: number }) => containerPort === port);
}
