/** What finds the user of a request, or of a token (apiserver `authentication/authenticator/interfaces.go`). */
import type { ApiRequest } from '../../client/transport';
import type { UserInfo } from '../authentication';

/** Who a credential is for, and for whom it is meant. */
export interface Found {
  user: UserInfo;
  /** Those of the audiences that were asked for; absent where the kind of credential knows none: then it is for the API server. */
  audiences?: readonly string[];
}

/** What came of one question. */
export type Said = { user: UserInfo } | { refused: string } | { ignored: string } | 'nothing of its kind';

export interface Asking {
  /** Who wants to know: the API server's own names, unless a TokenReview says others. */
  audiences: readonly string[];
  /** Hears what each one said, in order: `kubetick auth explain`. Such a question is no use of what it asks about. */
  tell?(name: string, said: Said): void;
  /** Hears why something that looks like one of its kind is none, of which the one who asks is told nothing. */
  note?(why: string): void;
  /** Hears what whoever sends the request should know. */
  warn?(text: string): void;
  /** Hears what belongs into the audit log. */
  annotate?(key: string, value: string): void;
}

/** Looks at one kind of credentials in a request. */
export interface RequestAuthenticator {
  /** `x509`, `bearer-token` */
  readonly name: string;
  /** Undefined where the request shows none of that kind. @throws Error that says why what it shows is not good. */
  authenticate(request: ApiRequest, asking: Asking): Found | undefined | Promise<Found | undefined>;
}

/** Looks at one kind of bearer tokens. */
export interface TokenAuthenticator {
  /** `service-account`, `static-token` */
  readonly name: string;
  /** Undefined where it is no token of that kind. @throws Error that says why it is not good. */
  authenticate(token: string, asking: Asking): Found | undefined | Promise<Found | undefined>;
}

/** What several had to say, as Go joins errors that are told once each (util/errors Aggregate). */
export function joined(errors: readonly string[]): string {
  const told = [...new Set(errors)];
  return told.length === 1 ? (told[0] as string) : `[${told.join(', ')}]`;
}
