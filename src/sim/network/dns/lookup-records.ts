/**
 * What of a cluster a name of its zone stands for (CoreDNS `plugin/kubernetes`: `parse.go`, `kubernetes.go`, `reverse.go`, with
 * `pods insecure`, as kubeadm sets it up; the names are those of the Kubernetes DNS specification 1.1.0).
 */
import { formatIP, parseIP } from '../../../apimachinery/ip';
import type { EndpointView, ServiceView } from '../model';
import type { Network } from '../network';

/** Something found: an address or a name at a place of its own. */
export interface Found {
  /** An address, or the name that an ExternalName leads to. */
  readonly host: string;
  /** -1 where no port is known. */
  readonly port: number;
  /** The name that this very thing has, without a dot at the end: what an SRV record points to. */
  readonly key: string;
}

/** The names that are asked for, taken apart; empty strings for what was not named. */
interface Request {
  kind: '' | 'svc' | 'pod';
  namespace: string;
  service: string;
  endpoint: string;
  port: string;
  protocol: string;
}

/** Nothing of that name: NXDOMAIN. An empty list is another matter: the name is there, and has nothing of what is asked. */
export type Records = readonly Found[] | 'no such name';

/** @param base the labels before the zone, in lower case; @param zone as it was asked, without a dot at the end */
export function lookUp(network: Network, base: string, zone: string): Records {
  const request = parseRequest(base);
  if (!request) return 'no such name';
  if (request.kind === '' || request.namespace === '') return [];
  if (!network.namespace(request.namespace)) return 'no such name';
  if (request.service === '') return [];
  return request.kind === 'pod' ? findPod(request, zone) : findService(network, request, zone);
}

/**
 * parseRequest: `_port._protocol.service.namespace.svc`, `endpoint.service.namespace.svc`, `service.namespace.svc`; pods alike.
 * Undefined for what is none of these.
 */
function parseRequest(base: string): Request | undefined {
  const request: Request = { kind: '', namespace: '', service: '', endpoint: '', port: '', protocol: '' };
  if (base === '') return request;
  const labels = base.split('.');
  const kind = labels.pop();
  if (kind !== 'svc' && kind !== 'pod') return undefined;
  const [service = '', namespace = ''] = [labels.at(-2), labels.at(-1)];
  const rest = labels.slice(0, -2);
  if (rest.length > 2) return undefined;
  const [first = '', second] = rest;
  if (second === undefined) return { ...request, kind, namespace, service, endpoint: first };
  return { ...request, kind, namespace, service, port: bare(first), protocol: bare(second) };
}

function bare(label: string): string {
  return label.startsWith('_') ? label.slice(1) : label;
}

/** `10-244-1-2.default.pod`: any address does, whether a pod has it or not (pods insecure). */
function findPod({ service: name, namespace }: Request, zone: string): Records {
  const dashes = name.split('-').length - 1;
  const text = dashes === 3 && !name.includes('--') ? name.replaceAll('-', '.') : name.replaceAll('-', ':');
  const address = parseIP(text);
  if (!address || address.leadingZeros) return 'no such name';
  return [{ host: formatIP(address), port: 0, key: `${name}.${namespace}.pod.${zone}` }];
}

function findService(network: Network, request: Request, zone: string): Records {
  const { namespace, service: name, endpoint, port, protocol } = request;
  const service = network.service(`${namespace}/${name}`);
  if (!service) return 'no such name';
  const key = `${name}.${namespace}.svc.${zone}`;
  const found: Found[] = [];
  if (service.type === 'ExternalName') {
    if (endpoint !== '' || port !== '' || protocol !== '' || parseIP(service.externalName)) return 'no such name';
    return [{ host: service.externalName, port: 0, key }];
  }
  const isAsked = (one: { name: string; protocol: string }) =>
    (port === '' || same(port, one.name)) && (protocol === '' || same(protocol, one.protocol));
  if (service.headless || endpoint !== '') {
    for (const one of service.endpoints) {
      if (!one.ready || (endpoint !== '' && !same(endpoint, endpointName(one)))) continue;
      for (const offered of portsOf(one))
        if (isAsked(offered)) found.push({ host: one.address, port: offered.port, key: `${endpointName(one)}.${key}` });
    }
  } else
    for (const offered of portsOf(service))
      if (isAsked(offered)) for (const host of service.clusterIPs) found.push({ host, port: offered.port, key });
  return found.length > 0 ? found : 'no such name';
}

/** What has no ports still has addresses. */
function portsOf({ ports }: ServiceView | EndpointView): readonly { name: string; protocol: string; port: number }[] {
  return ports.length > 0 ? ports : [{ name: '', protocol: '', port: -1 }];
}

function same(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}

/** Its hostname, or its address with dashes (endpointHostname). */
export function endpointName({ hostname, address }: EndpointView): string {
  if (hostname !== '') return hostname;
  const text = address.replaceAll(address.includes(':') ? ':' : '.', '-');
  return text.endsWith('-') ? `${text}0` : text;
}

/** The names of an address, without dots at the end: of the service that has it, or else of all ready endpoints at it. */
export function namesOfAddress(network: Network, ip: string, domain: string): readonly string[] {
  const service = network.servicesAt(ip).find(({ clusterIPs }) => clusterIPs.includes(ip));
  if (service) return [`${service.name}.${service.namespace}.svc.${domain}`];
  return network
    .endpointsAt(ip)
    .filter(({ endpoint }) => endpoint.ready)
    .map(
      ({ service: { name, namespace }, endpoint }) => `${endpointName(endpoint)}.${name}.${namespace}.svc.${domain}`,
    );
}

/** `1.0.96.10.in-addr.arpa` → 10.96.0.1, nibbles of ip6.arpa alike; undefined for what is no address (ExtractAddressFromReverse). */
export function addressOfReverse(name: string): string | undefined {
  const ipv4 = /^((?:[0-9]+\.){4})in-addr\.arpa$/.exec(name);
  const ipv6 = /^((?:[0-9a-f]\.){32})ip6\.arpa$/.exec(name);
  const labels = (ipv4 ?? ipv6)?.[1]?.slice(0, -1).split('.').reverse();
  if (!labels) return undefined;
  const text = ipv4 ? labels.join('.') : (labels.join('').match(/.{4}/g) as string[]).join(':');
  const address = parseIP(text);
  return address && formatIP(address);
}

/** The other way: the name under which an address is asked for. */
export function reverseOf(ip: string): string | undefined {
  const address = parseIP(ip);
  if (!address) return undefined;
  if (address.family === 4) return `${formatIP(address).split('.').reverse().join('.')}.in-addr.arpa`;
  return `${[...address.value.toString(16).padStart(32, '0')].reverse().join('.')}.ip6.arpa`;
}
