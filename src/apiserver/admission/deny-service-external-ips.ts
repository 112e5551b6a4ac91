/** DenyServiceExternalIPs: services take no addresses of others (kubernetes `plugin/pkg/admission/network/denyserviceexternalips`). */
import type { KubeObject } from '../../apimachinery/meta';
import { admissionForbidden } from './forbidden';
import type { AdmissionPlugin } from './plugin';

export const denyServiceExternalIPs: AdmissionPlugin = {
  name: 'DenyServiceExternalIPs',

  handles(operation, { info }, subresource) {
    if (operation !== 'CREATE' && operation !== 'UPDATE') return false;
    return info.group === '' && info.plural === 'services' && subresource === '';
  },

  validate(attributes) {
    const known = addressesOf(attributes.oldObject);
    if (addressesOf(attributes.object).some((address) => !known.includes(address)))
      throw admissionForbidden(attributes, 'Use of external IPs is denied by admission control');
  },
};

function addressesOf(service: KubeObject | undefined): string[] {
  return service?.['spec']?.externalIPs ?? [];
}
