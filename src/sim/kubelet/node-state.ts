/** What is asked of a node: its conditions, whether its kubelet can be heard, what presses it. */
import { FAILED_SINCE, PRESSURE, SIGNALS, type Signal } from '../../apimachinery/behaviour-annotations';
import { firstWhere } from '../../apimachinery/first-where';
import { deepFreeze } from '../../apimachinery/json';
import type { KubeObject } from '../../apimachinery/meta';
import { parseTime } from '../../apimachinery/time';
import type { Instant } from '../clock';
import { instantOf, parseWindow, type Window } from './declared';

export interface NodeCondition {
  type: string;
  status: string;
  reason?: string;
  message?: string;
  lastHeartbeatTime?: string | null;
  lastTransitionTime?: string;
}

export function nodeCondition(node: KubeObject, type: string): NodeCondition | undefined {
  return firstWhere(node['status']?.conditions as NodeCondition[] | undefined, (condition) => condition.type === type);
}

export function failedSince(node: KubeObject): Instant | undefined {
  const text = node.metadata.annotations?.[FAILED_SINCE];
  return text === undefined ? undefined : (parseTime(text) ?? 0);
}

/** Nobody hears of its kubelet, and it hears of nothing: it failed, or whoever looks after nodes has given it up. */
export function isSilent(node: KubeObject): boolean {
  return failedSince(node) !== undefined || nodeCondition(node, 'Ready')?.status === 'Unknown';
}

/** What every look at every pod of a node asks of it. */
export interface NodeFacts {
  name: string;
  /** Who its kubelet is to the API server. */
  user: string;
  isSilent: boolean;
  /** Whoever looks after nodes says that nothing on it is ready. */
  isUnready: boolean;
  /** The conditions of pressure that hold. */
  pressures: readonly string[];
  hostIPs: readonly string[];
  /** The same, as the status of a pod has them. */
  hostAddresses: readonly Address[];
}

/** Of a host or a pod, as status lists them. */
export interface Address {
  ip: string;
}

/** By node: they are frozen, few, and change rarely. */
const known = new WeakMap<KubeObject, NodeFacts>();

export function factsOfNode(node: KubeObject): NodeFacts {
  let facts = known.get(node);
  if (!facts) {
    const { name = '' } = node.metadata;
    const ips = hostIPs(node);
    facts = {
      name,
      user: `system:node:${name}`,
      isSilent: isSilent(node),
      isUnready: nodeCondition(node, 'Ready')?.status === 'False',
      pressures: PRESSURE_TYPES.filter((type) => nodeCondition(node, type)?.status === 'True'),
      hostIPs: ips,
      hostAddresses: deepFreeze(ips.map((ip) => ({ ip }))),
    };
    known.set(node, facts);
  }
  return facts;
}

const PRESSURE_TYPES = ['MemoryPressure', 'DiskPressure', 'PIDPressure'];

/** What presses the node, and from when to when. */
export function pressures(node: KubeObject): { signal: Signal; from: Instant; to: Instant }[] {
  const text = node.metadata.annotations?.[PRESSURE];
  if (!text) return [];
  return text.split(',').flatMap((part) => {
    let named: { name: string; window: Window };
    try {
      named = parseWindow(part.trim());
    } catch {
      return [];
    }
    const signal = SIGNALS.find((known) => known === named.name);
    if (!signal) return [];
    const begin = parseTime(node.metadata.creationTimestamp ?? '') ?? 0;
    const { from, to } = named.window;
    return [{ signal, from: instantOf(from, begin), to: to ? instantOf(to, begin) : Number.POSITIVE_INFINITY }];
  });
}

/** The node's internal addresses. */
export function hostIPs(node: KubeObject): string[] {
  const addresses: { type: string; address: string }[] = node['status']?.addresses ?? [];
  const ips: string[] = [];
  for (const { type, address } of addresses) if (type === 'InternalIP') ips.push(address);
  return ips;
}
