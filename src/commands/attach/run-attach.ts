/** Completes, validates and runs `attach` (AttachOptions). */
import type { KubeObject } from '../../apimachinery/meta';
import { findResources } from '../builder/builder';
import { CommandError, type Invocation } from '../command';
import { messageOf } from '../errors';
import { findOrDefaultContainer, type PodContainer } from '../pods/containers';
import { podRunningTimeout } from '../pods/flags';
import { attachablePod } from '../pods/pods-of';
import { refuseCompleted, requestStream } from '../pods/stream';

export async function runAttach(invocation: Invocation): Promise<void> {
  const { flags, args } = invocation;
  const timeout = podRunningTimeout(flags);
  if (args.length === 0) throw new CommandError('at least 1 argument is required for attach');
  if (args.length > 2) {
    throw new CommandError(
      `expected POD, TYPE/NAME, or TYPE NAME, (at most 2 arguments) saw ${args.length}: [${args.join(' ')}]`,
    );
  }
  const pod = await attachablePod(invocation, await find(invocation), timeout);
  refuseCompleted(pod, 'attach');
  await attachTo(invocation, pod, {
    container: flags.string('container'),
    stdin: flags.bool('stdin'),
    tty: flags.bool('tty'),
    quiet: flags.bool('quiet'),
  });
}

async function find(invocation: Invocation): Promise<KubeObject> {
  const { args } = invocation;
  const [first = ''] = args;
  const { namespace } = await invocation.namespace();
  const named = args.length === 2 || first.includes('/') ? args : ['pods', first];
  const result = await findResources(invocation, { args: named, namespace });
  const { infos, error } = await result.infos();
  if (error !== undefined) throw error;
  return infos[0]?.object as KubeObject;
}

export interface Attachment {
  /** '' for the one that is found. */
  container: string;
  stdin: boolean;
  tty: boolean;
  quiet: boolean;
}

/** Attaches to a container of a pod. What a session would begin with is said once there is one, which never happens. */
export async function attachTo(
  invocation: Invocation,
  pod: KubeObject,
  { container, stdin, tty, quiet }: Attachment,
): Promise<void> {
  const say = quiet ? () => {} : invocation.streams.err;
  let target: PodContainer;
  try {
    target = findOrDefaultContainer(pod, container, say);
  } catch (error) {
    throw new CommandError(`cannot attach to the container: ${messageOf(error)}`);
  }
  const { name } = target;
  if (tty && !target.tty) say(`error: Unable to use a TTY - container ${name} did not allocate one\n`);
  await requestStream(invocation, pod, 'attach', {
    container: name,
    ...(stdin ? { stdin: 'true' } : {}),
    stdout: 'true',
    stderr: 'true',
  });
}
