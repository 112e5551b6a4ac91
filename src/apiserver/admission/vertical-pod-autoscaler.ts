/**
 * What the webhook of the vertical autoscaler does: new pods get what is recommended for them, and autoscalers that make no sense are
 * refused (autoscaler `vertical-pod-autoscaler/pkg/admission-controller`, 1.8.0). It stands where mutating webhooks are called. Where
 * nobody has such an autoscaler it costs a look into an empty list.
 */
import type { KubeObject } from '../../apimachinery/meta';
import { VPA_GROUP, VPAS } from '../../apimachinery/vertical-scaling/autoscaler';
import { isPods } from '../served-resource';
import { objectKey, resourcePrefix } from '../stored';
import type { AdmissionPlugin } from './plugin';

export const verticalPodAutoscaler: AdmissionPlugin = {
  name: 'VerticalPodAutoscaler',

  handles(operation, resource, subresource) {
    if (subresource !== '') return false;
    if (isPods(resource)) return operation === 'CREATE';
    const { group, plural } = resource.info;
    return group === VPA_GROUP && plural === VPAS.resource && (operation === 'CREATE' || operation === 'UPDATE');
  },

  async admit(attributes) {
    // Its reinvocationPolicy is Never.
    if (attributes.reinvocation.again) return;
    const { core, namespace, object } = attributes;
    if (!isPods(attributes.resource)) {
      const { admitAutoscaler } = await import('./vertical-pod-autoscaler/admit-autoscaler');
      return admitAutoscaler(attributes);
    }
    const vpas = await core.reader.list(VPA_GROUP, VPAS.resource, namespace);
    if (vpas.length === 0) return;
    const { admitPod } = await import('./vertical-pod-autoscaler/admit-pod');
    await admitPod(object as KubeObject, namespace, vpas, core);
  },

  grounds: ({ namespace }) => ({ empty: [objectKey(resourcePrefix(VPA_GROUP, VPAS.resource), namespace, '')] }),
};
