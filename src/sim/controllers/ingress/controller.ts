/**
 * An ingress controller, simulated: the ingresses of its classes are reached at one address of the cloud's. Where it sends
 * requests is worked out by network/ingress/route.ts. Without a cloud there is nowhere to reach it.
 */
import type { KubeObject } from '../../../apimachinery/meta';
import { isReason } from '../../../apimachinery/status';
import type { Controller, IndexedCache } from '../../controller';
import { isServed } from '../../network/ingress/served';
import { ingressClassView, ingressView } from '../../network/ingress/views';
import { keyOf, splitKey } from '../../resource-names';
import { ingressAddress } from '../service/balancer-addresses';

const INGRESSES = { group: 'networking.k8s.io', version: 'v1', resource: 'ingresses' };
const RESOURCE = 'ingresses.networking.k8s.io';
const CLASSES = 'ingressclasses.networking.k8s.io';

const controller: Controller = {
  name: 'ingress-controller',
  user: 'system:serviceaccount:kube-system:ingress-controller',
  fieldManager: 'ingress-controller',
  watches: [
    { resource: RESOURCE, keys: (ingress) => [keyOf(ingress)] },
    { resource: CLASSES, keys: (_, cache) => cache.list(RESOURCE).map(keyOf) },
  ],
  reconcile(key, { cache, client, events, settings }) {
    const { namespace, name } = splitKey(key);
    const ingress = cache.get(RESOURCE, namespace, name);
    const address = ingressAddress(settings.loadBalancerRange);
    if (!ingress || ingress.metadata.deletionTimestamp || address === undefined) return undefined;
    const served = isServed(ingressView(ingress), classesOf(cache));
    const present = addressesOf(ingress);
    // What others wrote into the status of an ingress of theirs stays.
    if (served ? present.length === 1 && present[0] === address : !present.includes(address)) return undefined;
    if (served) events.event(ingress, 'Normal', 'Sync', 'Scheduled for sync');
    const loadBalancer = { ingress: served ? [{ ip: address }] : null };
    return client.patch(INGRESSES, namespace, name, 'merge', { status: { loadBalancer } }, undefined, 'status').then(
      () => undefined,
      (error) => {
        if (!isReason(error, 'NotFound')) throw error;
        return undefined;
      },
    );
  },
};

function classesOf(cache: IndexedCache) {
  return cache.list(CLASSES).map(ingressClassView);
}

function addressesOf({ status }: KubeObject): string[] {
  const points: { ip?: string }[] = status?.loadBalancer?.ingress ?? [];
  return points.map(({ ip = '' }) => ip);
}

export default controller;
