/** `Authorization: Bearer …` (apiserver `authentication/request/bearertoken`, `token/union`). */
import type { ApiRequest } from '../../client/transport';
import { type Asking, type Found, joined, type RequestAuthenticator, type TokenAuthenticator } from './authenticator';

const INVALID = 'invalid bearer token';

/** Asks those that know tokens in turn, until one knows this one. */
export class BearerTokens implements RequestAuthenticator {
  readonly name = 'bearer-token';

  constructor(private readonly tokens: readonly TokenAuthenticator[]) {}

  async authenticate({ headers }: ApiRequest, asking: Asking): Promise<Found | undefined> {
    const token = bearerToken(headers?.['authorization']);
    if (token === undefined) return undefined;
    const errors: string[] = [];
    for (const { name, authenticate } of this.tokens.map(bound)) {
      try {
        const found = await authenticate(token, asking);
        asking.tell?.(name, found ? { user: found.user } : 'nothing of its kind');
        if (found) return found;
      } catch (error) {
        const { message } = error as Error;
        asking.tell?.(name, { refused: message });
        errors.push(message);
      }
    }
    throw new Error(errors.length > 0 ? joined(errors) : INVALID);
  }
}

function bound(one: TokenAuthenticator) {
  return { name: one.name, authenticate: one.authenticate.bind(one) };
}

/** Undefined where the header is of another scheme, or has nothing behind it. */
export function bearerToken(header: string | undefined): string | undefined {
  const [scheme = '', token = ''] = (header ?? '').trim().split(' ', 2);
  return scheme.toLowerCase() === 'bearer' && token !== '' ? token : undefined;
}
