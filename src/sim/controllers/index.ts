/**
 * Everything that reacts, in the order in which it reacts within a step. Each is one folder and one line here; all of it is
 * loaded only when time passes.
 *
 * The order is one that a real cluster could show: what makes objects goes first, then the scheduler, then the kubelets, and
 * what cleans up goes last. Since all see the state of the start of the step, it decides only who wins a conflict.
 */
import type { Controller } from '../controller';

export async function loadControllers(): Promise<Controller[]> {
  const modules: { default: Controller | readonly Controller[] | (() => Controller) }[] = await Promise.all([
    // kube-apiserver
    import('./customresourcedefinition/controller'),
    import('./ipallocator-repair/controller'),
    import('./kubernetes-service/controller'),
    import('./legacy-token-tracking/controller'),
    // kube-controller-manager: nodes, namespaces, accounts
    import('./node-ipam/controller'),
    import('./node-lifecycle/controller'),
    import('./taint-eviction/controller'),
    import('./serviceaccount/controller'),
    import('./tokens/controller'),
    import('./token-cleaner/controller'),
    import('./legacy-token-cleaner/controller'),
    import('./root-ca-cert-publisher/controller'),
    import('./certificates/controller'),
    import('./service-cidrs/controller'),
    import('./clusterrole-aggregation/controller'),
    import('./validatingadmissionpolicy-status/controller'),
    // kube-controller-manager: workloads
    import('./deployment/controller'),
    import('./replicaset/controller'),
    import('./replication/controller'),
    import('./statefulset/controller'),
    import('./daemonset/controller'),
    import('./cronjob/controller'),
    import('./job/controller'),
    import('./horizontalpodautoscaler/controller'),
    import('./vpa-recommender/controller'),
    import('./vpa-updater/controller'),
    // kube-controller-manager: volumes; and who makes them
    import('./ephemeral-volume/controller'),
    import('./persistentvolume-binder/controller'),
    import('./volume-provisioner/controller'),
    // kube-scheduler
    import('../scheduler/controller'),
    // the cloud, and who asks it for nodes
    import('../node-groups/controller'),
    import('./capacity-buffer/controller'),
    import('../cluster-autoscaler/controller'),
    // kube-controller-manager: volumes of pods that have a node; and who attaches them
    import('./attachdetach/controller'),
    import('./volume-attacher/controller'),
    // kubelet
    import('../kubelet/node-agent/controller'),
    import('../kubelet/controller'),
    import('../stages/controller'),
    // kube-controller-manager: what follows pods
    import('./endpoint/controller'),
    import('./endpointslice/controller'),
    import('./endpointslicemirroring/controller'),
    import('./disruption/controller'),
    import('./pvc-protection/controller'),
    import('./pv-protection/controller'),
    import('./vac-protection/controller'),
    import('./resourcequota/controller'),
    // cloud-controller-manager; and an ingress controller
    import('./service/controller'),
    import('./ingress/controller'),
    // kube-controller-manager: cleaning up
    import('./pod-gc/controller'),
    import('./ttl-after-finished/controller'),
    import('./garbage-collector/controller'),
    import('./namespace/controller'),
    import('./event-ttl/controller'),
  ]);
  // Those that keep what they watch in memory are made anew for each cluster.
  return modules.flatMap((module) => (typeof module.default === 'function' ? module.default() : module.default));
}
