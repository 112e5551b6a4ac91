/**
 * Hints by the annotation `service.kubernetes.io/topology-mode: Auto`: each zone gets a share of the endpoints by the CPU that its
 * nodes have, and keeps to them (endpointslice `topologycache`). What was worked out before is read from the slices.
 */
import type { KubeObject } from '../../../apimachinery/meta';
import { milliValue } from '../../../apimachinery/quantity';
import type { IndexedCache } from '../../controller';
import { nodeView } from '../../network/other-views';
import type { AddressType, Endpoint, SlicePlan } from './reconcile';

const MODE = 'service.kubernetes.io/topology-mode';
const OLDER_MODE = 'service.kubernetes.io/topology-aware-hints';
const EXCLUDED = ['node-role.kubernetes.io/control-plane', 'node-role.kubernetes.io/master'];
/** How much more than its share an endpoint may have to bear. */
const OVERLOAD = 0.2;

export interface HintEvent {
  type: 'Normal' | 'Warning';
  reason: 'TopologyAwareHintsEnabled' | 'TopologyAwareHintsDisabled';
  message: string;
}

/** Zone → its part of all CPU; undefined where that can't be told. */
export type CPURatios = ReadonlyMap<string, number> | undefined;

/** hintsEnabled */
export function wantsTopology({ metadata: { annotations = {} } }: KubeObject): boolean {
  const mode = annotations[OLDER_MODE] ?? annotations[MODE];
  return mode === 'Auto' || mode === 'auto';
}

const ratiosOf = new WeakMap<readonly KubeObject[], { ratios: CPURatios }>();

/** SetNodes. One node without a zone or CPU is reason enough to know nothing. */
export function cpuRatios(cache: IndexedCache): CPURatios {
  const nodes = cache.list('nodes');
  let known = ratiosOf.get(nodes);
  if (!known) {
    known = { ratios: workOutRatios(nodes) };
    ratiosOf.set(nodes, known);
  }
  return known.ratios;
}

function workOutRatios(nodes: readonly KubeObject[]): CPURatios {
  const byZone = new Map<string, number>();
  let total = 0;
  for (const node of nodes) {
    const { labels, ready, zone } = nodeView(node);
    if (EXCLUDED.some((label) => Object.hasOwn(labels, label)) || !ready) continue;
    const cpu = allocatableCPU(node);
    if (zone === '' || cpu === 0) return undefined;
    total += cpu;
    byZone.set(zone, (byZone.get(zone) ?? 0) + cpu);
  }
  if (total === 0 || byZone.size < 2) return undefined;
  return new Map([...byZone].sort(([a], [b]) => (a < b ? -1 : 1)).map(([zone, cpu]) => [zone, cpu / total]));
}

/** Thousandths of a core. */
function allocatableCPU(node: KubeObject): number {
  return milliValue(node['status']?.allocatable?.cpu);
}

/** Does a change of a node change what is to be reckoned with? */
export function changesRatios(node: KubeObject, previous: KubeObject | undefined): boolean {
  if (!previous || previous === node) return true;
  const [now, before] = [nodeView(node), nodeView(previous)];
  return now.zone !== before.zone || now.ready !== before.ready || allocatableCPU(node) !== allocatableCPU(previous);
}

interface Allocation {
  maximum: number;
  desired: number;
}

/** AddHints: sets the hints in a plan, and adds those slices to it whose hints can't stay. */
export function applyTopology(
  plan: SlicePlan,
  existing: readonly KubeObject[],
  family: AddressType,
  ratios: CPURatios,
): HintEvent[] {
  const touched = new Set([...plan.update, ...plan.delete].map(({ metadata }) => metadata.name));
  const unchanged = existing.filter(({ metadata }) => !touched.has(metadata.name));
  const wasEnabled = existing.some((slice) => endpointsOf(slice).some(({ hints }) => hints?.forZones?.length));
  const giveUp = (reason: string): HintEvent[] => {
    removeHints(plan, unchanged);
    return [{ type: 'Warning', reason: 'TopologyAwareHintsDisabled', message: `${reason}, addressType: ${family}` }];
  };

  const all = [...plan.create, ...plan.update, ...unchanged].flatMap(endpointsOf);
  const allocations = allocate(all.filter(isReady).length, ratios);
  if (typeof allocations === 'string') return giveUp(allocations);

  const allocated = keepValid(plan, unchanged, allocations);
  const open = [...plan.create, ...plan.update];
  for (const slice of open)
    for (const endpoint of endpointsOf(slice).filter(isReady)) {
      if (!endpoint.zone) return giveUp('One or more endpoints do not have a zone specified');
      allocated.set(endpoint.zone, (allocated.get(endpoint.zone) ?? 0) + 1);
    }
  const moves = redistribution(allocations, allocated);
  for (const slice of open) slice['endpoints'] = endpointsOf(slice).map((endpoint) => hinted(endpoint, moves));
  if (allocated.size === 0) return giveUp('No hints allocated for zones');
  if (wasEnabled) return [];
  const message = `Topology Aware Hints has been enabled, addressType: ${family}`;
  return [{ type: 'Normal', reason: 'TopologyAwareHintsEnabled', message }];
}

/** What is said when the annotation goes; undefined where it had no effect. */
export function topologyEnded(existing: readonly KubeObject[], family: AddressType): HintEvent | undefined {
  const had = existing.some((slice) =>
    endpointsOf(slice).some(({ hints, zone }) => hints?.forZones?.some(({ name }) => name !== zone)),
  );
  if (!had) return undefined;
  const message = `Topology Aware Hints has been disabled, addressType: ${family}`;
  return { type: 'Warning', reason: 'TopologyAwareHintsDisabled', message };
}

function endpointsOf(slice: KubeObject): Endpoint[] {
  return slice['endpoints'] ?? [];
}

function isReady({ conditions }: Endpoint): boolean {
  return conditions?.ready === true;
}

/** getAllocations: how many endpoints each zone is to have, or why there can be no such plan. */
function allocate(endpoints: number, ratios: CPURatios): Map<string, Allocation> | string {
  if (!ratios) return 'Insufficient Node information: allocatable CPU or zone not specified on one or more nodes';
  const counts = `(${endpoints} endpoints, ${ratios.size} zones)`;
  if (ratios.size > endpoints) return `Insufficient number of endpoints ${counts}`;
  const minima = [...ratios].map(([zone, ratio]) => {
    const desired = ratio * endpoints;
    return { zone, desired, minimum: Math.ceil(desired * (1 / (1 + OVERLOAD))) };
  });
  const needed = minima.reduce((sum, { minimum }) => sum + minimum, 0);
  if (needed > endpoints)
    return `Unable to allocate minimum required endpoints to each zone without exceeding overload threshold ${counts}`;
  return new Map(
    minima.map(({ zone, desired, minimum }) => [
      zone,
      { desired: Math.max(desired, minimum), maximum: minimum + endpoints - needed },
    ]),
  );
}

/** getAllocatedHintsByZone: counts the hints of slices that may stay as they are; the others have to be written anew. */
function keepValid(
  plan: SlicePlan,
  unchanged: readonly KubeObject[],
  allocations: ReadonlyMap<string, Allocation>,
): Map<string, number> {
  const allocated = new Map<string, number>();
  for (const slice of unchanged) {
    const hints = validHints(slice, allocated, allocations);
    if (!hints) plan.update.push({ ...slice, endpoints: endpointsOf(slice).map((endpoint) => ({ ...endpoint })) });
    else for (const [zone, count] of hints) allocated.set(zone, (allocated.get(zone) ?? 0) + count);
  }
  return allocated;
}

function validHints(
  slice: KubeObject,
  allocated: ReadonlyMap<string, number>,
  allocations: ReadonlyMap<string, Allocation>,
): Map<string, number> | undefined {
  const counts = new Map<string, number>();
  for (const { hints } of endpointsOf(slice).filter(isReady)) {
    if (!hints?.forZones?.length) return undefined;
    for (const { name } of hints.forZones) {
      if (!allocations.has(name)) return undefined;
      counts.set(name, (counts.get(name) ?? 0) + 1);
    }
  }
  for (const [zone, count] of counts)
    if (count + (allocated.get(zone) ?? 0) > (allocations.get(zone)?.maximum ?? 0)) return undefined;
  return counts;
}

interface Moves {
  giving: Map<string, number>;
  receiving: Map<string, number>;
}

/** getGivingAndReceivingZones: whole endpoints, from the zone that has most to spare to the one that lacks most. */
function redistribution(allocations: ReadonlyMap<string, Allocation>, allocated: ReadonlyMap<string, number>): Moves {
  const spare = new Map<string, number>();
  const lack = new Map<string, number>();
  for (const [zone, { desired }] of allocations) {
    const difference = (allocated.get(zone) ?? 0) - desired;
    if (difference > 0) spare.set(zone, difference);
    else if (difference < 0) lack.set(zone, -difference);
  }
  const moves: Moves = { giving: new Map(), receiving: new Map() };
  const add = (map: Map<string, number>, zone: string, by: number) => map.set(zone, (map.get(zone) ?? 0) + by);
  for (;;) {
    const [from, give] = most(spare);
    const [to, take] = most(lack);
    if (from === '' || to === '' || (give < 1 && take < 1) || give < 0.5 || take < 0.5) return moves;
    add(moves.giving, from, 1);
    add(spare, from, -1);
    add(moves.receiving, to, 1);
    add(lack, to, -1);
  }
}

function most(zones: ReadonlyMap<string, number>): [zone: string, number: number] {
  let best: [string, number] = ['', 0];
  for (const [zone, number] of zones) if (number > best[1]) best = [zone, number];
  return best;
}

/** An endpoint is meant for its own zone, or for one that its zone has to give it to. Uses the moves up. */
function hinted(endpoint: Endpoint, { giving, receiving }: Moves): Endpoint {
  if (!isReady(endpoint) || !endpoint.zone) return endpoint;
  let zone = endpoint.zone;
  const left = giving.get(zone) ?? 0;
  const receiver = left > 0 ? [...receiving].find(([, count]) => count > 0) : undefined;
  if (receiver) {
    giving.set(zone, left - 1);
    receiving.set(receiver[0], receiver[1] - 1);
    zone = receiver[0];
  }
  return { ...endpoint, hints: { forZones: [{ name: zone }] } };
}

/** RemoveHintsFromSlices */
function removeHints(plan: SlicePlan, unchanged: readonly KubeObject[]): void {
  const bare = ({ hints: _, ...rest }: Endpoint): Endpoint => rest;
  for (const slice of [...plan.create, ...plan.update]) slice['endpoints'] = endpointsOf(slice).map(bare);
  const planned = new Set(plan.update.map(({ metadata }) => metadata.name));
  for (const slice of unchanged) {
    if (planned.has(slice.metadata.name) || !endpointsOf(slice).some(({ hints }) => hints)) continue;
    plan.update.push({ ...slice, endpoints: endpointsOf(slice).map(bare) });
  }
}
