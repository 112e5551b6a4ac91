/** Runs `cluster-info dump` (ClusterInfoDumpOptions). */
import { existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { formatGroupVersion, type KubeList, type KubeObject } from '../../apimachinery/meta';
import { ApiError } from '../../apimachinery/status';
import { type Client, type ResourcePath, resourcePath } from '../../client/client';
import type { Printer } from '../../printers/printer';
import { CommandError, type Invocation } from '../command';
import { messageOf } from '../errors';
import { goFileError, printerFor } from '../print-objects';
import { type TypedObjects, typedObjects } from '../typed-objects';

const core = (resource: string): ResourcePath => ({ group: '', version: 'v1', resource });
const apps = (resource: string): ResourcePath => ({ group: 'apps', version: 'v1', resource });

/** What is dumped of a namespace, and what its files are called. */
const OF_NAMESPACE: readonly { path: ResourcePath; kind: string; file: string }[] = [
  { path: core('events'), kind: 'Event', file: 'events' },
  { path: core('replicationcontrollers'), kind: 'ReplicationController', file: 'replication-controllers' },
  { path: core('services'), kind: 'Service', file: 'services' },
  { path: apps('daemonsets'), kind: 'DaemonSet', file: 'daemonsets' },
  { path: apps('deployments'), kind: 'Deployment', file: 'deployments' },
  { path: apps('replicasets'), kind: 'ReplicaSet', file: 'replicasets' },
  { path: core('pods'), kind: 'Pod', file: 'pods' },
];

export async function dumpCluster(invocation: Invocation): Promise<void> {
  const { flags, streams } = invocation;
  const printer = await printerFor(invocation, '', { sortKeys: false });
  if (flags.duration('pod-running-timeout') <= 0) {
    throw new CommandError('--pod-running-timeout must be higher than zero');
  }
  const { namespace } = await invocation.namespace();
  const client = await invocation.client();
  const dump = new Dump(invocation, client, printer, await typedObjects());
  await dump.list(core('nodes'), 'Node', '', 'nodes');
  for (const each of await namespacesOf(invocation, client, namespace)) {
    let items: KubeObject[] = [];
    for (const { path, kind, file } of OF_NAMESPACE) items = await dump.list(path, kind, each, `${each}/${file}`);
    for (const pod of items) await dump.logs(pod, each);
    await invocation.checkpoint();
  }
  if (dump.folder) streams.out(`Cluster info dumped to ${dump.folder}\n`);
}

async function namespacesOf({ flags }: Invocation, client: Client, current: string): Promise<string[]> {
  if (flags.bool('all-namespaces')) {
    return (await client.list(core('namespaces'))).items.map(({ metadata }) => metadata.name ?? '');
  }
  const given = flags.strings('namespaces');
  return given.length > 0 ? given : ['kube-system', current];
}

class Dump {
  /** '' for standard output. */
  readonly folder: string;
  private readonly extension: string;

  constructor(
    private readonly invocation: Invocation,
    private readonly client: Client,
    private readonly printer: Printer,
    private readonly types: TypedObjects,
  ) {
    const { flags } = invocation;
    const folder = flags.string('output-directory');
    this.folder = folder === '-' ? '' : folder;
    const output = flags.string('output');
    this.extension = output === 'json' || output === 'yaml' ? `.${output}` : '.txt';
  }

  /** Writes down a list as its Go type holds it, and gives what is in it. */
  async list(path: ResourcePath, kind: string, namespace: string, file: string): Promise<KubeObject[]> {
    if (this.invocation.flags.string('output') === 'name') {
      throw new CommandError(`list types are not supported by name printing: *${path.version}.${kind}List`);
    }
    const { metadata, items }: KubeList = await this.client.list(path, namespace);
    const apiVersion = formatGroupVersion(path);
    const typed = items.map((item) => {
      const { kind: _, apiVersion: __, ...rest } = this.types.read({ ...item, kind, apiVersion });
      return rest as unknown as KubeObject;
    });
    const list: KubeList = { kind: `${kind}List`, apiVersion, metadata, items: typed };
    this.write(file, this.extension, this.printer.print(list));
    return items;
  }

  async logs({ metadata, spec }: KubeObject, namespace: string): Promise<void> {
    const { name = '' } = metadata;
    let text = '';
    for (const container of [...(spec?.initContainers ?? []), ...(spec?.containers ?? [])] as { name: string }[]) {
      const of = `for container ${container.name} of pod ${metadata.namespace}/${name} ====\n`;
      text += `==== START logs ${of}${await this.logOf(name, namespace, container.name)}==== END logs ${of}`;
    }
    this.write(`${namespace}/${name}/logs`, '.txt', text);
  }

  private async logOf(pod: string, namespace: string, container: string): Promise<string> {
    const path = resourcePath(core('pods'), namespace, pod, 'log');
    try {
      const log = await this.client.request({ method: 'GET', path, query: { container } });
      return typeof log === 'string' ? log : '';
    } catch (error) {
      const why = error instanceof ApiError ? `${genericMessage(error.code)} (get pods ${pod})` : messageOf(error);
      return `Request log error: ${why}\n`;
    }
  }

  private write(file: string, extension: string, text: string): void {
    if (!this.folder) {
      this.invocation.streams.out(text);
      return;
    }
    const name = `${join(this.folder, file)}${extension}`;
    const { cwd } = this.invocation;
    makeFolder(dirname(name), cwd);
    try {
      writeFileSync(resolve(cwd, name), text);
    } catch (error) {
      throw new CommandError(goFileError(error, name));
    }
  }
}

/** os.MkdirAll. Node's own tries forever where the system lets nobody make anything (/proc). */
function makeFolder(name: string, cwd: string): void {
  const path = resolve(cwd, name);
  if (existsSync(path) && statSync(path).isDirectory()) return;
  const parent = dirname(name);
  if (parent !== name) makeFolder(parent, cwd);
  try {
    mkdirSync(path, 0o755);
  } catch (error) {
    const what = (error as NodeJS.ErrnoException).code === 'EEXIST' ? 'not a directory' : undefined;
    throw new CommandError(`mkdir ${name}: ${what ?? goFileError(error, name).replace(/^.*: /, '')}`);
  }
}

/** What a client says of an answer that it takes for text, by its code alone (errors.NewGenericServerResponse). */
function genericMessage(code: number): string {
  if (Object.hasOwn(GENERIC_MESSAGES, code)) return GENERIC_MESSAGES[code] as string;
  if (code >= 500) return 'an error on the server ("unknown") has prevented the request from succeeding';
  return `the server responded with the status code ${code} but did not return more information`;
}

const GENERIC_MESSAGES: Readonly<Record<number, string>> = {
  400: 'the server rejected our request for an unknown reason',
  401: 'the server has asked for the client to provide credentials',
  403: 'unknown',
  404: 'the server could not find the requested resource',
  405: 'the server does not allow this method on the requested resource',
  429: 'the server has received too many requests and has asked us to try again later',
  503: 'the server is currently unable to handle the request',
  504: 'the server was unable to return a response in the time allotted, but may still be processing the request',
};
