/** Writes to two subresources of pods: `ephemeralcontainers` and `resize` (ValidatePodEphemeralContainersUpdate, ValidatePodResize). */
import { type FieldError, forbiddenField, invalid } from '../../apimachinery/field-error';
import { jsonOf } from '../../apimachinery/json';
import type { KubeObject } from '../../apimachinery/meta';
import { type Container, isRestartable, type PodSpec, type Quantities, type ResourceRequirements } from './core-types';
import { semanticEqual } from './field-checks';
import { validatePod } from './pod';
import { validatePodAnnotationUpdates } from './pod-annotations';
import { computeQOSClass } from './pod-qos';
import { podValidationOptions } from './pod-update';
import { diffOf } from './spec-diff';

const isMirror = (pod: KubeObject) => Object.hasOwn(pod.metadata.annotations ?? {}, 'kubernetes.io/config.mirror');

export function validateEphemeralContainersUpdate(pod: KubeObject, old: KubeObject): FieldError[] {
  if (isMirror(old)) return [forbiddenField('', 'static pods do not support ephemeral containers')];
  const errors: FieldError[] = [];
  validatePod(pod, errors, podValidationOptions(old.spec));
  validatePodAnnotationUpdates('metadata.annotations', pod.metadata.annotations, old.metadata.annotations, errors);
  const now: Container[] = pod.spec?.ephemeralContainers ?? [];
  for (const was of (old.spec?.ephemeralContainers ?? []) as Container[]) {
    const name = JSON.stringify(was.name ?? '');
    const found = now.find((container) => container.name === was.name);
    if (!found)
      errors.push(
        forbiddenField('spec.ephemeralContainers', `existing ephemeral containers ${name} may not be removed\n`),
      );
    else if (!semanticEqual(jsonOf(found), jsonOf(was)))
      errors.push(
        forbiddenField(
          'spec.ephemeralContainers',
          `existing ephemeral containers ${name} may not be changed\n${diffOf('EphemeralContainer', was, found)}`,
        ),
      );
  }
  return errors;
}

export function validateResize(pod: KubeObject, old: KubeObject): FieldError[] {
  const spec: PodSpec = pod.spec ?? {};
  const oldSpec: PodSpec = old.spec ?? {};
  if (isMirror(old)) return [forbiddenField('', 'static pods cannot be resized')];
  if (oldSpec.os?.name === 'windows') return [forbiddenField('', 'windows pods cannot be resized')];
  const errors: FieldError[] = [];
  validatePod(pod, errors, podValidationOptions(oldSpec));
  const oldClass = old.status?.qosClass ?? computeQOSClass(oldSpec);
  if (oldClass !== computeQOSClass(spec))
    errors.push(invalid('spec', oldClass, 'Pod QOS Class may not change as a result of resizing'));
  if (!isResizeSupported(old)) errors.push(forbiddenField('spec', 'Pod running on node without support for resize'));
  validatePodLevelResize(spec, oldSpec, errors);
  if (!validateOrder('containers', spec, oldSpec, errors)) return errors;
  if (!validateOrder('initContainers', spec, oldSpec, errors)) return errors;
  for (const list of ['initContainers', 'containers'] as const)
    for (const [i, was] of (oldSpec[list] ?? []).entries())
      if (list === 'containers' || isRestartable(was))
        validateNotRemoved(`spec.${list}[${i}].resources`, spec[list]?.[i]?.resources, was.resources, errors);
  for (const [i, container] of (spec.containers ?? []).entries())
    if (!sameButComputeResources(container, oldSpec.containers?.[i]))
      errors.push(forbiddenField('spec', 'only cpu and memory resources are mutable'));
  for (const [i, container] of (spec.initContainers ?? []).entries()) {
    const was = oldSpec.initContainers?.[i];
    if (isRestartable(container)) {
      if (!sameButComputeResources(container, was))
        errors.push(
          forbiddenField(
            `spec.initContainers[${i}]`,
            'only cpu and memory resources for init or sidecar containers are mutable',
          ),
        );
    } else if (!semanticEqual(jsonOf(container), jsonOf(was ?? {}))) {
      errors.push(forbiddenField('spec', 'resources for non-sidecar init containers are immutable'));
    }
  }
  return errors;
}

/** A running container whose status tells its resources stands for a node that can resize. */
function isResizeSupported(pod: KubeObject): boolean {
  for (const status of pod.status?.containerStatuses ?? []) if (status.state?.running) return Boolean(status.resources);
  return true;
}

function validatePodLevelResize(spec: PodSpec, old: PodSpec, errors: FieldError[]): void {
  if (!old.resources && !spec.resources) return;
  if (old.resources && !spec.resources) {
    errors.push(forbiddenField('spec.resources', 'pod-level resources cannot be removed'));
    return;
  }
  for (const which of ['requests', 'limits'] as const)
    if (isRemoved(spec.resources?.[which], old.resources?.[which]))
      errors.push(forbiddenField(`spec.resources.${which}`, `pod-level resource ${which} cannot be removed`));
  if (!sameButCompute(spec.resources, old.resources))
    errors.push(forbiddenField('spec', 'only cpu and memory resources are mutable at pod-level'));
}

function validateOrder(
  list: 'containers' | 'initContainers',
  spec: PodSpec,
  old: PodSpec,
  errors: FieldError[],
): boolean {
  const now = spec[list] ?? [];
  const was = old[list] ?? [];
  if (now.length !== was.length) {
    errors.push(forbiddenField(`spec.${list}`, `${list} may not be added or removed on resize`));
    return false;
  }
  let ordered = true;
  was.forEach((container, i) => {
    if (now[i]?.name === container.name) return;
    ordered = false;
    errors.push(forbiddenField(`spec.${list}[${i}].name`, `${list} may not be renamed or reordered on resize`));
  });
  return ordered;
}

function validateNotRemoved(
  path: string,
  now: ResourceRequirements | undefined,
  was: ResourceRequirements | undefined,
  errors: FieldError[],
): void {
  if (isRemoved(now?.requests, was?.requests))
    errors.push(forbiddenField(`${path}.requests`, 'resource requests cannot be removed'));
  if (isRemoved(now?.limits, was?.limits))
    errors.push(forbiddenField(`${path}.limits`, 'resource limits cannot be removed'));
}

function isRemoved(now: Quantities = {}, was: Quantities = {}): boolean {
  return Object.keys(was).some((name) => !Object.hasOwn(now, name));
}

function sameButComputeResources(container: Container, old: Container | undefined): boolean {
  return semanticEqual(
    jsonOf({ ...container, resources: withoutCompute(container.resources) }),
    jsonOf({ ...old, resources: withoutCompute(old?.resources) }),
  );
}
function sameButCompute(now: ResourceRequirements | undefined, was: ResourceRequirements | undefined): boolean {
  return semanticEqual(jsonOf(withoutCompute(now)), jsonOf(withoutCompute(was)));
}

/** Claims play no part: upstream drops them from both sides alike. */
function withoutCompute(resources: ResourceRequirements | undefined): ResourceRequirements {
  const strip = (list: Quantities | undefined) => {
    const { cpu: _cpu, memory: _memory, ...rest } = list ?? {};
    return rest;
  };
  return { limits: strip(resources?.limits), requests: strip(resources?.requests) };
}
