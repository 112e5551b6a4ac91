/** `kuberc`: shows and changes the file of one's preferences (kubectl pkg/cmd/kuberc/kuberc.go). */
import type { Command } from '../command';
import { kubercGate } from '../gates';

const command: Command = {
  use: 'kuberc SUBCOMMAND',
  short: 'Manage kuberc configuration files',
  long: `Show and change the kuberc: the file in which flags get defaults of your own, and commands get aliases.`,
  examples: `# What it says now
kubectl kuberc view

# Tables of get are wide from now on
kubectl kuberc set --section defaults --command get --option output=wide

# "kubectl getn" is "kubectl get nodes --output=wide"
kubectl kuberc set --section aliases --name getn --command get --prependarg nodes --option output=wide`,
  gate: kubercGate,
  subcommands: {
    set: () => import('./set'),
    view: () => import('./view'),
  },
};

export default command;
