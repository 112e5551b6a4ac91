/**
 * The other flags of the Cluster Autoscaler (autoscaler 1.36 `cluster-autoscaler/config/flags/flags.go`): they are taken, and have nothing
 * to act on in a simulated cluster; or what they would bring in is not here, and then no other value than the default is taken.
 * (--kubeconfig and --namespace are kubetick's own.)
 */
import type { AutoscalerFlagType } from './autoscaler-flags';

export interface IdleFlag {
  type: AutoscalerFlagType;
  default: string;
  /** Why it changes nothing, or can't be set. */
  why: string;
  /** Any other value than the default is refused. */
  fixed?: true;
}

const idle = (type: AutoscalerFlagType, value: string, why: string): IdleFlag => ({ type, default: value, why });
const fixed = (type: AutoscalerFlagType, value: string, why: string): IdleFlag => ({
  ...idle(type, value, why),
  fixed: true,
});

const TIME = 'thinking takes no simulated time';
const METRICS = 'the autoscaler has no metrics and no port of its own';
const CLIENT = 'the autoscaler asks the API server in process';
const CLOUD = 'it is about a cloud that is not here';
const UNREAD = 'upstream reads it nowhere';
const LIVENESS = 'the autoscaler never hangs';
const MEMORY = 'what the autoscaler remembers outlasts every process';
const GROUPS = 'groups of nodes are declared with kubetick nodegroup add';

export const AUTOSCALER_IDLE_FLAGS: Readonly<Record<string, IdleFlag>> = {
  address: idle('string', ':8085', METRICS),
  'async-node-groups': fixed('bool', 'false', GROUPS),
  'aws-use-static-instance-list': idle('bool', 'false', CLOUD),
  'bulk-mig-instances-listing-enabled': idle('bool', 'false', CLOUD),
  'capacity-quotas-enabled': fixed('bool', 'false', 'there are no CapacityQuotas here'),
  'check-capacity-provisioning-request-batch-timebox': idle('duration', '10s', TIME),
  'cloud-config': idle('string', '', CLOUD),
  'cloud-provider': idle('string', '', 'machines come from a simulated cloud'),
  'cluster-name': idle('string', '', CLOUD),
  'cluster-snapshot-parallelism': idle('int', '16', TIME),
  'clusterapi-cloud-config-authoritative': idle('bool', 'false', CLOUD),
  'debugging-snapshot-enabled': idle('bool', 'false', METRICS),
  'emit-per-nodegroup-metrics': idle('bool', 'false', METRICS),
  'enable-csi-node-aware-scheduling': fixed('bool', 'false', 'new nodes are imagined without their CSINodes'),
  'enable-dynamic-resource-allocation': fixed('bool', 'true', '--enable-dynamic-resource-allocation flag must be true'),
  estimator: fixed('string', 'binpacking', 'there is no other estimator'),
  'fastpath-binpacking-enabled': idle('bool', 'false', TIME),
  'gce-concurrent-refreshes': idle('int', '1', CLOUD),
  'gce-mig-instances-min-refresh-wait-time': idle('duration', '5s', CLOUD),
  'grpc-expander-cert': idle('string', '', 'there is no expander grpc here'),
  'grpc-expander-url': fixed('string', '', 'there is no expander grpc here'),
  'kube-api-content-type': idle('string', 'application/vnd.kubernetes.protobuf', CLIENT),
  'kube-client-burst': idle('int', '10', CLIENT),
  'kube-client-qps': idle('float', '5', CLIENT),
  kubernetes: idle('string', '', CLIENT),
  'max-binpacking-time': idle('duration', '5m0s', TIME),
  'max-bulk-soft-taint-time': idle('duration', '3s', TIME),
  'max-failing-time': idle('duration', '15m0s', LIVENESS),
  'max-inactivity': idle('duration', '10m0s', LIVENESS),
  'max-node-skip-eval-time-tracker-enabled': idle('bool', 'false', METRICS),
  'max-nodegroup-binpacking-duration': idle('duration', '10s', TIME),
  'max-startup-time': idle('duration', '20m0s', LIVENESS),
  'node-deletion-candidate-ttl': idle('duration', '0s', MEMORY),
  'node-group-auto-discovery': fixed('strings', '', GROUPS),
  'node-info-cache-expire-time': idle('duration', '87600h0m0s', 'a group without nodes is as it was declared'),
  'node-removal-latency-tracking-enabled': idle('bool', 'false', METRICS),
  nodes: fixed('strings', '', GROUPS),
  'predicate-parallelism': idle('int', '4', TIME),
  profiling: idle('bool', 'false', METRICS),
  'provisioning-request-max-backoff-cache-size': idle('int', '1000', MEMORY),
  regional: idle('bool', 'false', UNREAD),
  'salvo-scale-up-budget': idle('duration', '1m0s', TIME),
  'scale-down-candidates-pool-min-count': idle('int', '50', UNREAD),
  'scale-down-candidates-pool-ratio': idle('float', '0.1', UNREAD),
  'scale-down-non-empty-candidates-count': idle('int', '30', UNREAD),
  'scale-down-simulation-timeout': idle('duration', '30s', TIME),
  'scheduler-config-file': fixed('string', '', "the filters are those of the cluster's own scheduler"),
  'user-agent': idle('string', 'cluster-autoscaler', CLIENT),
};
