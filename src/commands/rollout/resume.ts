/** `rollout resume` (kubectl pkg/cmd/rollout/rollout_resume.go, polymorphichelpers/objectresumer.go). */
import type { Command } from '../command';
import { isWorkload } from './find';
import { patchFlags, patchRollouts } from './patch-template';

const command: Command = {
  use: 'resume RESOURCE',
  short: 'Resume a paused resource',
  completion: { offer: 'types-and-names', types: ['deployment'] },
  long: `Resume a paused resource: its controller acts on its template again.

Only deployments can be resumed.`,
  examples: `# Let a paused deployment go on
kubectl rollout resume deployment/web`,
  flags: patchFlags('kubectl-rollout'),
  async run(invocation) {
    await patchRollouts(invocation, 'kubectl-rollout', 'resumed', (object) => {
      if (!isWorkload(object, 'Deployment')) throw new Error('resuming is not supported');
      if (!object['spec'].paused) throw new Error('is not paused');
      return { spec: { paused: null } };
    });
  },
};

export default command;
