/** Namespaces (pkg/registry/core/namespace/strategy.go). */
import { type FieldError, invalid } from '../../../apimachinery/field-error';
import type { KubeObject } from '../../../apimachinery/meta';
import { nameIsDNSLabel } from '../../../apimachinery/names';
import type { ResourceDefinition } from '../../resource';
import { validateFinalizerName } from '../../validation/finalizers';
import { AGE, ageOf, column, NAME, nameOf } from '../columns';

/** The label that holds the namespace's name. */
const NAME_LABEL = 'kubernetes.io/metadata.name';
const KUBERNETES = 'kubernetes';

const definition: ResourceDefinition = {
  group: '',
  resource: 'namespaces',
  validateName: nameIsDNSLabel,
  hasGeneration: false,
  columns: [NAME, column('Status', { description: 'The status of the namespace' }), AGE],
  cells: (object, now) => [nameOf(object), object.status?.phase ?? '', ageOf(object, now)],
  defaults(object) {
    object.spec ??= {};
    object.status ??= {};
    object.status.phase ||= 'Active';
    setNameLabel(object);
  },
  prepareForCreate(object) {
    object.status = { phase: 'Active' };
    const finalizers: string[] = object.spec?.finalizers ?? [];
    object.spec = { ...object.spec };
    object.spec.finalizers = finalizers.includes(KUBERNETES) ? finalizers : [...finalizers, KUBERNETES];
    setNameLabel(object);
  },
  prepareForUpdate(object, old) {
    object.spec = { ...object.spec };
    if (old.spec?.finalizers) object.spec.finalizers = old.spec.finalizers;
    else delete object.spec.finalizers;
    setNameLabel(object);
  },
  validate(object) {
    const errors: FieldError[] = [];
    for (const finalizer of object.spec?.finalizers ?? []) validateFinalizerName('spec.finalizers', finalizer, errors);
    return errors;
  },
  selectableFields: {
    'status.phase': (object) => object.status?.phase ?? '',
    name: nameOf,
  },
  subresources: {
    status: {
      validateUpdate(object) {
        const phase = object.status?.phase ?? '';
        const deleting = object.metadata.deletionTimestamp !== undefined;
        const wanted = deleting ? 'Terminating' : 'Active';
        if (phase === wanted) return [];
        return [
          invalid(
            'status.Phase',
            phase,
            `may only be '${wanted}' if \`deletionTimestamp\` is ${deleting ? 'not ' : ''}empty`,
          ),
        ];
      },
    },
    finalize: {
      prepareForUpdate(object, old) {
        if (old.status) object.status = old.status;
      },
      validateUpdate(object) {
        const errors: FieldError[] = [];
        (object.spec?.finalizers ?? []).forEach((finalizer: string, i: number) => {
          validateFinalizerName(`spec.finalizers[${i}]`, finalizer, errors);
        });
        return errors;
      },
    },
  },
};
export default definition;

/** A namespace that generateName has yet to name has no label yet. */
function setNameLabel(object: KubeObject): void {
  const { name, labels } = object.metadata;
  if (name && labels?.[NAME_LABEL] !== name) object.metadata.labels = { ...labels, [NAME_LABEL]: name };
}
