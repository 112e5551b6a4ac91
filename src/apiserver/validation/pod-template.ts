/** Templates of pods in workloads (ValidatePodTemplateSpec and the rules that each workload adds). */
import { type FieldError, forbiddenField } from '../../apimachinery/field-error';
import type { PodValidationOptions } from './containers';
import type { PodSpec, PodTemplateSpec } from './core-types';
import { validateAnnotations, validateLabels } from './labels';
import { validateAnnotationsMatchFields, validatePodAnnotations } from './pod-annotations';
import { validatePodSpec } from './pod-spec';

export function validatePodTemplateSpec(
  path: string,
  template: PodTemplateSpec,
  errors: FieldError[],
  options: PodValidationOptions = {},
): void {
  const metadata = template.metadata ?? {};
  const spec: PodSpec = template.spec ?? {};
  validateLabels(`${path}.labels`, metadata.labels, errors);
  validateAnnotations(`${path}.annotations`, metadata.annotations, errors);
  validatePodAnnotations(`${path}.annotations`, metadata.annotations, spec, errors);
  validatePodSpec(`${path}.spec`, spec, undefined, errors, options);
  validateAnnotationsMatchFields(`${path}.spec`, metadata.annotations, spec, errors);
  if ((spec.ephemeralContainers ?? []).length > 0)
    errors.push(forbiddenField(`${path}.spec.ephemeralContainers`, 'ephemeral containers not allowed in pod template'));
}
