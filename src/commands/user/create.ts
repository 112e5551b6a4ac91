/** `user create`: a key, a request for a certificate, its approval and a context, in one step. Kubetick's own. */
import type { Command } from '../command';

const command: Command = {
  use: 'create NAME [--group=GROUP] [--duration=DURATION] [--use] [--dry-run]',
  short: 'Make a user with a certificate and a context',
  long: `Make a user: a key, a CertificateSigningRequest that the cluster's signer for clients answers once you approve it, and in the kubeconfig a user and a context with key and certificate. Then the commands are printed that do the same without kubetick.

What the user may do is up to roles: see "kubectl create rolebinding --user" and "--group".`,
  examples: `# ann of the group ops
kubetick user create ann --group=ops

# For an hour of the cluster's time, and be her from now on
kubetick user create ann --group=ops --duration=1h --use

# Only tell how it is done
kubetick user create ann --group=ops --dry-run`,
  flags: [
    { name: 'dry-run', type: 'bool', usage: 'If true, only print the commands that do it.' },
    {
      name: 'duration',
      type: 'duration',
      usage: "How long the certificate is good, by the cluster's clock: 10m to 8760h. Default: a year.",
    },
    { name: 'group', type: 'stringArray', usage: 'A group that the user is in; may be given more than once.' },
    { name: 'use', type: 'bool', usage: 'If true, make the new context the current one.' },
  ],
  async run(invocation) {
    const { createUser } = await import('./run-create');
    await createUser(invocation);
  },
};

export default command;
