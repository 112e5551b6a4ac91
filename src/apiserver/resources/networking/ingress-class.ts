/** Ingress classes (pkg/registry/networking/ingressclass/strategy.go). */
import { type FieldError, forbiddenField, notSupported, required, tooLong } from '../../../apimachinery/field-error';
import { nameIsDNSLabel, utf8Length } from '../../../apimachinery/names';
import type { ResourceDefinition } from '../../resource';
import { validateDomainPrefixedPath } from '../../validation/domain-path';
import { complain, validateImmutable } from '../../validation/field-checks';
import { type TypedReference, validateTypedReference } from '../../validation/references';
import { AGE, ageOf, column, NAME, nameOf } from '../columns';

interface IngressClassSpec {
  controller?: string;
  parameters?: TypedReference;
}

const DEFAULT_CLASS = 'ingressclass.kubernetes.io/is-default-class';

const definition: ResourceDefinition = {
  group: 'networking.k8s.io',
  resource: 'ingressclasses',
  columns: [
    NAME,
    column('Controller', { description: 'Controller that is responsible for handling this class' }),
    column('Parameters', { description: 'A reference to a resource with additional parameters' }),
    AGE,
  ],
  cells(object, now) {
    const { controller = '', parameters }: IngressClassSpec = object.spec ?? {};
    const isDefault = object.metadata.annotations?.[DEFAULT_CLASS] === 'true';
    const group = parameters?.apiGroup === undefined ? '' : `.${parameters.apiGroup}`;
    return [
      isDefault ? `${nameOf(object)} (default)` : nameOf(object),
      controller,
      parameters ? `${parameters.kind ?? ''}${group}/${parameters.name ?? ''}` : '<none>',
      ageOf(object, now),
    ];
  },
  defaults(object) {
    const parameters: TypedReference | undefined = object.spec?.parameters;
    if (parameters) parameters.scope ??= 'Cluster';
  },
  validate(object) {
    const errors: FieldError[] = [];
    const { controller = '', parameters }: IngressClassSpec = object.spec ?? {};
    if (utf8Length(controller) > 250) errors.push(tooLong('spec.controller', 250));
    validateDomainPrefixedPath('spec.controller', controller, errors);
    if (parameters) validateParameters('spec.parameters', parameters, errors);
    return errors;
  },
  validateUpdate(object, old) {
    const errors: FieldError[] = [];
    validateImmutable('spec.controller', object.spec?.controller, old.spec?.controller, errors);
    return errors;
  },
};
export default definition;

function validateParameters(path: string, parameters: TypedReference, errors: FieldError[]): void {
  validateTypedReference(path, parameters, errors);
  const { scope, namespace } = parameters;
  if (scope === undefined) errors.push(required(`${path}.scope`));
  else if (scope === 'Namespace') {
    if (namespace === undefined) errors.push(required(`${path}.namespace`, "`parameters.scope` is set to 'Namespace'"));
    else complain(`${path}.namespace`, namespace, nameIsDNSLabel(namespace, false), errors);
  } else if (scope !== 'Cluster') errors.push(notSupported(`${path}.scope`, scope, ['Cluster', 'Namespace']));
  else if (namespace !== undefined)
    errors.push(forbiddenField(`${path}.namespace`, "`parameters.scope` is set to 'Cluster'"));
}
