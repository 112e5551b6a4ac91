/** The ways to be known to a cluster, in upstream's order (kubernetes `pkg/kubeapiserver/authenticator/config.go`). */
import type { RequestAuthenticator } from '../apiserver/authenticators/authenticator';
import { BearerTokens } from '../apiserver/authenticators/bearer-token';
import { type Anonymous, AuthenticatorChain } from '../apiserver/authenticators/chain';
import { serviceAccountAuthenticators } from '../apiserver/authenticators/service-account';
import type { TokenIssuer } from '../apiserver/authenticators/token-issuer';
import { certificateAuthenticator } from '../apiserver/authenticators/x509';
import type { ResourceReader } from '../apiserver/resource';
import type { Clock } from '../sim/clock';

export interface AuthenticationSource {
  issuer: TokenIssuer;
  reader: ResourceReader;
  clock: Clock;
  /** What comes before all else: the admin's token. */
  first: readonly RequestAuthenticator[];
  anonymous: Anonymous | undefined;
}

export function authenticatorChain({ issuer, reader, clock, first, anonymous }: AuthenticationSource) {
  const { key, audiences } = issuer;
  const tokens = serviceAccountAuthenticators({ key, issuers: [issuer.url], audiences, reader, clock });
  return new AuthenticatorChain(
    [...first, certificateAuthenticator(clock), new BearerTokens(tokens)],
    audiences,
    anonymous,
  );
}
