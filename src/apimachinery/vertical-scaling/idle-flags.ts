/**
 * The other flags of the vertical autoscaler's components (autoscaler `pkg/{recommender,updater,admission-controller}/config/config.go`,
 * `common/flags.go`, 1.8.0): they are taken, and have nothing to act on in a simulated cluster; or what they would bring in is not here,
 * and then no other value than the default is taken.
 */

interface IdleFlag {
  /** Why it changes nothing, or can't be set. */
  why: string;
  /** The one value that is taken; undefined: any. */
  only?: string;
}

const idle = (why: string, ...names: string[]): [string, IdleFlag][] => names.map((name) => [name, { why }]);
const only = (value: string, why: string, ...names: string[]): [string, IdleFlag][] =>
  names.map((name) => [name, { why, only: value }]);

const PROMETHEUS = 'there is no Prometheus here';
const METRICS = 'what pods use is told by the metrics API';

const IDLE_FLAGS: ReadonlyMap<string, IdleFlag> = new Map([
  ...idle('to write takes no simulated time', 'checkpoints-timeout', 'update-worker-count'),
  ...idle('upstream does nothing with it', 'min-checkpoints'),
  ...idle('all memory is in the state of the cluster', 'memory-saver'),
  ...idle('there is no port', 'address', 'port', 'profiling'),
  ...idle('the API server is asked in process', 'kubeconfig', 'kube-api-qps', 'kube-api-burst'),
  ...idle(
    'there is one of each component',
    ...['leader-elect', 'leader-elect-lease-duration', 'leader-elect-renew-deadline', 'leader-elect-retry-period'],
    ...['leader-elect-resource-lock', 'leader-elect-resource-name', 'leader-elect-resource-namespace'],
  ),
  ...idle(
    'there is no log',
    ...[
      'v',
      'vmodule',
      'logtostderr',
      'alsologtostderr',
      'stderrthreshold',
      'log-dir',
      'log-file',
      'log-file-max-size',
    ],
    ...['log-backtrace-at', 'add-dir-header', 'skip-headers', 'skip-log-headers', 'one-output'],
  ),
  ...idle(
    'admission is at hand at any time',
    ...['use-admission-controller-status', 'admission-controller-status-lease-name'],
    ...['admission-controller-status-lease-namespace', 'admission-controller-status-lease-timeout'],
    ...['status-lease-name', 'status-lease-namespace', 'status-lease-update-interval'],
  ),
  ...idle(
    'admission is no webhook here',
    ...['client-ca-file', 'tls-cert-file', 'tls-private-key', 'reload-cert', 'tls-ciphers', 'min-tls-version'],
    ...['webhook-service', 'webhook-address', 'webhook-port', 'webhook-timeout-seconds', 'webhook-labels'],
    ...['webhook-failure-policy-fail', 'register-by-url'],
  ),
  ...only('true', 'admission is no webhook here', 'register-webhook'),
  ...idle('the feature gate CPUStartupBoost is not here', 'max-allowed-cpu-boost'),
  ...only('checkpoint', PROMETHEUS, 'storage'),
  ...idle(
    PROMETHEUS,
    ...['prometheus-address', 'prometheus-insecure', 'prometheus-cadvisor-job-name', 'prometheus-query-timeout'],
    ...['prometheus-bearer-token', 'prometheus-bearer-token-file', 'username', 'password'],
    ...['history-length', 'history-resolution', 'history-cpu-metric', 'history-memory-metric'],
    ...['pod-label-prefix', 'metric-for-pod-labels', 'pod-namespace-label', 'pod-name-label'],
    ...['container-namespace-label', 'container-pod-name-label', 'container-name-label'],
  ),
  ...only('false', METRICS, 'use-external-metrics'),
  ...idle(METRICS, 'external-metrics-cpu-metric', 'external-metrics-memory-metric'),
]);

/** Is it one of them? What is wrong with its value, if anything is. */
export function idleFlag(name: string, text: string): { complaint?: string } | undefined {
  // Those of the log are written both ways.
  const flag = IDLE_FLAGS.get(name) ?? IDLE_FLAGS.get(name.replaceAll('_', '-'));
  if (!flag) return undefined;
  if (flag.only === undefined || flag.only === text || text === '') return {};
  return { complaint: `invalid argument ${JSON.stringify(text)} for "--${name}" flag: ${flag.why}` };
}
