/** Something that reacts: level-triggered, one key at a time (rule 6). */

import type { KubeObject } from '../apimachinery/meta';
import type { Client } from '../client/client';
import type { Parts } from './changed-parts';
import type { Clock, Instant } from './clock';
import type { ControlPlaneKeys } from './control-plane-keys';
import type { ProxySettings } from './proxy/settings';
import type { Random } from './random';
import type { WrittenConfiguration } from './scheduler/configuration/configuration';

/** Resources are named `pods`, `deployments.apps`, `endpointslices.discovery.k8s.io` here. */
export type ResourceName = string;

export interface Watch {
  /** A resource, or `*` for every resource but events. */
  resource: ResourceName | '*';
  /** The parts of an object whose changes make a difference; every change does where absent. */
  minds?: Parts;
  /** Is there anybody whom a change may concern? Asked once for all changes since the last look. */
  when?(cache: IndexedCache): boolean;
  /**
   * Which keys (usually `namespace/name`) to reconcile when this object appears, changes or goes. `previous` is what it was,
   * `resource` where it lives. When it is called, the cache shows the state after the change.
   */
  keys(object: KubeObject, cache: IndexedCache, previous?: KubeObject, resource?: ResourceName): readonly string[];
}

/**
 * When to come back to a key. It replaces whatever the key was waiting for: a reconcile always works out all of its timers
 * anew, from the objects, since a new process has nothing else to know them by.
 */
export interface Result {
  /** Come back to this key after so many simulated milliseconds (at the earliest in the next step). */
  requeueAfter?: number;
  /** It is only a look whether something drifted: no reason for a settle to go on. */
  periodic?: boolean;
}

/** An object and the resource that it is one of. */
export interface Located {
  resource: ResourceName;
  object: KubeObject;
}

export interface Controller {
  /** `deployment-controller` */
  readonly name: string;
  /** Who it is to the API server: `system:serviceaccount:kube-system:deployment-controller`, `system:kube-scheduler`, `system:node:…`. */
  readonly user: string;
  /** What it writes as: the field manager, `kube-controller-manager`, `kube-scheduler`, `kubelet`. */
  readonly fieldManager: string;
  readonly watches: readonly Watch[];
  /** What its events name as their source; `name` where absent. */
  readonly eventSource?: EventSource;
  /** Keys to reconcile when a run begins, whatever has changed: what a new process would look at. */
  begin?(): readonly string[];
  /** Brings the world closer to what is wanted for this key. Must be safe to call at any time, any number of times. */
  reconcile(key: string, context: Context): Promise<Result | undefined> | Result | undefined;
}

export interface Context {
  client: Client;
  cache: IndexedCache;
  clock: Clock;
  /** Forked for this controller, key and step. */
  random: Random;
  events: Recorder;
  /** The simulation's settings (image pull times, start-up times …). */
  settings: Settings;
  keys: ControlPlaneKeys;
  /** When the run ends, where that is known: before, nobody but controllers looks. */
  runEnds: Instant | undefined;
}

/** What objects are counted by: the same object for all that are of one kind. */
export type Kind = object;

/** Which kind something is of; undefined where it is not counted. It is known by itself: two functions are two questions. */
export type KindOf<K extends Kind> = (located: Located) => K | undefined;

/** Objects as of the start of this step, frozen, in memory, indexed. Lists are in the order of their keys. Events lack their resourceVersion. */
export interface IndexedCache {
  get(resource: ResourceName, namespace: string, name: string): KubeObject | undefined;
  list(resource: ResourceName, namespace?: string): readonly KubeObject[];
  /** Objects that have an ownerReference with this uid. */
  ownedBy(resource: ResourceName, uid: string): readonly KubeObject[];
  /** How many objects of any resource with an ownerReference with this uid there are of each kind. */
  ownedKinds<K extends Kind>(uid: string, kindOf: KindOf<K>): ReadonlyMap<K, number>;
  /** Objects of any resource that have an ownerReference with this uid. */
  dependents(uid: string): readonly Located[];
  /** The object with this metadata.uid, of any resource. */
  byUid(uid: string): KubeObject | undefined;
  /** The same, with its resource. */
  locate(uid: string): Located | undefined;
  /** By a named index of the cache: `index('pods', 'node', 'node-a')`. */
  index(resource: ResourceName, index: string, value: string): readonly KubeObject[];
  /** Has any object of the resource a value in this index? */
  any(resource: ResourceName, index: string): boolean;
  /** How many `list` would give. */
  count(resource: ResourceName, namespace?: string): number;
  /** The resources of which there is at least one object, sorted. */
  resources(): readonly ResourceName[];
}

export interface EventSource {
  /** `deployment-controller`, `kubelet`, `default-scheduler` */
  component: string;
  /**
   * Which of client-go's two recorders writes them: `tools/record` (a count and a source; the default), or `tools/events`
   * (a series and an action), as kube-scheduler does.
   */
  api?: 'record' | 'events';
}

/** Writes Events as client-go's recorders do, counting repeats. They reach the API server when the controller's turn ends. */
export interface Recorder {
  event(about: KubeObject, type: 'Normal' | 'Warning', reason: string, message: string, options?: EventOptions): void;
}

export interface EventOptions {
  /** `spec.containers{web}`: the part of the object that it is about. */
  fieldPath?: string;
  /** What was done (`Binding`), for sources of the newer recorder. */
  action?: string;
  related?: KubeObject;
  /** The node that it comes from, for kubelets. */
  host?: string;
  /** Who writes it, where a controller stands for several: the kubelet of a node. */
  user?: string;
  /** Who says so, where a controller speaks for several: a scheduler's profile. */
  component?: string;
  annotations?: Record<string, string>;
}

export interface Settings {
  /** Milliseconds an image takes to arrive on a node that has not got it. */
  imagePull: number;
  /** Milliseconds from a pulled image to a started container. */
  containerStart: number;
  /** Pods' addresses are cut from this, one block of `nodeCIDRMaskSize` for each node (kube-controller-manager --cluster-cidr). */
  clusterCIDR: string;
  nodeCIDRMaskSize: number;
  /** Services' addresses come from this; two, parted by a comma, for a cluster of both families (kube-apiserver --service-cluster-ip-range). */
  serviceCIDR: string;
  /** `30000-32767` (kube-apiserver --service-node-port-range). */
  serviceNodePortRange: string;
  /** The domain of the cluster's DNS names (kubelet --cluster-domain). */
  clusterDomain: string;
  /** Load balancers' addresses come from this; '' for a cluster without a cloud, whose load balancers stay pending. */
  loadBalancerRange: string;
  /** The certificate, in PEM, of the authority that API clients in pods trust: what kube-root-ca.crt holds. */
  rootCertificate: string;
  /** The scheduler's KubeSchedulerConfiguration, found valid; without one it is as it comes. */
  scheduler?: WrittenConfiguration;
  /** How kube-proxy is set, where that is not as it comes. */
  proxy?: Partial<ProxySettings>;
  /** Features that are not as they are by default. */
  featureGates?: Readonly<Record<string, boolean>>;
}

/** What one step did, for the table of `kubetick tick`. */
export interface Action {
  at: Instant;
  controller: string;
  /** `create`, `update`, `patch`, `delete`, `bind` */
  verb: string;
  /** `pod/web-5d4f…`, with its namespace beside it. */
  object: string;
  namespace: string;
}

export interface StepReport {
  from: Instant;
  to: Instant;
  actions: Action[];
}

/** What a tick is asked for. Exactly one of the ways to stop; none is one step. */
export interface TickRequest {
  /** Advance so many milliseconds. */
  advance?: number;
  /** Until nothing is queued and nothing is due that would change a state. */
  settle?: boolean;
  /** One step, and on to the next instant at which anything is queued or due, but no further than `timeout`. For those who wait. */
  next?: boolean;
  /** Until a condition holds, `deployment/web:Available`; `namespace` is where its object lives. */
  until?: { resource: ResourceName; namespace: string; name: string; condition: string; status?: string };
  /** Give up after so many simulated milliseconds (settle, until); an hour unless told. */
  timeout?: number;
}

/** A reconcile that failed with something else than a conflict. It is tried again, later and later. */
export interface Failure {
  at: Instant;
  controller: string;
  key: string;
  message: string;
}

export interface TickReport {
  from: Instant;
  to: Instant;
  steps: number;
  actions: Action[];
  /** False when a settle or until was given up; `why` tells what it was waiting for. */
  reached: boolean;
  why?: string;
  /** True when nothing is queued and nothing, periodic or not, is due ever: time alone changes nothing. */
  idle: boolean;
  /** The first hundred. */
  failures: Failure[];
}
