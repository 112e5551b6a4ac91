/** `pod oom`: a container uses more memory than it may. */
import type { Command } from '../command';
import { containerFlag } from '../pods/flags';

const command: Command = {
  use: 'oom NAME [-c CONTAINER]',
  short: 'Have a container of a pod run out of memory',
  long: 'Have a container of a running pod use more memory than it may: it is killed, OOMKilled, with exit code 137.',
  examples: '# The container of web runs out of memory\nkubectl pod oom web',
  flags: [containerFlag],
  async run(invocation) {
    const { runEnd } = await import('./run-end');
    await runEnd(invocation, { exitCode: 137, reason: 'OOMKilled', said: 'runs out of memory' });
  },
};

export default command;
