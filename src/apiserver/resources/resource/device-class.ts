/** Classes of devices (pkg/registry/resource/deviceclass/strategy.go). */
import type { ResourceDefinition } from '../../resource';
import { AGE, ageOf, NAME, nameOf } from '../columns';

const definition: ResourceDefinition = {
  group: 'resource.k8s.io',
  resource: 'deviceclasses',
  columns: [NAME, AGE],
  cells: (object, now) => [nameOf(object), ageOf(object, now)],
};
export default definition;
