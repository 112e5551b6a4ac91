/** Kinds that are served in a version other than the one they are stored in. */
import type { KubeObject } from '../../apimachinery/meta';

export interface Conversion {
  /** Where it is stored, if under another group: events.k8s.io Events lie with those of the core group. */
  readonly storedAs?: { group: string; resource: string };
  /** From the stored version to the served one. Neither is changed; parts may be shared. */
  fromStored(object: KubeObject): KubeObject;
  /** From the served version to the stored one. */
  toStored(object: KubeObject): KubeObject;
  /** Whether a stored object lies there in a version that is not the stored one any more: then a write that changes nothing moves it. */
  isStale?(object: KubeObject): boolean;
}

type Load = () => Promise<Conversion>;

/** By `<group>/<version>/<resource>` as served. */
const CONVERSIONS: Readonly<Record<string, Load>> = {
  'events.k8s.io/v1/events': async () => (await import('./event')).eventConversion,
  'autoscaling/v1/horizontalpodautoscalers': async () =>
    (await import('./horizontal-pod-autoscaler')).horizontalPodAutoscalerConversion,
};

/** Undefined for what is served as it is stored, which nearly everything is. */
export async function conversionOf(group: string, version: string, resource: string): Promise<Conversion | undefined> {
  const key = `${group}/${version}/${resource}`;
  return Object.hasOwn(CONVERSIONS, key) ? CONVERSIONS[key]?.() : undefined;
}
