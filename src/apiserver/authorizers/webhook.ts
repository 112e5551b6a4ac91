/** Who may do what by the word of somebody else, asked over HTTP (apiserver `plugin/pkg/authorizer/webhook/webhook.go`). */
import { parseFieldSelector } from '../../apimachinery/fields';
import { isObject, type Json, type JsonObject, jsonOf } from '../../apimachinery/json';
import { stringifyJson } from '../../apimachinery/json-text';
import type { Program } from '../../cel/program';
import type { Clock, Instant } from '../../sim/clock';
import type { UserInfo } from '../authentication';
import type { AccessAttributes, Authorizer, Decision, Rules } from '../authorization';
import { compileCondition, matchAll } from './match-conditions';
import type { AuthorizerSettings, WebhookSettings } from './modes';

/** Sends a SubjectAccessReview to where a kubeconfig says and gives back what comes; rejects where nothing does. */
export type AskWebhook = (settings: WebhookSettings, review: JsonObject) => Promise<Json>;

interface Status {
  allowed: boolean;
  denied: boolean;
  reason: string;
}

/** Answers are kept for as long as the settings say, in the cluster's own time. */
const MOST_KEPT = 1024;
/** What a client chooses the length of is not kept from so much on (shouldCache). */
const LONGEST_KEPT = 10_000;

export class WebhookAuthorizer implements Authorizer {
  private readonly settings: WebhookSettings;
  private readonly conditions: readonly { text: string; program: Program }[];
  private readonly kept = new Map<string, { status: Status; until: Instant }>();

  constructor(
    private readonly authorizer: AuthorizerSettings,
    /** Absent in a process that makes no connections. */
    private readonly ask: AskWebhook | undefined,
    private readonly clock: Clock,
  ) {
    this.settings = authorizer.webhook as WebhookSettings;
    this.conditions = this.settings.matchConditions.map((text) => {
      const { program, error } = compileCondition(text);
      if (!program) throw new Error(error);
      return { text, program };
    });
  }

  async authorize(user: UserInfo, asked: AccessAttributes): Promise<Decision> {
    const spec = specOf(user, asked);
    if (this.conditions.length > 0) {
      const { matches, error } = matchAll(this.conditions, completed(spec));
      if (error !== undefined) return this.failed(error);
      if (!matches) return { allowed: false };
    }
    if (!this.ask) {
      const name = JSON.stringify(this.authorizer.name);
      return {
        allowed: false,
        denied: true,
        reason: `the webhook authorizer ${name} is asked by "kubetick serve" only`,
      };
    }
    const key = stringifyJson(spec);
    const kept = this.kept.get(key);
    if (kept && kept.until > this.clock.now()) return decisionOf(kept.status);
    let status: Status;
    try {
      status = statusOf(await this.ask(this.settings, reviewOf(spec, this.settings.version)));
    } catch (error) {
      return this.failed((error as Error).message);
    }
    this.keep(key, status);
    return decisionOf(status);
  }

  rulesFor(): Rules {
    const error = 'webhook authorizer does not support user rule resolution';
    return { resourceRules: [], nonResourceRules: [], incomplete: true, error };
  }

  private failed(error: string): Decision {
    return { allowed: false, error, ...(this.settings.failurePolicy === 'Deny' ? { denied: true } : {}) };
  }

  private keep(key: string, status: Status): void {
    const { authorizedTTL, unauthorizedTTL } = this.settings;
    const time = status.allowed ? authorizedTTL : unauthorizedTTL;
    if (time === 0 || key.length > LONGEST_KEPT) return;
    if (this.kept.size >= MOST_KEPT) this.kept.delete(this.kept.keys().next().value as string);
    this.kept.set(key, { status, until: this.clock.now() + time });
  }
}

function decisionOf({ allowed, denied, reason }: Status): Decision {
  const why = reason ? { reason } : {};
  if (allowed && denied)
    return {
      allowed: false,
      denied,
      ...why,
      error: 'webhook subject access review returned both allow and deny response',
    };
  return { allowed, ...(denied ? { denied } : {}), ...why };
}

function reviewOf(spec: JsonObject, version: string): JsonObject {
  const { groups, ...rest } = spec;
  const people: JsonObject = groups === undefined ? {} : { [version === 'v1beta1' ? 'group' : 'groups']: groups };
  return {
    kind: 'SubjectAccessReview',
    apiVersion: `authorization.k8s.io/${version}`,
    metadata: {},
    spec: { ...rest, ...people },
    status: { allowed: false },
  };
}

function statusOf(answer: Json): Status {
  const status = isObject(answer) ? answer['status'] : undefined;
  if (!isObject(answer) || answer['kind'] !== 'SubjectAccessReview' || !isObject(status))
    throw new Error('the webhook answered with something that is no SubjectAccessReview');
  const { allowed, denied, reason } = status;
  return { allowed: allowed === true, denied: denied === true, reason: typeof reason === 'string' ? reason : '' };
}

/** What is not '' of who asks and what is asked (resourceAttributesFrom). */
function specOf({ name, uid, groups, extra }: UserInfo, asked: AccessAttributes): JsonObject {
  const { path, verb, namespace, group, version, resource, subresource } = asked;
  const fieldSelector = requirementsOf(asked);
  const about: JsonObject = asked.isResourceRequest
    ? {
        resourceAttributes: {
          ...told({ namespace, verb, group, version, resource, subresource, name: asked.name }),
          ...(fieldSelector.length > 0 ? { fieldSelector: { requirements: fieldSelector } } : {}),
        },
      }
    : { nonResourceAttributes: told({ path, verb }) };
  return {
    ...about,
    ...told({ user: name, ...(uid ? { uid } : {}) }),
    ...(groups.length > 0 ? { groups: [...groups] } : {}),
    ...(extra ? { extra: jsonOf(extra) } : {}),
  };
}

function told(fields: Record<string, string>): JsonObject {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== ''));
}

function requirementsOf({ query }: AccessAttributes): JsonObject[] {
  const text = query && Object.hasOwn(query, 'fieldSelector') ? query['fieldSelector'] : undefined;
  if (!text) return [];
  try {
    return parseFieldSelector(text).terms.map(({ field, operator, value }) => ({
      key: field,
      operator: operator === '=' ? 'In' : 'NotIn',
      values: [value],
    }));
  } catch {
    // Selectors only narrow what is asked.
    return [];
  }
}

/** Expressions see every text, and '' where there is none (convertObjectToUnstructured). */
function completed(spec: JsonObject): JsonObject {
  const { resourceAttributes, nonResourceAttributes } = spec;
  const all = (names: string, value: Json | undefined) =>
    isObject(value) ? { ...Object.fromEntries(names.split(' ').map((name) => [name, ''])), ...value } : undefined;
  const resource = all('namespace verb group version resource subresource name', resourceAttributes);
  const path = all('path verb', nonResourceAttributes);
  return {
    user: '',
    uid: '',
    groups: [],
    extra: {},
    ...spec,
    ...(resource ? { resourceAttributes: resource } : {}),
    ...(path ? { nonResourceAttributes: path } : {}),
  };
}
