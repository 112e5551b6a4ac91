/** `rollout`: the life of a workload's versions (kubectl pkg/cmd/rollout). */
import { type Command, ExitSilently } from '../command';
import { requireNoArguments } from '../parse-flags';

const command: Command = {
  use: 'rollout SUBCOMMAND',
  short: 'Manage the rollout of a resource',
  long: `Look at and steer the rollout of one or many resources.

 Valid resource types include:

  *  deployments
  *  daemonsets
  *  statefulsets`,
  examples: `# Roll back to the deployment's version before
kubectl rollout undo deployment/web

# Watch a rollout until it is done
kubectl rollout status deployment/web

# Replace every pod, without changing anything else
kubectl rollout restart deployment/web`,
  subcommands: {
    history: () => import('./history'),
    pause: () => import('./pause'),
    restart: () => import('./restart'),
    resume: () => import('./resume'),
    status: () => import('./status'),
    undo: () => import('./undo'),
  },
  /** Alone among those that need a subcommand, upstream's rollout shows its help on standard output. */
  async run(invocation) {
    requireNoArguments(invocation.args);
    const { printHelp } = await import('../help');
    await printHelp(command, ['rollout'], invocation);
    throw new ExitSilently(1);
  },
};

export default command;
