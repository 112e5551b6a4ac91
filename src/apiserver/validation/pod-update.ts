/** What may change in a pod that exists (ValidatePodUpdate), and which old faults an update may keep. */
import { type FieldError, forbiddenField, invalid, required } from '../../apimachinery/field-error';
import { type Json, jsonOf } from '../../apimachinery/json';
import type { KubeObject } from '../../apimachinery/meta';
import { inclusiveRangeError, isValidLabelValue } from '../../apimachinery/names';
import type { PodValidationOptions } from './containers';
import {
  type Affinity,
  type Container,
  isRestartable,
  type NodeAffinity,
  type NodeSelectorTerm,
  type PodAffinity,
  type PodSpec,
  visitContainers,
} from './core-types';
import { semanticEqual } from './field-checks';
import { hasInvalidLabelValues, validateLabelSelector } from './labels';
import { validatePodAnnotationUpdates } from './pod-annotations';
import { validateAddedTolerations, validateDeletedSchedulingGates } from './scheduling';
import { diffOf } from './spec-diff';

const MAX_INT32 = 2147483647;

/** What an old spec holds that is refused today (podutil.GetValidationOptionsFromPodSpecAndMeta). */
export function podValidationOptions(old: PodSpec | undefined): PodValidationOptions {
  if (!old) return {};
  let volumeDevices = false;
  visitContainers(old, '', (container) => {
    if ((container.volumeDevices ?? []).length > 0) volumeDevices = true;
  });
  return {
    allowIndivisibleHugePages: usesHugePages(old),
    allowInvalidLabelValueInSelector: podAffinityTerms(old.affinity).some(
      (term) => hasInvalidLabelValues(term.labelSelector) || hasInvalidLabelValues(term.namespaceSelector),
    ),
    allowInvalidLabelValueInRequiredNodeAffinity: requiredTerms(old.affinity?.nodeAffinity).some((term) =>
      (term.matchExpressions ?? []).some((expression) =>
        (expression.values ?? []).some((value) => isValidLabelValue(value).length > 0),
      ),
    ),
    allowInvalidTopologySpreadSelector: (old.topologySpreadConstraints ?? []).some((constraint) => {
      const errors: FieldError[] = [];
      validateLabelSelector('', constraint.labelSelector, errors);
      return errors.length > 0;
    }),
    allowRestartContainerForInit: (old.initContainers ?? []).some(
      (container) =>
        !isRestartable(container) &&
        (container.resizePolicy ?? []).some((policy) => policy.restartPolicy === 'RestartContainer'),
    ),
    allowUserNamespacesWithVolumeDevices: old.hostUsers === false && volumeDevices,
    allowAnySELinuxChangePolicy: old.securityContext?.seLinuxChangePolicy !== undefined,
  };
}

function usesHugePages(spec: PodSpec): boolean {
  let found = false;
  visitContainers(spec, '', ({ resources }) => {
    for (const list of [resources?.limits, resources?.requests])
      for (const name in list) if (name.startsWith('hugepages-')) found = true;
  });
  return found;
}

function podAffinityTerms(affinity: Affinity | undefined) {
  const termsOf = (one: PodAffinity | undefined) => [
    ...(one?.requiredDuringSchedulingIgnoredDuringExecution ?? []),
    ...(one?.preferredDuringSchedulingIgnoredDuringExecution ?? []).map((weighted) => weighted.podAffinityTerm ?? {}),
  ];
  return [...termsOf(affinity?.podAffinity), ...termsOf(affinity?.podAntiAffinity)];
}

function requiredTerms(affinity: NodeAffinity | undefined): NodeSelectorTerm[] {
  return affinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? [];
}

/** After the pod itself was judged: may it replace the old one? */
export function validatePodUpdate(pod: KubeObject, old: KubeObject, errors: FieldError[]): void {
  const spec: PodSpec = pod.spec ?? {};
  const oldSpec: PodSpec = old.spec ?? {};
  validatePodAnnotationUpdates('metadata.annotations', pod.metadata.annotations, old.metadata.annotations, errors);
  if (!validateContainerUpdates('spec.containers', spec.containers, oldSpec.containers, errors)) return;
  if (!validateContainerUpdates('spec.initContainers', spec.initContainers, oldSpec.initContainers, errors)) return;
  if (!validateDeadlineUpdate(spec.activeDeadlineSeconds, oldSpec.activeDeadlineSeconds, errors)) return;
  validateAddedTolerations('spec.tolerations', spec.tolerations, oldSpec.tolerations, errors);
  validateDeletedSchedulingGates('spec.schedulingGates', spec.schedulingGates, oldSpec.schedulingGates, errors);
  if (semanticEqual(jsonOf(spec), jsonOf(oldSpec))) return;
  const masked = maskUpdatable(spec, oldSpec);
  if ((oldSpec.schedulingGates ?? []).length > 0) maskGated(masked, oldSpec, errors);
  if (!semanticEqual(jsonOf(masked), jsonOf(oldSpec)))
    errors.push(
      forbiddenField(
        'spec',
        `pod updates may not change fields other than ${UPDATABLE}\n${diffOf('PodSpec', oldSpec, masked)}`,
      ),
    );
}

const UPDATABLE = [
  '`spec.containers[*].image`',
  '`spec.initContainers[*].image`',
  '`spec.activeDeadlineSeconds`',
  '`spec.tolerations` (only additions to existing tolerations)',
  '`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)',
].join(',');

/** Returns false where nothing more can be compared (ValidateContainerUpdates). */
function validateContainerUpdates(
  path: string,
  given: readonly Container[] | null | undefined,
  stored: readonly Container[] | null | undefined,
  errors: FieldError[],
): boolean {
  // A list that is never left out is null where nobody has set it.
  const [containers, old] = [given ?? [], stored ?? []];
  if (containers.length !== old.length) {
    errors.push(forbiddenField(path, 'pod updates may not add or remove containers'));
    return false;
  }
  for (const [i, { image = '' }] of containers.entries()) {
    if (image === '') errors.push(required(`${path}[${i}].image`));
    if (image !== image.trim())
      errors.push(invalid(`${path}[${i}].image`, image, 'must not have leading or trailing whitespace'));
  }
  return true;
}

/** A deadline may be set, and brought nearer. */
function validateDeadlineUpdate(seconds: number | undefined, old: number | undefined, errors: FieldError[]): boolean {
  const field = 'spec.activeDeadlineSeconds';
  if (seconds === undefined) {
    if (old !== undefined) errors.push(invalid(field, null, 'must not update from a positive integer to nil value'));
    return true;
  }
  if (seconds < 0 || seconds > MAX_INT32) {
    errors.push(invalid(field, seconds, inclusiveRangeError(0, MAX_INT32)));
    return false;
  }
  if (old !== undefined && old < seconds) {
    errors.push(invalid(field, seconds, 'must be less than or equal to previous value'));
    return false;
  }
  return true;
}

/** The new spec with what may be updated taken from the old one. */
function maskUpdatable(spec: PodSpec, old: PodSpec): PodSpec {
  const masked: PodSpec = {
    ...spec,
    containers: withImages(spec.containers, old.containers),
    initContainers: withImages(spec.initContainers, old.initContainers),
    activeDeadlineSeconds: old.activeDeadlineSeconds,
    schedulingGates: old.schedulingGates,
    tolerations: old.tolerations,
  };
  if ((old.terminationGracePeriodSeconds ?? 0) < 0 && spec.terminationGracePeriodSeconds === 1)
    masked.terminationGracePeriodSeconds = old.terminationGracePeriodSeconds;
  return masked;
}

function withImages(containers: readonly Container[] = [], old: readonly Container[] = []): Container[] {
  return containers.map((container, i) => ({ ...container, image: old[i]?.image }));
}

/** A pod that still has gates may be told more about where to go, not something else. */
function maskGated(masked: PodSpec, old: PodSpec, errors: FieldError[]): void {
  if (!semanticEqual(masked.nodeSelector, old.nodeSelector)) {
    const { nodeSelector = {} } = masked;
    if (Object.entries(old.nodeSelector ?? {}).some(([key, value]) => nodeSelector[key] !== value))
      errors.push(
        invalid(
          'spec.nodeSelector',
          nodeSelector,
          'only additions to spec.nodeSelector are allowed (no mutations or deletions)',
        ),
      );
    masked.nodeSelector = old.nodeSelector;
  }
  const oldAffinity = old.affinity?.nodeAffinity;
  const affinity = masked.affinity?.nodeAffinity;
  if (semanticEqual(affinity as Json | undefined, oldAffinity as Json | undefined)) return;
  validateNodeAffinityMutation('spec.affinity.nodeAffinity', affinity, oldAffinity, errors);
  if (!masked.affinity) masked.affinity = oldAffinity ? { nodeAffinity: oldAffinity } : undefined;
  else if (!old.affinity && !masked.affinity.podAffinity && !masked.affinity.podAntiAffinity)
    masked.affinity = undefined;
  else masked.affinity = { ...masked.affinity, nodeAffinity: oldAffinity };
}

function validateNodeAffinityMutation(
  path: string,
  affinity: NodeAffinity | undefined,
  old: NodeAffinity | undefined,
  errors: FieldError[],
): void {
  if (!old?.requiredDuringSchedulingIgnoredDuringExecution) return;
  const field = `${path}.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms`;
  const oldTerms = requiredTerms(old);
  const terms = requiredTerms(affinity);
  if (oldTerms.length > 0 && oldTerms.length !== terms.length) {
    errors.push(
      invalid(field, terms as Json, 'no additions/deletions to non-empty NodeSelectorTerms list are allowed'),
    );
    return;
  }
  oldTerms.forEach((oldTerm, i) => {
    const term = terms[i] as NodeSelectorTerm;
    if (!hasOnlyAdditions(term, oldTerm))
      errors.push(invalid(`${field}[${i}]`, term as Json, 'only additions are allowed (no mutations or deletions)'));
  });
}

function hasOnlyAdditions(term: NodeSelectorTerm, old: NodeSelectorTerm): boolean {
  const startsWith = (list: readonly object[] = [], start: readonly object[] = []) =>
    list.length >= start.length && start.every((item, i) => semanticEqual(jsonOf(item), jsonOf(list[i] as object)));
  const wasEmpty = !old.matchExpressions?.length && !old.matchFields?.length;
  if (wasEmpty && (term.matchExpressions?.length || term.matchFields?.length)) return false;
  return startsWith(term.matchExpressions, old.matchExpressions) && startsWith(term.matchFields, old.matchFields);
}
