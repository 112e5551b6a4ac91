/** What a command has at hand, made when first asked for. */
import { ApiError } from '../apimachinery/status';
import { Client } from '../client/client';
import type { RestMapper } from '../client/rest-mapper';
import type { ClusterFiles, Flags, Invocation, Streams, TimePassing } from './command';
import { type Connect, type Connection, mayLeadElsewhere, type Whereabouts } from './connection';
import type { PluginPolicy } from './kuberc/plugin-policy';
import { OutputBuffer } from './output-buffer';
import type { Stillness } from './time-passing';

/** What surrounds a command; the launcher takes it from the process, tests make it up. */
export interface Surroundings {
  streams: Streams;
  environment: Record<string, string | undefined>;
  cwd: string;
  program: string;
  /** The file that began this process, where it may begin another one. */
  script?: string | undefined;
  connect: Connect;
}

export interface Parsed {
  args: string[];
  argsBeforeDash: number | undefined;
  flags: Flags;
  /** `['create', 'configmap']` */
  path: string[];
  /** Flags that the command has itself: `--user` of `create rolebinding` says nothing about who asks. */
  ownFlags: ReadonlySet<string>;
  /** Which credential plugins may run; the user's kuberc says. */
  pluginPolicy?: PluginPolicy;
}

export class CommandInvocation implements Invocation {
  readonly args: string[];
  readonly argsBeforeDash: number | undefined;
  readonly flags: Flags;
  readonly streams: Streams;
  readonly program: string;
  readonly commandPath: string;
  readonly environment: Record<string, string | undefined>;
  readonly cwd: string;
  readonly pluginPolicy: PluginPolicy | undefined;
  private readonly path: string[];
  private readonly where: Whereabouts;
  private readonly output: OutputBuffer;
  private connection: Promise<Connection> | undefined;
  private connectedClient: Promise<Client> | undefined;
  private readonly stillness: Stillness = { lately: false };
  private warned = new Set<string>();
  /** How many warnings the server sent (--warnings-as-errors). */
  warnings = 0;

  constructor(
    private readonly surroundings: Surroundings,
    parsed: Parsed,
  ) {
    this.args = parsed.args;
    this.argsBeforeDash = parsed.argsBeforeDash;
    this.flags = parsed.flags;
    this.path = parsed.path;
    this.program = surroundings.program;
    this.commandPath = [surroundings.program, ...parsed.path].join(' ');
    this.environment = surroundings.environment;
    this.cwd = surroundings.cwd;
    this.pluginPolicy = parsed.pluginPolicy;
    const { environment, cwd, pluginPolicy } = this;
    this.where = { flags: globalFlagsOnly(parsed.flags, parsed.ownFlags), environment, cwd, pluginPolicy };
    this.output = new OutputBuffer(surroundings.streams, () => this.flush());
    this.streams = this.output.streams;
  }

  client(): Promise<Client> {
    this.connectedClient ??= this.makeClient();
    return this.connectedClient;
  }

  async mapper(): Promise<RestMapper> {
    return (await this.connected()).mapper();
  }

  async namespace(): Promise<{ namespace: string; explicit: boolean }> {
    const given = this.flags.string('namespace');
    if (given !== '') return { namespace: given, explicit: true };
    const { kubeconfig } = await this.files();
    return { namespace: (await kubeconfig.namespace(this.flags)) || 'default', explicit: false };
  }

  async time(): Promise<TimePassing> {
    const { liveTime, tickingTime } = await import('./time-passing');
    if ((await this.connected()).live) return liveTime(() => this.release());
    return tickingTime(await this.client(), () => this.release(), this.stillness);
  }

  async files(): Promise<ClusterFiles> {
    return this.surroundings.connect.files(this.where);
  }

  fieldManager(fallback: string): string {
    return this.flags.changed('field-manager') ? this.flags.string('field-manager') : fallback;
  }

  checkpoint(): Promise<void> {
    return this.output.checkpoint();
  }

  release(): Promise<void> {
    return this.output.release();
  }

  /** Lets go of the cluster, if it was opened. */
  async close(): Promise<void> {
    const connection = this.connection;
    this.connection = undefined;
    if (connection) await (await connection.catch(() => undefined))?.transport.close();
  }

  private connected(): Promise<Connection> {
    this.connection ??= this.surroundings.connect.open(this.where);
    return this.connection;
  }

  private async flush(): Promise<void> {
    const connection = await this.connection?.catch(() => undefined);
    await connection?.transport.flush();
  }

  private async makeClient(): Promise<Client> {
    const { transport } = await this.connected();
    const headers = await this.impersonation();
    return new Client(headers ? withHeaders(transport, headers) : transport, {
      // client-go's form: the command that is run, its version, and what it runs on.
      userAgent: `kubectl/v1.36.3 (${this.path.join('-')}) kubernetes/kubetick`,
      onWarning: (text) => this.warn(text),
    });
  }

  /** Nothing is loaded for who asks as the admin of the folder, which is most of them. */
  private async impersonation(): Promise<Record<string, string> | undefined> {
    const { flags } = this.where;
    const { kubeconfig } = await this.files();
    const elsewhere = mayLeadElsewhere(this.where, kubeconfig);
    if (!elsewhere && !IMPERSONATING.some((name) => flags.changed(name))) return undefined;
    const { impersonationOf, NO_USER } = await import('./impersonation');
    if (!elsewhere) return impersonationOf(flags, NO_USER);
    const { namedUser } = await import('./server-access');
    return impersonationOf(flags, await namedUser(flags, kubeconfig));
  }

  /** Warnings of the server, each text once a command (rest.NewWarningWriter with Deduplicate). */
  private warn(text: string): void {
    this.warnings++;
    if (this.warned.has(text)) return;
    this.warned.add(text);
    this.streams.err(`Warning: ${text}\n`);
  }
}

const IMPERSONATING = ['as', 'as-group', 'as-uid', 'as-user-extra'];

/** Flags that say where the cluster is: those that a command has under the same name are none of them. */
function globalFlagsOnly(flags: Flags, own: ReadonlySet<string>): Flags {
  return {
    string: (name) => (own.has(name) ? '' : flags.string(name)),
    bool: (name) => !own.has(name) && flags.bool(name),
    int: (name) => (own.has(name) ? 0 : flags.int(name)),
    duration: (name) => (own.has(name) ? 0 : flags.duration(name)),
    strings: (name) => (own.has(name) ? [] : flags.strings(name)),
    changed: (name) => !own.has(name) && flags.changed(name),
    given: () => flags.given().filter(({ name }) => !own.has(name)),
  };
}

function withHeaders(transport: Connection['transport'], headers: Record<string, string>): Connection['transport'] {
  const { wire } = transport;
  return {
    ...(wire && {
      wire: {
        ...wire,
        exchange: (request) => wire.exchange({ ...request, headers: { ...request.headers, ...headers } }),
      },
    }),
    send: (request) => transport.send({ ...request, headers: { ...request.headers, ...headers } }),
    close: () => transport.close(),
    flush: () => transport.flush(),
  };
}

/** True for an error that says a thing is not there. */
export function isNotFound(error: unknown): boolean {
  return error instanceof ApiError && error.code === 404 && error.reason === 'NotFound';
}
