/** Devices that drivers offer (pkg/registry/resource/resourceslice/strategy.go). */
import type { ResourceDefinition } from '../../resource';
import { AGE, ageOf, column, NAME, nameOf } from '../columns';

const definition: ResourceDefinition = {
  group: 'resource.k8s.io',
  resource: 'resourceslices',
  columns: [NAME, column('Node'), column('Driver'), column('Pool'), AGE],
  cells(object, now) {
    const spec = object.spec ?? {};
    return [nameOf(object), spec.nodeName ?? '', spec.driver ?? '', spec.pool?.name ?? '', ageOf(object, now)];
  },
  selectableFields: {
    'spec.nodeName': (object) => object.spec?.nodeName ?? '',
    'spec.driver': (object) => object.spec?.driver ?? '',
  },
};
export default definition;
