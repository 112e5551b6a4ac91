/** Completes `logs`, finds the pod, and says what a simulated container can't do yet. */
import type { KubeObject } from '../../apimachinery/meta';
import { isReason } from '../../apimachinery/status';
import { findResources } from '../builder/builder';
import { CommandError, type Invocation, UsageError } from '../command';
import { messageOf } from '../errors';

export async function runLogs(invocation: Invocation): Promise<void> {
  const { flags, args } = invocation;
  const selector = flags.string('selector');
  if ((args.length === 0 && selector === '') || args.length > 2) {
    throw new UsageError(
      "expected 'logs [-f] [-p] (POD | TYPE/NAME) [-c CONTAINER]'.\nPOD or TYPE/NAME is a required argument for the logs command",
    );
  }
  if (args.length > 0 && selector !== '') throw new UsageError('only a selector (-l) or a POD name is allowed');
  if (flags.duration('since') > 0 && flags.string('since-time')) {
    throw new CommandError('at most one of `sinceTime` or `sinceSeconds` may be specified');
  }
  const { namespace } = await invocation.namespace();
  const container = flags.string('container') || args[1] || '';
  const named = args[0] ?? '';
  const object = await find(invocation, named, selector, namespace);
  if (object?.kind === 'Pod' && container) requireContainer(object, container);
  throw new CommandError('containers are simulated: they run nothing, and so there are no logs of them yet');
}

async function find(
  invocation: Invocation,
  named: string,
  selector: string,
  namespace: string,
): Promise<KubeObject | undefined> {
  const result = await findResources(invocation, {
    args: selector ? ['pods'] : named.includes('/') ? [named] : ['pods', named],
    selector,
    namespace,
    flatten: true,
  });
  const { infos, error } = await result.infos();
  if (isReason(error, 'NotFound')) {
    throw new CommandError(
      `error from server (NotFound): ${messageOf(error)} in namespace ${JSON.stringify(namespace)}`,
    );
  }
  if (error !== undefined) throw error;
  if (infos.length === 0) throw new CommandError(`No resources found in ${namespace} namespace.`);
  return infos[0]?.object;
}

function requireContainer(pod: KubeObject, container: string): void {
  const { containers = [], initContainers = [], ephemeralContainers = [] } = pod.spec ?? {};
  const all = [...containers, ...initContainers, ...ephemeralContainers] as { name: string }[];
  if (all.some(({ name }) => name === container)) return;
  throw new CommandError(`container ${container} is not valid for pod ${pod.metadata.name}`);
}
