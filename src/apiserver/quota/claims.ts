/** How claims to volumes are counted (kubernetes `pkg/quota/v1/evaluator/core/persistent_volume_claims.go`). */
import type { KubeObject } from '../../apimachinery/meta';
import type { Quantity } from '../../apimachinery/quantity';
import { ONE, type ResourceTotals, totalsOf } from '../../apimachinery/resource-lists';
import { type Evaluator, matchesClass } from './evaluator';

const NAMES = ['persistentvolumeclaims', 'requests.storage'];
const OF_CLASS = '.storageclass.storage.k8s.io/';

export const persistentVolumeClaims: Evaluator = {
  handles: (operation, subresource) =>
    subresource === '' ? operation === 'CREATE' || operation === 'UPDATE' : subresource === 'status',

  matching: (names) =>
    names.filter(
      (name) =>
        name === 'count/persistentvolumeclaims' ||
        NAMES.includes(name) ||
        NAMES.some((one) => name.endsWith(OF_CLASS + one)),
    ),

  matchesScope(requirement, claim) {
    if (requirement.scopeName !== 'VolumeAttributesClass') return false;
    const classes = attributesClasses(claim);
    if (classes.length === 0) return matchesClass(requirement, '');
    return classes.some((name) => matchesClass(requirement, name));
  },

  usage(claim) {
    const result: ResourceTotals = new Map([
      ['persistentvolumeclaims', ONE],
      ['count/persistentvolumeclaims', ONE],
    ]);
    const storageClass = storageClassOf(claim);
    if (storageClass) result.set(`${storageClass}${OF_CLASS}persistentvolumeclaims`, ONE);
    const storage = storageOf(claim);
    if (storage) {
      result.set('requests.storage', storage);
      if (storageClass) result.set(`${storageClass}${OF_CLASS}requests.storage`, storage);
    }
    return result;
  },
};

function storageClassOf({ metadata, ...claim }: KubeObject): string {
  const old = metadata.annotations?.['volume.beta.kubernetes.io/storage-class'];
  return old ?? (claim as Record<string, KubeObject['spec']>)['spec']?.storageClassName ?? '';
}

/** What it asks for, in whole bytes, or has been given if that is more. */
function storageOf(claim: KubeObject): Quantity | undefined {
  const asked = totalsOf(claim['spec']?.resources?.requests).get('storage')?.roundUp(0);
  const given = totalsOf(claim['status']?.allocatedResources).get('storage')?.roundUp(0);
  return asked && given && given.cmp(asked) > 0 ? given : asked;
}

/** getReferencedVolumeAttributesClassNames */
function attributesClasses(claim: KubeObject): string[] {
  const { spec = {}, status = {} } = claim as Record<string, KubeObject['spec']>;
  const names: (string | undefined)[] = [
    spec.volumeAttributesClassName,
    status.currentVolumeAttributesClassName,
    status.modifyVolumeStatus?.targetVolumeAttributesClassName,
  ];
  return names.filter((name): name is string => !!name);
}
