/** Pods (pkg/registry/core/pod/strategy.go). */
import type { FieldError } from '../../../apimachinery/field-error';
import { clone, jsonOf } from '../../../apimachinery/json';
import type { KubeObject } from '../../../apimachinery/meta';
import { isDNS1123Label } from '../../../apimachinery/names';
import { formatTime } from '../../../apimachinery/time';
import type { ResourceDefinition, StrategyContext } from '../../resource';
import type {
  Container,
  LabelSelector,
  PodAffinity,
  PodAffinityTerm,
  PodSpec,
  Quantities,
} from '../../validation/core-types';
import { semanticEqual } from '../../validation/field-checks';
import { validatePod, validatePodCreate } from '../../validation/pod';
import { computeQOSClass } from '../../validation/pod-qos';
import { validateEphemeralContainersUpdate, validateResize } from '../../validation/pod-resize';
import { validatePodStatusUpdate } from '../../validation/pod-status';
import { podValidationOptions, validatePodUpdate } from '../../validation/pod-update';
import { podWarnings } from '../../validation/pod-warnings';
import { aggregate, isHugePages, isOvercommitAllowed, isPodLevelResource } from '../../validation/resources';
import { defaultPodSpec, syncServiceAccount } from '../defaults/pod-spec';
import view from './pod-view';

const definition: ResourceDefinition = {
  group: '',
  resource: 'pods',
  ...view,
  defaults: defaultPod,
  prepareForCreate(pod, context) {
    const spec: PodSpec = pod.spec ?? {};
    syncServiceAccount(spec);
    pod.status = { phase: 'Pending', qosClass: computeQOSClass(spec) };
    if ((spec.schedulingGates ?? []).length > 0) pod.status.conditions = [gatedCondition(context)];
    applyLabelKeys(pod);
  },
  // A gate says since when.
  hasLikes: (pod) => pod.status?.conditions === undefined,
  prepareForUpdate(pod) {
    syncServiceAccount(pod.spec ?? {});
  },
  validate(pod, old) {
    const errors: FieldError[] = [];
    if (old) validatePod(pod, errors, podValidationOptions(old.spec));
    else validatePodCreate(pod, errors);
    return errors;
  },
  validateUpdate(pod, old) {
    const errors: FieldError[] = [];
    validatePodUpdate(pod, old, errors);
    return errors;
  },
  warnings(pod, old) {
    if (old) return [];
    const complaints = isDNS1123Label(pod.metadata.name ?? '');
    const warnings = podWarnings('', pod.spec ?? {}, pod.metadata.annotations);
    if (complaints.length > 0)
      warnings.unshift(
        `metadata.name: this is used in the Pod's hostname, which can result in surprising behavior; a DNS label is recommended: [${complaints.join(' ')}]`,
      );
    return warnings;
  },
  gracePeriod(pod, requested) {
    const seconds = requested ?? pod.spec?.terminationGracePeriodSeconds ?? 0;
    const phase = pod.status?.phase;
    if (!pod.spec?.nodeName || phase === 'Failed' || phase === 'Succeeded') return 0;
    return seconds < 0 ? 1 : seconds;
  },
  subresources: {
    status: {
      prepareForUpdate(pod, old) {
        keepFromOldStatus(pod, old);
        // Old kubelets would spoil them.
        if (old.metadata.ownerReferences) pod.metadata.ownerReferences = old.metadata.ownerReferences;
        else delete pod.metadata.ownerReferences;
      },
      validateUpdate(pod, old) {
        const errors: FieldError[] = [];
        validatePodStatusUpdate(pod, old, errors);
        return errors;
      },
    },
    ephemeralcontainers: {
      prepareForUpdate(pod, old) {
        const added = pod.spec?.ephemeralContainers;
        pod.spec = { ...old.spec };
        if (added) pod.spec.ephemeralContainers = added;
        else delete pod.spec.ephemeralContainers;
        keepAllBut(pod, old);
      },
      validateUpdate: validateEphemeralContainersUpdate,
    },
    resize: {
      prepareForUpdate(pod, old) {
        const spec: PodSpec = pod.spec ?? {};
        const oldSpec: PodSpec = old.spec ?? {};
        const resized: PodSpec = { ...oldSpec };
        for (const list of ['containers', 'initContainers'] as const) {
          const containers = withResources(spec[list], oldSpec[list]);
          if (!containers) return;
          if (containers.length > 0) resized[list] = containers;
        }
        if (spec.resources) resized.resources = spec.resources;
        else delete resized.resources;
        pod.spec = resized;
        keepAllBut(pod, old);
      },
      validateUpdate: validateResize,
    },
  },
};
export default definition;

/** SetDefaults_Pod: what pods get and templates don't; then the spec's defaults, which upstream runs before. */
function defaultPod(pod: KubeObject): void {
  pod.spec ??= {};
  const spec: PodSpec = pod.spec;
  // Stored already, and taken over whole: it lacks nothing.
  if (Object.isFrozen(spec)) return;
  defaultPodSpec(spec);
  for (const list of [spec.containers, spec.initContainers])
    for (const { resources } of list ?? []) {
      if (!resources?.limits) continue;
      // What is stored already is frozen, and lacks nothing.
      const requests = withMissing(resources.requests, resources.limits);
      if (requests !== resources.requests) resources.requests = requests;
    }
  if (spec.resources) defaultPodResources(spec);
  spec.enableServiceLinks ??= true;
  if (spec.hostNetwork === true)
    for (const list of [spec.containers, spec.initContainers])
      for (const container of list ?? [])
        for (const port of container.ports ?? []) if (port.containerPort) port.hostPort ||= port.containerPort;
  // Go sees no difference between a grace below zero and one of a second (Convert_v1_Pod_To_core_Pod).
  if ((spec.terminationGracePeriodSeconds ?? 0) < 0) spec.terminationGracePeriodSeconds = 1;
}

/** Requests that were not given are the limits. */
function withMissing(requests: Quantities | undefined, limits: Quantities): Quantities | undefined {
  let result = requests;
  for (const name of Object.keys(limits)) {
    if (result && Object.hasOwn(result, name)) continue;
    if (!result || result === requests) result = { ...requests };
    result[name] = limits[name] as string;
  }
  return result;
}

/** defaultHugePagePodLimits and defaultPodRequests. */
function defaultPodResources(spec: PodSpec): void {
  const { resources } = spec;
  if (!resources) return;
  const given = Object.keys(resources.limits ?? {}).length + Object.keys(resources.requests ?? {}).length;
  if (given === 0) return;
  for (const [name, amount] of aggregate(spec, 'limits')) {
    if (!isHugePages(name) || Object.hasOwn(resources.requests ?? {}, name)) continue;
    if (!Object.hasOwn(resources.limits ?? {}, name))
      resources.limits = { ...resources.limits, [name]: amount.toString() };
  }
  if (Object.keys(resources.limits ?? {}).length === 0) return;
  const requests: Quantities = { ...resources.requests };
  for (const [name, amount] of aggregate(spec, 'requests'))
    if (!Object.hasOwn(requests, name) && isPodLevelResource(name) && isOvercommitAllowed(name))
      requests[name] = amount.toString();
  for (const [name, amount] of Object.entries(resources.limits ?? {}))
    if (!Object.hasOwn(requests, name) && isPodLevelResource(name)) requests[name] = amount;
  // What is stored already is frozen, and lacks nothing.
  if (Object.keys(requests).length > Object.keys(resources.requests ?? {}).length) resources.requests = requests;
}

function gatedCondition({ clock }: StrategyContext) {
  return {
    type: 'PodScheduled',
    status: 'False',
    lastProbeTime: null,
    lastTransitionTime: formatTime(clock.now()),
    reason: 'SchedulingGated',
    message: 'Scheduling is blocked due to non-empty scheduling gates',
  };
}

/** The labels named by matchLabelKeys become requirements of the selector (mutatePodAffinity, mutateTopologySpreadConstraints). */
function applyLabelKeys(pod: KubeObject): void {
  const spec: PodSpec = pod.spec ?? {};
  const labels = pod.metadata.labels ?? {};
  const add = (selector: LabelSelector, keys: readonly string[] | undefined, operator: 'In' | 'NotIn') => {
    for (const key of keys ?? [])
      if (Object.hasOwn(labels, key))
        selector.matchExpressions = [
          ...(selector.matchExpressions ?? []),
          { key, operator, values: [labels[key] as string] },
        ];
  };
  const addToTerm = (term: PodAffinityTerm | undefined) => {
    if (!term?.labelSelector || (!term.matchLabelKeys?.length && !term.mismatchLabelKeys?.length)) return;
    term.labelSelector = { ...term.labelSelector };
    add(term.labelSelector, term.matchLabelKeys, 'In');
    add(term.labelSelector, term.mismatchLabelKeys, 'NotIn');
  };
  const addToAffinity = (affinity: PodAffinity | undefined) => {
    for (const weighted of affinity?.preferredDuringSchedulingIgnoredDuringExecution ?? [])
      addToTerm(weighted.podAffinityTerm);
    for (const term of affinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []) addToTerm(term);
  };
  addToAffinity(spec.affinity?.podAffinity);
  addToAffinity(spec.affinity?.podAntiAffinity);
  for (const constraint of spec.topologySpreadConstraints ?? []) {
    if (!constraint.labelSelector || !constraint.matchLabelKeys?.length) continue;
    constraint.labelSelector = { ...constraint.labelSelector };
    add(constraint.labelSelector, constraint.matchLabelKeys, 'In');
  }
}

/** A status write that leaves out the class or an observed generation keeps the old one. */
function keepFromOldStatus(pod: KubeObject, old: KubeObject): void {
  // The pod's own: written into, for a copy that is frozen later has a layout of its own in V8, which slows all who read it.
  const status = pod.status ?? {};
  if (!status.qosClass && old.status?.qosClass) status.qosClass = old.status.qosClass;
  if (!status.observedGeneration && old.status?.observedGeneration)
    status.observedGeneration = old.status.observedGeneration;
  const conditions: Observed[] | undefined = status.conditions;
  const before: Observed[] = old.status?.conditions ?? [];
  // A kubelet says of all that it has observed them; what is new was never observed before.
  if (Array.isArray(conditions) && conditions.some(isUnobserved) && !before.every(isUnobserved))
    status.conditions = withObservations(conditions, [...before]);
  pod.status = status;
}

interface Observed {
  type: string;
  observedGeneration?: number;
}

function isUnobserved({ observedGeneration }: Observed): boolean {
  return !observedGeneration;
}

/** @param before is used up */
function withObservations(conditions: readonly Observed[], before: Observed[]): Observed[] {
  return conditions.map((condition) => {
    const at = before.findIndex((was) => was.type === condition.type);
    const [was] = at < 0 ? [] : before.splice(at, 1);
    return condition.observedGeneration || !was?.observedGeneration
      ? condition
      : { ...condition, observedGeneration: was.observedGeneration };
  });
}

/** Everything beside the spec stays as it was (metav1.ResetObjectMetaForStatus); generation counts a spec that changed. */
function keepAllBut(pod: KubeObject, old: KubeObject): void {
  if (old.status) pod.status = old.status;
  const { labels, annotations, finalizers, ownerReferences } = old.metadata;
  const metadata = { ...pod.metadata, labels, annotations, finalizers, ownerReferences };
  for (const key of ['labels', 'annotations', 'finalizers', 'ownerReferences'] as const)
    if (metadata[key] === undefined) delete metadata[key];
  if (!semanticEqual(jsonOf(pod.spec), jsonOf(old.spec))) metadata.generation = (old.metadata.generation ?? 0) + 1;
  pod.metadata = metadata;
}

/** The old containers with the new resources; undefined where they are not the same containers. */
function withResources(containers: Container[] = [], old: Container[] = []): Container[] | undefined {
  if (containers.length !== old.length) return undefined;
  const result: Container[] = [];
  for (const [i, was] of old.entries()) {
    const now = containers[i] as Container;
    if (now.name !== was.name) return containers;
    const merged: Container = { ...was, resources: clone(jsonOf(now.resources ?? {})) };
    if (now.resizePolicy) merged.resizePolicy = now.resizePolicy;
    else delete merged.resizePolicy;
    result.push(merged);
  }
  return result;
}
