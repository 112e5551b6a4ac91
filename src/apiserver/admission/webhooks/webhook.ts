/** Webhooks as they are registered, and whether one is to be asked (`plugin/webhook/generic/webhook.go` ShouldCallHook). */
import type { LabelSelectorObject } from '../../../apimachinery/labels';
import type { KubeObject } from '../../../apimachinery/meta';
import { forbidden } from '../../../apimachinery/status';
import { BOOL } from '../../../cel/types';
import type { AdmissionAttributes } from '../plugin';
import { Decisions } from '../policies/decisions';
import { type Expression, ExpressionCompiler } from '../policies/expressions';
import { inputsOf } from '../policies/inputs';
import { matchConditions } from '../policies/match-conditions';
import { type Matched, matchRequest, type Rule } from '../policies/matching';
import type { MatchCondition } from '../policies/policy-objects';

export interface Webhook {
  name?: string;
  clientConfig?: {
    url?: string;
    service?: { namespace?: string; name?: string; path?: string; port?: number };
    caBundle?: string;
  };
  rules?: Rule[];
  failurePolicy?: string;
  matchPolicy?: string;
  namespaceSelector?: LabelSelectorObject;
  objectSelector?: LabelSelectorObject;
  sideEffects?: string;
  timeoutSeconds?: number;
  admissionReviewVersions?: string[];
  reinvocationPolicy?: string;
  matchConditions?: MatchCondition[];
}

/** A webhook, and the configuration that it stands in. */
export interface Hook {
  readonly configuration: string;
  readonly webhook: Webhook;
  /** Names it among all. */
  readonly key: string;
}

export function hooksOf(configurations: readonly KubeObject[]): Hook[] {
  return configurations.flatMap(({ metadata, webhooks }) =>
    ((webhooks ?? []) as Webhook[]).map((webhook) => ({
      configuration: metadata.name ?? '',
      webhook,
      key: `${metadata.name}/${webhook.name}`,
    })),
  );
}

const compiled = new WeakMap<Webhook, { compiler: ExpressionCompiler; conditions: readonly Expression[] }>();

function conditionsOf(webhook: Webhook) {
  let known = compiled.get(webhook);
  if (!known) {
    const compiler = new ExpressionCompiler(false);
    const conditions = (webhook.matchConditions ?? []).map(({ expression = '' }) =>
      compiler.compile(expression, [BOOL], { params: false, authorizer: true }),
    );
    known = { compiler, conditions };
    compiled.set(webhook, known);
  }
  return known;
}

/** Undefined for a request that the webhook is not to be asked about. @throws ApiError where that can't be told */
export async function shouldAsk(attributes: AdmissionAttributes, { webhook }: Hook): Promise<Matched | undefined> {
  const { rules, matchPolicy, namespaceSelector, objectSelector, failurePolicy } = webhook;
  if (!rules?.length) return undefined;
  const matched = await matchRequest(attributes, {
    resourceRules: rules,
    ...(matchPolicy ? { matchPolicy } : {}),
    ...(namespaceSelector ? { namespaceSelector } : {}),
    ...(objectSelector ? { objectSelector } : {}),
  });
  if (!matched || !webhook.matchConditions?.length) return matched;
  const decisions = new Decisions(attributes.core.authorizer, attributes.user);
  const { compiler, conditions } = conditionsOf(webhook);
  const inputs = await inputsOf(attributes, matched, undefined, decisions);
  const match = await matchConditions(compiler, conditions, inputs, decisions, failurePolicy);
  if (match.error !== undefined) throw forbidden(attributes.resource.groupResource, attributes.name, match.error);
  return match.matches ? matched : undefined;
}
