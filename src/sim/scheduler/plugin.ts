/** What a scheduling plugin is (kube-scheduler `framework/interface.go`): it may rule nodes out, and rank those that are left. */
import type { JsonObject } from '../../apimachinery/json';
import type { KubeObject } from '../../apimachinery/meta';
import type { Client } from '../../client/client';
import type { EventRegistration } from './cluster-events';
import type { NodeColumns } from './node-columns';
import type { NodeInfo } from './node-info';
import type { NodeRow } from './node-row';
import type { PodInfo } from './pod-info';

/** Why a node is out. `unresolvable`: evicting pods from it would not help. */
export interface Rejection {
  reasons: readonly string[];
  unresolvable: boolean;
}

export const MAX_NODE_SCORE = 100;

/** What was compared, for those who ask why: in words, and as values. */
export interface Finding {
  text: string;
  values: JsonObject;
}

/** A change that may help: how it is worded, and what it does to the objects. */
export interface Remedy {
  text: string;
  /** How much it asks for, beside others of its kind; 1 unless told. */
  size?: number;
  /** The node as it would be. */
  node?: (node: KubeObject) => KubeObject;
  /** The pod as it would be. */
  pod?: (pod: KubeObject) => KubeObject;
  /** Pods that would have to go, by uid. */
  without?: readonly string[];
  /** A pod that would have to be there. */
  beside?: KubeObject;
  /** What would do as well, for those who would rather change the other side. */
  instead?: Remedy;
}

/** The node with these labels too. */
export function labelled({ name }: NodeInfo, labels: Readonly<Record<string, string>>): Remedy {
  const text = Object.entries(labels).map(([key, value]) => `${key}=${value}`);
  return {
    text: `label ${name} with ${text.join(', ')}`,
    node: (node) => ({ ...node, metadata: { ...node.metadata, labels: { ...node.metadata.labels, ...labels } } }),
  };
}

/** What has to be written before the pod is bound, and whether that has to be waited for (Reserve, PreBind). */
export interface Reservation {
  /** Nothing is to be waited for. */
  ready: boolean;
  write?(client: Client): Promise<void>;
}

/** A plugin's filter, prepared for one pod; absent parts have nothing to say about it. */
export interface PodFilter {
  /** The pod can't be placed at all, whatever the nodes (PreFilter). */
  rejection?: Rejection;
  /** Only these nodes come into question (PreFilterResult). */
  only?: ReadonlySet<string>;
  /** Undefined where the pod could run. */
  filter?(node: NodeInfo): Rejection | undefined;
  /** It has something against nodes with one of these marks in the columns, and never against others. */
  onlyMarked?: number;
  /** The same as `filter`, told by the columns alone; 'ask' where they don't tell. */
  filterAt?(slot: number, columns: NodeColumns): Rejection | undefined | 'ask';
  /** Up to where it has nothing against any of these: to the first that it rejects, or of which the columns don't tell. */
  clearUntil?(slots: Int32Array, from: number, to: number, columns: NodeColumns): number;
  /** What `filter` compared, where it said no. */
  explain?(node: NodeInfo): Finding[];
  /** What might make it say yes, best first. */
  remedies?(node: NodeInfo): Remedy[];
  /** For the node that was chosen; a Rejection when it will not do after all. */
  reserve?(node: NodeInfo): Reservation | undefined;
}

/** A plugin's scores, prepared for one pod and the nodes that it fits: node by node, or of all of them at once. */
export type PodScorer = ScoredAs & (ScoresEach | ScoresAll);

interface ScoresEach {
  /** Raw: a whole number where it is to be normalised, and NaN where nothing is said of the node. */
  score(node: NodeInfo): number;
  scoreAll?: undefined;
}

interface ScoresAll {
  /** The same for all these nodes. */
  scoreAll(nodes: NodeRow, scores: Float64Array): void;
  score?: undefined;
}

interface ScoredAs {
  /** Every node scores this much, normalised. */
  same?: number;
  /** The same as `score`, told by the columns. */
  scoreAt?(slot: number, columns: NodeColumns): number;
  /** What `scoreAt` depends on besides the room on the node; pods of which this is the same score the same. */
  kind?: string;
  /** Brings scores to 0…100, by the least and the most that any of the nodes has. */
  normalise?(least: number, most: number): (score: number) => number;
}

export interface Plugin {
  readonly name: string;
  /** Keeps a pod from being tried (PreEnqueue): why. */
  preEnqueue?(pod: PodInfo): string | undefined;
  /** PreFilter and Filter; undefined when the plugin has nothing to do with the pod. */
  filterFor?(pod: PodInfo): PodFilter | undefined;
  /** PreScore and Score. */
  scorerFor?(pod: PodInfo, nodes: NodeRow): PodScorer | undefined;
  /** What may make a pod schedulable that this plugin rejected (EventsToRegister). */
  readonly events?: readonly EventRegistration[];
}

/** Scores relative to the highest, 0…100; reversed where less is better (helper.DefaultNormalizeScore). */
export function relativeToHighest(highest: number, reverse: boolean): (score: number) => number {
  if (highest === 0) return () => (reverse ? MAX_NODE_SCORE : 0);
  return (raw) => {
    const score = Math.floor((MAX_NODE_SCORE * raw) / highest);
    return reverse ? MAX_NODE_SCORE - score : score;
  };
}

export function unresolvable(...reasons: string[]): Rejection {
  return { reasons, unresolvable: true };
}

export function resolvable(...reasons: string[]): Rejection {
  return { reasons, unresolvable: false };
}
