/** `pod exit`: a container ends. */
import type { Command } from '../command';
import { containerFlag } from '../pods/flags';

const command: Command = {
  use: 'exit NAME [-c CONTAINER] [--exit-code N]',
  short: 'Have a container of a pod end',
  long: 'Have a container of a running pod end, by itself, with this exit code. Whether it is started again is for its restart policy to say.',
  examples: `# The container of web ends well
kubectl pod exit web

# Its proxy ends with 3
kubectl pod exit web -c proxy --exit-code 3`,
  flags: [containerFlag, { name: 'exit-code', type: 'int', default: 0, usage: 'The code with which it ends.' }],
  async run(invocation) {
    const { runEnd } = await import('./run-end');
    const exitCode = invocation.flags.int('exit-code');
    await runEnd(invocation, { exitCode, said: `exits with ${exitCode}` });
  },
};

export default command;
