/**
 * Which server a command speaks to, and as whom: the flags, else the context of the kubeconfig (client-go
 * tools/clientcmd/client_config.go). Undefined stands for the cluster in the folder.
 */
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { parseDuration } from '../apimachinery/duration';
import type { ServerAccess } from '../client/https-transport';
import { CommandError, type Flags } from './command';
import type { Whereabouts } from './connection';
import type { NamedUser } from './impersonation';
import { type Kubeconfig, OWN_SERVER } from './kubeconfig/kubeconfig';
import type { KubeconfigFile } from './kubeconfig/kubeconfig-file';
import type { Credentials } from './own-credentials';

/** What the flags and the context show to the cluster in the folder. */
export type OwnAccess = Credentials & { server?: undefined };

/** @throws CommandError in kubectl's words for names that are not there and files that can't be read */
export async function serverAccess(where: Whereabouts, kubeconfig: KubeconfigFile): Promise<ServerAccess | OwnAccess> {
  const { flags, cwd } = where;
  const config = await kubeconfig.load();
  const context = (await kubeconfig.context(flags))?.context;
  const cluster = named(
    config,
    'clusters',
    flags.string('cluster') || context?.cluster,
    flags.string('cluster') !== '',
  );
  const user = named(config, 'users', flags.string('user') || context?.user, flags.string('user') !== '');
  const server = flags.string('server') || text(cluster['server']);
  const files = new NamedFiles(dirname(kubeconfig.path), cwd);
  if (kubeconfig.own && (server === '' || server === OWN_SERVER)) return credentials(where, user, files);
  if (server === '')
    throw new CommandError('invalid configuration: no configuration has been provided, try setting a server');
  const insecure = flags.changed('insecure-skip-tls-verify')
    ? flags.bool('insecure-skip-tls-verify')
    : cluster['insecure-skip-tls-verify'] === true;
  return {
    server: server.includes('://') ? server : `http://${server}`,
    insecureSkipTlsVerify: insecure,
    ...optional('certificateAuthority', insecure ? undefined : files.read(flags, 'certificate-authority', cluster)),
    ...optional('tlsServerName', flags.string('tls-server-name') || text(cluster['tls-server-name']) || undefined),
    ...(await credentials(where, user, files)),
    timeout: timeoutOf(flags),
    disableCompression: flags.bool('disable-compression') || cluster['disable-compression'] === true,
  };
}

/** The user of the flags, else of the context. */
export async function namedUser(flags: Flags, kubeconfig: KubeconfigFile): Promise<NamedUser> {
  const name = flags.string('user') || (await kubeconfig.context(flags))?.context.user || '';
  const fields = named(await kubeconfig.load(), 'users', name, flags.string('user') !== '');
  return { name, fields };
}

type Fields = { readonly [field: string]: unknown };

function named(config: Kubeconfig, list: 'clusters' | 'users', name: string | undefined, asked: boolean): Fields {
  const found = (config[list] as readonly { name: string }[]).find((each) => each.name === name);
  if (!found && asked) {
    const kind = list === 'clusters' ? 'cluster' : 'auth info';
    throw new CommandError(`${kind} ${JSON.stringify(name)} does not exist`);
  }
  const entry = found as unknown as { cluster?: Fields; user?: Fields } | undefined;
  return (list === 'clusters' ? entry?.cluster : entry?.user) ?? {};
}

async function credentials(where: Whereabouts, user: Fields, files: NamedFiles): Promise<OwnAccess> {
  const { flags } = where;
  const access: OwnAccess = {
    ...optional('clientCertificate', files.read(flags, 'client-certificate', user)),
    ...optional('clientKey', files.read(flags, 'client-key', user)),
  };
  const token = flags.string('token') || text(user['token']);
  const tokenFile = text(user['tokenFile']);
  const username = flags.string('username') || text(user['username']);
  if (token) access.token = async () => token;
  else if (tokenFile) access.token = async () => files.open(tokenFile).trim();
  else if (username) access.basic = { username, password: flags.string('password') || text(user['password']) };
  else if (user['exec']) {
    const { execCredential } = await import('./exec-credential');
    const shown: Credentials = await execCredential(where, user['exec'] as Fields);
    return { ...access, ...shown };
  }
  return access;
}

/** PEM texts: given as a file by a flag, as data or as a file by the kubeconfig, whose paths are from where it lies. */
class NamedFiles {
  constructor(
    private readonly folder: string,
    private readonly cwd: string,
  ) {}

  read(flags: Flags, field: string, entry: Fields): string | undefined {
    const flag = flags.string(field);
    if (flag) return this.readAt(resolve(this.cwd, flag), flag, field);
    const data = text(entry[`${field}-data`]);
    if (data) return Buffer.from(data, 'base64').toString('utf8');
    const file = text(entry[field]);
    return file ? this.readAt(resolve(this.folder, file), file, field) : undefined;
  }

  open(file: string): string {
    return this.readAt(resolve(this.folder, file), file, 'tokenFile');
  }

  private readAt(path: string, shown: string, field: string): string {
    try {
      return readFileSync(path, 'utf8');
    } catch {
      throw new CommandError(
        `invalid configuration: unable to read ${field} ${shown}: open ${path}: no such file or directory`,
      );
    }
  }
}

function timeoutOf(flags: Flags): number {
  const given = flags.string('request-timeout');
  if (given === '' || given === '0') return 0;
  if (/^\d+$/.test(given)) return Number(given) * 1000;
  try {
    return parseDuration(given);
  } catch {
    throw new CommandError(
      'Invalid timeout value. Timeout must be a single integer in seconds, or an integer followed by a corresponding time unit (e.g. 1s | 2m | 3h)',
    );
  }
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function optional<K extends string>(key: K, value: string | undefined): { [key in K]?: string } {
  return value === undefined ? {} : ({ [key]: value } as { [key in K]?: string });
}
