/**
 * Where the declaration of each kind is. To add a kind: write `<group>/<kind>.ts` with a ResourceDefinition as its default
 * export, and add its line here. A kind without a line gets what its schema alone says.
 */
import type { ResourceDefinition } from '../resource';

type Load = () => Promise<{ default: ResourceDefinition }>;

/** By `<resource>.<group>`, the core group without its dot. Loaded when a request first needs one. */
const modules: Readonly<Record<string, Load>> = {
  configmaps: () => import('./core/config-map'),
  endpoints: () => import('./core/endpoints'),
  events: () => import('./core/event'),
  namespaces: () => import('./core/namespace'),
  nodes: () => import('./core/node'),
  pods: () => import('./core/pod'),
  secrets: () => import('./core/secret'),
  serviceaccounts: () => import('./core/service-account'),
  services: () => import('./core/service'),
  replicationcontrollers: () => import('./core/replication-controller'),
  'controllerrevisions.apps': () => import('./apps/controller-revision'),
  'daemonsets.apps': () => import('./apps/daemon-set'),
  'deployments.apps': () => import('./apps/deployment'),
  'replicasets.apps': () => import('./apps/replica-set'),
  'statefulsets.apps': () => import('./apps/stateful-set'),
  'horizontalpodautoscalers.autoscaling': () => import('./autoscaling/horizontal-pod-autoscaler'),
  'cronjobs.batch': () => import('./batch/cron-job'),
  'jobs.batch': () => import('./batch/job'),
  'endpointslices.discovery.k8s.io': () => import('./discovery/endpoint-slice'),
  'ingressclasses.networking.k8s.io': () => import('./networking/ingress-class'),
  'ingresses.networking.k8s.io': () => import('./networking/ingress'),
  'ipaddresses.networking.k8s.io': () => import('./networking/ip-address'),
  'networkpolicies.networking.k8s.io': () => import('./networking/network-policy'),
  'servicecidrs.networking.k8s.io': () => import('./networking/service-cidr'),
  'poddisruptionbudgets.policy': () => import('./policy/pod-disruption-budget'),
  'events.events.k8s.io': () => import('./events/event'),
};

/** The declaration of a resource (`apps`, `deployments`), loaded once. */
export async function resourceDefinition(group: string, resource: string): Promise<ResourceDefinition> {
  const name = group === '' ? resource : `${resource}.${group}`;
  const load = Object.hasOwn(modules, name) ? modules[name] : undefined;
  return load ? (await load()).default : { group, resource };
}
