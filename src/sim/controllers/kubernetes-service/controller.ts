/**
 * The API server looks every ten seconds whether the Service `kubernetes` and its own addresses are there, and makes them again
 * (kubernetes `pkg/controlplane/controller/kubernetesservice/controller.go`, `pkg/controlplane/reconcilers`).
 */
import { deepEqual } from '../../../apimachinery/json';
import { asJson, type KubeObject } from '../../../apimachinery/meta';
import { isReason } from '../../../apimachinery/status';
import type { ResourcePath } from '../../../client/client';
import type { Context, Controller } from '../../controller';
import { apiServerAddress } from '../../kubelet/registration';
import { kubernetesEndpointSlice, kubernetesEndpoints, kubernetesService } from './objects';

/** DefaultEndpointReconcilerInterval, in milliseconds. */
const EVERY = 10_000;
const NAMESPACE = 'default';
const NAME = 'kubernetes';

const controller: Controller = {
  name: 'kubernetes-service',
  user: 'system:apiserver',
  fieldManager: 'kube-apiserver',
  watches: ['services', 'endpoints', 'endpointslices.discovery.k8s.io'].map((resource) => ({
    resource,
    keys: ({ metadata: { namespace, name } }) => (namespace === NAMESPACE && name === NAME ? [NAME] : []),
  })),
  async reconcile(_, context) {
    const wrong = wanted(context).filter((one) => isWrong(context, one));
    if (wrong.length === 0) return undefined;
    const sinceLook = context.clock.now() % EVERY;
    if (sinceLook > 0) return { requeueAfter: EVERY - sinceLook };
    for (const { path, object, resource } of wrong) await put(context, path, object, resource);
    return undefined;
  },
};

interface Wanted {
  resource: string;
  path: ResourcePath;
  object: KubeObject;
  /** What of it is made as it was, whoever changed it. */
  kept: readonly string[];
}

function wanted({ settings }: Context): Wanted[] {
  const address = apiServerAddress(settings.serviceCIDR);
  return [
    {
      resource: 'services',
      path: { group: '', version: 'v1', resource: 'services' },
      object: kubernetesService(settings.serviceCIDR),
      kept: [],
    },
    {
      resource: 'endpoints',
      path: { group: '', version: 'v1', resource: 'endpoints' },
      object: kubernetesEndpoints(address),
      kept: ['subsets'],
    },
    {
      resource: 'endpointslices.discovery.k8s.io',
      path: { group: 'discovery.k8s.io', version: 'v1', resource: 'endpointslices' },
      object: kubernetesEndpointSlice(address),
      kept: ['endpoints', 'ports'],
    },
  ];
}

function isWrong({ cache }: Context, { resource, object, kept }: Wanted): boolean {
  const present = cache.get(resource, NAMESPACE, NAME);
  return !present || kept.some((field) => !deepEqual(asJson(present)[field], asJson(object)[field]));
}

async function put({ client, cache }: Context, path: ResourcePath, object: KubeObject, resource: string) {
  const present = cache.get(resource, NAMESPACE, NAME);
  try {
    if (present) await client.update(path, { ...present, ...object, metadata: present.metadata });
    else await client.create(path, NAMESPACE, object);
  } catch (error) {
    // Somebody else was quicker: looked at again when that is seen.
    if (!isReason(error, 'AlreadyExists') && !isReason(error, 'Conflict')) throw error;
  }
}

export default controller;
