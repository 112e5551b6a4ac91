/** What the two ends of a trace mean: pods, nodes and addresses as sources; services, node ports, addresses and hosts as targets. */
import { parseIP } from '../../../apimachinery/ip';
import { familyOf } from '../../network/addresses';
import type { Resolution } from '../../network/dns/resolve';
import { isServed } from '../../network/ingress/served';
import type { Family, NodeView, PodView, Protocol, ServicePortView, ServiceView } from '../../network/model';
import type { Network } from '../../network/network';
import type { Chance } from '../mode';

/** It can't be traced: what was given means nothing. */
export class TraceError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'TraceError';
  }
}

export interface TraceSource {
  readonly kind: 'pod' | 'node' | 'outside';
  readonly text: string;
  readonly ip: string;
  /** All its addresses: of both families, where it has them. */
  readonly ips: readonly string[];
  /** `namespace/name` */
  readonly pod: string | undefined;
  /** '' outside. */
  readonly node: string;
  readonly hook: 'prerouting' | 'output';
}

export interface TraceTarget {
  readonly text: string;
  readonly ip: string;
  readonly port: number;
  readonly protocol: Protocol;
  /** In a few words: `cluster IP of default/web`. */
  readonly meaning: string;
  /** `namespace/name`, where it is one of a service. */
  readonly service: string | undefined;
  readonly ingressHost: string | undefined;
  readonly path: string;
  readonly dns: Resolution | undefined;
}

/** @param namespace where names of pods are looked for that name none */
export function traceSource(network: Network, text: string, namespace: string): TraceSource {
  const [kind, name] = kindOf(text);
  if (kind === 'pod') return podSource(text, podOf(network, name, namespace) ?? fail(`there is no pod ${name}`));
  if (kind === 'node') return nodeSource(text, network.node(name) ?? fail(`there is no node ${name}`));
  if (parseIP(text)) {
    const pod = network.podsAt(text).find(({ hostNetwork }) => !hostNetwork);
    if (pod) return podSource(text, pod);
    const node = network.nodeAt(text);
    if (node) return nodeSource(text, node);
    return { kind: 'outside', text, ip: text, ips: [text], pod: undefined, node: '', hook: 'prerouting' };
  }
  const pod = podOf(network, text, namespace);
  if (pod) return podSource(text, pod);
  const node = network.node(text);
  if (node) return nodeSource(text, node);
  return fail(`${text} is no pod of namespace ${namespace}, no node and no address`);
}

function podSource(text: string, pod: PodView): TraceSource {
  const [ip] = pod.ips;
  if (ip === undefined || !pod.running) return fail(`pod ${pod.key} does not run: it has no address`);
  const { key, node, hostNetwork } = pod;
  return { kind: 'pod', text, ip, ips: pod.ips, pod: key, node, hook: hostNetwork ? 'output' : 'prerouting' };
}

function nodeSource(text: string, node: NodeView): TraceSource {
  const [ip] = node.internalIPs;
  if (ip === undefined) return fail(`node ${node.name} has no address`);
  return { kind: 'node', text, ip, ips: node.internalIPs, pod: undefined, node: node.name, hook: 'output' };
}

export interface TargetQuestion {
  readonly text: string;
  readonly namespace: string;
  /** '' for what the service says. */
  readonly protocol: Protocol | '';
  readonly chance: Chance;
  /** As the source would look it up; undefined where no cluster DNS is asked: outside of pods. */
  readonly resolve: ((name: string) => Resolution) | undefined;
}

export function traceTarget(network: Network, source: TraceSource, question: TargetQuestion): TraceTarget {
  const { host, port, path } = splitTarget(question.text);
  const [kind, name] = kindOf(host);
  const families = new Set(source.ips.map(familyOf));
  const found = find(network, source, question, { host, kind, name, families, port });
  const { ip, services, dns, ingressHost } = found;
  if (ingressHost !== undefined) {
    const number = port === '' ? 80 : Number(port);
    if (!Number.isInteger(number)) return fail(`${port} is no port of an ingress`);
    const meaning = `ingress host ${ingressHost}`;
    return {
      text: question.text,
      ip,
      port: number,
      protocol: 'TCP',
      meaning,
      service: undefined,
      ingressHost,
      path,
      dns,
    };
  }
  const wanted = portOf(services, port, question.protocol, ip, network.nodeAt(ip) !== undefined);
  const service = wanted.service ?? services[0];
  return {
    ...{ text: question.text, ip, port: wanted.number, protocol: wanted.protocol, path, dns, ingressHost: undefined },
    meaning: meaningOf(network, ip, wanted.number, service),
    service: service?.key,
  };
}

interface FoundTarget {
  ip: string;
  /** Those whose ports may be meant. */
  services: readonly ServiceView[];
  dns?: Resolution | undefined;
  ingressHost?: string;
}

function find(
  network: Network,
  source: TraceSource,
  { namespace, resolve, chance }: TargetQuestion,
  {
    host,
    kind,
    name,
    families,
    port,
  }: { host: string; kind: string; name: string; families: Set<Family>; port: string },
): FoundTarget {
  const fitting = (ips: readonly string[]) => ips.find((ip) => families.has(familyOf(ip)));
  const missing = (what: string) => fail(`${what} has no address of a family that ${source.text} has`);
  if (kind === 'pod') {
    const pod = podOf(network, name, namespace) ?? fail(`there is no pod ${name}`);
    const ip = fitting(pod.ips) ?? missing(`pod ${pod.key}`);
    return { ip, services: [] };
  }
  const node = kind === 'node' ? (network.node(name) ?? fail(`there is no node ${name}`)) : network.node(host);
  if (node) return { ip: fitting(node.internalIPs) ?? missing(`node ${node.name}`), services: withNodePorts(network) };
  if (parseIP(host)) {
    const services = network.nodeAt(host) ? withNodePorts(network) : network.servicesAt(host);
    return { ip: host, services };
  }
  const ingress = ingressAddress(network, host);
  if (kind === '' && ingress !== undefined) return { ip: ingress, services: [], ingressHost: host };
  if (kind === 'service' || !resolve)
    return serviceNamed(network, source, kind === 'service' ? name : host, namespace, port);
  const dns = resolve(host);
  const addresses = dns.answers.flatMap((one) => (one.type === 'A' || one.type === 'AAAA' ? one.address : []));
  const usable = addresses.filter((ip) => families.has(familyOf(ip)));
  if (usable.length === 0) return fail(`${host} is no name that ${source.text} finds an address for`);
  // Of several, as headless services have, clients take any: the server answers in another order each time.
  const ip = usable[chance.below(usable.length)] as string;
  const owners = network.servicesAt(ip);
  return { ip, services: owners.length > 0 ? owners : headlessNamed(network, ip, dns), dns };
}

/** Those whose endpoint the address is, and whose name was asked for. */
function headlessNamed(network: Network, ip: string, { answers }: Resolution): ServiceView[] {
  const services = network.endpointsAt(ip).map((one) => one.service);
  return services.filter(({ headless, name, namespace }) => {
    const own = `${name}.${namespace}.svc.`;
    return headless && answers.some((one) => one.name.startsWith(own) || one.name.includes(`.${own}`));
  });
}

/** Outside of pods nobody asks the cluster's DNS: the service's address is taken as it stands, from outside one that leads in. */
function serviceNamed(
  network: Network,
  source: TraceSource,
  text: string,
  namespace: string,
  port: string,
): FoundTarget {
  const [slashed, name = slashed] = text.includes('/') ? text.split('/') : [undefined, undefined];
  const labels = text.split('.');
  const key =
    slashed !== undefined && text.includes('/') ? `${slashed}/${name}` : `${labels[1] ?? namespace}/${labels[0]}`;
  const service = network.service(key) ?? fail(`there is no service ${key}`);
  const families = new Set(source.ips.map(familyOf));
  const fits = (ip: string) => ip !== '' && families.has(familyOf(ip));
  const inside = service.clusterIPs.find(fits);
  const services = [service];
  if (source.kind !== 'outside') return { ip: inside ?? fail(`service ${key} has no cluster IP`), services };
  const ip = [...service.ingress.map((point) => point.ip), ...service.externalIPs].find(fits);
  if (ip !== undefined) return { ip, services };
  const nodePort = service.ports.find(({ nodePort }) => nodePort !== 0);
  if (nodePort && port === '') {
    const node = network.nodes()[0]?.internalIPs.find(fits);
    if (node !== undefined) return { ip: node, services };
  }
  return { ip: inside ?? fail(`service ${key} has no address`), services };
}

function withNodePorts(network: Network): ServiceView[] {
  return network.services().filter(({ ports }) => ports.some(({ nodePort }) => nodePort !== 0));
}

function ingressAddress(network: Network, host: string): string | undefined {
  const ingresses = network.ingresses().filter((one) => isServed(one, network.ingressClasses()));
  const matching = ingresses.find(({ rules }) =>
    rules.some(({ host: pattern }) =>
      pattern.startsWith('*.')
        ? host.slice(host.indexOf('.')) === pattern.slice(1)
        : pattern !== '' && pattern === host.toLowerCase(),
    ),
  );
  return matching?.addresses[0];
}

/** A number, a name of one of the services' ports, or nothing where there is only one that can be meant. */
function portOf(
  services: readonly ServiceView[],
  text: string,
  protocol: Protocol | '',
  ip: string,
  atNode: boolean,
): { number: number; protocol: Protocol; service: ServiceView | undefined } {
  // A headless service leads straight to its endpoints: what they listen on is what counts.
  const endpointPort = (service: ServiceView, { name }: ServicePortView) =>
    service.endpoints.find(({ address }) => address === ip)?.ports.find((one) => one.name === name)?.port ?? 0;
  const numberOf = (service: ServiceView, port: ServicePortView) => {
    if (atNode) return port.nodePort;
    return service.headless ? endpointPort(service, port) : port.port;
  };
  const all = services.flatMap((service) => service.ports.map((port) => ({ service, port })));
  const known = all
    .map((one) => ({ ...one, number: numberOf(one.service, one.port) }))
    .filter(({ port, number }) => number !== 0 && (protocol === '' || port.protocol === protocol));
  if (text === '') {
    const [only, more] = known;
    if (!only) return fail(`a port must be given: ${ip}:PORT`);
    if (more) {
      const ports = known.map(({ port, number }) => `${number}/${port.protocol}`).join(', ');
      return fail(`one of its ports must be given: ${ports}`);
    }
    return { number: only.number, protocol: only.port.protocol, service: only.service };
  }
  if (/^\d+$/.test(text)) {
    const value = Number(text);
    if (value < 1 || value > 65535) return fail(`${text} is no port`);
    const found = known.find(({ number }) => number === value);
    return { number: value, protocol: protocol || (found?.port.protocol ?? 'TCP'), service: found?.service };
  }
  const named = known.find(({ port }) => port.name === text);
  if (!named) return fail(`there is no port named ${text}`);
  return { number: named.number, protocol: named.port.protocol, service: named.service };
}

function meaningOf(network: Network, ip: string, port: number, service: ServiceView | undefined): string {
  const node = network.nodeAt(ip);
  if (node)
    return service?.ports.some(({ nodePort }) => nodePort === port)
      ? `node port of ${service.key}, at ${node.name}`
      : `node ${node.name}`;
  const owner = network.servicesAt(ip)[0];
  if (owner?.clusterIPs.includes(ip)) return `cluster IP of ${owner.key}`;
  if (owner?.externalIPs.includes(ip)) return `external IP of ${owner.key}`;
  if (owner) return `load balancer of ${owner.key}`;
  const pod = network.podsAt(ip)[0];
  return pod ? `pod ${pod.key}` : 'an address outside of the cluster';
}

function podOf(network: Network, name: string, namespace: string): PodView | undefined {
  const slash = name.indexOf('/');
  return slash < 0 ? network.pod(namespace, name) : network.pod(name.slice(0, slash), name.slice(slash + 1));
}

/** `pod/web`, `node/node-1`, `svc/web` */
function kindOf(text: string): ['pod' | 'node' | 'service' | '', string] {
  const [, kind = '', name = text] = /^(pods?|po|nodes?|no|svc|services?)\/(.+)$/.exec(text) ?? [];
  if (kind.startsWith('p')) return ['pod', name];
  if (kind.startsWith('n')) return ['node', name];
  return kind.startsWith('s') ? ['service', name] : ['', text];
}

/** `web:80`, `10.0.0.1:80`, `[fd00::1]:80`, `shop.example.com:443/cart` */
function splitTarget(text: string): { host: string; port: string; path: string } {
  const bracketed = /^\[([^\]]+)\](?::([^/]+))?(\/.*)?$/.exec(text);
  if (bracketed) return { host: bracketed[1] as string, port: bracketed[2] ?? '', path: bracketed[3] ?? '/' };
  if (parseIP(text)) return { host: text, port: '', path: '/' };
  const [, prefix = '', rest = text] = /^((?:pods?|po|nodes?|no|svc|services?)\/(?:[^/:]+\/)?)(.*)$/.exec(text) ?? [];
  const [, host = rest, port = '', path = '/'] = /^([^:/]*)(?::([^/]+))?(\/.*)?$/.exec(rest) ?? [];
  return { host: prefix + host, port, path };
}

function fail(message: string): never {
  throw new TraceError(message);
}
