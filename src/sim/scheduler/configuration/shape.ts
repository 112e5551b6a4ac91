/** The fields of a KubeSchedulerConfiguration and their Go types (kube-scheduler `config/v1/types.go`, `types_pluginargs.go`). */

/** A Go type: a scalar by its name, a list of something, fields of their own, or something that is not looked into. */
export type Shape =
  | 'string'
  | 'bool'
  | 'int32'
  | 'int64'
  | 'float32'
  | 'duration'
  | 'any'
  | { list: Shape }
  | { struct: string; fields: Readonly<Record<string, Shape>> };

const struct = (name: string, fields: Record<string, Shape>): Shape => ({ struct: name, fields });
const list = (of: Shape): Shape => ({ list: of });

const typeMeta: Record<string, Shape> = { apiVersion: 'string', kind: 'string' };

const pluginSet = struct('PluginSet', {
  enabled: list(struct('Plugin', { name: 'string', weight: 'int32' })),
  disabled: list(struct('Plugin', { name: 'string', weight: 'int32' })),
});

const POINTS = [
  'preEnqueue',
  'queueSort',
  'preFilter',
  'filter',
  'postFilter',
  'preScore',
  'score',
  'reserve',
  'permit',
  'preBind',
  'bind',
  'postBind',
  'multiPoint',
];

export const CONFIGURATION = struct('KubeSchedulerConfiguration', {
  ...typeMeta,
  parallelism: 'int32',
  leaderElection: struct('LeaderElectionConfiguration', {
    leaderElect: 'bool',
    leaseDuration: 'duration',
    renewDeadline: 'duration',
    retryPeriod: 'duration',
    resourceLock: 'string',
    resourceName: 'string',
    resourceNamespace: 'string',
  }),
  clientConnection: struct('ClientConnectionConfiguration', {
    kubeconfig: 'string',
    acceptContentTypes: 'string',
    contentType: 'string',
    qps: 'float32',
    burst: 'int32',
  }),
  enableProfiling: 'bool',
  enableContentionProfiling: 'bool',
  percentageOfNodesToScore: 'int32',
  podInitialBackoffSeconds: 'int64',
  podMaxBackoffSeconds: 'int64',
  profiles: list(
    struct('KubeSchedulerProfile', {
      schedulerName: 'string',
      percentageOfNodesToScore: 'int32',
      plugins: struct('Plugins', Object.fromEntries(POINTS.map((point) => [point, pluginSet]))),
      pluginConfig: list(struct('PluginConfig', { name: 'string', args: 'any' })),
    }),
  ),
  extenders: list(
    struct('Extender', {
      urlPrefix: 'string',
      filterVerb: 'string',
      preemptVerb: 'string',
      prioritizeVerb: 'string',
      weight: 'int64',
      bindVerb: 'string',
      enableHTTPS: 'bool',
      tlsConfig: 'any',
      httpTimeout: 'duration',
      nodeCacheCapable: 'bool',
      managedResources: list(struct('ExtenderManagedResource', { name: 'string', ignoredByScheduler: 'bool' })),
      ignorable: 'bool',
    }),
  ),
  delayCacheUntilActive: 'bool',
});

const resources = list(struct('ResourceSpec', { name: 'string', weight: 'int64' }));
const shape = list(struct('UtilizationShapePoint', { utilization: 'int32', score: 'int32' }));

/** The arguments of the plugins that have any, by the plugin. */
export const ARGS: Readonly<Record<string, Shape>> = {
  DefaultPreemption: struct('DefaultPreemptionArgs', {
    ...typeMeta,
    minCandidateNodesPercentage: 'int32',
    minCandidateNodesAbsolute: 'int32',
  }),
  DynamicResources: struct('DynamicResourcesArgs', {
    ...typeMeta,
    filterTimeout: 'duration',
    bindingTimeout: 'duration',
  }),
  InterPodAffinity: struct('InterPodAffinityArgs', {
    ...typeMeta,
    hardPodAffinityWeight: 'int32',
    ignorePreferredTermsOfExistingPods: 'bool',
  }),
  NodeAffinity: struct('NodeAffinityArgs', { ...typeMeta, addedAffinity: 'any' }),
  NodeResourcesBalancedAllocation: struct('NodeResourcesBalancedAllocationArgs', { ...typeMeta, resources }),
  NodeResourcesFit: struct('NodeResourcesFitArgs', {
    ...typeMeta,
    ignoredResources: list('string'),
    ignoredResourceGroups: list('string'),
    scoringStrategy: struct('ScoringStrategy', {
      type: 'string',
      resources,
      requestedToCapacityRatio: struct('RequestedToCapacityRatioParam', { shape }),
    }),
  }),
  PodTopologySpread: struct('PodTopologySpreadArgs', {
    ...typeMeta,
    defaultConstraints: list('any'),
    defaultingType: 'string',
  }),
  VolumeBinding: struct('VolumeBindingArgs', { ...typeMeta, bindTimeoutSeconds: 'int64', shape }),
};
