/**
 * The Cluster Autoscaler (autoscaler `cluster-autoscaler`, 1.36): adds nodes to groups for pods that fit nowhere, and removes nodes
 * that are not needed. It runs where there is a node group, and only then is it loaded. When nothing has changed since its last
 * look and nothing has come due, it does not look.
 */
import type { KubeObject } from '../../apimachinery/meta';
import { AUTOSCALER_RESOURCE, NODE_GROUP_RESOURCE } from '../../apimachinery/node-groups';
import type { Context, Controller, IndexedCache, Result, Watch } from '../controller';
import type { Autoscaler } from './autoscaler';

/** The one key. */
const LOOK = ['cluster'];
const NOTHING: readonly string[] = [];

const WATCHED = [
  'nodes',
  'pods',
  NODE_GROUP_RESOURCE,
  AUTOSCALER_RESOURCE,
  'daemonsets.apps',
  'replicasets.apps',
  'statefulsets.apps',
  'jobs.batch',
  'poddisruptionbudgets.policy',
  'provisioningrequests.autoscaling.x-k8s.io',
  'capacitybuffers.autoscaling.x-k8s.io',
  'podtemplates',
  'configmaps',
];

class ClusterAutoscaler implements Controller {
  readonly name = 'cluster-autoscaler';
  readonly user = 'system:serviceaccount:kube-system:cluster-autoscaler';
  readonly fieldManager = 'cluster-autoscaler';
  readonly eventSource = { component: 'cluster-autoscaler' };
  readonly watches: readonly Watch[] = WATCHED.map((resource) => ({
    resource,
    keys: (object, cache, previous) => this.saw(resource, object, cache, previous),
  }));

  /** At work, since there is a group. */
  private autoscaler: Autoscaler | undefined;

  private saw(
    resource: string,
    object: KubeObject,
    cache: IndexedCache,
    previous: KubeObject | undefined,
  ): readonly string[] {
    if (cache.count(NODE_GROUP_RESOURCE) === 0) {
      this.autoscaler = undefined;
      return NOTHING;
    }
    return !this.autoscaler || this.autoscaler.saw(resource, object, cache, previous) ? LOOK : NOTHING;
  }

  async reconcile(_key: string, context: Context): Promise<Result | undefined> {
    if (context.cache.count(NODE_GROUP_RESOURCE) === 0) return undefined;
    if (!this.autoscaler) {
      const { Autoscaler: Loaded } = await import('./autoscaler');
      this.autoscaler = new Loaded();
    }
    return this.autoscaler.reconcile(context);
  }
}

export default (): Controller => new ClusterAutoscaler();
