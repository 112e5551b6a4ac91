/** Storage classes (pkg/registry/storage/storageclass/strategy.go, pkg/apis/storage/validation). */
import { duplicate, type FieldError, notSupported, required } from '../../../apimachinery/field-error';
import type { Json } from '../../../apimachinery/json';
import { isQualifiedName } from '../../../apimachinery/names';
import type { ResourceDefinition } from '../../resource';
import { complain, validateImmutable } from '../../validation/field-checks';
import { deprecatedNodeLabel } from '../../validation/pod-warnings';
import { validateParameters, validateProvisioner } from '../../validation/storage';
import { AGE, ageOf, column, NAME, nameOf } from '../columns';

interface TopologyTerm {
  matchLabelExpressions?: { key?: string; values?: string[] }[];
}

/** Either makes a class the default. */
const DEFAULT_CLASS = [
  'storageclass.kubernetes.io/is-default-class',
  'storageclass.beta.kubernetes.io/is-default-class',
];

const definition: ResourceDefinition = {
  group: 'storage.k8s.io',
  resource: 'storageclasses',
  columns: [
    NAME,
    ...['Provisioner', 'ReclaimPolicy', 'VolumeBindingMode', 'AllowVolumeExpansion'].map((name) => column(name)),
    AGE,
  ],
  cells(object, now) {
    const isDefault = DEFAULT_CLASS.some((key) => object.metadata.annotations?.[key] === 'true');
    return [
      isDefault ? `${nameOf(object)} (default)` : nameOf(object),
      object.provisioner ?? '',
      object.reclaimPolicy ?? 'Delete',
      object.volumeBindingMode ?? 'Immediate',
      object.allowVolumeExpansion ?? false,
      ageOf(object, now),
    ];
  },
  defaults(object) {
    object.reclaimPolicy ??= 'Delete';
    object.volumeBindingMode ??= 'Immediate';
  },
  validate(object) {
    const errors: FieldError[] = [];
    validateProvisioner('provisioner', object.provisioner ?? '', errors);
    validateParameters('parameters', object.parameters, true, errors);
    const policies = ['Delete', 'Retain'];
    if (object.reclaimPolicy && !policies.includes(object.reclaimPolicy))
      errors.push(notSupported('reclaimPolicy', object.reclaimPolicy, policies));
    const modes = ['Immediate', 'WaitForFirstConsumer'];
    if (object.volumeBindingMode === undefined) errors.push(required('volumeBindingMode'));
    else if (!modes.includes(object.volumeBindingMode))
      errors.push(notSupported('volumeBindingMode', object.volumeBindingMode, modes));
    validateTopologies(object.allowedTopologies ?? [], errors);
    return errors;
  },
  validateUpdate(object, old) {
    const errors: FieldError[] = [];
    for (const field of ['parameters', 'provisioner', 'reclaimPolicy', 'volumeBindingMode'])
      validateImmutable(field, object[field] as Json | undefined, old[field] as Json | undefined, errors);
    return errors;
  },
  warnings(object) {
    const terms: TopologyTerm[] = object.allowedTopologies ?? [];
    return terms.flatMap((term, i) =>
      (term.matchLabelExpressions ?? []).flatMap(({ key = '' }, j) => {
        const text = deprecatedNodeLabel(key);
        return text ? [`allowedTopologies[${i}].matchLabelExpressions[${j}].key: ${text}`] : [];
      }),
    );
  },
};
export default definition;

function validateTopologies(terms: readonly TopologyTerm[], errors: FieldError[]): void {
  const seen = new Set<string>();
  terms.forEach((term, i) => {
    const byKey = new Map<string, string[]>();
    (term.matchLabelExpressions ?? []).forEach(({ key = '', values: given }, j) => {
      const values = given ?? [];
      const at = `allowedTopologies[${i}].matchLabelExpressions[${j}]`;
      const unique = new Set<string>();
      if (values.length === 0) errors.push(required(`${at}.values`));
      values.forEach((value, k) => {
        if (unique.has(value)) errors.push(duplicate(`${at}.values[${k}]`, value));
        unique.add(value);
      });
      complain(`${at}.key`, key, isQualifiedName(key), errors);
      if (byKey.has(key)) errors.push(duplicate(`${at}.key`, key));
      byKey.set(key, [...unique].sort());
    });
    const text = JSON.stringify([...byKey].sort());
    if (seen.has(text)) errors.push(duplicate(`allowedTopologies[${i}].matchLabelExpressions`, ''));
    seen.add(text);
  });
}
