/** `nodegroup autoscaler`: the flags of the Cluster Autoscaler. */
import { AUTOSCALER_FLAGS, type AutoscalerFlag, CLUSTER_FLAG_NAMES } from '../../apimachinery/autoscaler-flags';
import { AUTOSCALER_IDLE_FLAGS } from '../../apimachinery/autoscaler-idle-flags';
import type { Command, Flag } from '../command';

const command: Command = {
  use: 'autoscaler [--FLAG=VALUE]...',
  short: 'Set the flags of the Cluster Autoscaler, or show them',
  long: `Set flags of the Cluster Autoscaler: names, values and defaults are those of the real one. They hold from its next look at the cluster on; others stay as they are. Without a flag, those are shown that are not as they come; --all shows all.

The real one's other flags are taken, too: those of metrics, clients, clouds and time limits, which have nothing to act on here.`,
  examples: `# Nodes go after two minutes, and the cheapest group grows
kubectl nodegroup autoscaler --scale-down-unneeded-time=2m --scale-down-delay-after-add=2m --expander=price

# What is set
kubectl nodegroup autoscaler

# As they come
kubectl nodegroup autoscaler --reset`,
  flags: [
    { name: 'all', type: 'bool', usage: 'If true, show all flags.' },
    { name: 'reset', type: 'bool', usage: 'If true, flags that are not given are as they come.' },
    ...CLUSTER_FLAG_NAMES.map((name) => flagOf(name, AUTOSCALER_FLAGS[name])),
    ...Object.entries(AUTOSCALER_IDLE_FLAGS).map(([name, flag]) => ({
      ...flagOf(name, { ...flag, usage: `Nothing here: ${flag.why}.` }),
      hidden: true,
    })),
  ],
  async run(invocation) {
    const { runAutoscaler } = await import('./run-autoscaler');
    await runAutoscaler(invocation);
  },
};

export default command;

/** All are texts here: what was given is kept as it is written. */
function flagOf(name: string, { type, default: value, usage }: AutoscalerFlag): Flag {
  if (type === 'strings') return { name, type: 'stringSlice', usage };
  return { name, type: 'string', default: value, usage, ...(type === 'bool' ? { noOptDefault: 'true' } : {}) };
}
