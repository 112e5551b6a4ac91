/** The ways to be known to a cluster, in upstream's order (kubernetes `pkg/kubeapiserver/authenticator/config.go`). */
import type { RequestAuthenticator, TokenAuthenticator } from '../apiserver/authenticators/authenticator';
import { BearerTokens } from '../apiserver/authenticators/bearer-token';
import { bootstrapTokens } from '../apiserver/authenticators/bootstrap-token';
import { type Anonymous, AuthenticatorChain } from '../apiserver/authenticators/chain';
import { passwords, staticTokens } from '../apiserver/authenticators/file-users';
import type { LabelSecret } from '../apiserver/authenticators/legacy-tokens';
import type { AskIssuer } from '../apiserver/authenticators/oidc';
import { requestHeaders } from '../apiserver/authenticators/request-header';
import { serviceAccountAuthenticators } from '../apiserver/authenticators/service-account';
import { type AuthenticationSettings, isEnabled } from '../apiserver/authenticators/settings';
import type { TokenIssuer } from '../apiserver/authenticators/token-issuer';
import type { AskTokenWebhook } from '../apiserver/authenticators/webhook';
import { certificateAuthenticator } from '../apiserver/authenticators/x509';
import type { ResourceReader } from '../apiserver/resource';
import { wallClockNow } from '../host/wall-clock';
import type { Clock } from '../sim/clock';

export interface AuthenticationSource {
  settings: AuthenticationSettings;
  issuer: TokenIssuer;
  reader: ResourceReader;
  labelSecret: LabelSecret;
  clock: Clock;
  /** What comes before all else: the admin's token. */
  first: readonly RequestAuthenticator[];
  /** Where everybody may do everything, once known: the only paths on which nobody needs to be. */
  publicPaths: ReadonlySet<string> | undefined;
  askWebhook: AskTokenWebhook | undefined;
  askIssuer: AskIssuer | undefined;
}

export async function authenticatorChain(source: AuthenticationSource): Promise<AuthenticatorChain> {
  const { settings, issuer, clock, first } = source;
  const { audiences } = issuer;
  const methods = [...first];
  if (settings.requestHeader) methods.push(requestHeaders(settings.requestHeader, audiences));
  if (settings.passwords) methods.push(passwords(settings.passwords, audiences));
  if (isEnabled('x509', settings)) methods.push(certificateAuthenticator(clock));
  methods.push(new BearerTokens(await tokenAuthenticators(source)));
  return new AuthenticatorChain(methods, audiences, anonymousOf(source));
}

async function tokenAuthenticators(source: AuthenticationSource): Promise<TokenAuthenticator[]> {
  const { settings, issuer, reader, labelSecret, clock } = source;
  const { audiences, key } = issuer;
  const tokens: TokenAuthenticator[] = [];
  if (settings.tokens) tokens.push(staticTokens(settings.tokens, audiences));
  if (isEnabled('service-account', settings))
    tokens.push(...serviceAccountAuthenticators({ key, issuers: [issuer.url], audiences, reader, clock, labelSecret }));
  if (isEnabled('bootstrap-token', settings)) tokens.push(bootstrapTokens(reader, clock, audiences));
  // After those of service accounts, whose tokens look alike: its keys may have to be asked for.
  if (settings.jwt?.length) {
    const { OpenIdConnect } = await import('../apiserver/authenticators/oidc');
    tokens.push(...settings.jwt.map((one) => new OpenIdConnect(one, audiences, wallClockNow, source.askIssuer)));
  }
  if (settings.webhook) {
    const { TokenWebhook } = await import('../apiserver/authenticators/webhook');
    tokens.push(new TokenWebhook(settings.webhook, source.askWebhook, clock, audiences));
  }
  return tokens;
}

function anonymousOf({ settings, publicPaths }: AuthenticationSource): Anonymous | undefined {
  if (!isEnabled('anonymous', settings)) return undefined;
  const conditions = settings.anonymous?.conditions ?? [];
  if (conditions.length > 0) return { paths: new Set(conditions.map(({ path }) => path)) };
  return publicPaths ? { paths: publicPaths } : {};
}
