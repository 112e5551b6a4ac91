/** The network as the kubelets' cache shows it, and the pods that hang on it. */
import type { KubeObject } from '../../apimachinery/meta';
import type { IndexedCache } from '../controller';
import { keyOf } from '../resource-names';
import type { Container } from './container';
import { mayConnect, type NetworkView } from './program/network';

const SLICES = 'endpointslices.discovery.k8s.io';

export function cachedNetwork(cache: IndexedCache): NetworkView {
  return {
    services: () => cache.list('services'),
    service: (namespace, name) => cache.get('services', namespace, name),
    slices: (namespace, service) => cache.index(SLICES, 'service', `${namespace}/${service}`),
    pods: () => cache.list('pods'),
    hasNamespace: (name) => cache.get('namespaces', '', name) !== undefined,
  };
}

export type ListObjects = (group: string, resource: string) => Promise<readonly KubeObject[]>;

/** The same, read at once. */
export async function readNetwork(list: ListObjects): Promise<NetworkView> {
  const [services, slices, pods, namespaces] = await Promise.all([
    list('', 'services'),
    list('discovery.k8s.io', 'endpointslices'),
    list('', 'pods'),
    list('', 'namespaces'),
  ]);
  const isOf = (namespace: string, { metadata }: KubeObject) => metadata.namespace === namespace;
  return {
    services: () => services,
    service: (namespace, name) => services.find((one) => isOf(namespace, one) && one.metadata.name === name),
    slices: (namespace, service) =>
      slices.filter((one) => isOf(namespace, one) && one.metadata.labels?.['kubernetes.io/service-name'] === service),
    pods: () => pods,
    hasNamespace: (name) => namespaces.some(({ metadata }) => metadata.name === name),
  };
}

/** Does one of its containers ask for something over the network? */
export function asksAround({ spec }: KubeObject): boolean {
  const containers: Container[] = [...(spec?.containers ?? []), ...(spec?.initContainers ?? [])];
  return containers.some(mayConnect);
}

/** The pods that may have waited for this Service to be there, or for somebody behind it. */
export function podsThatAsk(_: KubeObject, cache: IndexedCache): readonly string[] {
  return cache.index('pods', 'asks', 'true').map(keyOf);
}
