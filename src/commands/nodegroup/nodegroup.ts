/** `nodegroup`: groups of machines that a simulated cloud makes, and the Cluster Autoscaler that asks for them. */
import type { Command } from '../command';

const command: Command = {
  use: 'nodegroup SUBCOMMAND',
  short: 'Declare groups of nodes that the Cluster Autoscaler grows and shrinks',
  long: 'A node group is a set of equal machines, of which a simulated cloud makes as many as there shall be. Where there is a group, the Cluster Autoscaler runs: it adds nodes for pods that fit nowhere, and removes nodes that are not needed. Groups are objects (nodegroups.kubetick.dev): get, describe, edit and scale work on them.',
  subcommands: {
    add: () => import('./add'),
    list: () => import('./list'),
    set: () => import('./set'),
    delete: () => import('./delete'),
    autoscaler: () => import('./autoscaler'),
  },
};

export default command;
