/** `auth reconcile`: brings roles and bindings to what files say (kubectl pkg/cmd/auth/reconcile.go). */
import type { Command } from '../command';
import { dryRunFlag, filenameFlags, printFlags } from '../flag-sets';

const command: Command = {
  use: 'reconcile -f FILENAME',
  short: 'Reconciles rules for RBAC role, role binding, cluster role, and cluster role binding objects',
  long: `Bring roles, role bindings, cluster roles and cluster role bindings to allow what files say.

What is not there is made, its namespace too. What is there gets the rules and subjects that it lacks; what it has beyond them stays, unless --remove-extra-permissions or --remove-extra-subjects is given. A binding to another role is made anew.

Rules are compared by what they allow, not by how they are written, and that is why this is better for them than apply.`,
  examples: `# What a file says
kubectl auth reconcile -f rbac.yaml`,
  flags: [
    ...printFlags(),
    ...filenameFlags('Filename, directory, or URL to files identifying the resource to reconcile.'),
    {
      name: 'remove-extra-permissions',
      type: 'bool',
      usage: 'If true, removes extra permissions added to roles',
    },
    {
      name: 'remove-extra-subjects',
      type: 'bool',
      usage: 'If true, removes extra subjects added to rolebindings',
    },
    dryRunFlag,
  ],
  async run(invocation) {
    const { runReconcile } = await import('./run-reconcile');
    await runReconcile(invocation);
  },
};

export default command;
