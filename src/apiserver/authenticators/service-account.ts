/**
 * Tokens of service accounts: the bound ones that are asked for, and those that lie in secrets (kubernetes
 * `pkg/serviceaccount/jwt.go` AuthenticateToken, `claims.go` and `legacy.go` Validate).
 */
import { compactVerify, decodeJwt, decodeProtectedHeader } from 'jose';
import { isObject, type Json, type JsonObject } from '../../apimachinery/json';
import { parseJson } from '../../apimachinery/json-text';
import type { KubeObject } from '../../apimachinery/meta';
import { notFound } from '../../apimachinery/status';
import { parseTime } from '../../apimachinery/time';
import type { Clock } from '../../sim/clock';
import type { UserInfo } from '../authentication';
import type { ResourceReader } from '../resource';
import type { Asking, Found, TokenAuthenticator } from './authenticator';
import { sameText } from './same-text';
import { LEGACY_ISSUER, username } from './service-account-claims';
import type { ServiceAccountKey } from './service-account-key';

/** Clocks differ by as much (jwt.DefaultLeeway), in seconds. */
const LEEWAY = 60;
const INVALID_SINCE = 'kubernetes.io/legacy-token-invalid-since';

export interface ServiceAccountTokens {
  key: ServiceAccountKey;
  /** Who signs them: the first signs, of the others tokens are taken too. */
  issuers: readonly string[];
  /** The names that the API server goes by. */
  audiences: readonly string[];
  reader: ResourceReader;
  clock: Clock;
}

/** Of both kinds; each has an issuer of its own. */
export function serviceAccountAuthenticators(tokens: ServiceAccountTokens): TokenAuthenticator[] {
  return [
    {
      name: 'service-account (in a secret)',
      authenticate: async (token, asking) => {
        const claims = await verifiedClaims(token, [LEGACY_ISSUER], tokens, asking);
        if (!claims) return undefined;
        return { user: await legacyUser(token, claims.all, tokens), audiences: claims.audiences };
      },
    },
    {
      name: 'service-account',
      authenticate: async (token, asking) => {
        const claims = await verifiedClaims(token, tokens.issuers, tokens, asking);
        if (!claims) return undefined;
        return { user: await boundUser(claims.all, tokens), audiences: claims.audiences };
      },
    },
  ];
}

/** Undefined where the token is none of these issuers'. */
async function verifiedClaims(
  token: string,
  issuers: readonly string[],
  { key, audiences: own }: ServiceAccountTokens,
  { audiences: wanted }: Asking,
): Promise<{ all: JsonObject; audiences: NonNullable<Found['audiences']> } | undefined> {
  let kid: string | undefined;
  try {
    const { iss } = decodeJwt(token);
    if (typeof iss !== 'string' || !issuers.includes(iss)) return undefined;
    ({ kid } = decodeProtectedHeader(token));
  } catch {
    return undefined;
  }
  const { algorithm, id, key: publicKey } = await key.public();
  if (kid !== undefined && kid !== '' && kid !== id) throw new Error('invalid signature, no keys found');
  let payload: Uint8Array;
  try {
    // Of one algorithm only, whatever the token says: that of the key.
    ({ payload } = await compactVerify(token, publicKey, { algorithms: [algorithm] }));
  } catch {
    throw new Error('go-jose/go-jose: error in cryptographic primitive');
  }
  const all = parseJson(new TextDecoder().decode(payload));
  if (!isObject(all) || !issuers.includes(String(all['iss']))) throw new Error('token issuer is invalid');
  const named = strings(all['aud']);
  const meant = named.length > 0 ? named : own;
  const audiences = meant.filter((one) => wanted.includes(one));
  if (audiences.length === 0)
    throw new Error(`token audiences ${quoted(meant)} is invalid for the target audiences ${quoted(wanted)}`);
  return { all, audiences };
}

async function boundUser(claims: JsonObject, { reader, clock }: ServiceAccountTokens): Promise<UserInfo> {
  checkTimes(claims, clock);
  const kubernetes = objectOf(claims['kubernetes.io']);
  const namespace = text(kubernetes['namespace']);
  const account = objectOf(kubernetes['serviceaccount']);
  const name = text(account['name']);
  const gone = (object: KubeObject) => deletedBefore(object, clock.now() - LEEWAY * 1000);
  const found = await accountNamed(reader, namespace, name);
  const uid = found.metadata.uid ?? '';
  if (uid !== text(account['uid']))
    throw new Error(`service account UID (${uid}) does not match claim (${text(account['uid'])})`);
  if (gone(found)) throw new Error(`service account ${namespace}/${name} has been deleted`);
  const check = async (kind: 'secret' | 'pod' | 'node', home: string) => {
    const reference = objectOf(kubernetes[kind]);
    const object = await reader.get('', `${kind}s`, home, text(reference['name']));
    if (!object) throw new Error('service account token has been invalidated');
    const [now, then] = [object.metadata.uid ?? '', text(reference['uid'])];
    if (now !== then)
      throw new Error(`${kind} UID (${now}) does not match service account ${kind} ref claim (${then})`);
    if (gone(object)) throw new Error('service account token has been invalidated');
  };
  const { secret, pod, node } = kubernetes;
  if (secret !== undefined) await check('secret', namespace);
  if (pod !== undefined) await check('pod', namespace);
  // Of a pod's token the node is told, and it may go.
  if (node !== undefined && pod === undefined) await check('node', '');
  const extra: Record<string, readonly string[]> = {};
  const tell = (key: string, value: string) => {
    if (value !== '') extra[`authentication.kubernetes.io/${key}`] = [value];
  };
  tell('pod-name', text(objectOf(pod)['name']));
  tell('pod-uid', text(objectOf(pod)['uid']));
  tell('credential-id', claims['jti'] ? `JTI=${text(claims['jti'])}` : '');
  tell('node-name', text(objectOf(node)['name']));
  tell('node-uid', text(objectOf(node)['uid']));
  return accountUser(namespace, name, uid, extra);
}

function checkTimes(claims: JsonObject, clock: Clock): void {
  const now = Math.floor(clock.now() / 1000);
  const { exp, nbf, iat } = claims;
  if (typeof nbf === 'number' && now + LEEWAY < nbf) throw new Error('service account token is not valid yet');
  if (typeof exp === 'number' && now - LEEWAY > exp) throw new Error('service account token has expired');
  if (typeof iat === 'number' && now + LEEWAY < iat) throw new Error('service account token is issued in the future');
  // Every one that is issued has an end.
  if (typeof exp !== 'number') throw new Error('service account token claims could not be validated');
}

async function legacyUser(token: string, claims: JsonObject, { reader }: ServiceAccountTokens): Promise<UserInfo> {
  const claim = (name: string) => text(claims[`kubernetes.io/serviceaccount/${name}`]);
  const subject = text(claims['sub']);
  if (subject === '') throw new Error('sub claim is missing');
  const namespace = claim('namespace');
  if (namespace === '') throw new Error('namespace claim is missing');
  const secretName = claim('secret.name');
  if (secretName === '') throw new Error('secretName claim is missing');
  const name = claim('service-account.name');
  if (name === '') throw new Error('serviceAccountName claim is missing');
  const uid = claim('service-account.uid');
  if (uid === '') throw new Error('serviceAccountUID claim is missing');
  if (subject !== username(namespace, name)) throw new Error('sub claim is invalid');
  const secret = await reader.get('', 'secrets', namespace, secretName);
  if (!secret || secret.metadata.deletionTimestamp) throw new Error('Token has been invalidated');
  if (!(await sameText(secret['data']?.token ?? '', btoa(token))))
    throw new Error("Token does not match server's copy");
  if (secret.metadata.labels?.[INVALID_SINCE])
    throw new Error(
      `the token in secret ${namespace}/${secretName} for service account ${namespace}/${name} has been marked invalid. ` +
        `Use tokens from the TokenRequest API or manually created secret-based tokens, or remove the '${INVALID_SINCE}' label from the secret to temporarily allow use of this token`,
    );
  const account = await accountNamed(reader, namespace, name);
  if (account.metadata.deletionTimestamp) throw new Error(`ServiceAccount ${namespace}/${name} has been deleted`);
  if (account.metadata.uid !== uid)
    throw new Error(`ServiceAccount UID (${account.metadata.uid}) does not match claim (${uid})`);
  return accountUser(namespace, name, uid, {});
}

async function accountNamed(reader: ResourceReader, namespace: string, name: string): Promise<KubeObject> {
  const account = await reader.get('', 'serviceaccounts', namespace, name);
  if (!account) throw notFound({ group: '', resource: 'serviceaccounts' }, name);
  return account;
}

/** ServiceAccountInfo.UserInfo. */
function accountUser(namespace: string, name: string, uid: string, extra: Record<string, readonly string[]>): UserInfo {
  const groups = ['system:serviceaccounts', `system:serviceaccounts:${namespace}`];
  return {
    name: username(namespace, name),
    groups,
    ...(uid ? { uid } : {}),
    ...(Object.keys(extra).length > 0 ? { extra } : {}),
  };
}

function deletedBefore({ metadata: { deletionTimestamp } }: KubeObject, instant: number): boolean {
  return deletionTimestamp !== undefined && (parseTime(deletionTimestamp) ?? 0) < instant;
}

function objectOf(value: Json | undefined): JsonObject {
  return isObject(value) ? value : {};
}

function text(value: Json | undefined): string {
  return typeof value === 'string' ? value : '';
}

function strings(value: Json | undefined): string[] {
  const all = Array.isArray(value) ? value : value === undefined ? [] : [value];
  return all.filter((one) => typeof one === 'string');
}

/** As Go's %q prints a list. */
function quoted(list: readonly string[]): string {
  return `[${list.map((one) => JSON.stringify(one)).join(' ')}]`;
}
