/** Tokens by which nodes join: secrets of kube-system (kubernetes `plugin/pkg/auth/authenticator/token/bootstrap/bootstrap.go`). */
import type { KubeObject } from '../../apimachinery/meta';
import { parseTime } from '../../apimachinery/time';
import type { Clock } from '../../sim/clock';
import type { ResourceReader } from '../resource';
import type { Asking, TokenAuthenticator } from './authenticator';
import { forApiServer } from './chain';
import { sameText } from './same-text';

export const BOOTSTRAP_TYPE = 'bootstrap.kubernetes.io/token';
const NAMESPACE = 'kube-system';
const TOKEN = /^([a-z0-9]{6})\.([a-z0-9]{16})$/;
const GROUP = /^system:bootstrappers:[a-z0-9:-]{0,255}[a-z0-9]$/;
const DEFAULT_GROUP = 'system:bootstrappers';

/** Whatever is wrong with one, to those who show it it is a token that nobody knows. */
export function bootstrapTokens(
  reader: ResourceReader,
  clock: Clock,
  audiences: readonly string[],
): TokenAuthenticator {
  return {
    name: 'bootstrap-token',
    async authenticate(token, asking) {
      const meant = forApiServer(audiences, asking);
      const [, id, secret] = TOKEN.exec(token) ?? [];
      if (!meant || id === undefined || secret === undefined) return undefined;
      const groups = await groupsOf(reader, clock, id, secret, asking);
      return groups && { user: { name: `system:bootstrap:${id}`, groups }, audiences: meant };
    },
  };
}

async function groupsOf(
  reader: ResourceReader,
  clock: Clock,
  id: string,
  secret: string,
  { note }: Asking,
): Promise<readonly string[] | undefined> {
  const name = `bootstrap-token-${id}`;
  const object = await reader.get('', 'secrets', NAMESPACE, name);
  const wrong = object ? await wrongWith(object, id, secret, clock) : 'is not there';
  if (!object || wrong !== undefined) {
    note?.(`secret ${NAMESPACE}/${name} ${wrong}`);
    return undefined;
  }
  const named = [...new Set(textOf(object, 'auth-extra-groups').split(','))].filter((group) => group !== '');
  if (named.every((group) => GROUP.test(group)))
    return [DEFAULT_GROUP, ...named.filter((group) => group !== DEFAULT_GROUP)];
  note?.(`secret ${NAMESPACE}/${name} has groups that are none of ${DEFAULT_GROUP}`);
  return undefined;
}

async function wrongWith(object: KubeObject, id: string, secret: string, clock: Clock): Promise<string | undefined> {
  if (object.metadata.deletionTimestamp) return 'is being deleted';
  if (object['type'] !== BOOTSTRAP_TYPE) return `is not of type ${BOOTSTRAP_TYPE}`;
  if (!(await sameText(textOf(object, 'token-secret'), secret))) return 'has another token-secret';
  if (textOf(object, 'token-id') !== id) return 'has another token-id';
  const expires = expirationOf(object);
  if (expires !== undefined && !(expires > clock.now())) return 'has expired';
  if (textOf(object, 'usage-bootstrap-authentication') !== 'true') return 'is not for authentication';
  return undefined;
}

/** In milliseconds, NaN where it can't be read: then it is over; undefined where it has no end. */
export function expirationOf(object: KubeObject): number | undefined {
  const text = textOf(object, 'expiration');
  return text === '' ? undefined : (parseTime(text) ?? Number.NaN);
}

function textOf(object: KubeObject, key: string): string {
  try {
    return atob(object['data']?.[key] ?? '');
  } catch {
    return '';
  }
}
