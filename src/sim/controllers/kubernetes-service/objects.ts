/** By which pods reach the API server: the Service `kubernetes`, and the addresses behind it. */
import { formatIP, networkBase, parseCIDR } from '../../../apimachinery/ip';
import type { KubeObject } from '../../../apimachinery/meta';

const API_SERVER_PORT = 6443;

/**
 * kubernetes `pkg/controlplane/controller/kubernetesservice` CreateOrUpdateMasterServiceIfNeeded. Its address is the first one
 * of the default range.
 */
export function kubernetesService(serviceCIDR: string): KubeObject {
  const range = parseCIDR(serviceCIDR.split(',')[0] as string);
  if (!range) throw new Error(`${serviceCIDR} is no range of addresses`);
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'kubernetes', labels: { component: 'apiserver', provider: 'kubernetes' } },
    spec: {
      clusterIP: formatIP({ family: range.address.family, value: networkBase(range) + 1n }),
      ipFamilyPolicy: 'SingleStack',
      ports: [{ name: 'https', protocol: 'TCP', port: 443, targetPort: API_SERVER_PORT }],
      sessionAffinity: 'None',
      type: 'ClusterIP',
    },
  };
}

/** kubernetes `pkg/controlplane/reconcilers`: the API server publishes its own address. */
export function kubernetesEndpoints(ip: string): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Endpoints',
    metadata: { name: 'kubernetes', labels: { 'endpointslice.kubernetes.io/skip-mirror': 'true' } },
    subsets: [{ addresses: [{ ip }], ports: [{ name: 'https', port: API_SERVER_PORT, protocol: 'TCP' }] }],
  };
}

export function kubernetesEndpointSlice(ip: string): KubeObject {
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: 'kubernetes', labels: { 'kubernetes.io/service-name': 'kubernetes' } },
    addressType: ip.includes(':') ? 'IPv6' : 'IPv4',
    endpoints: [{ addresses: [ip], conditions: { ready: true } }],
    ports: [{ name: 'https', port: API_SERVER_PORT, protocol: 'TCP' }],
  };
}
