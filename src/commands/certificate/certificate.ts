/** `certificate`: decides on requests for certificates (kubectl pkg/cmd/certificates/certificates.go). */
import type { Command } from '../command';

const command: Command = {
  use: 'certificate SUBCOMMAND',
  short: 'Modify certificate resources',
  long: 'Decide on requests for certificates.',
  subcommands: {
    approve: () => import('./approve'),
    deny: () => import('./deny'),
  },
  async run(invocation) {
    const { printHelp } = await import('../help');
    await printHelp(command, ['certificate'], invocation);
  },
};

export default command;
