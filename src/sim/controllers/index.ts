/**
 * Everything that reacts, in the order in which it reacts within a step. Each is one folder and one line here; all of it is
 * loaded only when time passes.
 *
 * The order is one that a real cluster could show: what makes objects goes first, then the scheduler, then the kubelets, and
 * what cleans up goes last. Since all see the state of the start of the step, it decides only who wins a conflict.
 */
import type { Controller } from '../controller';

export async function loadControllers(): Promise<Controller[]> {
  const modules = await Promise.all([
    // kube-controller-manager: namespaces and accounts
    // kube-controller-manager: workloads (deployment, replicaset)
    // kube-scheduler
    // kubelet
    // kube-controller-manager: what follows pods (endpoints, endpointslice)
    // kube-controller-manager: cleaning up
  ] as Promise<{ default: Controller | readonly Controller[] }>[]);
  return modules.flatMap((module) => module.default);
}
