/** Pods as a whole: what is judged on every write, and what on create only (ValidatePodCreate). */
import { type FieldError, forbiddenField } from '../../apimachinery/field-error';
import type { KubeObject } from '../../apimachinery/meta';
import { type PodValidationOptions, validateImageWhitespace } from './containers';
import type { PodSpec, Volume } from './core-types';
import { validateAnnotationsMatchFields, validatePodAnnotations } from './pod-annotations';
import { validatePodSpec } from './pod-spec';

/** validatePodMetadataAndSpec, but for the object meta. */
export function validatePod(pod: KubeObject, errors: FieldError[], options: PodValidationOptions = {}): void {
  const spec: PodSpec = pod.spec ?? {};
  const { metadata } = pod;
  validatePodAnnotations('metadata.annotations', metadata.annotations, spec, errors);
  validatePodSpec('spec', spec, metadata, errors, { ...options, resourceIsPod: true });
  if (!spec.serviceAccountName) validateNoTokens(spec.volumes, errors);
  (spec.containers ?? []).forEach((container, i) => {
    validateImageWhitespace(`spec.containers[${i}]`, container, errors);
  });
  (spec.initContainers ?? []).forEach((container, i) => {
    validateImageWhitespace(`spec.initContainers[${i}]`, container, errors);
  });
}

/** What a new pod may not have. */
export function validatePodCreate(pod: KubeObject, errors: FieldError[]): void {
  const spec: PodSpec = pod.spec ?? {};
  validatePod(pod, errors);
  if ((spec.ephemeralContainers ?? []).length > 0)
    errors.push(forbiddenField('spec.ephemeralContainers', 'cannot be set on create'));
  if (spec.nodeName && (spec.schedulingGates ?? []).length > 0)
    errors.push(forbiddenField('spec.nodeName', 'cannot be set until all schedulingGates have been cleared'));
  validateAnnotationsMatchFields('spec', pod.metadata.annotations, spec, errors);
}

function validateNoTokens(volumes: readonly Volume[] | undefined, errors: FieldError[]): void {
  for (const [i, volume] of (volumes ?? []).entries()) {
    const projected = volume.projected as { sources?: { serviceAccountToken?: object }[] } | undefined;
    for (const [j, source] of (projected?.sources ?? []).entries())
      if (source.serviceAccountToken)
        errors.push(
          forbiddenField(
            `spec.volumes[${i}].projected.sources[${j}].serviceAccountToken`,
            'must not be specified when serviceAccountName is not set',
          ),
        );
  }
}
