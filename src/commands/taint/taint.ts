/** `taint`: sets and removes taints of nodes (kubectl pkg/cmd/taint/taint.go). */
import type { Command } from '../command';
import { dryRunFlag, fieldManagerFlag, printFlags, selectorFlag, validateFlag } from '../flag-sets';

const command: Command = {
  use: 'taint NODE NAME KEY_1=VAL_1:TAINT_EFFECT_1 ... KEY_N=VAL_N:TAINT_EFFECT_N',
  short: 'Update the taints on one or more nodes',
  completion: { offer: 'types-and-names', types: ['node'] },
  long: `Set taints with KEY=VALUE:EFFECT or KEY:EFFECT, and remove them with KEY:EFFECT- or, whatever their effect, KEY-.

A key may have a prefix, a domain and a slash: example.com/gpu. Keys and values begin with a letter or a digit and have letters, digits, '-', '.' and '_'; a value is at most 63 characters long.

The effect is NoSchedule, PreferNoSchedule or NoExecute. A taint that is there with another value is changed with --overwrite only.`,
  examples: `# Keep a node for who tolerates it
kubectl taint nodes node-1 dedicated=gpu:NoSchedule

# Take that back
kubectl taint nodes node-1 dedicated:NoSchedule-

# Remove all taints with a key
kubectl taint nodes node-1 dedicated-

# All nodes with a label
kubectl taint node -l disk=ssd dedicated=db:PreferNoSchedule

# A taint without a value
kubectl taint nodes node-1 broken:NoExecute`,
  flags: [
    ...printFlags(),
    dryRunFlag,
    validateFlag,
    selectorFlag,
    {
      name: 'overwrite',
      type: 'bool',
      usage: 'If true, allow taints to be overwritten, otherwise reject taint updates that overwrite existing taints.',
    },
    { name: 'all', type: 'bool', usage: 'Select all nodes in the cluster' },
    fieldManagerFlag('kubectl-taint'),
  ],
  async run(invocation) {
    const { runTaint } = await import('./run-taint');
    await runTaint(invocation);
  },
};

export default command;
