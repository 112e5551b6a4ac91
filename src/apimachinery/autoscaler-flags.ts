/**
 * The flags of the Cluster Autoscaler that mean something in a simulated cluster (autoscaler 1.36
 * `cluster-autoscaler/config/flags/flags.go`): names, types and defaults are upstream's. The others are in autoscaler-idle-flags.ts.
 */
/** `range` is `min:max`; `strings` are given several times, and kept with commas between. */
export type AutoscalerFlagType = 'bool' | 'int' | 'float' | 'duration' | 'string' | 'strings' | 'range';

export interface AutoscalerFlag {
  type: AutoscalerFlagType;
  default: string;
  usage: string;
  /** A node group may have its own (config.NodeGroupAutoscalingOptions); `only`: a cloud says so of a group, and there is no flag. */
  perGroup?: true | 'only';
}

export const AUTOSCALER_FLAGS = {
  'allow-non-atomic-scale-up-to-max': {
    type: 'bool',
    default: 'false',
    usage: 'With --zero-or-max-node-scaling: when some machines fail, the others stay.',
    perGroup: 'only',
  },
  'allowed-scheduler-names': {
    type: 'strings',
    default: '',
    usage: 'Help only pods of these schedulers.',
  },
  'balance-similar-node-groups': {
    type: 'bool',
    default: 'false',
    usage: 'Share new nodes among groups that are alike, so that they stay of one size.',
  },
  'balancing-ignore-label': {
    type: 'strings',
    default: '',
    usage: 'A label that makes no difference when groups are compared.',
  },
  'balancing-label': {
    type: 'strings',
    default: '',
    usage: 'Groups are alike that have the same value of this label; nothing else is compared then.',
  },
  'blocking-system-pod-distruption-timeout': {
    type: 'duration',
    default: '1h0m0s',
    usage: 'From this age on, pods in kube-system without a disruption budget do not keep their node.',
  },
  'bypassed-scheduler-names': {
    type: 'strings',
    default: '',
    usage: 'Do not wait until these schedulers have found that a pod fits nowhere.',
  },
  'capacity-buffer-controller-enabled': {
    type: 'bool',
    default: 'false',
    usage: 'Work out what CapacityBuffers ask for.',
  },
  'capacity-buffer-pod-dry-run-enabled': {
    type: 'bool',
    default: 'true',
    usage: 'Ask the API server what a pod of a CapacityBuffer would be like.',
  },
  'capacity-buffer-pod-injection-enabled': {
    type: 'bool',
    default: 'false',
    usage: 'Keep room for the pods of CapacityBuffers.',
  },
  'check-capacity-batch-processing': {
    type: 'bool',
    default: 'false',
    usage: 'Check several ProvisioningRequests of the class check-capacity in one look.',
  },
  'check-capacity-processor-instance': {
    type: 'string',
    default: '',
    usage: 'Work only on ProvisioningRequests whose parameter processorInstance is this.',
  },
  'check-capacity-provisioning-request-max-batch-size': {
    type: 'int',
    default: '10',
    usage: 'With --check-capacity-batch-processing: no more than so many in one look.',
  },
  'cordon-node-before-terminating': {
    type: 'bool',
    default: 'true',
    usage: 'Cordon nodes that are to go.',
  },
  'cores-total': {
    type: 'range',
    default: '0:320000',
    usage: 'The least and the most cores of the whole cluster, as min:max.',
  },
  'daemonset-eviction-for-empty-nodes': {
    type: 'bool',
    default: 'false',
    usage: 'Evict the pods of DaemonSets from nodes that are empty otherwise.',
  },
  'daemonset-eviction-for-occupied-nodes': {
    type: 'bool',
    default: 'true',
    usage: 'Evict the pods of DaemonSets from nodes that are drained.',
  },
  'drain-priority-config': {
    type: 'string',
    default: '',
    usage: 'Evict pods by priority, and how long each may take: priority:seconds,...',
  },
  'dynamic-node-delete-delay-after-taint-enabled': {
    type: 'bool',
    default: 'false',
    usage: 'Wait after a taint only as long as the API server takes, which is no time.',
  },
  'enable-proactive-scaleup': {
    type: 'bool',
    default: 'false',
    usage: 'Add nodes also for pods that a controller has not made yet, if it has made one.',
  },
  'enable-provisioning-requests': {
    type: 'bool',
    default: 'false',
    usage: 'Find or make room for ProvisioningRequests.',
  },
  'enforce-node-group-min-size': {
    type: 'bool',
    default: 'false',
    usage: 'Bring groups up to their least size.',
  },
  expander: {
    type: 'string',
    default: 'least-waste',
    usage:
      'How a group is chosen: random, most-pods, least-waste, least-nodes, price, priority; or several, with commas.',
  },
  'expendable-pods-priority-cutoff': {
    type: 'int',
    default: '-10',
    usage: 'Pods of a lower priority count for nothing: they get no node, and keep none.',
  },
  'force-delete-failed-nodes': {
    type: 'bool',
    default: 'false',
    usage: 'Remove machines that could not be made, also below the least size.',
  },
  'force-delete-unregistered-nodes': {
    type: 'bool',
    default: 'false',
    usage: 'Remove machines that never registered, also below the least size.',
  },
  'force-ds': {
    type: 'bool',
    default: 'false',
    usage: 'Count the pods of all DaemonSets on a new node, not only those that its like has.',
  },
  'frequent-loops-enabled': {
    type: 'bool',
    default: 'true',
    usage: 'Look at once when a pod fits nowhere, and after each change of size.',
  },
  'gpu-total': {
    type: 'strings',
    default: '',
    usage: 'The least and the most GPUs of a type in the whole cluster, as type:min:max.',
  },
  'ignore-daemonsets-utilization': {
    type: 'bool',
    default: 'false',
    usage: "Pods of DaemonSets do not count in a node's utilization.",
    perGroup: true,
  },
  'ignore-mirror-pods-utilization': {
    type: 'bool',
    default: 'false',
    usage: "Mirror pods do not count in a node's utilization.",
  },
  'ignore-taint': { type: 'strings', default: '', usage: 'The old name of --startup-taint.' },
  'initial-node-group-backoff-duration': {
    type: 'duration',
    default: '5m0s',
    usage: 'How long a group is left alone after its first failure.',
  },
  'max-allocatable-difference-ratio': {
    type: 'float',
    default: '0.05',
    usage: 'How far what two groups offer may differ, and they are alike.',
  },
  'max-bulk-soft-taint-count': {
    type: 'int',
    default: '10',
    usage: 'How many nodes are marked as unneeded, or not any more, in one look.',
  },
  'max-drain-parallelism': {
    type: 'int',
    default: '1',
    usage: 'How many nodes are drained at the same time.',
  },
  'max-free-difference-ratio': {
    type: 'float',
    default: '0.05',
    usage: 'How far what is free on new nodes of two groups may differ, and they are alike.',
  },
  'max-graceful-termination-sec': {
    type: 'int',
    default: '600',
    usage: 'The most seconds that pods of a drained node get to end.',
  },
  'max-node-group-backoff-duration': {
    type: 'duration',
    default: '30m0s',
    usage: 'The longest that a group is left alone after failures.',
  },
  'max-node-provision-time': {
    type: 'duration',
    default: '15m0s',
    usage: 'How long a new machine may take to register.',
    perGroup: true,
  },
  'max-node-startup-time': {
    type: 'duration',
    default: '15m0s',
    usage: 'How long a new node may take to become ready.',
    perGroup: true,
  },
  'max-nodes-per-scaleup': {
    type: 'int',
    default: '1000',
    usage: 'The most nodes that are added at once.',
  },
  'max-nodes-total': {
    type: 'int',
    default: '0',
    usage: 'The most nodes in the cluster; 0: as many as you like.',
  },
  'max-pod-eviction-time': {
    type: 'duration',
    default: '2m0s',
    usage: 'How long the eviction of a pod is tried.',
  },
  'max-scale-down-parallelism': {
    type: 'int',
    default: '10',
    usage: 'How many nodes are removed at the same time.',
  },
  'max-total-unready-percentage': {
    type: 'float',
    default: '45',
    usage: 'With more than this percentage of unready nodes nothing is done.',
  },
  'memory-difference-ratio': {
    type: 'float',
    default: '0.015',
    usage: 'How far the memory of two groups may differ, and they are alike.',
  },
  'memory-total': {
    type: 'range',
    default: '0:6400000',
    usage: 'The least and the most gigabytes of memory of the whole cluster, as min:max.',
  },
  'min-replica-count': {
    type: 'int',
    default: '0',
    usage: 'Pods of replica sets with fewer replicas keep their node.',
  },
  'new-pod-scale-up-delay': {
    type: 'duration',
    default: '0s',
    usage: 'Pods are helped from this age on.',
  },
  'node-delete-delay-after-taint': {
    type: 'duration',
    default: '5s',
    usage: 'How long to wait between the taint of a node that is to go and all else.',
  },
  'node-deletion-batcher-interval': {
    type: 'duration',
    default: '0s',
    usage: 'How long the machines of a group that can go are gathered, to go together.',
  },
  'node-deletion-delay-timeout': {
    type: 'duration',
    default: '2m0s',
    usage: 'How long annotations delay-deletion.cluster-autoscaler.kubernetes.io/... hold up the removal of a node.',
  },
  'node-group-backoff-reset-timeout': {
    type: 'duration',
    default: '3h0m0s',
    usage: 'So long after its last failure a group has a clean slate.',
  },
  'ok-total-unready-count': {
    type: 'int',
    default: '3',
    usage: 'So many unready nodes are all right, whatever the percentage.',
  },
  'parallel-scale-up': {
    type: 'bool',
    default: 'false',
    usage: 'Grow groups side by side: when the cloud refuses one, the others grow all the same.',
  },
  'pod-injection-limit': {
    type: 'int',
    default: '5000',
    usage: 'With --enable-proactive-scaleup: no more pods in all than this.',
  },
  'provisioning-request-initial-backoff-time': {
    type: 'duration',
    default: '1m0s',
    usage:
      'After this time a ProvisioningRequest for which there was no room is tried again; then after twice as long.',
  },
  'provisioning-request-max-backoff-time': {
    type: 'duration',
    default: '10m0s',
    usage: 'The longest time between two tries of a ProvisioningRequest.',
  },
  'record-duplicated-events': {
    type: 'bool',
    default: 'false',
    usage: 'Say again within five minutes what was said of an object.',
  },
  'salvo-scale-up': {
    type: 'bool',
    default: 'false',
    usage: 'Decide again in the same look, until all pods are helped that can be.',
  },
  'scale-down-delay-after-add': {
    type: 'duration',
    default: '10m0s',
    usage: 'No node is removed for so long after some were added.',
  },
  'scale-down-delay-after-delete': {
    type: 'duration',
    default: '0s',
    usage: 'No node is removed for so long after one was.',
  },
  'scale-down-delay-after-failure': {
    type: 'duration',
    default: '3m0s',
    usage: 'No node is removed for so long after that failed.',
  },
  'scale-down-delay-type-local': {
    type: 'bool',
    default: 'false',
    usage: 'The delays hold for each group by itself.',
  },
  'scale-down-enabled': { type: 'bool', default: 'true', usage: 'Remove nodes at all.' },
  'scale-down-gpu-utilization-threshold': {
    type: 'float',
    default: '0.5',
    usage: 'The same as --scale-down-utilization-threshold for nodes with GPUs, of which only those count.',
    perGroup: true,
  },
  'scale-down-unneeded-time': {
    type: 'duration',
    default: '10m0s',
    usage: 'How long a node must have been unneeded before it is removed.',
    perGroup: true,
  },
  'scale-down-unready-enabled': {
    type: 'bool',
    default: 'true',
    usage: 'Remove unready nodes, too.',
  },
  'scale-down-unready-time': {
    type: 'duration',
    default: '20m0s',
    usage: 'How long an unready node must have been unneeded before it is removed.',
    perGroup: true,
  },
  'scale-down-utilization-threshold': {
    type: 'float',
    default: '0.5',
    usage: 'Nodes of which more than this part is asked for are needed.',
    perGroup: true,
  },
  'scale-from-unschedulable': {
    type: 'bool',
    default: 'false',
    usage: 'That the nodes of a group are cordoned does not matter for new ones.',
  },
  'scale-up-from-zero': {
    type: 'bool',
    default: 'true',
    usage: 'Add nodes also where none is ready.',
  },
  'scaleup-simulation-for-skipped-node-groups-enabled': {
    type: 'bool',
    default: 'false',
    usage: 'Of groups that can not grow, tell only those that would have helped the pod.',
  },
  'scan-interval': {
    type: 'duration',
    default: '10s',
    usage: 'How often the cluster is looked at.',
  },
  'skip-nodes-with-custom-controller-pods': {
    type: 'bool',
    default: 'true',
    usage: 'Pods of controllers that the autoscaler does not know keep their node.',
  },
  'skip-nodes-with-local-storage': {
    type: 'bool',
    default: 'true',
    usage: 'Pods with an emptyDir or a hostPath keep their node.',
  },
  'skip-nodes-with-system-pods': {
    type: 'bool',
    default: 'true',
    usage: 'Pods in kube-system without a disruption budget keep their node for a while.',
  },
  'startup-taint': {
    type: 'strings',
    default: '',
    usage: 'A node with this taint is still starting; new nodes are taken not to have it.',
  },
  'startup-taint-prefix': {
    type: 'strings',
    default: '',
    usage: 'The same, for taints that begin so.',
  },
  'status-config-map-name': {
    type: 'string',
    default: 'cluster-autoscaler-status',
    usage: 'The name of the ConfigMap that tells how things stand.',
  },
  'status-taint': {
    type: 'strings',
    default: '',
    usage: 'New nodes are taken not to have this taint.',
  },
  'unremovable-node-recheck-timeout': {
    type: 'duration',
    default: '5m0s',
    usage: 'A node that could not be emptied is looked at again after so long.',
  },
  'write-status-configmap': {
    type: 'bool',
    default: 'true',
    usage: 'Keep a ConfigMap that tells how things stand.',
  },
  'zero-or-max-node-scaling': {
    type: 'bool',
    default: 'false',
    usage: 'Only all machines of the group make sense: it grows to --max, or shrinks to nothing.',
    perGroup: 'only',
  },
} as const satisfies Record<string, AutoscalerFlag>;

export type AutoscalerFlagName = keyof typeof AUTOSCALER_FLAGS;

const NAMES = Object.keys(AUTOSCALER_FLAGS) as AutoscalerFlagName[];
const perGroup = (name: AutoscalerFlagName) => (AUTOSCALER_FLAGS[name] as AutoscalerFlag).perGroup;

/** Those of the autoscaler, and those that a group may have of its own. */
export const CLUSTER_FLAG_NAMES: readonly AutoscalerFlagName[] = NAMES.filter((name) => perGroup(name) !== 'only');
export const GROUP_FLAG_NAMES: readonly AutoscalerFlagName[] = NAMES.filter((name) => perGroup(name) !== undefined);

export function isAutoscalerFlag(name: string): name is AutoscalerFlagName {
  return Object.hasOwn(AUTOSCALER_FLAGS, name);
}
