/** What validating and mutating webhook configurations share (pkg/registry/admissionregistration, its defaults). */
import { duplicate, type FieldError, invalid, notSupported, required } from '../../../apimachinery/field-error';
import type { KubeObject } from '../../../apimachinery/meta';
import { validateMatchConditions } from '../../admission/policies/validate-expressions';
import type { ResourceDefinition } from '../../resource';
import type { LabelSelector } from '../../validation/core-types';
import { semanticEqual } from '../../validation/field-checks';
import { validateLabelSelector } from '../../validation/labels';
import {
  type ClientConfig,
  type Rule,
  validateAdmissionRule,
  validateClientConfig,
  validateFullyQualifiedName,
  validateReviewVersions,
} from '../../validation/webhooks';
import { AGE, ageOf, column, NAME, nameOf } from '../columns';

interface Webhook {
  name?: string;
  clientConfig?: ClientConfig;
  rules?: Rule[];
  failurePolicy?: string;
  matchPolicy?: string;
  namespaceSelector?: LabelSelector;
  objectSelector?: LabelSelector;
  sideEffects?: string;
  timeoutSeconds?: number;
  admissionReviewVersions?: string[];
  reinvocationPolicy?: string;
  matchConditions?: { name?: string; expression?: string }[];
}

export function webhookDefinition(resource: string, mutating: boolean): ResourceDefinition {
  return {
    group: 'admissionregistration.k8s.io',
    resource,
    requiresResourceVersionOnUpdate: true,
    hasGeneration: true,
    generationChanged: (object, old) => !semanticEqual(object.webhooks, old.webhooks),
    columns: [
      NAME,
      column('Webhooks', {
        type: 'integer',
        description: 'Webhooks indicates the number of webhooks registered in this configuration',
      }),
      AGE,
    ],
    cells: (object, now) => [nameOf(object), object.webhooks?.length ?? 0, ageOf(object, now)],
    defaults(object) {
      for (const hook of webhooksOf(object)) defaultWebhook(hook, mutating);
    },
    validate(object) {
      const errors: FieldError[] = [];
      const names = new Set<string>();
      webhooksOf(object).forEach((hook, i) => {
        const at = `webhooks[${i}]`;
        validateWebhook(at, hook, mutating, errors);
        validateReviewVersions(
          `${at}.admissionReviewVersions`,
          hook.admissionReviewVersions ?? [],
          'must specify one of v1, v1beta1',
          errors,
        );
        if (hook.name && names.has(hook.name)) errors.push(duplicate(`${at}.name`, hook.name));
        names.add(hook.name ?? '');
      });
      return errors;
    },
  };
}

function webhooksOf(object: KubeObject): Webhook[] {
  return object.webhooks ?? [];
}

function defaultWebhook(hook: Webhook, mutating: boolean): void {
  hook.failurePolicy ??= 'Fail';
  hook.matchPolicy ??= 'Equivalent';
  hook.namespaceSelector ??= {};
  hook.objectSelector ??= {};
  hook.timeoutSeconds ??= 10;
  if (mutating) hook.reinvocationPolicy ??= 'Never';
  for (const rule of hook.rules ?? []) rule.scope ??= '*';
  if (hook.clientConfig?.service) hook.clientConfig.service.port ??= 443;
}

function validateWebhook(path: string, hook: Webhook, mutating: boolean, errors: FieldError[]): void {
  validateFullyQualifiedName(`${path}.name`, hook.name ?? '', errors);
  (hook.rules ?? []).forEach((rule, i) => {
    validateAdmissionRule(`${path}.rules[${i}]`, rule, errors);
  });
  const choose = (field: 'failurePolicy' | 'matchPolicy' | 'sideEffects', choices: readonly string[]) => {
    const value = hook[field];
    if (value !== undefined && !choices.includes(value)) errors.push(notSupported(`${path}.${field}`, value, choices));
  };
  choose('failurePolicy', ['Fail', 'Ignore']);
  choose('matchPolicy', ['Equivalent', 'Exact']);
  if (hook.sideEffects === undefined)
    errors.push(required(`${path}.sideEffects`, 'must specify one of None, NoneOnDryRun'));
  choose('sideEffects', ['None', 'NoneOnDryRun']);
  const { timeoutSeconds: timeout, reinvocationPolicy } = hook;
  if (timeout !== undefined && (timeout > 30 || timeout < 1))
    errors.push(invalid(`${path}.timeoutSeconds`, timeout, 'the timeout value must be between 1 and 30 seconds'));
  validateLabelSelector(`${path}.namespaceSelector`, hook.namespaceSelector, errors);
  validateLabelSelector(`${path}.objectSelector`, hook.objectSelector, errors);
  const policies = ['IfNeeded', 'Never'];
  if (mutating && reinvocationPolicy !== undefined && !policies.includes(reinvocationPolicy))
    errors.push(notSupported(`${path}.reinvocationPolicy`, reinvocationPolicy, policies));
  validateClientConfig(`${path}.clientConfig`, hook.clientConfig ?? {}, errors);
  validateMatchConditions(
    `${path}.matchConditions`,
    hook.matchConditions ?? [],
    { params: false, authorizer: true },
    errors,
  );
}
