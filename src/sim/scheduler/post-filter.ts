/** What is tried for a pod that fits nowhere, and the whole message then (RunPostFilterPlugins, handleSchedulingFailure). */
import type { ClusterView } from './cluster-view';
import { fitError, NO_NODES } from './fit-error';
import { NO_CLAIMS } from './plugins/dynamic-resources';
import type { PodInfo } from './pod-info';
import { type Preemption, preempt } from './preemption';
import type { Profile } from './profile';
import type { NoPlacement } from './schedule-pod';

export interface Outcome {
  message: string;
  preemption: Preemption | undefined;
}

export function postFilter(pod: PodInfo, failed: NoPlacement, profile: Profile, view: ClusterView): Outcome {
  const { diagnosis } = failed;
  if (diagnosis.nodes === 0) return { message: NO_NODES, preemption: undefined };
  const said: string[] = [];
  let preemption: Preemption | undefined;
  for (const plugin of profile.postFilters) {
    if (plugin === 'DynamicResources') {
      // It looks for what it noted when it was first asked; a pod refused before that has none, which ends all this.
      if (diagnosis.beforehand) {
        said.push('not found');
        break;
      }
      said.push(pod.pod['spec'].resourceClaims?.length ? 'still not schedulable' : NO_CLAIMS);
    } else if (plugin === 'DefaultPreemption') {
      preemption = preempt(pod, failed, view, profile.preemption);
      // Success is told without a word, and without those of the others.
      if (preemption.chosen) return { message: fitError(diagnosis), preemption };
      said.push(`preemption: ${preemption.message}`);
    }
  }
  return { message: fitError(diagnosis, said.join(', ')), preemption };
}
