/** `exec`: a command in a container (kubectl pkg/cmd/exec/exec.go). */
import type { Command } from '../command';
import { manifestFiles } from '../completion/declared';
import { containerFlag, podRunningTimeoutFlag } from '../pods/flags';

const command: Command = {
  use: 'exec (POD | TYPE/NAME) [-c CONTAINER] [flags] -- COMMAND [args...]',
  short: 'Execute a command in a container',
  completion: { offer: 'pods' },
  long: `Execute a command in a container.

The containers of a simulated cluster run no process. Commands of which it can be told what they do (hostname, env, cat and ls of what is
mounted, nslookup, wget, sleep, shell scripts of these) are answered; others end with a word about that.`,
  examples: `# In the first container of a pod
kubectl exec web-1 -- date

# In another one, with standard input and a terminal
kubectl exec web-1 -c nginx -i -t -- bash -il

# In a pod of a deployment, of a service
kubectl exec deploy/web -- date
kubectl exec svc/web -- date`,
  flags: [
    podRunningTimeoutFlag('1m0s'),
    {
      name: 'filename',
      shorthand: 'f',
      type: 'stringSlice',
      usage: 'to use to exec into the resource',
      completion: manifestFiles,
    },
    { ...containerFlag, completion: { offer: 'containers' } },
    { name: 'stdin', shorthand: 'i', type: 'bool', usage: 'Pass stdin to the container' },
    { name: 'tty', shorthand: 't', type: 'bool', usage: 'Stdin is a TTY' },
    { name: 'quiet', shorthand: 'q', type: 'bool', usage: 'Only print output from the remote session' },
  ],
  async run(invocation) {
    const { runExec } = await import('./run-exec');
    await runExec(invocation);
  },
};

export default command;
