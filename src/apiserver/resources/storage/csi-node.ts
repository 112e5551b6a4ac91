/** What CSI drivers told of a node (pkg/registry/storage/csinode/strategy.go). */
import { duplicate, type FieldError, invalid, required } from '../../../apimachinery/field-error';
import { jsonOf } from '../../../apimachinery/json';
import type { ResourceDefinition } from '../../resource';
import { IMMUTABLE, semanticEqual, validateNonnegative, validateQualifiedName } from '../../validation/field-checks';
import { validateCSIDriverName } from '../../validation/volume-sources';
import { withoutFields } from '../../validation/workloads';
import { AGE, ageOf, column, NAME, nameOf } from '../columns';

interface Driver {
  name?: string;
  nodeID?: string;
  topologyKeys?: string[];
  allocatable?: { count?: number };
}

const definition: ResourceDefinition = {
  group: 'storage.k8s.io',
  resource: 'csinodes',
  hasGeneration: false,
  requiresResourceVersionOnUpdate: true,
  columns: [
    NAME,
    column('Drivers', {
      type: 'integer',
      description: 'Drivers indicates the number of CSI drivers registered on the node',
    }),
    AGE,
  ],
  cells: (object, now) => [nameOf(object), object.spec?.drivers?.length ?? 0, ageOf(object, now)],
  defaults(object) {
    object.spec ??= {};
    object.spec.drivers ??= null;
  },
  validate(object) {
    const errors: FieldError[] = [];
    const names = new Set<string>();
    const drivers: Driver[] = object.spec?.drivers ?? [];
    drivers.forEach((driver, i) => {
      validateDriver(`spec.drivers[${i}]`, driver, names, errors);
    });
    return errors;
  },
  validateUpdate(object, old) {
    const errors: FieldError[] = [];
    const drivers: Driver[] = object.spec?.drivers ?? [];
    for (const was of (old.spec?.drivers ?? []) as Driver[])
      for (const driver of drivers)
        if (
          driver.name === was.name &&
          !semanticEqual(withoutFields(driver, ['allocatable']), withoutFields(was, ['allocatable']))
        )
          errors.push(invalid('spec.drivers', jsonOf(driver), IMMUTABLE));
    return errors;
  },
};
export default definition;

function validateDriver(path: string, driver: Driver, names: Set<string>, errors: FieldError[]): void {
  const { name = '', nodeID = '' } = driver;
  // Always written, even when there are none.
  const topologyKeys = driver.topologyKeys ?? [];
  validateCSIDriverName(`${path}.name`, name, errors);
  if (nodeID === '') errors.push(required(`${path}.nodeID`));
  if (nodeID.length > 256) errors.push(invalid(`${path}.nodeID`, nodeID, 'must be 256 characters or less'));
  validateNonnegative(`${path}.allocatable.count`, driver.allocatable?.count, errors);
  if (names.has(name)) errors.push(duplicate(`${path}.name`, name));
  names.add(name);
  const keys = new Set<string>();
  for (const key of topologyKeys) {
    if (key === '') errors.push(required(path));
    if (keys.has(key)) errors.push(duplicate(path, key));
    keys.add(key);
    validateQualifiedName(path, key, errors);
  }
}
