/** `attach`: to the process of a container (kubectl pkg/cmd/attach/attach.go). */
import type { Command } from '../command';
import { containerFlag, podRunningTimeoutFlag } from '../pods/flags';

const command: Command = {
  use: 'attach (POD | TYPE/NAME) -c CONTAINER',
  short: 'Attach to a running container',
  completion: { offer: 'pods' },
  long: `Attach to the process that runs in a container.

The containers of a simulated cluster run no process: after all checks the command ends with a word about that. What they have written is in their logs.`,
  examples: `# What the first container of a pod says
kubectl attach web-1

# Of another one, with standard input and a terminal
kubectl attach web-1 -c nginx -i -t

# Of the first pod of a replica set
kubectl attach rs/web`,
  flags: [
    podRunningTimeoutFlag('1m0s'),
    containerFlag,
    { name: 'stdin', shorthand: 'i', type: 'bool', usage: 'Pass stdin to the container' },
    { name: 'tty', shorthand: 't', type: 'bool', usage: 'Stdin is a TTY' },
    { name: 'quiet', shorthand: 'q', type: 'bool', usage: 'Only print output from the remote session' },
    {
      name: 'detach-keys',
      type: 'string',
      default: 'ctrl-p,ctrl-q',
      usage: 'Override the key sequence for detaching a container',
    },
  ],
  async run(invocation) {
    const { runAttach } = await import('./run-attach');
    await runAttach(invocation);
  },
};

export default command;
