/**
 * Requests in the name of somebody else: the headers that say so, and whether the one who sends them may (apiserver
 * `pkg/endpoints/filters/impersonation`). Since 1.36 there are several ways to be allowed: a mode that fits the wanted user and
 * asks for `impersonate-on:MODE:VERB` on what is requested as well, or, as ever, the verb `impersonate` on the user.
 */
import type { FieldError } from '../apimachinery/field-error';
import { nameIsDNSLabel, nameIsDNSSubdomain } from '../apimachinery/names';
import { type ApiError, badRequest } from '../apimachinery/status';
import { headerValues } from '../client/header-values';
import {
  IMPERSONATE_EXTRA,
  IMPERSONATE_GROUP,
  IMPERSONATE_UID,
  IMPERSONATE_USER,
} from '../client/impersonation-headers';
import type { UserInfo } from './authentication';
import { type AccessAttributes, type Authorizer, decide, forbiddenAccess } from './authorization';
import { validateDomainPrefixedPath } from './validation/domain-path';

const AUTHENTICATED = 'system:authenticated';
const UNAUTHENTICATED = 'system:unauthenticated';
const NODE_NAME_KEY = 'authentication.kubernetes.io/node-name';
const NODE_KEYS = 'authentication.kubernetes.io/associated-node-keys';
/** From so many on, it is asked first whether all are allowed (manyAuthorizationChecksInLoop). */
const MANY = 4;
/** As many as newModeIndexCache holds. */
const MOST_REMEMBERED = 10_000;

/** As whom requests are answered; it remembers which mode somebody came by last (impersonationModesTracker). */
export class Impersonation {
  private readonly last = new Map<string, Mode>();

  constructor(private readonly authorizer: Authorizer | undefined) {}

  /**
   * The user that the headers of a request name. Undefined where they name nobody.
   * @throws ApiError 400 for headers that name no user, 403 where the sender may not be the wanted user.
   */
  async userOf(
    requestor: UserInfo,
    request: AccessAttributes,
    headers: Readonly<Record<string, string>>,
  ): Promise<Impersonated | undefined> {
    const wanted = wantedUser(headers);
    if (!wanted) return undefined;
    let refused: unknown;
    for (const mode of this.modesFor(requestor)) {
      if (!mode.fits(wanted, requestor)) continue;
      try {
        const user = await new Attempt(this.authorizer, mode, wanted, requestor).run(request);
        this.remember(requestor, mode);
        return mode.name === '' ? { user } : { user, constraint: verbOf(mode) };
      } catch (error) {
        refused ??= error;
      }
    }
    throw refused;
  }

  /** The one that was good last time comes first, and so does what is wrong with it. */
  private modesFor({ name }: UserInfo): readonly Mode[] {
    const last = this.last.get(name);
    return last ? [last, ...MODES.filter((mode) => mode !== last)] : MODES;
  }

  private remember({ name }: UserInfo, mode: Mode): void {
    this.last.delete(name);
    this.last.set(name, mode);
    if (this.last.size > MOST_REMEMBERED) this.last.delete(this.last.keys().next().value as string);
  }
}

export interface Impersonated {
  user: UserInfo;
  /** The verb of the mode by which it was allowed; absent for the one without constraints. */
  constraint?: string;
}

interface WantedUser extends UserInfo {
  readonly uid: string;
  readonly extra: Readonly<Record<string, readonly string[]>>;
}

/** What the headers say; undefined where they say nothing (processImpersonationHeaders). */
function wantedUser(headers: Readonly<Record<string, string>>): WantedUser | undefined {
  const name = headers[IMPERSONATE_USER] ?? '';
  const uid = headers[IMPERSONATE_UID] ?? '';
  const groups = headerValues(headers[IMPERSONATE_GROUP]);
  const extra = new Map<string, string[]>();
  for (const [header, text] of Object.entries(headers)) {
    if (!header.startsWith(IMPERSONATE_EXTRA)) continue;
    const key = unescapeKey(header.slice(IMPERSONATE_EXTRA.length)).toLowerCase();
    extra.set(key, [...(extra.get(key) ?? []), ...headerValues(text)]);
  }
  const wanted = { name, uid, groups, extra: Object.fromEntries(extra) };
  if (name !== '') return wanted;
  if (uid === '' && groups.length === 0 && extra.size === 0) return undefined;
  throw badRequest(`requested ${goSyntax(wanted)} without impersonating a user name`);
}

function unescapeKey(key: string): string {
  try {
    return decodeURIComponent(key);
  } catch {
    return key;
  }
}

/** As Go's %#v prints a user.DefaultInfo. */
function goSyntax({ name, uid, groups, extra }: WantedUser): string {
  const strings = (values: readonly string[]) =>
    values.length === 0 ? '[]string(nil)' : `[]string{${values.map((value) => JSON.stringify(value)).join(', ')}}`;
  const pairs = Object.entries(extra).sort(([a], [b]) => (a < b ? -1 : 1));
  const map = pairs.map(([key, values]) => `${JSON.stringify(key)}:${strings(values)}`).join(', ');
  return `&user.DefaultInfo{Name:${JSON.stringify(name)}, UID:${JSON.stringify(uid)}, Groups:${strings(groups)}, Extra:map[string][]string${pairs.length === 0 ? '(nil)' : `{${map}}`}}`;
}

interface Mode {
  /** '' for the one that was always there and knows no constraints. */
  readonly name: string;
  fits(wanted: WantedUser, requestor: UserInfo): boolean;
}

/** In the order in which they are tried (allImpersonationModes). */
const MODES: readonly Mode[] = [
  {
    // A service account, the node that its pod is on.
    name: 'associated-node',
    fits(wanted, { name, extra }) {
      const names = extra?.[NODE_NAME_KEY] ?? [];
      const node = onlyNamed(wanted) && serviceAccountOf(name) ? nodeOf(wanted.name) : undefined;
      return node !== undefined && names.length === 1 && names[0] === node;
    },
  },
  { name: 'arbitrary-node', fits: (wanted) => onlyNamed(wanted) && nodeOf(wanted.name) !== undefined },
  { name: 'serviceaccount', fits: (wanted) => onlyNamed(wanted) && serviceAccountOf(wanted.name) !== undefined },
  { name: 'user-info', fits: ({ name }) => nodeOf(name) === undefined && serviceAccountOf(name) === undefined },
  { name: '', fits: () => true },
];

function verbOf({ name }: Mode): string {
  return name === '' ? 'impersonate' : `impersonate:${name}`;
}

function onlyNamed({ uid, groups, extra }: WantedUser): boolean {
  return uid === '' && groups.length === 0 && Object.keys(extra).length === 0;
}

/** The node's name in `system:node:NAME`. */
function nodeOf(username: string): string | undefined {
  const prefix = 'system:node:';
  if (!username.startsWith(prefix)) return undefined;
  const name = username.slice(prefix.length);
  return nameIsDNSSubdomain(name, false).length === 0 ? name : undefined;
}

/** Namespace and name in `system:serviceaccount:NAMESPACE:NAME` (serviceaccount.SplitUsername). */
function serviceAccountOf(username: string): { namespace: string; name: string } | undefined {
  const prefix = 'system:serviceaccount:';
  if (!username.startsWith(prefix)) return undefined;
  const [namespace, name, ...more] = username.slice(prefix.length).split(':');
  if (namespace === undefined || name === undefined || more.length > 0) return undefined;
  if (nameIsDNSLabel(namespace, false).length > 0 || nameIsDNSSubdomain(name, false).length > 0) return undefined;
  return { namespace, name };
}

/** One mode tried for one request (constrainedImpersonationModeState, impersonationModeState). */
class Attempt {
  private readonly constrained: boolean;
  private readonly verb: string;
  private readonly asker: UserInfo;

  constructor(
    private readonly authorizer: Authorizer | undefined,
    private readonly mode: Mode,
    private readonly wanted: WantedUser,
    requestor: UserInfo,
  ) {
    this.constrained = mode.name !== '';
    this.verb = verbOf(mode);
    // Where the node is its own pod's, the rest that is known of the account does not count.
    this.asker =
      mode.name === 'associated-node'
        ? { ...requestor, extra: { [NODE_KEYS]: Object.keys(requestor.extra ?? {}).sort() } }
        : requestor;
  }

  /** The user that is impersonated. @throws ApiError 403 */
  async run(request: AccessAttributes): Promise<UserInfo> {
    const { wanted, mode } = this;
    if (this.constrained) await this.check({ ...request, verb: `impersonate-on:${mode.name}:${request.verb}` });
    let groups = await this.checkName();
    if (wanted.uid) await this.check(this.about('uids', wanted.uid));
    await this.checkGroups();
    await this.checkExtra();
    if (wanted.name === 'system:anonymous') groups = including(groups, UNAUTHENTICATED);
    else if (!groups.includes(UNAUTHENTICATED)) groups = including(groups, AUTHENTICATED);
    const { name, uid, extra } = wanted;
    return { name, groups, ...(uid ? { uid } : {}), ...(Object.keys(extra).length > 0 ? { extra } : {}) };
  }

  /** Gives the groups that go with the name. */
  private async checkName(): Promise<readonly string[]> {
    const { wanted, mode } = this;
    const account = serviceAccountOf(wanted.name);
    const node = this.constrained ? nodeOf(wanted.name) : undefined;
    if (account) {
      await this.check({ ...this.about('serviceaccounts', account.name), namespace: account.namespace });
      if (wanted.groups.length > 0) return wanted.groups;
      return ['system:serviceaccounts', `system:serviceaccounts:${account.namespace}`];
    }
    if (node !== undefined) {
      await this.check(this.about('nodes', mode.name === 'associated-node' ? '*' : node));
      return ['system:nodes'];
    }
    await this.check(this.about('users', wanted.name));
    return wanted.groups;
  }

  private async checkGroups(): Promise<void> {
    const { groups } = this.wanted;
    if (this.constrained) {
      if (groups.includes('')) {
        throw this.refusal(this.about('groups', ''), 'impersonating the empty string group is not allowed');
      }
      if (groups.includes('system:masters')) {
        const masters = this.about('groups', 'system:masters');
        throw this.refusal(masters, 'impersonating the system:masters group is not allowed');
      }
      if (groups.length >= MANY && (await this.allows(this.about('groups', '*')))) return;
    }
    for (const group of groups) await this.check(this.about('groups', group));
  }

  private async checkExtra(): Promise<void> {
    const extra = Object.entries(this.wanted.extra);
    if (this.constrained) {
      const complaint = extra.map(([key, values]) => extraComplaint(key, values)).find((one) => one !== undefined);
      if (complaint !== undefined) throw this.refusal(this.about('userextras', ''), complaint);
      const values = extra.reduce((sum, [, each]) => sum + each.length, 0);
      const all = { ...this.about('userextras', '*'), subresource: '*' };
      if (values >= MANY && (await this.allows(all))) return;
    }
    for (const [subresource, values] of extra)
      for (const value of values) await this.check({ ...this.about('userextras', value), subresource });
  }

  /** Users and groups were of the core group before there were modes. */
  private about(resource: string, name: string): AccessAttributes {
    const old = !this.constrained && ['users', 'groups', 'serviceaccounts'].includes(resource);
    const group = old ? '' : 'authentication.k8s.io';
    const { verb } = this;
    return {
      isResourceRequest: true,
      verb,
      path: '',
      group,
      version: 'v1',
      resource,
      subresource: '',
      namespace: '',
      name,
    };
  }

  private async check(attributes: AccessAttributes): Promise<void> {
    const { allowed, reason = '', error = '' } = await decide(this.authorizer, this.asker, attributes);
    if (!allowed) throw this.refusal(attributes, error && reason ? `${error}: ${reason}` : error || reason);
  }

  private async allows(attributes: AccessAttributes): Promise<boolean> {
    return (await decide(this.authorizer, this.asker, attributes)).allowed;
  }

  private refusal(attributes: AccessAttributes, reason: string): ApiError {
    return forbiddenAccess(this.asker, attributes, reason);
  }
}

function including(groups: readonly string[], group: string): readonly string[] {
  return groups.includes(group) ? groups : [...groups, group];
}

/** validateExtra. */
function extraComplaint(key: string, values: readonly string[]): string | undefined {
  if (key === '') return 'impersonating the empty string key in extra is not allowed';
  const errors: FieldError[] = [];
  validateDomainPrefixedPath('extra.key', key, errors);
  if (errors.length > 0) {
    const told = errors.map(({ field, body }) => `${field}: ${body}`);
    return `impersonating an invalid key in extra is not allowed: ${told.length === 1 ? told[0] : `[${told.join(', ')}]`}`;
  }
  if (values.includes('')) return 'impersonating the empty string value in extra is not allowed';
  return undefined;
}
