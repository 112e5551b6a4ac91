/** DefaultIngressClass: an ingress that names no class gets the default one, if any (kubernetes `plugin/pkg/admission/network/defaultingressclass`). */
import type { KubeObject } from '../../apimachinery/meta';
import type { AdmissionPlugin } from './plugin';

const GROUP = 'networking.k8s.io';
const CLASS = 'kubernetes.io/ingress.class';
const DEFAULT_CLASS = 'ingressclass.kubernetes.io/is-default-class';

export const defaultIngressClass: AdmissionPlugin = {
  name: 'DefaultIngressClass',

  handles(operation, { info }, subresource) {
    return operation === 'CREATE' && subresource === '' && info.group === GROUP && info.plural === 'ingresses';
  },

  async admit({ object, core }) {
    const ingress = object as KubeObject;
    if (ingress['spec']?.ingressClassName !== undefined || ingress.metadata.annotations?.[CLASS] !== undefined) return;
    const chosen = defaultOf(await core.reader.list(GROUP, 'ingressclasses'));
    if (chosen) ingress['spec'] = { ...ingress['spec'], ingressClassName: chosen.metadata.name ?? '' };
  },
};

/** The newest one that says it is the default. */
function defaultOf(classes: readonly KubeObject[]): KubeObject | undefined {
  return classes
    .filter(({ metadata }) => metadata.annotations?.[DEFAULT_CLASS] === 'true')
    .reduce<KubeObject | undefined>((best, one) => (best && createdAt(best) >= createdAt(one) ? best : one), undefined);
}

function createdAt({ metadata }: KubeObject): string {
  return metadata.creationTimestamp ?? '';
}
