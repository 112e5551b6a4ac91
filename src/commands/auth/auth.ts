/** `auth`: who one is and what one may do (kubectl pkg/cmd/auth/auth.go). */
import type { Command } from '../command';

const command: Command = {
  use: 'auth [flags]',
  short: 'Inspect authorization',
  long: 'See what may be done by whom.',
  subcommands: {
    'can-i': () => import('./can-i'),
    reconcile: () => import('./reconcile'),
    whoami: () => import('./whoami'),
  },
  ownSubcommands: {
    disable: () => import('./disable'),
    enable: () => import('./enable'),
    explain: () => import('./explain'),
    why: () => import('./why'),
  },
};

export default command;
