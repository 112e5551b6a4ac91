/**
 * The addresses and node ports that Services are given (pkg/registry/core/service/storage/alloc.go). What is taken is read off
 * the Services that there are, so what a Service leaves is free at once. Where a Service starts to look follows from its name:
 * the same Service gets the same address in every run.
 */
import { type FieldError, invalid, invalidObject } from '../../../apimachinery/field-error';
import { contains, formatIP, type Network, networkBase, parseCIDR, parseIP } from '../../../apimachinery/ip';
import type { KubeObject } from '../../../apimachinery/meta';
import { type ApiError, internalError } from '../../../apimachinery/status';
import type { ResourceReader } from '../../resource';
import { validateClusterIPFields } from '../../validation/service-addresses';
import { isHeadless, needsHealthCheck, type ServicePort, type ServiceSpec } from '../../validation/service-types';

const DEFAULT_RANGE = '10.96.0.0/12';
const FIRST_PORT = 30000;
const LAST_PORT = 32767;

type Family = 'IPv4' | 'IPv6';

/** Gives a Service what it needs and does not have; `old` is what is stored. @throws ApiError 422 where it can't. */
export async function allocate(service: KubeObject, old: KubeObject | undefined, read: ResourceReader): Promise<void> {
  const spec: ServiceSpec = service.spec;
  const oldSpec: ServiceSpec | undefined = old?.spec;
  const fail = (errors: FieldError[]): ApiError =>
    invalidObject({ group: '', kind: 'Service' }, service.metadata.name ?? '', errors);
  const ranges = await serviceRanges(read);
  if (!keepsPreferDualStack(spec, oldSpec)) initFamilies(spec, oldSpec, ranges, fail);
  const needs = neededAddresses(spec, oldSpec);
  const ports = neededPorts(spec, oldSpec);
  if (needs.length === 0 && !ports) return;
  const others = await read.list('', 'services');
  const taken = new Taken(others, service);
  for (const i of needs) allocateAddress(service, spec, i, ranges, taken, fail);
  if (ports) allocatePorts(service, spec, oldSpec, taken, fail);
}

/** The range of each address family that the cluster serves, the first one being the default. */
async function serviceRanges(read: ResourceReader): Promise<Map<Family, Network>> {
  const configured = await read.get('networking.k8s.io', 'servicecidrs', '', 'kubernetes');
  const ranges = new Map<Family, Network>();
  for (const text of (configured?.spec?.cidrs as string[] | undefined) ?? [DEFAULT_RANGE]) {
    const network = parseCIDR(text);
    if (network) ranges.set(network.address.family === 6 ? 'IPv6' : 'IPv4', network);
  }
  return ranges;
}

/** A PreferDualStack service is not changed only because the cluster became dual-stack (isMatchingPreferDualStackClusterIPFields). */
function keepsPreferDualStack(spec: ServiceSpec, old: ServiceSpec | undefined): boolean {
  if (!old || old.type !== spec.type || spec.type === 'ExternalName') return false;
  return (
    spec.ipFamilyPolicy === 'PreferDualStack' &&
    (old.ipFamilyPolicy ?? 'PreferDualStack') === 'PreferDualStack' &&
    sameList(spec.clusterIPs, old.clusterIPs) &&
    sameList(spec.ipFamilies, old.ipFamilies)
  );
}

/** ipFamilyPolicy and ipFamilies, as far as they follow from the rest (initIPFamilyFields). */
function initFamilies(
  spec: ServiceSpec,
  old: ServiceSpec | undefined,
  ranges: ReadonlyMap<Family, Network>,
  fail: (errors: FieldError[]) => ApiError,
): void {
  if (spec.type === 'ExternalName') return;
  const selectorless = Object.keys(spec.selector ?? {}).length === 0;
  const headless = spec.clusterIP === 'None';
  spec.ipFamilyPolicy ??= old?.ipFamilyPolicy ?? (headless && selectorless ? 'RequireDualStack' : 'SingleStack');
  const errors: FieldError[] = [];
  validateClusterIPFields(spec, old, errors);
  if (errors.length > 0) throw fail(errors);
  const policyError = (text: string) => errors.push(invalid('spec.ipFamilyPolicy', spec.ipFamilyPolicy, text));
  const single = spec.ipFamilyPolicy === 'SingleStack';
  if (old && single) {
    if (sameList(spec.clusterIPs, old.clusterIPs)) spec.clusterIPs = spec.clusterIPs?.slice(0, 1);
    if (sameList(spec.ipFamilies, old.ipFamilies)) spec.ipFamilies = spec.ipFamilies?.slice(0, 1);
  } else if (old) {
    if (isReduced(spec.clusterIPs, old.clusterIPs))
      policyError("must be 'SingleStack' to release the secondary cluster IP");
    if (isReduced(spec.ipFamilies, old.ipFamilies))
      policyError("must be 'SingleStack' to release the secondary IP family");
  }
  if (single && spec.clusterIPs?.length === 2)
    policyError("must be 'RequireDualStack' or 'PreferDualStack' when multiple cluster IPs are specified");
  if (single && spec.ipFamilies?.length === 2)
    policyError("must be 'RequireDualStack' or 'PreferDualStack' when multiple IP families are specified");
  const families = [...(spec.ipFamilies ?? [])];
  for (const [i, address] of (spec.clusterIPs ?? []).entries()) {
    if (address === 'None') break;
    if (i < families.length) continue;
    const family = parseIP(address)?.family === 6 ? 'IPv6' : 'IPv4';
    if (ranges.has(family)) families.push(family);
    else
      errors.push(
        invalid(`spec.clusterIPs[${i}]`, spec.clusterIPs ?? [], `${family} is not configured on this cluster`),
      );
  }
  if (errors.length > 0) throw fail(errors);
  const [defaultFamily = 'IPv4'] = ranges.keys();
  const other = (family: string | undefined) => (family === 'IPv4' ? 'IPv6' : 'IPv4');
  if (!(headless && selectorless)) {
    if (spec.ipFamilyPolicy === 'RequireDualStack' && ranges.size < 2)
      policyError('this cluster is not configured for dual-stack services');
    families.forEach((family, i) => {
      if (!ranges.has(family as Family))
        errors.push(invalid(`spec.ipFamilies[${i}]`, family, 'not configured on this cluster'));
    });
    if (errors.length > 0) throw fail(errors);
  }
  if (families.length === 0) families.push(defaultFamily);
  // A headless service without selector may have addresses of families that the cluster does not serve.
  const wantsBoth = !single && (ranges.size === 2 || (headless && selectorless));
  if (wantsBoth && families.length === 1) families.push(other(families[0]));
  spec.ipFamilies = families;
}

/** The places of clusterIPs that have to be filled or claimed. */
function neededAddresses(spec: ServiceSpec, old: ServiceSpec | undefined): number[] {
  if (spec.type === 'ExternalName' || isHeadless(spec)) return [];
  const places = (spec.ipFamilies ?? []).map((_, i) => i);
  if (!old || old.type === 'ExternalName') return places;
  if (isHeadless(old)) return [];
  return old.ipFamilies?.length === 1 && places.length === 2 ? [1] : [];
}

function neededPorts(spec: ServiceSpec, old: ServiceSpec | undefined): boolean {
  if (spec.type !== 'NodePort' && spec.type !== 'LoadBalancer') return false;
  if (!old) return true;
  const before = new Set((old.ports ?? []).map((port) => port.nodePort ?? 0));
  const changed = (spec.ports ?? []).some((port) => !port.nodePort || !before.has(port.nodePort));
  return changed || (needsHealthCheck(spec) && !needsHealthCheck(old));
}

/** What other Services hold. */
class Taken {
  readonly addresses = new Set<string>();
  readonly ports = new Set<number>();
  constructor(services: readonly KubeObject[], except: KubeObject) {
    for (const { metadata, spec = {} } of services) {
      if (metadata.name === except.metadata.name && metadata.namespace === except.metadata.namespace) continue;
      const { clusterIPs = [], ports = [], healthCheckNodePort }: ServiceSpec = spec;
      for (const address of clusterIPs) if (address !== 'None') this.addresses.add(address);
      for (const port of ports) if (port.nodePort) this.ports.add(port.nodePort);
      if (healthCheckNodePort) this.ports.add(healthCheckNodePort);
    }
  }
}

function allocateAddress(
  service: KubeObject,
  spec: ServiceSpec,
  i: number,
  ranges: ReadonlyMap<Family, Network>,
  taken: Taken,
  fail: (errors: FieldError[]) => ApiError,
): void {
  const addresses = [...(spec.clusterIPs ?? [])];
  const wanted = addresses[i] ?? '';
  const range = ranges.get((spec.ipFamilies?.[i] ?? 'IPv4') as Family);
  if (!range) return;
  if (wanted === '') addresses[i] = nextAddress(service, range, taken);
  else {
    const refusal = judgeAddress(wanted, range, taken);
    if (refusal) {
      const text = `failed to allocate IP ${wanted}: ${refusal}`;
      throw fail([invalid('spec.clusterIPs', addresses, text)]);
    }
  }
  taken.addresses.add(addresses[i] as string);
  spec.clusterIPs = addresses;
  if (i === 0) spec.clusterIP = addresses[0] as string;
}

function judgeAddress(text: string, range: Network, taken: Taken): string | undefined {
  const address = parseIP(text);
  if (!address || !contains(range, address)) return 'the provided network does not match the current range';
  const { first, last } = bounds(range);
  if (address.value < first || address.value > last)
    return `the provided IP (${text}) is not in the valid range. The range of valid IPs is ${formatIP({ family: address.family, value: networkBase(range) })}/${range.prefix}`;
  return taken.addresses.has(formatIP(address)) ? 'provided IP is already allocated' : undefined;
}

/** The first and last address that may be given: not the network's own, nor the broadcast address of IPv4. */
function bounds(range: Network): { first: bigint; last: bigint } {
  const base = networkBase(range);
  const isIPv4 = range.address.family === 4;
  const size = 1n << BigInt((isIPv4 ? 32 : 128) - range.prefix);
  // Upstream serves at most 2^64 addresses of a network.
  const end = base + (size > 1n << 64n ? 1n << 64n : size) - 1n;
  return { first: base + 1n, last: isIPv4 ? end - 1n : end };
}

/** From a place that the name gives, leaving the low addresses to those who ask for one (calculateRangeOffset). */
function nextAddress(service: KubeObject, range: Network, taken: Taken): string {
  const { first, last } = bounds(range);
  const size = last - first + 1n;
  const sixteenth = size / 16n;
  const reserved = size < 16n ? 0n : sixteenth < 16n ? 16n : sixteenth > 256n ? 256n : sixteenth;
  const free = size > reserved ? size - reserved : size;
  const start = BigInt(hash(service)) % free;
  for (let i = 0n; i < size; i++) {
    // Above the reserved part all round, and only then in it.
    const offset = i < free ? reserved + ((start + i) % free) : i - free;
    const text = formatIP({ family: range.address.family, value: first + offset });
    if (!taken.addresses.has(text)) return text;
  }
  throw internalError(`failed to allocate a serviceIP for Service "${service.metadata.name ?? ''}": range is full`);
}

function allocatePorts(
  service: KubeObject,
  spec: ServiceSpec,
  old: ServiceSpec | undefined,
  taken: Taken,
  fail: (errors: FieldError[]) => ApiError,
): void {
  const own = new Set((old?.ports ?? []).map((port) => port.nodePort ?? 0));
  const allocates = spec.type === 'NodePort' || spec.allocateLoadBalancerNodePorts !== false;
  const ports: ServicePort[] = (spec.ports ?? []).map((port) => ({ ...port }));
  const byPort = new Map<number, number>();
  const used = new Set<number>();
  for (const [i, port] of ports.entries()) {
    if (!port.nodePort && !allocates) continue;
    // TCP and UDP on one port share their node port, given or not.
    const number = port.port ?? 0;
    const shared = byPort.get(number) ?? ports.find((one) => one.port === number && one.nodePort)?.nodePort;
    const wanted = port.nodePort || (old ? undefined : shared);
    if (wanted) {
      if (!own.has(wanted) && !used.has(wanted)) {
        const refusal = judgePort(wanted, taken);
        if (refusal) throw fail([invalid(`spec.ports[${i}].nodePort`, wanted, refusal)]);
      }
      port.nodePort = wanted;
    } else port.nodePort = nextPort(service, i, taken, used);
    used.add(port.nodePort);
    taken.ports.add(port.nodePort);
    byPort.set(number, port.nodePort);
  }
  spec.ports = ports;
  if (!needsHealthCheck(spec) || (old && needsHealthCheck(old))) return;
  if (!spec.healthCheckNodePort) spec.healthCheckNodePort = nextPort(service, ports.length, taken, used);
  else {
    const refusal = judgePort(spec.healthCheckNodePort, taken);
    if (refusal)
      throw internalError(`failed to allocate requested HealthCheck NodePort ${spec.healthCheckNodePort}: ${refusal}`);
  }
}

function judgePort(port: number, taken: Taken): string | undefined {
  if (port < FIRST_PORT || port > LAST_PORT)
    return `provided port is not in the valid range. The range of valid ports is ${FIRST_PORT}-${LAST_PORT}`;
  return taken.ports.has(port) ? 'provided port is already allocated' : undefined;
}

/** As with addresses: the lowest 86 ports are left to those who ask for one. */
function nextPort(service: KubeObject, i: number, taken: Taken, used: ReadonlySet<number>): number {
  const size = LAST_PORT - FIRST_PORT + 1;
  const reserved = 86;
  const free = size - reserved;
  const start = (hash(service) + i * 7919) % free;
  for (let step = 0; step < size; step++) {
    const offset = step < free ? reserved + ((start + step) % free) : step - free;
    const port = FIRST_PORT + offset;
    if (!taken.ports.has(port) && !used.has(port)) return port;
  }
  throw internalError('failed to allocate a nodePort: range is full');
}

/** FNV-1a of namespace and name. */
function hash({ metadata }: KubeObject): number {
  let h = 0x811c9dc5;
  for (const char of `${metadata.namespace ?? ''}/${metadata.name ?? ''}`) {
    h ^= char.codePointAt(0) ?? 0;
    h = Math.imul(h, 0x01000193);
  }
  h ^= h >>> 15;
  return Math.imul(h, 0x2c1b3c6d) >>> 0;
}

function sameList(a: readonly string[] = [], b: readonly string[] = []): boolean {
  return a.length === b.length && a.every((item, i) => item === b[i]);
}
function isReduced(now: readonly string[] = [], was: readonly string[] = []): boolean {
  return now.length > 0 && now.length < was.length;
}
