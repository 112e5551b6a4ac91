/**
 * The other flags of the Cluster Autoscaler (autoscaler 1.36 `cluster-autoscaler/config/flags/flags.go`): they are taken, and have nothing
 * to act on in a simulated cluster; or what they would bring in is not here, and then no other value than the default is taken. (--kubeconfig and --namespace
 * are kubetick's own.)
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

const of =
  (type: AutoscalerFlagType, why: string, fixed?: true) =>
  (value: string): IdleFlag => ({
    type,
    default: value,
    why,
    ...(fixed ? { fixed } : {}),
  });

const TIME = 'thinking takes no simulated time';
const METRICS = 'the autoscaler has no metrics and no port of its own';
const CLIENT = 'the autoscaler asks the API server in process';
const CLOUD = 'it is about a cloud that is not here';
const UNREAD = 'upstream reads it nowhere';
const LIVENESS = 'the autoscaler never hangs';
const MEMORY = 'what the autoscaler remembers outlasts every process';
const GROUPS = 'groups of nodes are declared with kubetick nodegroup add';
const REQUESTS = 'there are no ProvisioningRequests here';
const BUFFERS = 'there are no CapacityBuffers here';

export const AUTOSCALER_IDLE_FLAGS: Readonly<Record<string, IdleFlag>> = {
  address: of('string', METRICS)(':8085'),
  'async-node-groups': of('bool', GROUPS, true)('false'),
  'aws-use-static-instance-list': of('bool', CLOUD)('false'),
  'bulk-mig-instances-listing-enabled': of('bool', CLOUD)('false'),
  'capacity-buffer-controller-enabled': of('bool', BUFFERS, true)('false'),
  'capacity-buffer-pod-dry-run-enabled': of('bool', BUFFERS)('true'),
  'capacity-buffer-pod-injection-enabled': of('bool', BUFFERS, true)('false'),
  'capacity-quotas-enabled': of('bool', 'there are no CapacityQuotas here', true)('false'),
  'check-capacity-batch-processing': of('bool', REQUESTS)('false'),
  'check-capacity-processor-instance': of('string', REQUESTS)(''),
  'check-capacity-provisioning-request-batch-timebox': of('duration', REQUESTS)('10s'),
  'check-capacity-provisioning-request-max-batch-size': of('int', REQUESTS)('10'),
  'cloud-config': of('string', CLOUD)(''),
  'cloud-provider': of('string', 'machines come from a simulated cloud')(''),
  'cluster-name': of('string', CLOUD)(''),
  'cluster-snapshot-parallelism': of('int', TIME)('16'),
  'clusterapi-cloud-config-authoritative': of('bool', CLOUD)('false'),
  'debugging-snapshot-enabled': of('bool', METRICS)('false'),
  'emit-per-nodegroup-metrics': of('bool', METRICS)('false'),
  'enable-csi-node-aware-scheduling': of('bool', 'new nodes are imagined without their CSINodes', true)('false'),
  'enable-dynamic-resource-allocation': of(
    'bool',
    '--enable-dynamic-resource-allocation flag must be true',
    true,
  )('true'),
  'enable-proactive-scaleup': of('bool', 'pods that nobody has made yet are not thought of', true)('false'),
  'enable-provisioning-requests': of('bool', REQUESTS, true)('false'),
  estimator: of('string', 'there is no other estimator', true)('binpacking'),
  'fastpath-binpacking-enabled': of('bool', TIME)('false'),
  'gce-concurrent-refreshes': of('int', CLOUD)('1'),
  'gce-mig-instances-min-refresh-wait-time': of('duration', CLOUD)('5s'),
  'grpc-expander-cert': of('string', 'there is no expander grpc here')(''),
  'grpc-expander-url': of('string', 'there is no expander grpc here', true)(''),
  'kube-api-content-type': of('string', CLIENT)('application/vnd.kubernetes.protobuf'),
  'kube-client-burst': of('int', CLIENT)('10'),
  'kube-client-qps': of('float', CLIENT)('5'),
  kubernetes: of('string', CLIENT)(''),
  'max-binpacking-time': of('duration', TIME)('5m0s'),
  'max-bulk-soft-taint-time': of('duration', TIME)('3s'),
  'max-failing-time': of('duration', LIVENESS)('15m0s'),
  'max-inactivity': of('duration', LIVENESS)('10m0s'),
  'max-node-skip-eval-time-tracker-enabled': of('bool', METRICS)('false'),
  'max-nodegroup-binpacking-duration': of('duration', TIME)('10s'),
  'max-startup-time': of('duration', LIVENESS)('20m0s'),
  'node-deletion-candidate-ttl': of('duration', MEMORY)('0s'),
  'node-group-auto-discovery': of('strings', GROUPS, true)(''),
  'node-info-cache-expire-time': of('duration', 'a group without nodes is as it was declared')('87600h0m0s'),
  'node-removal-latency-tracking-enabled': of('bool', METRICS)('false'),
  nodes: of('strings', GROUPS, true)(''),
  'pod-injection-limit': of('int', 'no pods are injected')('5000'),
  'predicate-parallelism': of('int', TIME)('4'),
  profiling: of('bool', METRICS)('false'),
  'provisioning-request-initial-backoff-time': of('duration', REQUESTS)('1m0s'),
  'provisioning-request-max-backoff-cache-size': of('int', REQUESTS)('1000'),
  'provisioning-request-max-backoff-time': of('duration', REQUESTS)('10m0s'),
  regional: of('bool', UNREAD)('false'),
  'salvo-scale-up-budget': of('duration', TIME)('1m0s'),
  'scale-down-candidates-pool-min-count': of('int', UNREAD)('50'),
  'scale-down-candidates-pool-ratio': of('float', UNREAD)('0.1'),
  'scale-down-non-empty-candidates-count': of('int', UNREAD)('30'),
  'scale-down-simulation-timeout': of('duration', TIME)('30s'),
  'scheduler-config-file': of('string', "the filters are those of the cluster's own scheduler", true)(''),
  'user-agent': of('string', CLIENT)('cluster-autoscaler'),
};
