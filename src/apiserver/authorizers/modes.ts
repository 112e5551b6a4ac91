/**
 * The authorizers of a cluster, asked in turn until one has an opinion (kubernetes `pkg/kubeapiserver/authorizer`, apiserver
 * `authorization/union`). The group system:masters may do everything, whatever they say, and without any of them being loaded.
 */
import type { Clock } from '../../sim/clock';
import type { Store } from '../../store/store';
import type { UserInfo } from '../authentication';
import type { AccessAttributes, Authorizer, Decision, Rules } from '../authorization';
import type { ResourceReader } from '../resource';
import type { AbacPolicy } from './abac';
import type { AskWebhook } from './webhook';

export const AUTHORIZATION_MODES = ['ABAC', 'AlwaysAllow', 'AlwaysDeny', 'Node', 'RBAC', 'Webhook'] as const;
export type AuthorizationMode = (typeof AUTHORIZATION_MODES)[number];

/** How a cluster authorizes. */
export interface AuthorizationSettings {
  /** In this order. */
  authorizers: readonly AuthorizerSettings[];
  /** For the mode ABAC. */
  policies?: readonly AbacPolicy[];
}

export interface AuthorizerSettings {
  type: AuthorizationMode;
  name: string;
  /** Of a Webhook. */
  webhook?: WebhookSettings;
}

/** Times are in milliseconds; 0 for answers that are not kept. */
export interface WebhookSettings {
  kubeConfigFile: string;
  timeout: number;
  authorizedTTL: number;
  unauthorizedTTL: number;
  version: 'v1' | 'v1beta1';
  failurePolicy: 'NoOpinion' | 'Deny';
  /** Expressions. */
  matchConditions: readonly string[];
}

/** One authorizer for each mode, named after it (BuiltInAuthorizationOptions.buildAuthorizationConfiguration). */
export function authorizersOf(modes: readonly AuthorizationMode[]): AuthorizerSettings[] {
  return modes.map((type) => ({ type, name: type.toLowerCase() }));
}

/** What installers of clusters choose (kubeadm `app/apis/kubeadm/v1beta4`); kube-apiserver's own default is AlwaysAllow. */
export const DEFAULT_AUTHORIZATION: AuthorizationSettings = { authorizers: authorizersOf(['Node', 'RBAC']) };

/** Nothing is ever asked: then a server needs no authorizer. */
export function allowsEverything({ authorizers }: AuthorizationSettings): boolean {
  return authorizers.every(({ type }) => type === 'AlwaysAllow');
}

const MASTERS = 'system:masters';
const ALLOWED: Decision = Object.freeze({ allowed: true });

/** What authorizers are made from. */
export interface AuthorizerSource {
  store: Store;
  clock: Clock;
  /** Asked for when it is needed: the server that has it has this authorizer. */
  read(): ResourceReader;
  askWebhook: AskWebhook | undefined;
}

export function clusterAuthorizer(settings: AuthorizationSettings, source: AuthorizerSource): Authorizer {
  let loaded: readonly Authorizer[] | undefined;
  const load = async () => {
    const { authorizers, policies = [] } = settings;
    loaded ??= await Promise.all(authorizers.map((one) => LOADERS[one.type](source, one, policies)));
    return loaded;
  };
  return {
    authorize(user, attributes) {
      if (user.groups.includes(MASTERS)) return ALLOWED;
      return loaded ? inTurn(loaded, user, attributes) : load().then((all) => inTurn(all, user, attributes));
    },
    async rulesFor(user, namespace) {
      return allRules(await load(), user, namespace);
    },
  };
}

type Loader = (
  source: AuthorizerSource,
  settings: AuthorizerSettings,
  policies: readonly AbacPolicy[],
) => Promise<Authorizer>;

const LOADERS: Readonly<Record<AuthorizationMode, Loader>> = {
  ABAC: async (_source, _settings, policies) => new (await import('./abac')).AbacAuthorizer(policies),
  AlwaysAllow: async () => ALWAYS_ALLOW,
  AlwaysDeny: async () => ALWAYS_DENY,
  Node: async ({ read }) => new (await import('./node')).NodeAuthorizer(read()),
  RBAC: async ({ store }) => {
    const [{ RbacAuthorizer }, { PolicyCache }] = await Promise.all([import('./rbac'), import('./policy')]);
    return new RbacAuthorizer(PolicyCache.of(store));
  },
  Webhook: async ({ askWebhook, clock }, settings) =>
    new (await import('./webhook')).WebhookAuthorizer(settings, askWebhook, clock),
};

const ALWAYS_ALLOW: Authorizer = {
  authorize: () => ALLOWED,
  rulesFor: () => ({
    resourceRules: [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }],
    nonResourceRules: [{ verbs: ['*'], nonResourceURLs: ['*'] }],
    incomplete: false,
  }),
};

const ALWAYS_DENY: Authorizer = {
  authorize: () => ({ allowed: false, reason: 'Everything is forbidden.' }),
  rulesFor: () => ({ resourceRules: [], nonResourceRules: [], incomplete: false }),
};

/** At once, if all that have to be asked say so at once. @param from whose turn it is @param heard what those before it said */
function inTurn(
  authorizers: readonly Authorizer[],
  user: UserInfo,
  attributes: AccessAttributes,
  from = 0,
  heard: readonly Decision[] = NOTHING,
): Decision | Promise<Decision> {
  let all = heard;
  for (let turn = from; turn < authorizers.length; turn++) {
    const decision = (authorizers[turn] as Authorizer).authorize(user, attributes);
    if (decision instanceof Promise)
      return decision.then((late) =>
        isFinal(late) ? late : inTurn(authorizers, user, attributes, turn + 1, [...all, late]),
      );
    if (isFinal(decision)) return decision;
    // Most have nothing to say, and no reason for it.
    if (decision.reason || decision.error) all = [...all, decision];
  }
  return refused(all);
}

const NOTHING: readonly Decision[] = [];

function isFinal({ allowed, denied }: Decision): boolean {
  return allowed || denied === true;
}

function refused(heard: readonly Decision[]): Decision {
  const reasons = heard.flatMap(({ reason }) => (reason ? [reason] : []));
  const errors = heard.flatMap(({ error }) => (error ? [error] : []));
  return {
    allowed: false,
    ...(reasons.length > 0 ? { reason: reasons.join('\n') } : {}),
    ...(errors.length > 0 ? { error: aggregated(errors) } : {}),
  };
}

async function allRules(authorizers: readonly Authorizer[], user: UserInfo, namespace: string): Promise<Rules> {
  const all = await Promise.all(authorizers.map((authorizer) => authorizer.rulesFor?.(user, namespace)));
  const told = all.filter((rules) => rules !== undefined);
  const errors = told.flatMap(({ error }) => (error ? [error] : []));
  return {
    resourceRules: told.flatMap(({ resourceRules }) => resourceRules),
    nonResourceRules: told.flatMap(({ nonResourceRules }) => nonResourceRules),
    incomplete: told.some(({ incomplete }) => incomplete),
    ...(errors.length > 0 ? { error: aggregated(errors) } : {}),
  };
}

function aggregated(errors: readonly string[]): string {
  return errors.length === 1 ? (errors[0] as string) : `[${errors.join(', ')}]`;
}

/**
 * Reads `Node,RBAC`, as --authorization-mode takes it.
 * @throws Error in the words of kube-apiserver (`pkg/kubeapiserver/options/authorization.go`).
 */
export function parseAuthorizationModes(text: string): AuthorizationMode[] {
  const names = text.split(',').map((name) => name.trim());
  const modes: AuthorizationMode[] = [];
  if (names.length === 1 && names[0] === '') throw new Error('at least one authorization-mode must be passed');
  for (const name of names) {
    const mode = AUTHORIZATION_MODES.find((known) => known === name);
    if (!mode) throw new Error(`authorization-mode ${JSON.stringify(name)} is not a valid mode`);
    if (modes.includes(mode))
      throw new Error(`authorization-mode ${JSON.stringify(names)} has mode specified more than once`);
    modes.push(mode);
  }
  return modes;
}
