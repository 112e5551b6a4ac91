/**
 * The network of a cluster, read from its cache: services with their endpoints, nodes, pods, namespaces, and the policies and
 * ingresses between them. It reacts to nothing and remembers nothing that the cache does not say; it only makes each view once.
 *
 * ```ts
 * const network = Network.of(cache);               // any IndexedCache: a controller's, or an ObjectCache of your own
 * network.service('default/web')?.endpoints        // one service, made from its Service and its slices
 * network.services() === network.services()        // true until a Service or a slice changes
 * for (const change of changes) network.serviceKeysOf(change)   // which services a change of the cache may concern
 * ```
 *
 * A change of one endpoint makes one new ServiceView; all others stay the same objects. So a consumer that keeps something
 * per service looks at `serviceKeysOf` of what changed, or compares views with `===`, and does no work for the rest.
 * The cache moves only when it is refreshed: between two refreshes everything here is one state.
 */
import type { KubeObject } from '../../apimachinery/meta';
import type { IndexedCache, Located, ResourceName } from '../controller';
import { keyOf } from '../resource-names';
import { type IngressClassView, type IngressView, ingressClassView, ingressView } from './ingress/views';
import type { EndpointView, NamespaceView, NodeView, PodView, ServiceView } from './model';
import { namespaceView, nodeView, podView } from './other-views';
import { type PolicyView, policyView } from './policy/views';
import { serviceView } from './service-view';

const SLICES = 'endpointslices.discovery.k8s.io';
const SERVICE_NAME = 'kubernetes.io/service-name';

type Objects = readonly KubeObject[];
/** What is found at an address, and the list that this was worked out from. */
interface ByAddress<F, T> {
  from: readonly F[];
  index: ReadonlyMap<string, readonly T[]>;
}

const networks = new WeakMap<IndexedCache, Network>();

export class Network {
  /** The one of this cache: whoever reads it shares its views. */
  static of(cache: IndexedCache): Network {
    let network = networks.get(cache);
    if (!network) {
      network = new Network(cache);
      networks.set(cache, network);
    }
    return network;
  }

  /** Service → its view, and the slices that it was made from. */
  private readonly serviceViews = new WeakMap<KubeObject, { slices: Objects; view: ServiceView }>();
  private readonly single = new Map<(object: KubeObject) => unknown, WeakMap<KubeObject, unknown>>();
  private readonly lists = new Map<(object: KubeObject) => unknown, { from: Objects; views: readonly unknown[] }>();
  private allServices: { services: Objects; slices: Objects; views: readonly ServiceView[] } | undefined;
  private podsByAddress: ByAddress<PodView, PodView> | undefined;
  private nodesByAddress: ByAddress<NodeView, NodeView> | undefined;
  private servicesByAddress: ByAddress<ServiceView, ServiceView> | undefined;
  private endpointsByAddress: ByAddress<ServiceView, { service: ServiceView; endpoint: EndpointView }> | undefined;

  constructor(private readonly cache: IndexedCache) {}

  /** @param key `namespace/name` */
  service(key: string): ServiceView | undefined {
    const slash = key.indexOf('/');
    const service = this.cache.get('services', key.slice(0, slash), key.slice(slash + 1));
    return service && this.viewOfService(service, key);
  }

  /** All of them, in the order of their keys. */
  services(): readonly ServiceView[] {
    const services = this.cache.list('services');
    const slices = this.cache.list(SLICES);
    if (this.allServices?.services !== services || this.allServices.slices !== slices) {
      const views = services.map((service) => this.viewOfService(service, keyOf(service)));
      this.allServices = { services, slices, views };
    }
    return this.allServices.views;
  }

  /** The keys of the services whose views a change of an object may change; none for most objects. */
  serviceKeysOf({ resource, object, previous }: Located & { previous?: KubeObject }): readonly string[] {
    if (resource === 'services') return [keyOf(object)];
    if (resource !== SLICES) return [];
    const keys = [object, previous].flatMap((slice) => {
      const service = slice?.metadata.labels?.[SERVICE_NAME];
      return service ? `${slice?.metadata.namespace}/${service}` : [];
    });
    return [...new Set(keys)];
  }

  node(name: string): NodeView | undefined {
    return this.one('nodes', '', name, nodeView);
  }
  nodes(): readonly NodeView[] {
    return this.all('nodes', nodeView);
  }

  pod(namespace: string, name: string): PodView | undefined {
    return this.one('pods', namespace, name, podView);
  }
  pods(): readonly PodView[] {
    return this.all('pods', podView);
  }

  namespace(name: string): NamespaceView | undefined {
    return this.one('namespaces', '', name, namespaceView);
  }
  namespaces(): readonly NamespaceView[] {
    return this.all('namespaces', namespaceView);
  }

  /** All NetworkPolicies, in the order of their keys; decidePolicies (policy/decide.ts) takes them. */
  policies(): readonly PolicyView[] {
    return this.all('networkpolicies.networking.k8s.io', policyView);
  }
  ingresses(): readonly IngressView[] {
    return this.all('ingresses.networking.k8s.io', ingressView);
  }
  ingressClasses(): readonly IngressClassView[] {
    return this.all('ingressclasses.networking.k8s.io', ingressClassView);
  }

  /** The running pods with this address: one, or all of a node that share its network. */
  podsAt(ip: string): readonly PodView[] {
    const from = this.pods();
    if (this.podsByAddress?.from !== from)
      this.podsByAddress = { from, index: groupBy(from, (pod) => (pod.running ? pod.ips : [])) };
    return this.podsByAddress.index.get(ip) ?? [];
  }

  /** The node that has this address, internal or external. */
  nodeAt(ip: string): NodeView | undefined {
    const from = this.nodes();
    if (this.nodesByAddress?.from !== from)
      this.nodesByAddress = { from, index: groupBy(from, (node) => [...node.internalIPs, ...node.externalIPs]) };
    return this.nodesByAddress.index.get(ip)?.[0];
  }

  /** The endpoints with this address, of all services. */
  endpointsAt(ip: string): readonly { readonly service: ServiceView; readonly endpoint: EndpointView }[] {
    const from = this.services();
    if (this.endpointsByAddress?.from !== from) {
      const all = from.flatMap((service) => service.endpoints.map((endpoint) => ({ service, endpoint })));
      this.endpointsByAddress = { from, index: groupBy(all, ({ endpoint }) => [endpoint.address]) };
    }
    return this.endpointsByAddress.index.get(ip) ?? [];
  }

  /** The services that have this address: as cluster IP (then it is one), as external IP, or from a load balancer. */
  servicesAt(ip: string): readonly ServiceView[] {
    const from = this.services();
    if (this.servicesByAddress?.from !== from)
      this.servicesByAddress = {
        from,
        index: groupBy(from, ({ clusterIPs, externalIPs, ingress }) => [
          ...new Set([...clusterIPs, ...externalIPs, ...ingress.flatMap((point) => point.ip || [])]),
        ]),
      };
    return this.servicesByAddress.index.get(ip) ?? [];
  }

  private viewOfService(service: KubeObject, key: string): ServiceView {
    const slices = this.cache.index(SLICES, 'service', key);
    const known = this.serviceViews.get(service);
    if (known?.slices === slices) return known.view;
    const view = serviceView(service, slices);
    this.serviceViews.set(service, { slices, view });
    return view;
  }

  private one<T>(resource: ResourceName, namespace: string, name: string, view: (object: KubeObject) => T) {
    const object = this.cache.get(resource, namespace, name);
    return object && this.viewOf(object, view);
  }

  private all<T>(resource: ResourceName, view: (object: KubeObject) => T): readonly T[] {
    const from = this.cache.list(resource);
    const known = this.lists.get(view);
    if (known?.from === from) return known.views as readonly T[];
    const views = from.map((object) => this.viewOf(object, view));
    this.lists.set(view, { from, views });
    return views;
  }

  private viewOf<T>(object: KubeObject, view: (object: KubeObject) => T): T {
    let views = this.single.get(view);
    if (!views) {
      views = new WeakMap();
      this.single.set(view, views);
    }
    let made = views.get(object) as T | undefined;
    if (made === undefined) {
      made = view(object);
      views.set(object, made);
    }
    return made;
  }
}

function groupBy<T>(items: readonly T[], keys: (item: T) => readonly string[]): Map<string, T[]> {
  const index = new Map<string, T[]>();
  for (const item of items)
    for (const key of keys(item)) {
      const group = index.get(key);
      if (group) group.push(item);
      else index.set(key, [item]);
    }
  return index;
}
