/** Runtime classes (pkg/registry/node/runtimeclass/strategy.go, pkg/apis/node/validation). */
import { duplicate, type FieldError, required } from '../../../apimachinery/field-error';
import { jsonOf } from '../../../apimachinery/json';
import { nameIsDNSLabel } from '../../../apimachinery/names';
import type { Toleration } from '../../../apimachinery/toleration';
import type { ResourceDefinition } from '../../resource';
import { complain, validateImmutable } from '../../validation/field-checks';
import { validateLabels } from '../../validation/labels';
import { deprecatedNodeLabel } from '../../validation/pod-warnings';
import { validateContainerResources } from '../../validation/resources';
import { validateTolerations } from '../../validation/scheduling';
import { AGE, ageOf, column, NAME, nameOf } from '../columns';
import { defaultResourceList } from '../defaults/resource-lists';

const definition: ResourceDefinition = {
  group: 'node.k8s.io',
  resource: 'runtimeclasses',
  allowCreateOnUpdate: true,
  requiresResourceVersionOnUpdate: true,
  columns: [NAME, column('Handler'), AGE],
  cells: (object, now) => [nameOf(object), object.handler ?? '', ageOf(object, now)],
  defaults(object) {
    if (object.overhead?.podFixed) defaultResourceList(object.overhead.podFixed);
  },
  validate(object) {
    const errors: FieldError[] = [];
    const handler: string = object.handler ?? '';
    if (handler === '') errors.push(required('handler'));
    else complain('handler', handler, nameIsDNSLabel(handler, false), errors);
    if (object.overhead)
      validateContainerResources('overhead', { limits: object.overhead.podFixed }, new Set(), errors);
    const { nodeSelector, tolerations = [] } = object.scheduling ?? {};
    if (nodeSelector) validateLabels('scheduling.nodeSelector', nodeSelector, errors);
    validateTolerations('scheduling.tolerations', tolerations, errors);
    const seen = new Set<string>();
    (tolerations as Toleration[]).forEach((toleration, i) => {
      const { key, operator, value, effect } = toleration;
      const text = JSON.stringify([key, operator, value, effect]);
      if (seen.has(text)) errors.push(duplicate(`scheduling.tolerations[${i}]`, jsonOf(toleration)));
      seen.add(text);
    });
    return errors;
  },
  validateUpdate(object, old) {
    const errors: FieldError[] = [];
    validateImmutable('handler', object.handler, old.handler, errors);
    return errors;
  },
  warnings(object) {
    return Object.keys(object.scheduling?.nodeSelector ?? {}).flatMap((key) => {
      const text = deprecatedNodeLabel(key);
      return text ? [`scheduling.nodeSelector: ${text}`] : [];
    });
  },
};
export default definition;
