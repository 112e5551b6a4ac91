/** Templates of pods as objects of their own (pkg/registry/core/podtemplate/strategy.go). */
import type { FieldError } from '../../../apimachinery/field-error';
import { jsonOf } from '../../../apimachinery/json';
import type { ResourceDefinition } from '../../resource';
import type { PodTemplateSpec } from '../../validation/core-types';
import { semanticEqual } from '../../validation/field-checks';
import { validatePodTemplateSpec } from '../../validation/pod-template';
import { podValidationOptions } from '../../validation/pod-update';
import { podWarnings } from '../../validation/pod-warnings';
import { column, containerCells, formatLabels, NAME, nameOf } from '../columns';
import { defaultPodTemplate } from '../defaults/pod-spec';

const definition: ResourceDefinition = {
  group: '',
  resource: 'podtemplates',
  hasGeneration: true,
  generationChanged: (object, old) => !semanticEqual(jsonOf(object.template ?? {}), jsonOf(old.template ?? {})),
  columns: [
    NAME,
    column('Containers', { description: 'Names of each container in the template.' }),
    column('Images', { description: 'Images referenced by each container in the template.' }),
    column('Pod Labels', { description: 'The labels for the pod template.' }),
  ],
  cells(object) {
    const template: PodTemplateSpec = object.template ?? {};
    return [nameOf(object), ...containerCells(template.spec?.containers), formatLabels(template.metadata?.labels)];
  },
  defaults: (object) => defaultPodTemplate(object as { template?: PodTemplateSpec }),
  validate(object, old) {
    const errors: FieldError[] = [];
    validatePodTemplateSpec('template', object.template ?? {}, errors, podValidationOptions(old?.template?.spec));
    return errors;
  },
  warnings(object, old) {
    if (old && object.metadata.generation === old.metadata.generation) return [];
    const template: PodTemplateSpec = object.template ?? {};
    return podWarnings('template.', template.spec ?? {}, template.metadata?.annotations);
  },
};
export default definition;
