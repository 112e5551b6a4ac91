/** Completes, validates and runs `exec` (ExecOptions). */
import type { Executed } from '../../apimachinery/executed';
import type { KubeObject } from '../../apimachinery/meta';
import { findResources } from '../builder/builder';
import { CommandError, ExitSilently, type Invocation, UsageError } from '../command';
import { findContainer, findOrDefaultContainer, invalidContainer } from '../pods/containers';
import { podRunningTimeout } from '../pods/flags';
import { attachablePod } from '../pods/pods-of';
import { refuseCompleted, requestStream } from '../pods/stream';

export async function runExec(invocation: Invocation): Promise<void> {
  const { flags, args, argsBeforeDash, streams } = invocation;
  const filenames = flags.strings('filename');
  const name = args.length > 0 && argsBeforeDash !== 0 ? (args[0] as string) : '';
  if (argsBeforeDash === undefined && (args.length > 1 || (args.length > 0 && filenames.length > 0))) {
    throw new UsageError('exec [POD] [COMMAND] is not supported anymore. Use exec [POD] -- [COMMAND] instead');
  }
  const command = argsBeforeDash === undefined ? [] : args.slice(argsBeforeDash);
  const timeout = podRunningTimeout(flags);
  if (name === '' && filenames.length === 0) {
    throw new CommandError('pod, type/name or --filename must be specified');
  }
  if (command.length === 0) throw new CommandError('you must specify at least one command for the container');
  const pod = await attachablePod(invocation, await find(invocation, name, filenames), timeout);
  await execInto(invocation, pod, {
    command,
    container: flags.string('container'),
    stdin: flags.bool('stdin'),
    notice: flags.bool('quiet') ? () => {} : streams.err,
  });
}

async function find(invocation: Invocation, name: string, filenames: readonly string[]): Promise<KubeObject> {
  const { namespace, explicit } = await invocation.namespace();
  const result = await findResources(invocation, {
    filenames,
    ...(name === '' ? {} : { args: name.includes('/') ? [name] : ['pods', name] }),
    namespace,
    enforceNamespace: explicit,
  });
  const { infos, error } = await result.infos();
  if (error !== undefined) throw error;
  if (infos.length !== 1) throw new CommandError('cannot exec into multiple objects at a time');
  return infos[0]?.object as KubeObject;
}

export interface Execution {
  command: readonly string[];
  /** '' for the one that is found. */
  container: string;
  stdin: boolean;
  /** Hears which container was taken. */
  notice(text: string): void;
}

/** Runs a command in a container of a pod (ExecOptions.Run). */
export async function execInto(
  invocation: Invocation,
  pod: KubeObject,
  { command, container, stdin, notice }: Execution,
): Promise<void> {
  refuseCompleted(pod, 'exec into');
  if (container !== '' && !findContainer(pod, container)) throw invalidContainer(pod, container);
  const { name } = findOrDefaultContainer(pod, container, notice);
  const query = {
    container: name,
    command: command[0],
    ...(stdin ? { stdin: 'true' } : {}),
    stdout: 'true',
    stderr: 'true',
  };
  // A query of ours has no room for all its words.
  const { said, exitCode, time } = await requestStream<Executed>(invocation, pod, 'exec', query, {
    command: [...command],
  });
  let now = 0;
  for (const { after, text } of said) {
    await passTime(invocation, after - now);
    invocation.streams.out(text);
    now = after;
  }
  await passTime(invocation, time - now);
  if (exitCode === 0) return;
  invocation.streams.err(`command terminated with exit code ${exitCode}\n`);
  throw new ExitSilently(exitCode);
}

async function passTime(invocation: Invocation, milliseconds: number): Promise<void> {
  if (milliseconds === 0) return;
  const time = await invocation.time();
  const end = time.now() + milliseconds;
  for (let now = time.now(); now < end; now = time.now())
    // Nothing changes any more, nor does the time.
    if (!(await time.pass(end - now)) && time.now() === now) return;
}
