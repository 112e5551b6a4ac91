/** `auth why`: by which bindings and rules something is allowed, or which come near and what they lack. Kubetick's own. */
import type { Command } from '../command';

const command: Command = {
  use: 'why VERB [TYPE | TYPE/NAME | NONRESOURCEURL] [--as USER]',
  short: 'Tell why an action is allowed, or what it lacks',
  long: `Tell by which bindings of roles an action is allowed. Where it is not, tell which rules come nearest, and what each of them lacks: the verb, the resource, the name, the namespace, or the one who asks.

The exit status is 0 for what is allowed and 1 for what is not. --as and --as-group name whom it is about; the roles are read as yourself.`,
  examples: `# Why may ann list pods?
kubectl auth why list pods --as=ann

# What keeps the service account bot of dev from it?
kubectl auth why delete deployment/web --as=system:serviceaccount:dev:bot -n dev

# Who looks after paths?
kubectl auth why get /metrics --as=ann`,
  flags: [
    { name: 'all-namespaces', shorthand: 'A', type: 'bool', usage: 'If true, ask about all namespaces at once.' },
    { name: 'as', type: 'string', usage: 'Whom it is about: a user or a service account. Default: yourself.' },
    { name: 'as-group', type: 'stringArray', usage: 'A group that they are in; may be given more than once.' },
    { name: 'output', shorthand: 'o', type: 'string', usage: 'Output format. One of: (json, yaml).' },
    { name: 'subresource', type: 'string', usage: 'SubResource such as pod/log or deployment/scale' },
  ],
  async run(invocation) {
    const { runWhy } = await import('./run-why');
    await runWhy(invocation);
  },
};

export default command;
