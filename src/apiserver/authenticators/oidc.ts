/**
 * Tokens of an OpenID Connect issuer (apiserver `plugin/pkg/authenticator/token/oidc/oidc.go`). They are good by the machine's clock:
 * their issuer knows no other.
 */
import { createLocalJWKSet, decodeJwt, errors, type JSONWebKeySet, jwtVerify } from 'jose';
import { isObject, type Json, type JsonObject, jsonOf } from '../../apimachinery/json';
import { formatTime } from '../../apimachinery/time';
import type { UserInfo } from '../authentication';
import type { Asking, Found, TokenAuthenticator } from './authenticator';
import { forApiServer } from './chain';
import { evaluateClaims, evaluateUser, textList } from './claim-expressions';
import type { ClaimMapping, JwtSettings } from './settings';

/** Gets a document of an issuer that is on this machine; rejects where there is none. */
export type AskIssuer = (url: string, certificateAuthority: string | undefined) => Promise<Json>;

/** Those of keys that are in two parts: never `none`, never one whose key is public too. */
const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'ES256', 'ES384', 'ES512', 'PS256', 'PS384', 'PS512'];

export class OpenIdConnect implements TokenAuthenticator {
  readonly name: string;
  private keys: Promise<ReturnType<typeof createLocalJWKSet>> | undefined;

  constructor(
    private readonly settings: JwtSettings,
    private readonly own: readonly string[],
    /** The machine's time, in milliseconds. */
    private readonly now: () => number,
    private readonly ask: AskIssuer | undefined,
  ) {
    this.name = `oidc ${settings.issuer.url}`;
  }

  async authenticate(token: string, asking: Asking): Promise<Found | undefined> {
    const { issuer } = this.settings;
    const meant = forApiServer(this.own, asking);
    if (!meant || !isOf(token, issuer.url)) return undefined;
    if (!this.settings.keys && !this.ask) {
      asking.note?.('its issuer is asked for keys by "kubetick serve" only');
      return undefined;
    }
    const claims = await this.verified(token);
    const audiences = [claims['aud'] ?? []].flat();
    if (!audiences.some((one) => issuer.audiences.includes(String(one)))) {
      const told = [`[${quoted([...issuer.audiences].sort())}]`, `[${quoted(audiences.map(String))}]`];
      throw new Error(`oidc: verify token: oidc: expected audience in ${told[0]} got ${told[1]}`);
    }
    const user = userOf(claims, this.settings);
    checkClaims(claims, this.settings);
    checkUser(user, this.settings);
    return { user, audiences: meant };
  }

  private async verified(token: string): Promise<JsonObject> {
    const { issuer } = this.settings;
    this.keys ??= this.load();
    try {
      const keys = await this.keys;
      const { payload } = await jwtVerify(token, keys, {
        algorithms: ALGORITHMS,
        issuer: issuer.url,
        currentDate: new Date(this.now()),
        requiredClaims: ['exp'],
      });
      return jsonOf(payload);
    } catch (error) {
      // Keys that are not known may be new ones; what could not be got may be there the next time.
      if (!this.settings.keys) this.keys = undefined;
      throw new Error(`oidc: verify token: ${told(error)}`);
    }
  }

  private async load() {
    const { keys, issuer } = this.settings;
    if (keys) return createLocalJWKSet(keys as unknown as JSONWebKeySet);
    const ask = this.ask as AskIssuer;
    const url = issuer.discoveryURL ?? `${issuer.url.replace(/\/$/, '')}/.well-known/openid-configuration`;
    const found = await ask(url, issuer.certificateAuthority);
    const { issuer: named = '', jwks_uri: where = '' } = isObject(found) ? found : {};
    if (named !== issuer.url)
      throw new Error(
        `oidc: issuer did not match the issuer returned by provider, expected ${JSON.stringify(issuer.url)} got ${JSON.stringify(named)}`,
      );
    return createLocalJWKSet((await ask(String(where), issuer.certificateAuthority)) as unknown as JSONWebKeySet);
  }
}

function isOf(token: string, issuer: string): boolean {
  try {
    return decodeJwt(token).iss === issuer;
  } catch {
    return false;
  }
}

function told(error: unknown): string {
  if (error instanceof errors.JWTExpired)
    return `oidc: token is expired (Token Expiry: ${goTime(Number(error.payload.exp) * 1000)})`;
  if (error instanceof errors.JWTClaimValidationFailed && error.claim === 'nbf')
    return 'oidc: current time is before the nbf (not before) time';
  if (error instanceof errors.JOSEAlgNotAllowed) return 'oidc: id token signed with unsupported algorithm';
  if (error instanceof errors.JWSSignatureVerificationFailed || error instanceof errors.JWKSNoMatchingKey)
    return 'failed to verify signature: failed to verify id token signature';
  return (error as Error).message;
}

/** As Go prints a time. */
function goTime(instant: number): string {
  return `${formatTime(instant).replace('T', ' ').replace('Z', '')} +0000 UTC`;
}

function userOf(claims: JsonObject, { claimMappings }: JwtSettings): UserInfo {
  const { username, groups, uid, extra = [] } = claimMappings;
  const name = usernameOf(claims, username);
  const inGroups = groups ? groupsOf(claims, groups) : [];
  const id = uidOf(claims, uid);
  const more = extra.map(({ key, valueExpression }): [string, string[]] => [
    key,
    because(`oidc: error evaluating extra claim expression: ${valueExpression}`, () =>
      textList(evaluateClaims(valueExpression, claims, ['string', 'list'])),
    ),
  ]);
  const told = more.filter(([, values]) => values.length > 0);
  return {
    name,
    groups: inGroups,
    ...(id ? { uid: id } : {}),
    ...(told.length > 0 ? { extra: Object.fromEntries(told) } : {}),
  };
}

function usernameOf(claims: JsonObject, { claim = '', prefix = '', expression }: ClaimMapping): string {
  if (expression) {
    const value = because('oidc: error evaluating username claim expression', () => {
      const result = evaluateClaims(expression, claims, ['string']);
      if (typeof result !== 'string') throw new Error('username claim expression must return a string');
      return result;
    });
    if (value === '') throw new Error('oidc: empty username via CEL expression is not allowed');
    return value;
  }
  const name = because(`oidc: parse username claims ${JSON.stringify(claim)}`, () => textClaim(claims, claim));
  if (claim === 'email' && claims['email_verified'] !== undefined) {
    if (typeof claims['email_verified'] !== 'boolean')
      throw new Error("oidc: parse 'email_verified' claim: it is no boolean");
    if (!claims['email_verified']) throw new Error('oidc: email not verified');
  }
  return prefix + name;
}

function groupsOf(claims: JsonObject, { claim = '', prefix = '', expression }: ClaimMapping): string[] {
  if (expression)
    return because('oidc: error evaluating group claim expression', () =>
      textList(evaluateClaims(expression, claims, ['string', 'list'])),
    );
  const value = claims[claim];
  if (value === undefined) return [];
  const all = [value].flat();
  if (!all.every((one) => typeof one === 'string'))
    throw new Error(
      `oidc: parse groups claim ${JSON.stringify(claim)}: json: cannot unmarshal into Go value of type string`,
    );
  return all.map((one) => prefix + one);
}

function uidOf(claims: JsonObject, { claim, expression }: { claim?: string; expression?: string } = {}): string {
  if (expression)
    return because('oidc: error evaluating uid claim expression', () => {
      const value = evaluateClaims(expression, claims, ['string']);
      if (typeof value !== 'string') throw new Error('uid claim expression must return a string');
      return value;
    });
  return claim ? because(`oidc: parse uid claim ${JSON.stringify(claim)}`, () => textClaim(claims, claim)) : '';
}

function checkClaims(claims: JsonObject, { claimValidationRules }: JwtSettings): void {
  for (const { claim, requiredValue = '' } of claimValidationRules) {
    if (!claim) continue;
    if (claims[claim] === undefined) throw new Error(`oidc: required claim ${claim} not present in ID token`);
    const value = because(`oidc: parse claim ${claim}`, () => textClaim(claims, claim));
    if (value !== requiredValue)
      throw new Error(`oidc: required claim ${claim} value does not match. Got = ${value}, want = ${requiredValue}`);
  }
  for (const { expression, message } of claimValidationRules)
    if (expression)
      because('oidc: error evaluating claim validation expression', () =>
        holds(expression, message, evaluateClaims(expression, claims, ['bool'])),
      );
}

function checkUser(user: UserInfo, { userValidationRules }: JwtSettings): void {
  for (const { expression, message } of userValidationRules)
    because('oidc: error evaluating user info validation rule', () =>
      holds(expression, message, evaluateUser(expression, user)),
    );
}

function holds(expression: string, message = '', value: Json): void {
  if (typeof value !== 'boolean') throw new Error('validation expression must return a boolean');
  if (!value) throw new Error(`validation expression '${expression}' failed: ${message}`);
}

function textClaim(claims: JsonObject, claim: string): string {
  const value = claims[claim];
  if (value === undefined) throw new Error('claim not present');
  if (typeof value !== 'string') throw new Error('json: cannot unmarshal into Go value of type string');
  return value;
}

/** Wraps what goes wrong, as `%w` does. */
function because<T>(context: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    throw new Error(`${context}: ${(error as Error).message}`);
  }
}

function quoted(list: readonly string[]): string {
  return list.map((one) => JSON.stringify(one)).join(' ');
}
