/**
 * LimitPodHardAntiAffinityTopology: pods keep others from nodes, not from whole zones (kubernetes
 * `plugin/pkg/admission/antiaffinity`).
 */
import { forbidden } from '../../apimachinery/status';
import { isPods } from '../served-resource';
import type { AdmissionPlugin } from './plugin';

const HOSTNAME = 'kubernetes.io/hostname';

export const limitPodHardAntiAffinityTopology: AdmissionPlugin = {
  name: 'LimitPodHardAntiAffinityTopology',

  handles(operation, resource, subresource) {
    return (operation === 'CREATE' || operation === 'UPDATE') && isPods(resource) && subresource === '';
  },

  validate({ object, resource }) {
    const terms: { topologyKey?: string }[] =
      object?.['spec']?.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [];
    const other = terms.find(({ topologyKey }) => topologyKey !== HOSTNAME);
    if (other)
      throw forbidden(
        resource.groupResource,
        object?.metadata.name ?? '',
        `affinity.PodAntiAffinity.RequiredDuringScheduling has TopologyKey ${other.topologyKey ?? ''} but only key ${HOSTNAME} is allowed`,
      );
  },
};
