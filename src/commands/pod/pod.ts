/** `pod`: what befalls the pods of a simulated cluster. */
import type { Command } from '../command';

const command: Command = {
  use: 'pod SUBCOMMAND',
  short: 'Have containers of pods fail, exit or run out of memory',
  long: 'Have something happen to a pod that runs in the simulated cluster. What follows from it is seen when time passes.',
  subcommands: {
    exit: () => import('./exit'),
    fail: () => import('./fail'),
    oom: () => import('./oom'),
  },
};

export default command;
