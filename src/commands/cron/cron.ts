/** `cron`: schedules of cron jobs, without a cron job. Kubetick's own. */
import type { Command } from '../command';

const command: Command = {
  use: 'cron SUBCOMMAND',
  short: 'Read the schedules of cron jobs',
  long: 'Read schedules as the controller of cron jobs does.',
  subcommands: {
    next: () => import('./next'),
  },
  async run(invocation) {
    const { printHelp } = await import('../help');
    await printHelp(command, ['cron'], invocation);
  },
};

export default command;
