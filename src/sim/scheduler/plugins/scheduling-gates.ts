/** A pod with gates is not tried (`plugins/schedulinggates/scheduling_gates.go`). Its condition is the API server's affair. */
import type { Plugin } from '../plugin';

export const schedulingGates: Plugin = {
  name: 'SchedulingGates',
  events: [
    {
      resource: 'UnscheduledPod',
      actions: ['UpdatePodSchedulingGatesEliminated'],
      helps: ({ uid }, { after }) => after?.metadata.uid === uid,
    },
  ],
  preEnqueue({ pod }) {
    const gates: { name: string }[] = pod['spec'].schedulingGates ?? [];
    if (gates.length === 0) return undefined;
    return `waiting for scheduling gates: [${gates.map(({ name }) => name).join(' ')}]`;
  },
};
