/** CSI drivers (pkg/registry/storage/csidriver/strategy.go, pkg/apis/storage). */
import { duplicate, type FieldError, invalid, notSupported } from '../../../apimachinery/field-error';
import type { ResourceDefinition } from '../../resource';
import { validateImmutable } from '../../validation/field-checks';
import { AGE, ageOf, column, NAME, nameOf } from '../columns';

interface CSIDriverSpec {
  attachRequired?: boolean;
  podInfoOnMount?: boolean;
  storageCapacity?: boolean;
  fsGroupPolicy?: string;
  tokenRequests?: { audience?: string; expirationSeconds?: number }[];
  volumeLifecycleModes?: string[];
  requiresRepublish?: boolean;
  seLinuxMount?: boolean;
  nodeAllocatableUpdatePeriodSeconds?: number;
  serviceAccountTokenInSecrets?: boolean;
  preventPodSchedulingIfMissing?: boolean;
}

const flag = (name: string) => column(name, { type: 'boolean' });

const definition: ResourceDefinition = {
  group: 'storage.k8s.io',
  resource: 'csidrivers',
  columns: [
    NAME,
    flag('AttachRequired'),
    flag('PodInfoOnMount'),
    flag('StorageCapacity'),
    column('TokenRequests'),
    flag('RequiresRepublish'),
    column('Modes'),
    AGE,
  ],
  cells(object, now) {
    const spec: CSIDriverSpec = object.spec ?? {};
    return [
      nameOf(object),
      spec.attachRequired ?? true,
      spec.podInfoOnMount ?? false,
      spec.storageCapacity ?? false,
      spec.tokenRequests?.map((request) => request.audience ?? '').join(',') ?? '<unset>',
      spec.requiresRepublish ?? false,
      spec.volumeLifecycleModes?.join(',') || '<none>',
      ageOf(object, now),
    ];
  },
  hasGeneration: false,
  defaults(object) {
    object.spec ??= {};
    const spec: CSIDriverSpec = object.spec;
    spec.attachRequired ??= true;
    spec.podInfoOnMount ??= false;
    spec.storageCapacity ??= false;
    spec.fsGroupPolicy ??= 'ReadWriteOnceWithFSType';
    if (!spec.volumeLifecycleModes?.length) spec.volumeLifecycleModes = ['Persistent'];
    spec.requiresRepublish ??= false;
    spec.seLinuxMount ??= false;
  },
  prepareForCreate(object) {
    // Behind a feature gate that is off.
    delete object.spec.preventPodSchedulingIfMissing;
  },
  prepareForUpdate(object, old) {
    if (old.spec?.preventPodSchedulingIfMissing === undefined) delete object.spec.preventPodSchedulingIfMissing;
  },
  validate(object) {
    const errors: FieldError[] = [];
    validateCSIDriverSpec(object.spec ?? {}, errors);
    return errors;
  },
  validateUpdate(object, old) {
    const errors: FieldError[] = [];
    validateImmutable('spec.attachedRequired', object.spec?.attachRequired, old.spec?.attachRequired, errors);
    validateImmutable(
      'spec.volumeLifecycleModes',
      object.spec?.volumeLifecycleModes,
      old.spec?.volumeLifecycleModes,
      errors,
    );
    return errors;
  },
  warnings(object, old) {
    const spec: CSIDriverSpec = object.spec ?? {};
    if (old || !spec.tokenRequests?.length || spec.serviceAccountTokenInSecrets !== undefined) return [];
    return [
      'spec.serviceAccountTokenInSecrets is unset; if supported by this CSI driver, set to true to prevent possible logging of tokens in volume attributes',
    ];
  },
};
export default definition;

function validateCSIDriverSpec(spec: CSIDriverSpec, errors: FieldError[]): void {
  const { fsGroupPolicy, tokenRequests = [], volumeLifecycleModes = [], serviceAccountTokenInSecrets } = spec;
  const policies = ['File', 'None', 'ReadWriteOnceWithFSType'];
  if (fsGroupPolicy !== undefined && !policies.includes(fsGroupPolicy))
    errors.push(notSupported('spec.fsGroupPolicy', fsGroupPolicy, policies));
  const audiences = new Set<string>();
  tokenRequests.forEach(({ audience = '', expirationSeconds: seconds }, i) => {
    const at = `spec.tokenRequests[${i}]`;
    if (audiences.has(audience)) {
      errors.push(duplicate(`${at}.audience`, audience));
      return;
    }
    audiences.add(audience);
    if (seconds === undefined) return;
    const field = `${at}.expirationSeconds`;
    if (seconds < 600) errors.push(invalid(field, seconds, 'may not specify a duration less than 10 minutes'));
    if (seconds > 2 ** 32) errors.push(invalid(field, seconds, 'may not specify a duration larger than 2^32 seconds'));
  });
  for (const mode of volumeLifecycleModes)
    if (mode !== 'Persistent' && mode !== 'Ephemeral')
      errors.push(notSupported('spec.volumeLifecycleModes', mode, ['Persistent', 'Ephemeral']));
  const period = spec.nodeAllocatableUpdatePeriodSeconds;
  if (period !== undefined && period < 10)
    errors.push(
      invalid('spec.nodeAllocatableUpdatePeriodSeconds', period, 'must be greater than or equal to 10 seconds'),
    );
  if (serviceAccountTokenInSecrets !== undefined && tokenRequests.length === 0)
    errors.push(
      invalid(
        'spec.serviceAccountTokenInSecrets',
        serviceAccountTokenInSecrets,
        'serviceAccountTokenInSecrets is set but no tokenRequests are specified',
      ),
    );
}
