/** `who-can`: everybody whom a role allows something. Kubetick's own. */
import type { Command } from '../command';

const command: Command = {
  use: 'who-can VERB [TYPE | TYPE/NAME | NONRESOURCEURL]',
  short: 'List who may do something, by which binding',
  long: `List the users, groups and service accounts that roles allow an action, and the bindings by which they do. What authorizers other than RBAC allow is not among them.`,
  examples: `# Who may delete pods here?
kubectl who-can delete pods

# Who may read this very secret?
kubectl who-can get secret/db -n prod

# Who may in all namespaces?
kubectl who-can create deployments -A

# Who may read a path?
kubectl who-can get /metrics`,
  flags: [
    { name: 'all-namespaces', shorthand: 'A', type: 'bool', usage: 'If true, list who may in all namespaces at once.' },
    { name: 'no-headers', type: 'bool', usage: 'If true, print no headers.' },
    { name: 'output', shorthand: 'o', type: 'string', usage: 'Output format. One of: (json, yaml).' },
    { name: 'subresource', type: 'string', usage: 'SubResource such as pod/log or deployment/scale' },
  ],
  async run(invocation) {
    const { runWhoCan } = await import('./run-who-can');
    await runWhoCan(invocation);
  },
};

export default command;
