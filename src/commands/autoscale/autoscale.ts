/** `autoscale`: a horizontal pod autoscaler for what is there (kubectl pkg/cmd/autoscale/autoscale.go). */
import type { Command } from '../command';
import { dryRunFlag, fieldManagerFlag, filenameFlags, printFlags, recordFlag, saveConfigFlag } from '../flag-sets';

const command: Command = {
  use: 'autoscale (-f FILENAME | TYPE NAME | TYPE/NAME) [--min=MINPODS] --max=MAXPODS [--cpu=CPU] [--memory=MEMORY]',
  short: 'Auto-scale a deployment, replica set, stateful set, or replication controller',
  completion: { offer: 'types-and-names', types: ['deployment', 'replicaset', 'replicationcontroller', 'statefulset'] },
  long: `Make a horizontal pod autoscaler that chooses how many replicas a deployment, replica set, stateful set, replication controller, or anything else with a scale has.

It is made through autoscaling/v2. Where that fails and autoscaling/v1 can say as much, that is tried.`,
  examples: `# Between 2 and 10 replicas, by what the server takes for a target
kubectl autoscale deployment web --min=2 --max=10

# At most 5, so that they use 80% of the CPU that they request
kubectl autoscale rc web --max=5 --cpu=80%

# So that each uses half a CPU and 200Mi of memory
kubectl autoscale deployment web --min=3 --max=6 --cpu=500m --memory=200Mi`,
  flags: [
    recordFlag,
    ...printFlags(),
    {
      name: 'min',
      type: 'int32',
      default: -1,
      usage:
        "The lower limit for the number of pods that can be set by the autoscaler. If it's not specified or negative, the server will apply a default value.",
    },
    {
      name: 'max',
      type: 'int32',
      default: -1,
      required: true,
      usage: 'The upper limit for the number of pods that can be set by the autoscaler. Required.',
    },
    {
      name: 'cpu-percent',
      type: 'int32',
      default: -1,
      hidden: true,
      deprecated:
        "Use --cpu with percentage or resource quantity format (e.g., '70%' for utilization or '500m' for milliCPU).",
      usage:
        "The target average CPU utilization (represented as a percent of requested CPU) over all the pods. If it's not specified or negative, a default autoscaling policy will be used.",
    },
    {
      name: 'cpu',
      type: 'string',
      usage:
        'Target CPU utilization over all the pods. When specified as a percentage (e.g."70%" for 70% of requested CPU) it will target average utilization. When specified as quantity (e.g."500m" for 500 milliCPU) it will target average value. Value without units is treated as a quantity with miliCPU being the unit (e.g."500" is "500m").',
    },
    {
      name: 'memory',
      type: 'string',
      usage:
        'Target memory utilization over all the pods. When specified  as a percentage (e.g."60%" for 60% of requested memory) it will target average utilization. When specified as quantity (e.g."200Mi" for 200 MiB, "1Gi" for 1 GiB) it will target average value. Value without units is treated as a quantity with mebibytes being the unit (e.g."200" is "200Mi").',
    },
    {
      name: 'name',
      type: 'string',
      usage: 'The name for the newly created object. If not specified, the name of the input resource will be used.',
    },
    dryRunFlag,
    ...filenameFlags('Filename, directory, or URL to files identifying the resource to autoscale.'),
    saveConfigFlag,
    fieldManagerFlag('kubectl-autoscale'),
  ],
  async run(invocation) {
    const { runAutoscale } = await import('./run-autoscale');
    await runAutoscale(invocation);
  },
};

export default command;
