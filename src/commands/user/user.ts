/** `user`: people, who have no object in a cluster: they are whom their credentials name. Kubetick's own. */
import type { Command } from '../command';

const command: Command = {
  use: 'user SUBCOMMAND',
  short: 'Make users who come with certificates',
  long: 'Make users. A cluster has no list of them: a user is whoever shows a certificate, or a token, that names one.',
  subcommands: { create: () => import('./create') },
  async run(invocation) {
    const { printHelp } = await import('../help');
    await printHelp(command, ['user'], invocation);
  },
};

export default command;
