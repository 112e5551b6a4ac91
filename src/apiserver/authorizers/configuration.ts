/**
 * An AuthorizationConfiguration file: the authorizers of a cluster in their order, webhooks among them (apiserver
 * `pkg/apis/apiserver/v1/types.go`, `pkg/apis/apiserver/validation/validation.go` ValidateAuthorizationConfiguration).
 */
import { parseDuration } from '../../apimachinery/duration';
import { duplicate, type FieldError, invalid, notSupported, required, tooMany } from '../../apimachinery/field-error';
import { isObject, type Json, type JsonObject } from '../../apimachinery/json';
import { nameIsDNSSubdomain } from '../../apimachinery/names';
import { compileCondition } from './match-conditions';
import { AUTHORIZATION_MODES, type AuthorizationMode, type AuthorizerSettings, type WebhookSettings } from './modes';

const API_VERSIONS = ['v1', 'v1beta1', 'v1alpha1'].map((version) => `apiserver.config.k8s.io/${version}`);
const MOST_CONDITIONS = 64;
const LONGEST_TIMEOUT = 30_000;

/** @throws Error that says all that is wrong with it. */
export function readAuthorizationConfiguration(value: Json): AuthorizerSettings[] {
  if (!isObject(value)) throw new Error('no AuthorizationConfiguration');
  const { apiVersion, kind, authorizers, ...unknown } = value;
  if (kind !== 'AuthorizationConfiguration' || !API_VERSIONS.includes(apiVersion as string))
    throw new Error(
      `no kind ${JSON.stringify(kind ?? '')} is registered for version ${JSON.stringify(apiVersion ?? '')}`,
    );
  refuseUnknown(unknown, '');
  const errors: FieldError[] = [];
  const listed = Array.isArray(authorizers) ? authorizers : [];
  if (listed.length === 0) errors.push(required('authorizers', 'at least one authorization mode must be defined'));
  const read = listed.map((one, i) => readAuthorizer(one, `authorizers[${i}]`, listed.slice(0, i), errors));
  if (errors.length > 0) {
    const told = errors.map(({ field, body }) => `${field}: ${body}`);
    throw new Error(told.length === 1 ? told[0] : `[${told.join(', ')}]`);
  }
  return read;
}

function refuseUnknown(fields: JsonObject, path: string): void {
  const [field] = Object.keys(fields);
  if (field !== undefined) throw new Error(`strict decoding error: unknown field ${JSON.stringify(path + field)}`);
}

function readAuthorizer(value: Json, path: string, before: readonly Json[], errors: FieldError[]): AuthorizerSettings {
  const { type = '', name = '', webhook, ...unknown } = isObject(value) ? value : {};
  refuseUnknown(unknown, `${path}.`);
  const seen = before.filter(isObject);
  const read = { type: type as AuthorizationMode, name: name as string };
  if (!type) errors.push(required(`${path}.type`));
  else if (!(AUTHORIZATION_MODES as readonly Json[]).includes(type))
    errors.push(notSupported(`${path}.type`, type, AUTHORIZATION_MODES));
  else if (type !== 'Webhook' && seen.some((one) => one['type'] === type)) errors.push(duplicate(`${path}.type`, type));
  else {
    if (!name) errors.push(required(`${path}.name`));
    else if (seen.some((one) => one['name'] === name)) errors.push(duplicate(`${path}.name`, name));
    else {
      const wrong = nameIsDNSSubdomain(String(name), false);
      if (wrong.length > 0)
        errors.push(invalid(`${path}.name`, name, `authorizer name is invalid: ${wrong.join(', ')}`));
    }
    if (type === 'Webhook') {
      if (!isObject(webhook)) errors.push(required(`${path}.webhook`, 'required when type=Webhook'));
      else return { ...read, webhook: readWebhook(webhook, path, errors) };
    } else if (webhook !== undefined && webhook !== null)
      errors.push(invalid(`${path}.webhook`, 'non-null', 'may only be specified when type=Webhook'));
  }
  return read;
}

/** SetDefaults_WebhookConfiguration, ValidateWebhookConfiguration. */
function readWebhook(value: JsonObject, path: string, errors: FieldError[]): WebhookSettings {
  const {
    authorizedTTL = '5m',
    unauthorizedTTL = '30s',
    timeout = '',
    subjectAccessReviewVersion: version = '',
    matchConditionSubjectAccessReviewVersion: conditionVersion = '',
    failurePolicy = '',
    connectionInfo = {},
    matchConditions = [],
    cacheAuthorizedRequests: cacheYes = true,
    cacheUnauthorizedRequests: cacheNo = true,
    ...unknown
  } = value;
  refuseUnknown(unknown, `${path}.webhook.`);
  const timeoutMs = timeOf(`${path}.timeout`, timeout, LONGEST_TIMEOUT, errors);
  const yes = timeOf(`${path}.authorizedTTL`, authorizedTTL, undefined, errors);
  const no = timeOf(`${path}.unauthorizedTTL`, unauthorizedTTL, undefined, errors);
  oneOf(`${path}.subjectAccessReviewVersion`, version, ['v1', 'v1beta1'], errors);
  const conditions = readConditions(matchConditions, path, errors);
  const conditionField = `${path}.matchConditionSubjectAccessReviewVersion`;
  if (conditionVersion !== '') oneOf(conditionField, conditionVersion, ['v1'], errors);
  else if (conditions.length > 0) errors.push(required(conditionField, 'required if match conditions are specified'));
  oneOf(`${path}.failurePolicy`, failurePolicy, ['NoOpinion', 'Deny'], errors);
  return {
    kubeConfigFile: kubeConfigFileOf(connectionInfo, `${path}.connectionInfo`, errors),
    timeout: timeoutMs,
    authorizedTTL: cacheYes === false ? 0 : yes,
    unauthorizedTTL: cacheNo === false ? 0 : no,
    version: version as WebhookSettings['version'],
    failurePolicy: failurePolicy as WebhookSettings['failurePolicy'],
    matchConditions: conditions,
  };
}

function timeOf(field: string, value: Json, most: number | undefined, errors: FieldError[]): number {
  let time = 0;
  try {
    time = value === '' ? 0 : parseDuration(String(value));
  } catch (error) {
    errors.push(invalid(field, value, (error as Error).message));
    return 0;
  }
  const bounds = most === undefined ? 'must be > 0s' : `must be > 0s and <= ${most / 1000}s`;
  if (time === 0) errors.push(required(field));
  else if (time < 0 || (most !== undefined && time > most)) errors.push(invalid(field, value, bounds));
  return time;
}

function oneOf(field: string, value: Json, choices: readonly string[], errors: FieldError[]): void {
  if (value === '') errors.push(required(field));
  else if (!choices.includes(value as string)) errors.push(notSupported(field, value, choices));
}

/** Where it is: of a cluster's own, InClusterConfig is not allowed for kube-apiserver. */
function kubeConfigFileOf(value: Json, path: string, errors: FieldError[]): string {
  const { type = '', kubeConfigFile: file = '', ...unknown } = isObject(value) ? value : {};
  refuseUnknown(unknown, `${path}.`);
  oneOf(`${path}.type`, type, ['KubeConfigFile'], errors);
  if (type !== 'KubeConfigFile') return '';
  if (!file) errors.push(required(`${path}.kubeConfigFile`));
  else if (!String(file).startsWith('/'))
    errors.push(invalid(`${path}.kubeConfigFile`, file, 'must be an absolute path'));
  return String(file);
}

function readConditions(value: Json, path: string, errors: FieldError[]): string[] {
  const listed = Array.isArray(value) ? value : [];
  const field = `${path}.matchConditions`;
  if (listed.length > MOST_CONDITIONS) errors.push(tooMany(field, listed.length, MOST_CONDITIONS));
  const expressions: string[] = [];
  for (const [i, one] of listed.entries()) {
    const { expression = '', ...unknown } = isObject(one) ? one : {};
    refuseUnknown(unknown, `${field}[${i}].`);
    const text = String(expression);
    const at = `${field}[${i}].expression`;
    if (text.trim() === '') errors.push(required(at));
    else if (expressions.includes(text)) errors.push(duplicate(at, text));
    else {
      const { error } = compileCondition(text);
      if (error !== undefined) errors.push(invalid(at, text, error));
      expressions.push(text);
    }
  }
  return expressions;
}
