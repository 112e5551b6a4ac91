/** `load set`: declares load. */
import type { Command } from '../command';
import { metricFlags, usageFlags } from './flags';

const command: Command = {
  use: 'set (TYPE/NAME | TYPE NAME) [--cpu LOAD] [--memory LOAD] [--metric NAME=LOAD] [--per total|pod]',
  short: 'Declare what the pods of an object use',
  long: `Declare how much CPU and memory the pods of an object use, and what its metrics say, from now on. The object is a workload, a pod, or a node (then it is what the node uses beside its pods). What was declared before and is not named now stays as it was.

A total is shared by the pods that are ready, so that more of them have less to do each. Within a pod it is shared by the containers in the measure of their requests. No container uses more than its limit.

A LOAD is a quantity or a function of the time since now, or a sum of them:
  200m                               always so much
  sine(200m, 1800m, 30m)             from the least to the most and back in 30 minutes
  ramp(100m, 2, 10m)                 evenly from one to the other in ten minutes, and then so
  steps(0s: 100m, 10m: 500m)         from each time on so much; "every 1h" at the end repeats it
  noise(50m)                         drawn anew every 15 seconds from -50m to 50m
  csv(day.csv)                       lines TIME,VALUE of a file; "every 24h" repeats it
  200m + noise(20m), sine(...) * 2, max(..., ...), min(..., ...)`,
  examples: `# All pods of web together use from 200m to 1800m, and back, every half hour
kubectl load set deployment/web --cpu 'sine(200m, 1800m, 30m)'

# Each pod of web uses 64Mi
kubectl load set deployment/web --memory 64Mi --per pod

# A custom metric: 300 requests a second, shared by the pods
kubectl load set deployment/web --metric 'requests_per_second=300'

# A metric of an Ingress itself, and one from outside, with labels
kubectl load set ingress/main --object-metric 'hits=ramp(0, 500, 10m)'
kubectl load set --external-metric 'queue_length{queue=jobs}=steps(0s: 0, 5m: 30)'`,
  flags: [
    ...usageFlags("What they use: 'sine(200m, 1800m, 30m)'."),
    ...metricFlags('As NAME=LOAD, with labels NAME{key=value}=LOAD.'),
    {
      name: 'per',
      type: 'string',
      default: 'total',
      usage: "Whether it is shared by the ready pods or each has so much: 'total' or 'pod'.",
      completion: { offer: 'words', words: ['total', 'pod'] },
    },
  ],
  completion: { offer: 'types-and-names' },
  async run(invocation) {
    const { runSet } = await import('./run-set');
    await runSet(invocation);
  },
};

export default command;
