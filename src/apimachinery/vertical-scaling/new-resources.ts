/** What containers of a pod are to ask for (autoscaler `pkg/admission-controller/resource/pod/recommendation`). */
import type { KubeObject } from '../meta';
import { policyOf, type VerticalPodAutoscaler } from './autoscaler';
import { recommendationFor } from './capping';
import { type ContainerResources, containersOf, resourcesOf } from './container-resources';
import type { LimitRanges } from './limit-range';
import { proportionalLimits } from './proportions';

export interface NewResources extends ContainerResources {
  container: string;
  /** What was capped, and limits that could not be kept in proportion. */
  notes: string[];
}

/** GetContainersResourcesForPod: of each container what is to be changed in it, in their order. */
export function newResourcesOf(pod: KubeObject, vpa: VerticalPodAutoscaler, ranges: LimitRanges): NewResources[] {
  const capped = vpa.status?.recommendation ? recommendationFor(pod, vpa, ranges) : undefined;
  return containersOf(pod).map(({ name }) => {
    const notes = [...(capped?.notes.get(name) ?? [])];
    const requests = capped?.recommended.find(({ container }) => container === name)?.target;
    if (!requests) return { container: name, requests: new Map(), limits: new Map(), notes };
    if (policyOf(vpa, name)?.controlledValues === 'RequestsOnly')
      return { container: name, requests, limits: new Map(), notes };
    const present = resourcesOf(pod, name);
    const proportional = proportionalLimits(present.limits, present.requests, requests, ranges.container?.default);
    notes.push(...(proportional?.notes ?? []));
    return { container: name, requests, limits: proportional?.limits ?? new Map(), notes };
  });
}
