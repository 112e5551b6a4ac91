/** `stage`: Stages of kwok, which say what becomes of pods and nodes. */
import type { Command } from '../command';

const command: Command = {
  use: 'stage SUBCOMMAND',
  short: 'Say by Stages what becomes of pods and nodes',
  long: 'Stages (kwok.x-k8s.io/v1alpha1) say step by step what becomes of the pods and nodes that they select, instead of the simulated kubelets. They are objects like all others: apply, get and delete work on them.',
  subcommands: {
    enable: () => import('./enable'),
  },
};

export default command;
