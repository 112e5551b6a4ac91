/** What is told of a pod's placement, and of a node: the answers of `/kubetick/why/…`, as JSON. */
import type { JsonObject } from '../../../apimachinery/json';
import type { ToldNode as ToldScaleDown } from '../../cluster-autoscaler/why';

/** One thing that was compared. */
export interface ToldFinding {
  text: string;
  values: JsonObject;
}

export interface ToldScore {
  plugin: string;
  weight: number;
  raw: number;
  normalised: number;
  weighted: number;
}

export interface ToldNode {
  name: string;
  fits: boolean;
  /** Of a node that is out: by which plugin, in upstream's words, and with what it compared. */
  plugin?: string;
  reasons?: readonly string[];
  /** Evicting pods would not help. */
  unresolvable?: boolean;
  findings?: ToldFinding[];
  /** Of a node that was scored. */
  scores?: ToldScore[];
  total?: number;
}

export interface ToldChange {
  /** All of these together. */
  changes: string[];
  /** Where the pod would go then. */
  nodes: string[];
}

export interface ToldCandidate {
  node: string;
  victims: { pod: string; priority: number }[];
  /** How many of the victims a PodDisruptionBudget protects. */
  violations: number;
}

export interface PodExplanation {
  apiVersion: 'kubetick.dev/v1';
  kind: 'PodPlacement';
  pod: { namespace: string; name: string; priority: number };
  scheduler: string;
  /** The node that the pod has. */
  boundTo?: string;
  nominatedTo?: string;
  /** It runs no more, and is placed no more. */
  ended?: { phase: string; reason?: string };
  /** It is being deleted, and is placed no more. */
  terminating?: true;
  /** It is not even tried: by which plugin, and why. */
  held?: { plugin: string; reason: string };
  /** How many nodes there are, and how many were scored. */
  nodeCount: number;
  scored: number;
  /** The profile scores nothing: the first node that fits is taken. */
  unranked?: true;
  nodes: ToldNode[];
  /** Where it goes now, or would, were it still to be placed. */
  winner?: string;
  /** Nodes with the same total, of which chance took one. */
  tie?: string[];
  /** The event's message, where it fits nowhere. */
  message?: string;
  preemption?: { message: string; chosen?: string; candidates: ToldCandidate[] };
  /** The smallest changes that would let it in, each tried. */
  changes: ToldChange[];
}

export interface NodeExplanation {
  apiVersion: 'kubetick.dev/v1';
  kind: 'NodeRoom';
  node: string;
  unschedulable: boolean;
  taints: string[];
  /** `cpu` → what there is, what is taken, what is left. */
  room: Record<string, { allocatable: string; requested: string; free: string }>;
  /** Pods without a node, and whether this one would take them. */
  pending: ToldPod[];
  /** Pods on other nodes, one of each owner, and whether this one would take another like them. */
  elsewhere: ToldPod[];
  /** Of a node of a group: what the Cluster Autoscaler thinks of it. */
  scaleDown?: ToldScaleDown;
}

export interface ToldPod {
  pod: string;
  /** `ReplicaSet/web-5d4f` */
  owner?: string;
  fits: boolean;
  /** It is not even tried: why. */
  held?: string;
  plugin?: string;
  reasons?: readonly string[];
  findings?: ToldFinding[];
}
