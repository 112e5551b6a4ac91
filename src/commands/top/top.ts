/** `top`: what nodes and pods use (kubectl pkg/cmd/top/top.go). */
import type { Command } from '../command';

const command: Command = {
  use: 'top [flags]',
  short: 'Display resource (CPU/memory) usage',
  long: `Show how much CPU and memory nodes and pods use, as the metrics API (metrics.k8s.io) tells it. Autoscalers go by the same figures.

A server has that API when something like the Metrics Server provides it.`,
  subcommands: {
    node: () => import('./node'),
    pod: () => import('./pod'),
  },
  subcommandAliases: { nodes: 'node', no: 'node', pods: 'pod', po: 'pod' },
};

export default command;
