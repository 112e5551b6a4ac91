/** Turns ways to be known on and off: reads the settings that the cluster has, changes them, and gives them back. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { isObject, type Json, type JsonObject, jsonOf } from '../../apimachinery/json';
import {
  type AuthenticationSettings,
  type JwtSettings,
  METHODS,
  type Method,
  ON_BY_DEFAULT,
} from '../../apiserver/authenticators/settings';
import { CommandError, type Invocation } from '../command';

const PATH = '/kubetick/authentication';
const OWN_ISSUER = 'https://kubernetes.default.svc.cluster.local';

export async function enable(invocation: Invocation): Promise<void> {
  const { args, streams } = invocation;
  const method = methodIn(args[0]);
  if (args.length > (TAKES_FILE.has(method) ? 2 : 1))
    throw new CommandError(`${method} takes no such argument: ${args.at(-1)}`);
  const settings = await current(invocation);
  const { disabled = [], ...rest } = settings;
  const without = disabled.filter((one) => one !== method);
  const kept = { ...rest, ...(without.length > 0 ? { disabled: without } : {}) };
  await put(invocation, { ...kept, ...(await given(method, args[1], invocation, kept)) });
  if (method === 'password-file') {
    const { PASSWORD_WARNING } = await import('../../apiserver/authenticators/file-users');
    streams.err(`Warning: ${PASSWORD_WARNING}\n`);
  }
  streams.out(`authentication by ${method} enabled\n`);
}

export async function disable(invocation: Invocation): Promise<void> {
  const { args, streams } = invocation;
  const method = methodIn(args[0]);
  if (args.length > 1) throw new CommandError(`${method} takes no such argument: ${args[1]}`);
  const settings = await current(invocation);
  const fields: Partial<Record<Method, keyof AuthenticationSettings>> = {
    anonymous: 'anonymous',
    oidc: 'jwt',
    'password-file': 'passwords',
    'request-header': 'requestHeader',
    'token-file': 'tokens',
    webhook: 'webhook',
  };
  const field = fields[method];
  const kept: AuthenticationSettings = { ...settings };
  if (field) delete kept[field];
  const disabled = ON_BY_DEFAULT.includes(method) ? [...new Set([...(kept.disabled ?? []), method])] : kept.disabled;
  await put(invocation, { ...kept, ...(disabled ? { disabled } : {}) });
  streams.out(`authentication by ${method} disabled\n`);
}

const TAKES_FILE: ReadonlySet<Method> = new Set(['oidc', 'password-file', 'token-file', 'webhook']);

function methodIn(name: string | undefined): Method {
  const found = METHODS.find((method) => method === name);
  if (found) return found;
  const told = name === undefined ? 'METHOD is required' : `there is no method ${JSON.stringify(name)}`;
  throw new CommandError(`${told}; one of ${METHODS.join(', ')}`);
}

async function current(invocation: Invocation): Promise<AuthenticationSettings> {
  const client = await invocation.client();
  return client.request<JsonObject>({ method: 'GET', path: PATH }) as unknown as Promise<AuthenticationSettings>;
}

async function put(invocation: Invocation, settings: AuthenticationSettings): Promise<void> {
  const client = await invocation.client();
  await client.request<JsonObject>({ method: 'PUT', path: PATH, body: jsonOf(settings) });
}

/** What a method needs. @throws CommandError for what it lacks, and for files that can't be read */
async function given(
  method: Method,
  file: string | undefined,
  invocation: Invocation,
  before: AuthenticationSettings,
): Promise<Partial<AuthenticationSettings>> {
  const { flags } = invocation;
  switch (method) {
    case 'anonymous':
      return { anonymous: { conditions: flags.strings('path').map((path) => ({ path })) } };
    case 'token-file':
      return { tokens: await usersIn(invocation, file, 'token') };
    case 'password-file':
      return { passwords: await usersIn(invocation, file, 'password') };
    case 'request-header':
      return { requestHeader: requestHeader(invocation) };
    case 'webhook': {
      const version = flags.string('authentication-token-webhook-version');
      if (version !== 'v1' && version !== 'v1beta1')
        throw new CommandError('--authentication-token-webhook-version must be v1 or v1beta1');
      const kubeConfigFile = resolve(invocation.cwd, fileName(file, 'a kubeconfig'));
      read(invocation, kubeConfigFile);
      return {
        webhook: { kubeConfigFile, version, cacheTTL: flags.duration('authentication-token-webhook-cache-ttl') },
      };
    }
    case 'oidc':
      return oidc(invocation, file, before);
    case 'x509':
      if (flags.string('client-crl-file'))
        throw new CommandError(
          'certificates can not be revoked by a list: Kubernetes reads no CRL. Issue certificates for a short time, take away what roles they have, or make a new authority',
        );
      return {};
    default:
      return {};
  }
}

function fileName(file: string | undefined, what: string): string {
  if (file === undefined) throw new CommandError(`the name of ${what} is required`);
  return file;
}

function read({ cwd }: Invocation, file: string): string {
  try {
    return readFileSync(resolve(cwd, file), 'utf8');
  } catch {
    throw new CommandError(`open ${file}: no such file or directory`);
  }
}

async function usersIn(invocation: Invocation, file: string | undefined, what: 'token' | 'password') {
  const name = fileName(file, `a ${what} file`);
  const { readUserFile } = await import('../../apiserver/authenticators/file-users');
  try {
    return readUserFile(read(invocation, name), name, what);
  } catch (error) {
    throw error instanceof CommandError ? error : new CommandError((error as Error).message);
  }
}

function requestHeader(invocation: Invocation): NonNullable<AuthenticationSettings['requestHeader']> {
  const { flags } = invocation;
  const file = flags.string('requestheader-client-ca-file');
  if (file === '') throw new CommandError('--requestheader-client-ca-file is required');
  return {
    authority: read(invocation, file),
    allowedNames: flags.strings('requestheader-allowed-names'),
    usernameHeaders: flags.strings('requestheader-username-headers'),
    uidHeaders: flags.strings('requestheader-uid-headers'),
    groupHeaders: flags.strings('requestheader-group-headers'),
    extraHeaderPrefixes: flags.strings('requestheader-extra-headers-prefix'),
  };
}

/** By a file, or by the flags that stand for one (BuiltInAuthenticationOptions.ToAuthenticationConfig). */
async function oidc(
  invocation: Invocation,
  file: string | undefined,
  before: AuthenticationSettings,
): Promise<Partial<AuthenticationSettings>> {
  const { flags } = invocation;
  const byFlags = flags.string('oidc-issuer-url') !== '' || flags.string('oidc-client-id') !== '';
  if (file !== undefined && byFlags)
    throw new CommandError('authentication-config file and oidc-* flags are mutually exclusive');
  if (file === undefined && !(flags.string('oidc-issuer-url') && flags.string('oidc-client-id')))
    throw new CommandError(
      'oidc-issuer-url and oidc-client-id must be specified together when any oidc-* flags are set',
    );
  const { readAuthenticationConfiguration } = await import('../../apiserver/authenticators/configuration');
  let value: Json;
  if (file === undefined) value = configurationOfFlags(invocation);
  else {
    const { parseYaml } = await import('../../yaml/read');
    value = parseYaml(read(invocation, file));
  }
  try {
    const { jwt = [], anonymous, anonymousOff } = readAuthenticationConfiguration(value, OWN_ISSUER);
    return {
      jwt: withKeys(invocation, jwt),
      ...(anonymous ? { anonymous } : {}),
      ...(anonymousOff ? { disabled: [...new Set([...(before.disabled ?? []), 'anonymous' as const])] } : {}),
    };
  } catch (error) {
    throw error instanceof CommandError ? error : new CommandError((error as Error).message);
  }
}

function configurationOfFlags(invocation: Invocation): JsonObject {
  const { flags } = invocation;
  const url = flags.string('oidc-issuer-url');
  const claim = flags.string('oidc-username-claim');
  const prefix = flags.string('oidc-username-prefix');
  const groups = flags.string('oidc-groups-claim');
  const authority = flags.string('oidc-ca-file');
  const usual = claim === 'email' ? '' : `${url}#`;
  return {
    apiVersion: 'apiserver.config.k8s.io/v1',
    kind: 'AuthenticationConfiguration',
    jwt: [
      {
        issuer: {
          url,
          audiences: [flags.string('oidc-client-id')],
          ...(authority ? { certificateAuthority: read(invocation, authority) } : {}),
        },
        claimMappings: {
          username: { claim, prefix: prefix === '-' ? '' : prefix || usual },
          ...(groups ? { groups: { claim: groups, prefix: flags.string('oidc-groups-prefix') } } : {}),
        },
        claimValidationRules: flags.strings('oidc-required-claim').map((pair) => {
          const at = pair.indexOf('=');
          if (at < 1) throw new CommandError(`invalid required claim ${JSON.stringify(pair)}: must be key=value`);
          return { claim: pair.slice(0, at), requiredValue: pair.slice(at + 1) };
        }),
      },
    ],
  };
}

/** `--jwks FILE` for the one issuer there is, `--jwks ISSUER=FILE` for one of several. */
function withKeys(invocation: Invocation, issuers: readonly JwtSettings[]): JwtSettings[] {
  const keys = new Map<string, JsonObject>();
  for (const pair of invocation.flags.strings('jwks')) {
    const issuer = issuers.find(({ issuer: { url } }) => pair.startsWith(`${url}=`));
    const [only, ...others] = issuers;
    if (!issuer && (!only || others.length > 0))
      throw new CommandError(`--jwks ${pair}: say whose keys they are: ISSUER=FILE`);
    const { url } = (issuer ?? only)?.issuer ?? { url: '' };
    const file = issuer ? pair.slice(url.length + 1) : pair;
    let value: Json;
    try {
      value = JSON.parse(read(invocation, file));
    } catch (error) {
      throw error instanceof CommandError ? error : new CommandError(`${file}: ${(error as Error).message}`);
    }
    if (!isObject(value) || !Array.isArray(value['keys'])) throw new CommandError(`${file} is no JSON Web Key Set`);
    keys.set(url, value);
  }
  return issuers.map((one) => {
    const found = keys.get(one.issuer.url);
    return found ? { ...one, keys: found } : one;
  });
}
