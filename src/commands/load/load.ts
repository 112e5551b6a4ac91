/** `load`: what the pods of a simulated cluster use, and what metrics say. Kubetick's own. */
import type { Command } from '../command';

const command: Command = {
  use: 'load SUBCOMMAND',
  short: 'Say how much CPU and memory pods use, and what metrics say',
  long: `Say how much the containers of a simulated cluster use: nothing in them runs, so it is declared. What is declared is kept as objects of the kind Load (loads.kubetick.dev); top, autoscalers and the APIs of metrics go by it.`,
  subcommands: {
    set: () => import('./set'),
    get: () => import('./get'),
    unset: () => import('./unset'),
    enable: () => import('./enable'),
  },
};

export default command;
