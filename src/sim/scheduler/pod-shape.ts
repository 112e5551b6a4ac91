/**
 * What scheduling asks about a pod that is the same for all replicas of a workload: worked out once, and one object for all of
 * them, so that what is found for one can be remembered for the next (upstream calls it the pod's signature, KEP-5598).
 */
import { deepEqual, type Json } from '../../apimachinery/json';
import { controllerOf, type KubeObject, type OwnerReference } from '../../apimachinery/meta';
import { type PodSpecResources, podRequests, type ResourceAmounts } from '../../apimachinery/pod-requests';
import { type PodTermSet, podTerms } from './affinity-term';
import { type HostPort, hostPortsOf } from './host-ports';
import type { PodInfo } from './pod-info';
import { isResized, withStatusResources } from './resized-pod';

/** Containers that ask for no cpu or memory count as this much when nodes are compared (`pkg/scheduler/util/pod_resources.go`). */
const ASSUMED_REQUEST = { milliCPU: 100, memory: 200 * 1024 * 1024 };

export class PodShape {
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  /** `key=value` of each label. */
  readonly labelTexts: readonly string[];
  readonly controller: OwnerReference | undefined;
  readonly priority: number;
  readonly requests: ResourceAmounts;
  readonly hostPorts: readonly HostPort[];
  readonly hasAffinity: boolean;
  private readonly spec: KubeObject['spec'];
  private readonly owners: readonly OwnerReference[];
  private assumedRequests: ResourceAmounts | undefined;
  private termSet: PodTermSet | undefined;

  /** @param counted the spec as far as what it asks for counts */
  constructor(
    pod: KubeObject,
    private readonly counted: PodSpecResources,
    /** It is being resized: the pod's own shape. */
    readonly resized = false,
  ) {
    const { namespace = '', labels = NO_LABELS, ownerReferences = NO_OWNERS } = pod.metadata;
    const { priority = 0, affinity } = pod['spec'];
    this.spec = pod['spec'];
    this.owners = ownerReferences;
    this.namespace = namespace;
    this.labels = labels;
    this.labelTexts = Object.keys(labels).map((key) => `${key}=${labels[key]}`);
    this.controller = controllerOf(pod);
    this.priority = priority;
    this.requests = podRequests(counted);
    this.hostPorts = hostPortsOf(pod['spec']);
    this.hasAffinity = affinity?.podAffinity !== undefined || affinity?.podAntiAffinity !== undefined;
  }

  get assumed(): ResourceAmounts {
    this.assumedRequests ??= namesAll(this.counted) ? this.requests : podRequests(this.counted, ASSUMED_REQUEST);
    return this.assumedRequests;
  }

  get terms(): PodTermSet {
    this.termSet ??= podTerms(this.namespace, this.spec.affinity);
    return this.termSet;
  }

  /** Is all that scheduling looks at the same of this pod? Volumes are left out: they have names of their own. */
  isOf({ metadata, spec }: KubeObject): boolean {
    const own = this.spec;
    return (
      (metadata.namespace ?? '') === this.namespace &&
      same(metadata.labels ?? NO_LABELS, this.labels) &&
      same(metadata.ownerReferences ?? NO_OWNERS, this.owners) &&
      spec.priority === own.priority &&
      spec.hostNetwork === own.hostNetwork &&
      spec.hostUsers === own.hostUsers &&
      same(spec.nodeSelector, own.nodeSelector) &&
      same(spec.affinity, own.affinity) &&
      same(spec.tolerations, own.tolerations) &&
      same(spec.topologySpreadConstraints, own.topologySpreadConstraints) &&
      same(spec.overhead, own.overhead) &&
      same(spec.resources, own.resources) &&
      areAlike(spec.containers, own.containers) &&
      areAlike(spec.initContainers, own.initContainers)
    );
  }
}

const NO_LABELS: Readonly<Record<string, string>> = Object.freeze({});
const NO_OWNERS: readonly OwnerReference[] = Object.freeze([]);

interface Container {
  image?: string;
  restartPolicy?: string;
  restartPolicyRules?: object;
  resources?: object;
  ports?: object;
}

function areAlike(some: readonly Container[] = NO_CONTAINERS, others: readonly Container[] = NO_CONTAINERS): boolean {
  if (some === others) return true;
  if (some.length !== others.length) return false;
  for (let i = 0; i < some.length; i++) {
    const [one, other] = [some[i] as Container, others[i] as Container];
    if (one.image !== other.image || one.restartPolicy !== other.restartPolicy) return false;
    if (!same(one.resources, other.resources) || !same(one.ports, other.ports)) return false;
    if (!same(one.restartPolicyRules, other.restartPolicyRules)) return false;
  }
  return true;
}

const NO_CONTAINERS: readonly Container[] = [];

function same(a: object | undefined, b: object | undefined): boolean {
  return a === b || deepEqual(a as Json, b as Json);
}

/** Does every container name cpu and memory? Then nothing is to be assumed. */
function namesAll({ containers = [], initContainers = [] }: PodSpecResources): boolean {
  for (const list of [containers, initContainers])
    for (const { resources } of list)
      if (resources?.requests?.['cpu'] === undefined || resources.requests['memory'] === undefined) return false;
  return true;
}

/** Answers that depend on nothing of a pod but its shape: found once for all that are alike. */
export function oncePerShape<T>(find: (pod: PodInfo) => T): (pod: PodInfo) => T {
  const known = new WeakMap<PodShape, { answer: T }>();
  return (pod) => {
    let found = known.get(pod.shape);
    if (!found) {
      found = { answer: find(pod) };
      known.set(pod.shape, found);
    }
    return found.answer;
  };
}

/** So many shapes are remembered. */
const MOST = 1024;
const known = new Map<string, PodShape>();

/** The shape of a pod: that of the last pod of its controller, where this one is like it. */
export function shapeOf(pod: KubeObject): PodShape {
  if (isResized(pod)) return new PodShape(pod, withStatusResources(pod), true);
  const family = familyOf(pod);
  const last = known.get(family);
  if (last?.isOf(pod)) return last;
  const made = new PodShape(pod, pod['spec']);
  if (known.size >= MOST) known.clear();
  known.set(family, made);
  return made;
}

/** What pods have in common that may well be alike. */
function familyOf(pod: KubeObject): string {
  const owner = controllerOf(pod);
  if (owner) return owner.uid;
  const { labels } = pod.metadata;
  for (const key in labels) return `${key}=${labels[key]}`;
  return '';
}
