/** `cp`: files to and from containers (kubectl pkg/cmd/cp/cp.go). */
import type { Command } from '../command';
import { containerFlag } from '../pods/flags';

const command: Command = {
  use: 'cp <file-spec-src> <file-spec-dest>',
  short: 'Copy files and directories to and from containers',
  completion: { offer: 'file-specs' },
  long: `Copy files and directories to and from containers, by the tar in them.

The containers of a simulated cluster run no process and have no files: after all checks the command ends with a word about that.`,
  examples: `# A folder into a pod
kubectl cp ./site web-1:/usr/share/nginx/html

# Into one of its containers, in another namespace
kubectl cp ./app.conf shop/web-1:/etc/app.conf -c nginx

# Out of a pod
kubectl cp shop/web-1:/var/log/app.log ./app.log`,
  flags: [
    containerFlag,
    {
      name: 'no-preserve',
      type: 'bool',
      usage: "The copied file/directory's ownership and permissions will not be preserved in the container",
    },
    {
      name: 'retries',
      type: 'int',
      usage:
        'Set number of retries to complete a copy operation from a container. Specify 0 to disable or any negative value for infinite retrying. The default is 0 (no retry).',
    },
  ],
  async run(invocation) {
    const { runCopy } = await import('./run-copy');
    await runCopy(invocation);
  },
};

export default command;
