/**
 * ExtendedResourceToleration: a pod that asks for a device tolerates the taint by which its nodes keep others off (kubernetes
 * `plugin/pkg/admission/extendedresourcetoleration`).
 */
import type { KubeObject } from '../../apimachinery/meta';
import type { Toleration } from '../../apimachinery/toleration';
import { isPods } from '../served-resource';
import { isExtendedResource } from '../validation/resources';
import type { AdmissionPlugin } from './plugin';
import { isSuperset } from './tolerations';

export const extendedResourceToleration: AdmissionPlugin = {
  name: 'ExtendedResourceToleration',

  handles: (operation, resource, subresource) =>
    (operation === 'CREATE' || operation === 'UPDATE') && isPods(resource) && subresource === '',

  admit({ object }) {
    const { spec } = object as KubeObject;
    const containers: { resources?: { requests?: object } }[] = [
      ...(spec.containers ?? []),
      ...(spec.initContainers ?? []),
    ];
    const names = containers.flatMap(({ resources }) => Object.keys(resources?.requests ?? {}));
    for (const key of [...new Set(names.filter(isExtendedResource))].sort()) {
      const wanted: Toleration = { key, operator: 'Exists', effect: 'NoSchedule' };
      const tolerations: Toleration[] = spec.tolerations ?? [];
      if (!tolerations.some((one) => isSuperset(one, wanted))) spec.tolerations = [...tolerations, wanted];
    }
  },
};
