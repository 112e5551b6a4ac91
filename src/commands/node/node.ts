/** `node`: what befalls the nodes of a simulated cluster. */
import type { Command } from '../command';

const command: Command = {
  use: 'node SUBCOMMAND',
  short: 'Add, remove and fail nodes',
  long: 'Have something happen to the nodes of the simulated cluster. What follows from it is seen when time passes.',
  subcommands: {
    add: () => import('./add'),
    remove: () => import('./remove'),
    fail: () => import('./fail'),
    recover: () => import('./recover'),
    pressure: () => import('./pressure'),
  },
};

export default command;
