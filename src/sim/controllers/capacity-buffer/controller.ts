/**
 * Works out what CapacityBuffers ask for: a template of their pods, and how many of them (autoscaler
 * `cluster-autoscaler/capacitybuffer/controller`). It is part of the Cluster Autoscaler, and at work where its flag says so.
 */
import { isAutoscalerFlag } from '../../../apimachinery/autoscaler-flags';
import type { KubeObject } from '../../../apimachinery/meta';
import { AUTOSCALER_NAME, AUTOSCALER_RESOURCE } from '../../../apimachinery/node-groups';
import type { Controller, IndexedCache, Watch } from '../../controller';

const BUFFERS = 'capacitybuffers.autoscaling.x-k8s.io';
/** Informers of the autoscaler look at everything again so often. */
const RESYNC = 300_000;

type Keys = Watch['keys'];

/** The namespace, where something else than its status has changed. */
const ofGeneration: Keys = ({ metadata }, _, previous) =>
  previous && previous.metadata !== metadata && previous.metadata.generation === metadata.generation
    ? []
    : [metadata.namespace ?? ''];

/** The same, where there are buffers. */
const beside: Keys = (object, cache, previous) =>
  cache.count(BUFFERS, object.metadata.namespace ?? '') === 0 ? [] : ofGeneration(object, cache, previous);

const controller: Controller = {
  name: 'capacity-buffer-controller',
  user: 'system:serviceaccount:kube-system:cluster-autoscaler',
  fieldManager: 'cluster-autoscaler',
  watches: [
    { resource: BUFFERS, keys: ofGeneration },
    ...[
      'podtemplates',
      'deployments.apps',
      'replicasets.apps',
      'statefulsets.apps',
      'jobs.batch',
      'replicationcontrollers',
    ].map((resource) => ({ resource, keys: beside })),
    {
      resource: 'resourcequotas',
      keys: ({ metadata }, cache) =>
        cache.count(BUFFERS, metadata.namespace ?? '') === 0 ? [] : [metadata.namespace ?? ''],
    },
    { resource: AUTOSCALER_RESOURCE, keys: (_, cache) => namespaces(cache) },
  ],
  async reconcile(namespace, context) {
    const { cache } = context;
    const flags = cache.get(AUTOSCALER_RESOURCE, '', AUTOSCALER_NAME)?.['spec']?.flags ?? {};
    const is = (name: string, usual: string) => isAutoscalerFlag(name) && (flags[name] ?? usual) === 'true';
    if (!is('capacity-buffer-controller-enabled', 'false') || cache.count(BUFFERS, namespace) === 0) return undefined;
    const { translate } = await import('./translate');
    await translate(namespace, is('capacity-buffer-pod-dry-run-enabled', 'true'), context);
    return { requeueAfter: RESYNC, periodic: true };
  },
};
export default controller;

function namespaces(cache: IndexedCache): readonly string[] {
  if (cache.count(BUFFERS) === 0) return [];
  return [...new Set(cache.list(BUFFERS).map(({ metadata }: KubeObject) => metadata.namespace ?? ''))];
}
