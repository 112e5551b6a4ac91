/** All ways to be known, in their order (apiserver `authentication/request/union`, `group`, `request/anonymous`). */
import type { ApiRequest } from '../../client/transport';
import {
  ANONYMOUS,
  type Authentication,
  type Hearing,
  type TokenVerdict,
  type UserInfo,
  unauthorized,
} from '../authentication';
import { type Asking, type Found, joined, type RequestAuthenticator, type Said } from './authenticator';

/** Who shows no credentials is anonymous, on all paths or on these only. */
export interface Anonymous {
  paths?: ReadonlySet<string>;
}

export interface Verdict {
  authenticator: string;
  said: Said;
}

const AUTHENTICATED = 'system:authenticated';
const UNAUTHENTICATED = 'system:unauthenticated';

export class AuthenticatorChain implements Authentication {
  constructor(
    private readonly methods: readonly RequestAuthenticator[],
    /** The names that the API server goes by: whom credentials are for unless they say. */
    readonly audiences: readonly string[],
    private readonly anonymous: Anonymous | undefined,
  ) {}

  async authenticate(request: ApiRequest, hearing: Hearing): Promise<UserInfo> {
    const { found, error } = await this.ask(request, { audiences: this.audiences, ...hearing });
    if (found) return found.user;
    const user = error === undefined ? this.anonymousUser(request) : undefined;
    if (user) return user;
    throw unauthorized();
  }

  async review(token: string, audiences: readonly string[], hearing: Hearing): Promise<TokenVerdict> {
    const wanted = audiences.length > 0 ? audiences : this.audiences;
    const request: ApiRequest = { method: 'GET', path: '', headers: { authorization: `Bearer ${token}` } };
    const { found, error } = await this.ask(request, { audiences: wanted, ...hearing });
    if (!found) return error === undefined ? {} : { error };
    const meant = found.audiences ?? forApiServer(this.audiences, { audiences: wanted });
    return meant ? { user: found.user, audiences: meant } : {};
  }

  /** What each of them says to a request, until one knows whose it is. */
  async explain(request: ApiRequest): Promise<{ verdicts: Verdict[]; user?: UserInfo; error?: string }> {
    const verdicts: Verdict[] = [];
    const tell = (authenticator: string, said: Said) => void verdicts.push({ authenticator, said });
    const { found, error } = await this.ask(request, { audiences: this.audiences, tell });
    if (found) return { verdicts, user: found.user };
    const user = error === undefined ? this.anonymousUser(request) : undefined;
    if (this.anonymous && error === undefined) tell('anonymous', user ? { user } : 'nothing of its kind');
    return { verdicts, ...(user ? { user } : {}), ...(error === undefined ? {} : { error }) };
  }

  private async ask(request: ApiRequest, asking: Asking): Promise<{ found?: Found; error?: string }> {
    const errors: string[] = [];
    for (const method of this.methods) {
      try {
        const found = await method.authenticate(request, asking);
        asking.tell?.(method.name, found ? { user: found.user } : 'nothing of its kind');
        if (found) return { found: { ...found, user: authenticated(found.user) } };
      } catch (error) {
        const { message } = error as Error;
        asking.tell?.(method.name, { refused: message });
        errors.push(message);
      }
    }
    return errors.length > 0 ? { error: joined(errors) } : {};
  }

  private anonymousUser({ path }: ApiRequest): UserInfo | undefined {
    if (!this.anonymous) return undefined;
    const { paths } = this.anonymous;
    return !paths || paths.has(path) ? ANONYMOUS : undefined;
  }
}

/** AuthenticatedGroupAdder. */
function authenticated(user: UserInfo): UserInfo {
  const { name, groups } = user;
  if (name === ANONYMOUS.name || groups.includes(AUTHENTICATED) || groups.includes(UNAUTHENTICATED)) return user;
  return { ...user, groups: [...groups, AUTHENTICATED] };
}

/**
 * For whom a credential is that says nothing of it: for the API server (authenticator.WrapAudienceAgnosticToken). Undefined
 * where others are asked for.
 */
export function forApiServer(own: readonly string[], { audiences }: Asking): readonly string[] | undefined {
  const meant = own.filter((one) => audiences.includes(one));
  return meant.length > 0 ? meant : undefined;
}
