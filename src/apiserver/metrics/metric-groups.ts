/** The API groups of metrics: they are answered from what the cluster's load says, and nothing of them is stored. */

export const RESOURCE_METRICS = { group: 'metrics.k8s.io', version: 'v1beta1' } as const;
export const CUSTOM_METRICS = 'custom.metrics.k8s.io';
/** In order of preference. */
export const CUSTOM_VERSIONS = ['v1beta2', 'v1beta1'] as const;
export const EXTERNAL_METRICS = { group: 'external.metrics.k8s.io', version: 'v1beta1' } as const;
/** The name of the APIService that has metrics.k8s.io served, as metrics-server's manifest has it. */
export const RESOURCE_METRICS_SERVICE = 'v1beta1.metrics.k8s.io';

export function isMetricsGroup(group: string): boolean {
  return group === RESOURCE_METRICS.group || group === CUSTOM_METRICS || group === EXTERNAL_METRICS.group;
}
