/** `set`: the subcommands that change one thing of what is there (kubectl pkg/cmd/set/set.go). */
import type { Command } from '../command';

const command: Command = {
  use: 'set SUBCOMMAND',
  short: 'Set specific features on objects',
  long: 'Change one thing about what is there: its images, environment, resources, selector, service account or subjects.',
  subcommands: {
    env: () => import('./env'),
    image: () => import('./image'),
    resources: () => import('./resources'),
    selector: () => import('./selector'),
    serviceaccount: () => import('./serviceaccount'),
    subject: () => import('./subject'),
  },
  subcommandAliases: { sa: 'serviceaccount' },
};

export default command;
