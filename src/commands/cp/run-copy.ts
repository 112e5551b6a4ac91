/** Validates and runs `cp` (CopyOptions): as far as the tar in the container, which a simulated one has not got. */
import { existsSync } from 'node:fs';
import { posix, resolve } from 'node:path';
import { CommandError, type Invocation } from '../command';
import { execInto } from '../exec/run-exec';
import { PODS } from '../pods/pods-of';

interface FileSpec {
  namespace: string;
  pod: string;
  file: string;
}

export async function runCopy(invocation: Invocation): Promise<void> {
  const { args, cwd, streams } = invocation;
  if (args.length !== 2) throw new CommandError('source and destination are required');
  const [source, destination] = args.map(parseFileSpec) as [FileSpec, FileSpec];
  if (source.pod !== '' && destination.pod !== '') {
    throw new CommandError('one of src or dest must be a local file specification');
  }
  if (source.file === '' || destination.file === '') throw new CommandError('filepath can not be empty');
  if (source.pod !== '') {
    // The notice of a container that was chosen is printed where its output would be.
    return copy(invocation, source, ['tar', 'cf', '-', source.file], streams.out);
  }
  if (destination.pod === '') throw new CommandError('one of src or dest must be a remote file specification');
  if (!existsSync(resolve(cwd, source.file))) {
    throw new CommandError(`${source.file} doesn't exist in local filesystem`);
  }
  const extract = invocation.flags.bool('no-preserve')
    ? ['tar', '--no-same-permissions', '--no-same-owner', '-xmf', '-']
    : ['tar', '-xmf', '-'];
  await copy(invocation, destination, [...extract, '-C', posix.dirname(destination.file)], streams.err);
}

async function copy(
  invocation: Invocation,
  { namespace, pod: name }: FileSpec,
  command: readonly string[],
  notice: (text: string) => void,
): Promise<void> {
  const client = await invocation.client();
  const pod = await client.get(PODS, namespace || (await invocation.namespace()).namespace, name);
  const container = invocation.flags.string('container');
  await execInto(invocation, pod, { command, container, stdin: command.includes('-xmf'), notice });
}

/** `[[namespace/]pod:]file/path` (extractFileSpec). */
function parseFileSpec(text: string): FileSpec {
  const colon = text.indexOf(':');
  const path = (file: string) => (file !== '/' && file.endsWith('/') ? file.slice(0, -1) : file);
  if (colon < 0) return { namespace: '', pod: '', file: path(text) };
  const pieces = text.slice(0, colon).split('/');
  if (colon === 0 || pieces.length > 2) {
    throw new CommandError('filespec must match the canonical format: [[namespace/]pod:]file/path');
  }
  const pod = pieces.at(-1) as string;
  return { namespace: pieces.length === 2 ? (pieces[0] as string) : '', pod, file: path(text.slice(colon + 1)) };
}
