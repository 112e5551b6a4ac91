/**
 * A cloud's load balancers, simulated (kubernetes `staging/src/k8s.io/cloud-provider/controllers/service/controller.go`): each
 * Service of type LoadBalancer gets an address of the settings' range. Without a range there is no cloud, and they stay pending.
 */
import type { JsonObject } from '../../../apimachinery/json';
import type { KubeObject } from '../../../apimachinery/meta';
import { isReason } from '../../../apimachinery/status';
import type { Context, Controller } from '../../controller';
import { nodeView } from '../../network/other-views';
import { keyOf, splitKey } from '../../resource-names';
import { balancerAddresses } from './balancer-addresses';

const SERVICES = { group: '', version: 'v1', resource: 'services' };
const FINALIZER = 'service.kubernetes.io/load-balancer-cleanup';
/** On a Service: `Proxy` for a load balancer that hands connections on as its own, rather than to have nodes answer for it. */
const IP_MODE = 'kubetick.dev/load-balancer-ip-mode';
/** How soon to try again where no address is left. */
const RETRY = 300_000;

const controller: Controller = {
  name: 'service-controller',
  user: 'system:serviceaccount:kube-system:service-controller',
  fieldManager: 'cloud-controller-manager',
  watches: [{ resource: 'services', keys: (service) => (concerns(service) ? [keyOf(service)] : []) }],
  reconcile(key, context) {
    const { namespace, name } = splitKey(key);
    const service = context.cache.get('services', namespace, name);
    if (!service || context.settings.loadBalancerRange === '') return undefined;
    if (!wantsLoadBalancer(service) || service.metadata.deletionTimestamp)
      return hasFinalizer(service) ? release(service, context) : undefined;
    return ensure(service, context);
  },
};

function concerns(service: KubeObject): boolean {
  return service['spec']?.type === 'LoadBalancer' || hasFinalizer(service);
}

/** A class of load balancers is somebody else's. */
function wantsLoadBalancer({ spec }: KubeObject): boolean {
  return spec?.type === 'LoadBalancer' && spec.loadBalancerClass === undefined;
}

function hasFinalizer({ metadata }: KubeObject): boolean {
  return (metadata.finalizers ?? []).includes(FINALIZER);
}

async function ensure(service: KubeObject, context: Context): Promise<{ requeueAfter: number } | undefined> {
  const { cache, client, events, settings } = context;
  const addresses = balancerAddresses(service, settings.loadBalancerRange, cache);
  const wanted = addresses && { ingress: addresses.map((ip) => point(service, ip)) };
  if (hasFinalizer(service) && wanted && isPresent(service, wanted.ingress)) return undefined;
  events.event(service, 'Normal', 'EnsuringLoadBalancer', 'Ensuring load balancer');
  if (!hasFinalizer(service))
    await setFinalizers(service, [...(service.metadata.finalizers ?? []), FINALIZER], context);
  const takesTraffic = cache
    .list('nodes')
    .map(nodeView)
    .some((node) => node.ready && node.takesLoadBalancerTraffic);
  if (!takesTraffic)
    events.event(service, 'Warning', 'UnAvailableLoadBalancer', 'There are no available nodes for LoadBalancer');
  if (!wanted) {
    const text = 'Error syncing load balancer: failed to ensure load balancer: no address is left in the range';
    events.event(service, 'Warning', 'SyncLoadBalancerFailed', text);
    return { requeueAfter: RETRY };
  }
  await patchStatus(service, wanted, client);
  events.event(service, 'Normal', 'EnsuredLoadBalancer', 'Ensured load balancer');
  return undefined;
}

function point(service: KubeObject, ip: string): JsonObject {
  const mode = service.metadata.annotations?.[IP_MODE] === 'Proxy' ? 'Proxy' : 'VIP';
  return { ip, ipMode: mode };
}

function isPresent(service: KubeObject, wanted: readonly JsonObject[]): boolean {
  const present: { ip?: string; ipMode?: string }[] = service['status']?.loadBalancer?.ingress ?? [];
  return (
    present.length === wanted.length &&
    wanted.every(({ ip, ipMode }, i) => present[i]?.ip === ip && present[i]?.ipMode === ipMode)
  );
}

/** It is to have none any more, or to go altogether. */
async function release(service: KubeObject, context: Context): Promise<undefined> {
  const { client, events } = context;
  const { type } = service['spec'];
  if (type !== 'LoadBalancer' && !service.metadata.deletionTimestamp)
    events.event(service, 'Normal', 'Type', `LoadBalancer -> ${type}`);
  events.event(service, 'Normal', 'DeletingLoadBalancer', 'Deleting load balancer');
  if (type === 'LoadBalancer' && (service['status']?.loadBalancer?.ingress ?? []).length > 0)
    await patchStatus(service, { ingress: null }, client);
  await setFinalizers(
    service,
    (service.metadata.finalizers ?? []).filter((one) => one !== FINALIZER),
    context,
  );
  events.event(service, 'Normal', 'DeletedLoadBalancer', 'Deleted load balancer');
  return undefined;
}

async function patchStatus({ metadata }: KubeObject, loadBalancer: JsonObject, client: Context['client']) {
  const { namespace = '', name = '' } = metadata;
  await client.patch(SERVICES, namespace, name, 'merge', { status: { loadBalancer } }, undefined, 'status');
}

/** By way of the status, which is all that it may write (cloud-provider `service/helpers` PatchService). */
async function setFinalizers({ metadata }: KubeObject, finalizers: string[], { client }: Context): Promise<void> {
  const { namespace = '', name = '' } = metadata;
  try {
    const patch = { metadata: { finalizers: finalizers.length > 0 ? finalizers : null } };
    await client.patch(SERVICES, namespace, name, 'merge', patch, undefined, 'status');
  } catch (error) {
    if (!isReason(error, 'NotFound')) throw error;
  }
}

export default controller;
