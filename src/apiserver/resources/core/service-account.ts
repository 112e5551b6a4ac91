/** Service accounts (pkg/registry/core/serviceaccount/strategy.go). */
import type { KubeObject } from '../../../apimachinery/meta';
import type { ResourceDefinition } from '../../resource';
import { AGE, ageOf, NAME, nameOf } from '../columns';

const ENFORCE = 'kubernetes.io/enforce-mountable-secrets';

const definition: ResourceDefinition = {
  group: '',
  resource: 'serviceaccounts',
  hasGeneration: false,
  columns: [NAME, AGE],
  cells: (object, now) => [nameOf(object), ageOf(object, now)],
  prepareForCreate: keepSecretNames,
  prepareForUpdate: keepSecretNames,
  warnings(object, old) {
    if (!Object.hasOwn(object.metadata.annotations ?? {}, ENFORCE)) return [];
    if (Object.hasOwn(old?.metadata.annotations ?? {}, ENFORCE)) return [];
    return [
      `metadata.annotations[${ENFORCE}]: deprecated in v1.32+; prefer separate namespaces to isolate access to mounted secrets`,
    ];
  },
};
export default definition;

/** Of a reference to a secret only the name is kept (cleanSecretReferences). */
function keepSecretNames(object: KubeObject): void {
  const secrets: { name?: string }[] | undefined = object.secrets;
  if (secrets) object.secrets = secrets.map(({ name }) => (name === undefined ? {} : { name }));
}
