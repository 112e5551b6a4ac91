/** Which ports of a pod are meant (portforward.go, kubectl pkg/util/service_port.go, pod_port.go, client-go portforward.go). */
import type { KubeObject } from '../../apimachinery/meta';
import { CommandError } from '../command';
import { containersIn } from '../pods/containers';

interface ServicePort {
  name?: string;
  port: number;
  protocol?: string;
  targetPort?: number | string;
}

/** Ports of a service as ports of the pod behind it (checkUDPPortInService, translateServicePortToTargetPort). */
export function portsThroughService(ports: readonly string[], service: KubeObject, pod: KubeObject): string[] {
  const servicePorts: ServicePort[] = service['spec'].ports ?? [];
  const numberOf = (text: string) => number(text) ?? servicePortNamed(service, servicePorts, text);
  refuseUDP(ports, servicePorts, ({ port }) => port, numberOf);
  return ports.map((port) => {
    const [given, remote] = splitPort(port);
    const servicePort = numberOf(remote);
    const local = given === remote ? String(servicePort) : given;
    return joined(local, String(targetPort(service, servicePorts, pod, servicePort)));
  });
}

/** Ports of a pod, names replaced by numbers (checkUDPPortInPod, convertPodNamedPortToNumber). */
export function portsOfPod(ports: readonly string[], pod: KubeObject): string[] {
  const containerPorts = containersIn(pod, 'containers').flatMap((container) => container.ports ?? []);
  const numberOf = (text: string) => number(text) ?? podPortNamed(pod, text);
  refuseUDP(ports, containerPorts, ({ containerPort }) => containerPort, numberOf);
  return ports.map((port) => {
    const [local, remote] = splitPort(port);
    if (remote === '') throw new CommandError('remote port cannot be empty');
    const target = number(remote) === undefined ? String(podPortNamed(pod, remote)) : remote;
    return local === remote ? target : `${local}:${target}`;
  });
}

/** Throws for what is no address, and for what are no ports (portforward.NewOnAddresses). */
export function validatePorts(addresses: readonly string[], ports: readonly string[], isIP: (text: string) => boolean) {
  if (addresses.length === 0) throw new CommandError('you must specify at least 1 address');
  for (const address of addresses)
    if (address !== 'localhost' && !isIP(address)) throw new CommandError(`${address} is not a valid IP`);
  for (const port of ports) {
    const parts = port.split(':');
    if (parts.length > 2) throw new CommandError(`invalid port format '${port}'`);
    const [local = '', remote = local] = parts;
    parsePort('local', parts.length === 2 ? local || '0' : local);
    if (parsePort('remote', remote) === 0) throw new CommandError('remote port must be > 0');
  }
}

function parsePort(which: string, text: string): number {
  const complain = (why: string) =>
    new CommandError(
      `error parsing ${which} port '${text}': strconv.ParseUint: parsing ${JSON.stringify(text)}: ${why}`,
    );
  if (!/^\d+$/.test(text)) throw complain('invalid syntax');
  if (Number(text) > 65535) throw complain('value out of range');
  return Number(text);
}

/** `8443:https` → here and there; without a colon both are the same. */
function splitPort(port: string): [local: string, remote: string] {
  const [local = '', remote, ...more] = port.split(':');
  return remote === undefined || more.length > 0 ? [local, local] : [local, remote];
}

function joined(local: string, remote: string): string {
  return local === remote ? remote : `${local}:${remote}`;
}

/** strconv.Atoi; undefined for what is no number. */
function number(text: string): number | undefined {
  return /^[+-]?\d+$/.test(text) ? Number(text) : undefined;
}

function refuseUDP<T extends { protocol?: string }>(
  ports: readonly string[],
  declared: readonly T[],
  numberIn: (port: T) => number,
  numberOf: (text: string) => number,
): void {
  const numbers = (protocol: string) =>
    new Set(declared.filter((port) => (port.protocol ?? 'TCP') === protocol).map(numberIn));
  const [udp, tcp] = [numbers('UDP'), numbers('TCP')];
  for (const port of ports) {
    const [, remote] = splitPort(port);
    const wanted = numberOf(remote);
    if (udp.has(wanted) && !tcp.has(wanted)) throw new CommandError(`UDP protocol is not supported for ${remote}`);
  }
}

function servicePortNamed(service: KubeObject, ports: readonly ServicePort[], name: string): number {
  const found = ports.find((port) => (port.name ?? '') === name);
  if (found) return found.port;
  throw new CommandError(`Service '${service.metadata.name}' does not have a named port '${name}'`);
}

function podPortNamed(pod: KubeObject, name: string): number {
  const containers = [...containersIn(pod, 'containers'), ...containersIn(pod, 'initContainers')];
  const found = containers.flatMap((container) => container.ports ?? []).find((port) => (port.name ?? '') === name);
  if (found) return found.containerPort;
  throw new CommandError(`Pod '${pod.metadata.name}' does not have a named port '${name}'`);
}

/** LookupContainerPortNumberByServicePort. */
function targetPort(service: KubeObject, ports: readonly ServicePort[], pod: KubeObject, wanted: number): number {
  const found = ports.find(({ port }) => port === wanted);
  if (!found) {
    throw new CommandError(`Service ${service.metadata.name} does not have a service port ${wanted}`);
  }
  if (service['spec'].clusterIP === 'None') return wanted;
  const { targetPort: target = 0 } = found;
  if (typeof target === 'string') return podPortNamed(pod, target);
  return target === 0 ? found.port : target;
}
