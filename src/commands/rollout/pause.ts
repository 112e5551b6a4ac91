/** `rollout pause` (kubectl pkg/cmd/rollout/rollout_pause.go, polymorphichelpers/objectpauser.go). */
import type { Command } from '../command';
import { isWorkload } from './find';
import { patchFlags, patchRollouts } from './patch-template';

const command: Command = {
  use: 'pause RESOURCE',
  short: 'Mark the provided resource as paused',
  completion: { offer: 'types-and-names', types: ['deployment'] },
  long: `Pause a resource: its controller no longer acts on changes of its template, until "kubectl rollout resume".

Only deployments can be paused.`,
  examples: `# Changes to the deployment take effect only after it is resumed
kubectl rollout pause deployment/web`,
  flags: patchFlags('kubectl-rollout'),
  async run(invocation) {
    await patchRollouts(invocation, 'kubectl-rollout', 'paused', (object) => {
      if (!isWorkload(object, 'Deployment')) throw new Error('pausing is not supported');
      if (object['spec'].paused) throw new Error('is already paused');
      return { spec: { paused: true } };
    });
  },
};

export default command;
