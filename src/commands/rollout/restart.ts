/** `rollout restart` (kubectl pkg/cmd/rollout/rollout_restart.go, polymorphichelpers/objectrestarter.go). */
import { formatTime } from '../../apimachinery/time';
import type { Command } from '../command';
import { isWorkload } from './find';
import { patchFlags, patchRollouts, templateAnnotations } from './patch-template';

const RESTARTED_AT = 'kubectl.kubernetes.io/restartedAt';

const command: Command = {
  use: 'restart RESOURCE',
  short: 'Restart a resource',
  completion: { offer: 'types-and-names', types: ['deployment', 'daemonset', 'statefulset'] },
  long: 'Roll a resource out anew: an annotation of the time changes its template, so every pod is replaced.',
  examples: `# Restart all deployments of the namespace test
kubectl rollout restart deployment -n test

# Restart one deployment
kubectl rollout restart deployment/web

# Restart daemon sets with a label
kubectl rollout restart daemonset --selector=app=log`,
  flags: patchFlags('kubectl-rollout'),
  async run(invocation) {
    const now = formatTime((await invocation.time()).now());
    await patchRollouts(invocation, 'kubectl-rollout', 'restarted', (object) => {
      if (!isWorkload(object, 'Deployment', 'DaemonSet', 'StatefulSet')) throw new Error('restarting is not supported');
      if (object['spec'].paused) throw new Error("can't restart paused deployment (run rollout resume first)");
      if (templateAnnotations(object)[RESTARTED_AT] === now) {
        throw new Error(
          `failed to create patch for ${object.metadata.name}: if restart has already been triggered within the past second, please wait before attempting to trigger another`,
        );
      }
      return { spec: { template: { metadata: { annotations: { [RESTARTED_AT]: now } } } } };
    });
  },
};

export default command;
