/** Something that reacts: level-triggered, one key at a time (rule 6). */

import type { KubeObject } from '../apimachinery/meta';
import type { Client } from '../client/client';
import type { Clock, Instant } from './clock';
import type { Random } from './random';

/** Resources are named `pods`, `deployments.apps`, `endpointslices.discovery.k8s.io` here. */
export type ResourceName = string;

export interface Watch {
  resource: ResourceName;
  /** Which keys (usually `namespace/name`) to reconcile when this object appears, changes or goes. `previous` is what it was. */
  keys(object: KubeObject, cache: IndexedCache, previous?: KubeObject): readonly string[];
}

export interface Result {
  /** Come back to this key after so many simulated milliseconds (at the earliest in the next step). */
  requeueAfter?: number;
}

export interface Controller {
  /** `deployment-controller` */
  readonly name: string;
  /** Who it is to the API server: `system:serviceaccount:kube-system:deployment-controller`, `system:kube-scheduler`, `system:node:…`. */
  readonly user: string;
  /** What it writes as: the field manager, `kube-controller-manager`, `kube-scheduler`, `kubelet`. */
  readonly fieldManager: string;
  readonly watches: readonly Watch[];
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
}

/** Objects as of the start of this step, frozen, in memory, indexed. Lists are in the order of their keys. */
export interface IndexedCache {
  get(resource: ResourceName, namespace: string, name: string): KubeObject | undefined;
  list(resource: ResourceName, namespace?: string): readonly KubeObject[];
  /** Objects that have an ownerReference with this uid. */
  ownedBy(resource: ResourceName, uid: string): readonly KubeObject[];
  /** Objects with this metadata.uid, of any resource. */
  byUid(uid: string): KubeObject | undefined;
  /** By a named index of the cache: `index('pods', 'node', 'node-a')`. */
  index(resource: ResourceName, index: string, value: string): readonly KubeObject[];
}

/** Writes Events as client-go's recorder does, counting repeats. */
export interface Recorder {
  event(
    about: KubeObject,
    type: 'Normal' | 'Warning',
    reason: string,
    message: string,
    options?: { fieldPath?: string; action?: string; related?: KubeObject },
  ): void;
}

export interface Settings {
  /** Milliseconds an image takes to arrive on a node that has not got it. */
  imagePull: number;
  /** Milliseconds from a pulled image to a started container. */
  containerStart: number;
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
  /** Until a condition holds, `deployment/web:Available`; `namespace` is where its object lives. */
  until?: { resource: ResourceName; namespace: string; name: string; condition: string; status?: string };
  /** Give up after so many simulated milliseconds (settle, until). */
  timeout?: number;
}

export interface TickReport {
  from: Instant;
  to: Instant;
  steps: number;
  actions: Action[];
  /** False when a settle or until was given up. */
  reached: boolean;
}
