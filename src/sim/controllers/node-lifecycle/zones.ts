/**
 * How fast nodes that are not ready lose their pods: one in ten seconds in each zone, slower or not at all where most of a zone
 * is not ready (kubernetes `pkg/controller/nodelifecycle` handleDisruption, ComputeZoneState, RateLimitedTimedQueue).
 */
import type { KubeObject } from '../../../apimachinery/meta';
import { parseTime } from '../../../apimachinery/time';
import type { Instant } from '../../clock';
import { nodeCondition } from '../../kubelet/node-state';
import { isOwnNoExecute, noExecuteTaint, taintsOf } from './taints';

/** --node-eviction-rate, --secondary-node-eviction-rate, --large-cluster-size-threshold, --unhealthy-zone-threshold */
const RATE = 0.1;
const SECONDARY_RATE = 0.01;
const LARGE_CLUSTER = 50;
const UNHEALTHY_ZONE = 0.55;

interface Zone {
  nodes: KubeObject[];
  state: 'normal' | 'partial disruption' | 'full disruption';
}

export interface EvictionTurn {
  /** Nodes that get their taint now, at most one of each zone. */
  now: KubeObject[];
  /** Nodes that have one and should not. */
  spare: KubeObject[];
  /** When it is another one's turn. */
  next?: Instant;
}

export function evictionTurn(nodes: readonly KubeObject[], now: Instant): EvictionTurn {
  const zones = zonesOf(nodes);
  // When nothing anywhere is ready, it is more likely that nothing can be heard.
  if ([...zones.values()].every(({ state }) => state === 'full disruption'))
    return { now: [], spare: nodes.filter((node) => taintsOf(node).some(isOwnNoExecute)) };
  const turn: EvictionTurn = { now: [], spare: [] };
  for (const zone of zones.values()) {
    const waiting = zone.nodes.filter(waitsForTaint);
    const rate = zone.state === 'partial disruption' ? (nodes.length > LARGE_CLUSTER ? SECONDARY_RATE : 0) : RATE;
    if (waiting.length === 0 || rate === 0) continue;
    const last = lastTaint(zone.nodes);
    const due = last === undefined ? now : Math.max(now, last + 1000 / rate);
    const later = due > now || waiting.length > 1;
    const [first] = waiting.sort(byTransition);
    if (due <= now) turn.now.push(first as KubeObject);
    const next = due > now ? due : now + 1000 / rate;
    if (later && next < (turn.next ?? Number.POSITIVE_INFINITY)) turn.next = next;
  }
  return turn;
}

/** It is to have the taint, and has those that keep new pods away already. */
function waitsForTaint(node: KubeObject): boolean {
  const taint = noExecuteTaint(node);
  const taints = taintsOf(node);
  if (!taint || taints.some(isOwnNoExecute)) return false;
  return taints.some(({ key, effect }) => key === taint.key && effect === 'NoSchedule');
}

function zonesOf(nodes: readonly KubeObject[]): Map<string, Zone> {
  const zones = new Map<string, Zone>();
  for (const node of nodes) {
    const { labels = {} } = node.metadata;
    const key = `${labels['topology.kubernetes.io/region'] ?? ''}\0${labels['topology.kubernetes.io/zone'] ?? ''}`;
    const zone = zones.get(key) ?? { nodes: [], state: 'normal' };
    zone.nodes.push(node);
    zones.set(key, zone);
  }
  for (const zone of zones.values()) zone.state = stateOf(zone.nodes);
  return zones;
}

/** ComputeZoneState */
function stateOf(nodes: readonly KubeObject[]): Zone['state'] {
  const ready = nodes.filter((node) => nodeCondition(node, 'Ready')?.status === 'True').length;
  const notReady = nodes.length - ready;
  if (ready === 0 && notReady > 0) return 'full disruption';
  return notReady > 2 && notReady / nodes.length >= UNHEALTHY_ZONE ? 'partial disruption' : 'normal';
}

function lastTaint(nodes: readonly KubeObject[]): Instant | undefined {
  let last: Instant | undefined;
  for (const node of nodes)
    for (const taint of taintsOf(node)) {
      const at = isOwnNoExecute(taint) ? parseTime(taint.timeAdded ?? '') : undefined;
      if (at !== undefined && at > (last ?? 0)) last = at;
    }
  return last;
}

function byTransition(a: KubeObject, b: KubeObject): number {
  const since = (node: KubeObject) => nodeCondition(node, 'Ready')?.lastTransitionTime ?? '';
  if (since(a) !== since(b)) return since(a) < since(b) ? -1 : 1;
  return (a.metadata.name ?? '') < (b.metadata.name ?? '') ? -1 : 1;
}
