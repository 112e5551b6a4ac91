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
    for (const one of this.tokens) {
      let noted: string | undefined;
      const note = (why: string) => {
        noted = why;
      };
      try {
        const found = await one.authenticate(token, { ...asking, note });
        const nothing = noted === undefined ? 'nothing of its kind' : { ignored: noted };
        asking.tell?.(one.name, found ? { user: found.user } : nothing);
        if (found) return found;
      } catch (error) {
        const { message } = error as Error;
        asking.tell?.(one.name, { refused: message });
        errors.push(message);
      }
    }
    throw new Error(errors.length > 0 ? joined(errors) : INVALID);
  }
}

/** Undefined where the header is of another scheme, or has nothing behind it. */
export function bearerToken(header: string | undefined): string | undefined {
  const [scheme = '', token = ''] = (header ?? '').trim().split(' ', 2);
  return scheme.toLowerCase() === 'bearer' && token !== '' ? token : undefined;
}
