/**
 * Whose pods an autoscaler is for: the topmost controller of a pod, and the selector of a target (autoscaler `pkg/target/fetcher.go`,
 * `pkg/target/controller_fetcher`). Who asks brings the objects: from a cache, or from the store.
 */
import { type LabelSelector, parseLabelSelector, selectorFromLabels, selectorOf } from '../labels';
import { controllerOf, type KubeObject, type OwnerReference } from '../meta';
import { isStronger, type TargetRef, type VerticalPodAutoscaler } from './autoscaler';

export interface ControllerLookup {
  /** An object of a well-known kind. */
  find(resource: string, namespace: string, name: string): Promise<KubeObject | undefined> | KubeObject | undefined;
  /** The selector and the owners of anything else that has a scale. @throws Error where it has none. */
  scale(reference: Controller): Promise<{ selector: string; owner: OwnerReference | undefined }>;
}

export interface Controller {
  namespace: string;
  apiVersion: string;
  kind: string;
  name: string;
}

const WELL_KNOWN: Readonly<Record<string, string>> = {
  DaemonSet: 'daemonsets.apps',
  Deployment: 'deployments.apps',
  ReplicaSet: 'replicasets.apps',
  StatefulSet: 'statefulsets.apps',
  ReplicationController: 'replicationcontrollers',
  Job: 'jobs.batch',
  CronJob: 'cronjobs.batch',
};

function wellKnown(kind: string): string | undefined {
  return Object.hasOwn(WELL_KNOWN, kind) ? WELL_KNOWN[kind] : undefined;
}

/** @throws Error in upstream's words where there is no such target, or it selects nothing. */
export async function selectorOfTarget(vpa: VerticalPodAutoscaler, lookup: ControllerLookup): Promise<LabelSelector> {
  const { targetRef } = vpa.spec;
  if (!targetRef) throw new Error('targetRef not defined. If this is a v1beta1 object, switch to v1');
  const { namespace = '' } = vpa.metadata;
  const { kind, name } = targetRef;
  const resource = wellKnown(kind);
  if (resource === undefined) return scaleSelector(controllerAt(targetRef, namespace), lookup);
  const target = await lookup.find(resource, namespace, name);
  if (!target) throw new Error(`${kind} ${namespace}/${name} does not exist`);
  const spec = target['spec'] ?? {};
  if (kind === 'CronJob') return selectorFromLabels(spec.jobTemplate?.spec?.template?.metadata?.labels);
  if (kind === 'ReplicationController') return selectorFromLabels(spec.selector);
  return selectorOf(spec.selector);
}

async function scaleSelector(controller: Controller, lookup: ControllerLookup): Promise<LabelSelector> {
  const { apiVersion, kind, name, namespace } = controller;
  let selector: string;
  try {
    ({ selector } = await lookup.scale(controller));
    if (selector === '') throw new Error(`resource ${namespace}/${name} has an empty selector for scale sub-resource`);
  } catch (error) {
    throw new Error(`unhandled targetRef ${apiVersion} / ${kind} / ${name}, last error ${(error as Error).message}`);
  }
  return parseLabelSelector(selector);
}

export function controllerAt({ apiVersion = '', kind, name }: TargetRef, namespace: string): Controller {
  return { namespace, apiVersion, kind, name };
}

/**
 * FindTopMostWellKnownOrScalable: of a controller and those that own it, the last one that has pods of its own.
 * @throws Error for one that does not exist, and for a circle.
 */
export async function topmostController(start: Controller, lookup: ControllerLookup): Promise<Controller | undefined> {
  const visited = new Set<string>();
  let topmost: Controller | undefined;
  for (let at: Controller | undefined = start; at; ) {
    const text = textOf(at);
    if (visited.has(text)) throw new Error('cycle detected in ownership chain');
    visited.add(text);
    const found: Found = await lookAt(at, lookup);
    if (found.scales) topmost = at;
    at = found.owner;
  }
  return topmost;
}

interface Found {
  scales: boolean;
  owner: Controller | undefined;
}

async function lookAt(controller: Controller, lookup: ControllerLookup): Promise<Found> {
  const { kind, namespace, name } = controller;
  const resource = wellKnown(kind);
  const owned = (owner: OwnerReference | undefined) => owner && controllerAt(owner, namespace);
  if (resource !== undefined) {
    const object = await lookup.find(resource, namespace, name);
    if (!object) throw new Error(`${kind} ${namespace}/${name} does not exist`);
    return { scales: true, owner: owned(controllerOf(object)) };
  }
  // Pods of nodes have nobody who could be scaled.
  if (kind === 'Node') return { scales: false, owner: undefined };
  try {
    const { owner } = await lookup.scale(controller);
    return { scales: true, owner: owned(owner) };
  } catch {
    return { scales: false, owner: undefined };
  }
}

export function sameController(a: Controller, b: Controller): boolean {
  return textOf(a) === textOf(b);
}

function textOf({ apiVersion, kind, namespace, name }: Controller): string {
  return [apiVersion, kind, namespace, name].join('|');
}

/**
 * Finds out which autoscaler has a pod (GetControllingVPAForPod). Made for one look at a cluster: what was found for one pod holds
 * for all of its owner.
 */
export class ControllingVpa {
  private readonly topmost = new Map<string, Promise<Controller | undefined>>();
  private readonly selectors = new Map<VerticalPodAutoscaler, Promise<LabelSelector | undefined>>();

  constructor(
    private readonly vpas: readonly VerticalPodAutoscaler[],
    private readonly lookup: ControllerLookup,
  ) {}

  async of(pod: KubeObject, namespace = pod.metadata.namespace ?? ''): Promise<VerticalPodAutoscaler | undefined> {
    const owner = controllerOf(pod);
    if (!owner) return undefined;
    const parent = await this.topmostOf(controllerAt(owner, namespace));
    if (!parent) return undefined;
    let strongest: VerticalPodAutoscaler | undefined;
    for (const vpa of this.vpas) {
      const { targetRef } = vpa.spec;
      if (vpa.metadata.namespace !== namespace) continue;
      if (targetRef?.kind !== parent.kind || targetRef.name !== parent.name) continue;
      if ((await this.selectorOf(vpa))?.matches(pod.metadata.labels) && isStronger(vpa, strongest)) strongest = vpa;
    }
    return strongest;
  }

  private topmostOf(owner: Controller): Promise<Controller | undefined> {
    const text = textOf(owner);
    let found = this.topmost.get(text);
    if (!found) {
      found = topmostController(owner, this.lookup).catch(() => undefined);
      this.topmost.set(text, found);
    }
    return found;
  }

  private selectorOf(vpa: VerticalPodAutoscaler): Promise<LabelSelector | undefined> {
    let found = this.selectors.get(vpa);
    if (!found) {
      found = selectorOfTarget(vpa, this.lookup).catch(() => undefined);
      this.selectors.set(vpa, found);
    }
    return found;
  }
}
