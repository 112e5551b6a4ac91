/**
 * The addresses and node ports that Services are given (pkg/registry/core/service/storage/alloc.go). Which addresses are
 * taken the IPAddresses say, which ports the Services. Where a Service starts to look follows from its name: the same Service gets
 * the same address in every run.
 */
import { type FieldError, invalid, invalidObject } from '../../../apimachinery/field-error';
import { formatIP, parseIP } from '../../../apimachinery/ip';
import type { KubeObject } from '../../../apimachinery/meta';
import { type ApiError, internalError } from '../../../apimachinery/status';
import type { StrategyContext } from '../../resource';
import { validateClusterIPFields } from '../../validation/service-addresses';
import { isHeadless, needsHealthCheck, type ServicePort, type ServiceSpec } from '../../validation/service-types';
import { type AddressRange, addressRanges, type Family, reservedPorts } from './service-ranges';

type Ranges = ReadonlyMap<Family, readonly AddressRange[]>;

/** Gives a Service what it needs and does not have; `old` is what is stored. @throws ApiError 422 where it can't. */
export async function allocate(
  service: KubeObject,
  old: KubeObject | undefined,
  context: StrategyContext,
): Promise<void> {
  const spec: ServiceSpec = service.spec;
  const oldSpec: ServiceSpec | undefined = old?.spec;
  const fail = (errors: FieldError[]): ApiError =>
    invalidObject({ group: '', kind: 'Service' }, service.metadata.name ?? '', errors);
  const ranges = await addressRanges(context.serviceRanges, context.read);
  if (!keepsPreferDualStack(spec, oldSpec)) initFamilies(spec, oldSpec, ranges, fail);
  for (const i of neededAddresses(spec, oldSpec)) await allocateAddress(service, spec, i, ranges, context, fail);
  if (!neededPorts(spec, oldSpec)) return;
  const { serviceRanges, dryRun } = context;
  const pool = new PortPool(serviceRanges.nodePorts, await takenPorts(context, service), dryRun);
  allocatePorts(service, spec, oldSpec, pool, fail);
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
  ranges: Ranges,
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

/** Fills the place of one address, or sees whether the one that is asked for can be had. */
async function allocateAddress(
  service: KubeObject,
  spec: ServiceSpec,
  i: number,
  ranges: Ranges,
  { read, dryRun }: StrategyContext,
  fail: (errors: FieldError[]) => ApiError,
): Promise<void> {
  const addresses = [...(spec.clusterIPs ?? [])];
  const wanted = addresses[i] ?? '';
  const own = ranges.get((spec.ipFamilies?.[i] ?? 'IPv4') as Family) ?? [];
  const isTaken = async (address: string) =>
    (await read.get('networking.k8s.io', 'ipaddresses', '', address)) !== undefined;
  if (wanted === '') addresses[i] = await nextAddress(service, own, isTaken, dryRun);
  else {
    const address = parseIP(wanted);
    const range = own.find((one) => one.contains(wanted));
    const refusal = !range
      ? 'the provided network does not match the current range'
      : (range.refusal(wanted) ??
        (!dryRun && address && (await isTaken(formatIP(address))) ? 'provided IP is already allocated' : undefined));
    if (refusal) throw fail([invalid('spec.clusterIPs', addresses, `failed to allocate IP ${wanted}: ${refusal}`)]);
  }
  spec.clusterIPs = addresses;
  if (i === 0) spec.clusterIP = addresses[0] as string;
}

/** From a place on that the name gives, in the first range that has one left (AllocateNextService). */
async function nextAddress(
  service: KubeObject,
  ranges: readonly AddressRange[],
  isTaken: (address: string) => Promise<boolean>,
  dryRun: boolean,
): Promise<string> {
  const [first] = ranges;
  if (dryRun && first) return first.base;
  const start = hash(service);
  for (const range of ranges)
    for (const address of range.candidates(start)) if (!(await isTaken(address))) return address;
  throw internalError('failed to allocate a serviceIP: range is full');
}

/** The node ports that other Services hold. */
async function takenPorts({ read }: StrategyContext, except: KubeObject): Promise<Set<number>> {
  const taken = new Set<number>();
  for (const { metadata, spec = {} } of await read.list('', 'services')) {
    if (metadata.name === except.metadata.name && metadata.namespace === except.metadata.namespace) continue;
    const { ports = [], healthCheckNodePort }: ServiceSpec = spec;
    for (const port of ports) if (port.nodePort) taken.add(port.nodePort);
    if (healthCheckNodePort) taken.add(healthCheckNodePort);
  }
  return taken;
}

function allocatePorts(
  service: KubeObject,
  spec: ServiceSpec,
  old: ServiceSpec | undefined,
  pool: PortPool,
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
        const refusal = pool.refusal(wanted);
        if (refusal) throw fail([invalid(`spec.ports[${i}].nodePort`, wanted, refusal)]);
      }
      port.nodePort = wanted;
    } else port.nodePort = pool.next(service, i);
    used.add(port.nodePort);
    pool.take(port.nodePort);
    byPort.set(number, port.nodePort);
  }
  spec.ports = ports;
  if (!needsHealthCheck(spec) || (old && needsHealthCheck(old))) return;
  if (!spec.healthCheckNodePort)
    spec.healthCheckNodePort = pool.next(service, ports.length, 'a HealthCheck NodePort 0');
  else {
    const refusal = pool.refusal(spec.healthCheckNodePort);
    if (refusal)
      throw internalError(`failed to allocate requested HealthCheck NodePort ${spec.healthCheckNodePort}: ${refusal}`);
  }
}

/** The node ports, and those that are held. */
class PortPool {
  /** What a dry run shows for ports that are yet to be found: one after the other, behind the usual range. */
  private shown = 32768;

  constructor(
    private readonly range: StrategyContext['serviceRanges']['nodePorts'],
    private readonly taken: Set<number>,
    private readonly dryRun: boolean,
  ) {}

  take(port: number): void {
    this.taken.add(port);
  }

  refusal(port: number): string | undefined {
    const [first, last] = this.range;
    if (port < first || port > last)
      return `provided port is not in the valid range. The range of valid ports is ${first}-${last}`;
    return this.taken.has(port) ? 'provided port is already allocated' : undefined;
  }

  /** As with addresses: the lowest ports are left to those who ask for one. */
  next(service: KubeObject, i: number, what = 'a nodePort'): number {
    if (this.dryRun) return ++this.shown;
    const [first, last] = this.range;
    const size = last - first + 1;
    const reserved = reservedPorts(this.range);
    const free = size - reserved;
    const start = (hash(service) + i * 7919) % free;
    for (let step = 0; step < size; step++) {
      const offset = step < free ? reserved + ((start + step) % free) : step - free;
      if (!this.taken.has(first + offset)) return first + offset;
    }
    throw internalError(`failed to allocate ${what}: range is full`);
  }
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
