/** `auth can-i`: whether something is allowed (kubectl pkg/cmd/auth/cani.go). */
import type { Command } from '../command';

const command: Command = {
  use: 'can-i VERB [TYPE | TYPE/NAME | NONRESOURCEURL]',
  short: 'Check whether an action is allowed',
  long: `Ask the server whether something is allowed. The exit status is 0 for yes and 1 for no.

VERB is a verb of the API: get, list, watch, create, update, patch, delete and the like. TYPE is a resource, in any way that "get" takes it, and NAME one of its objects. NONRESOURCEURL is a path that begins with "/". With --as it is asked for somebody else.`,
  examples: `# May I make pods, in any namespace?
kubectl auth can-i create pods --all-namespaces

# May I list the deployments of this one?
kubectl auth can-i list deployments.apps

# May the service account bot of dev list the pods of prod?
kubectl auth can-i list pods --as=system:serviceaccount:dev:bot -n prod

# May I do everything?
kubectl auth can-i '*' '*'

# May I read what the containers of a pod write?
kubectl auth can-i get pods --subresource=log

# May I ask for a path?
kubectl auth can-i get /logs/

# All that I may do here
kubectl auth can-i --list`,
  flags: [
    {
      name: 'all-namespaces',
      shorthand: 'A',
      type: 'bool',
      usage: 'If true, check the specified action in all namespaces.',
    },
    { name: 'quiet', shorthand: 'q', type: 'bool', usage: 'If true, suppress output and just return the exit code.' },
    { name: 'subresource', type: 'string', usage: 'SubResource such as pod/log or deployment/scale' },
    { name: 'list', type: 'bool', usage: 'If true, prints all allowed actions.' },
    { name: 'no-headers', type: 'bool', usage: 'If true, prints allowed actions without headers' },
  ],
  async run(invocation) {
    const { runCanI } = await import('./run-can-i');
    await runCanI(invocation);
  },
};

export default command;
