/** Settings of authentication as they come from outside: a command, the cluster's record. What is malformed lets nobody in. */
import { isObject, type Json, type JsonObject } from '../../apimachinery/json';
import { type AuthenticationSettings, type FileUser, METHODS, type Method, ON_BY_DEFAULT } from './settings';

/** @throws Error that says what is wrong with them */
export function readAuthenticationSettings(value: Json): AuthenticationSettings {
  if (!isObject(value)) throw new Error('settings of authentication must be an object');
  const { disabled, anonymous, tokens, passwords, requestHeader, jwt, webhook, ...unknown } = value;
  const [other] = Object.keys(unknown);
  if (other !== undefined) throw new Error(`unknown field ${JSON.stringify(other)} of authentication`);
  return {
    ...(disabled === undefined ? {} : { disabled: list(disabled, 'disabled').map(method) }),
    ...(anonymous === undefined ? {} : { anonymous: { conditions: conditionsOf(anonymous) } }),
    ...(tokens === undefined ? {} : { tokens: list(tokens, 'tokens').map((one) => fileUser(one, 'tokens')) }),
    ...(passwords === undefined
      ? {}
      : { passwords: list(passwords, 'passwords').map((one) => fileUser(one, 'passwords')) }),
    ...(requestHeader === undefined ? {} : { requestHeader: headersOf(object(requestHeader, 'requestHeader')) }),
    ...(jwt === undefined ? {} : { jwt: list(jwt, 'jwt').map(issuer) }),
    ...(webhook === undefined ? {} : { webhook: webhookOf(object(webhook, 'webhook')) }),
  };
}

function method(value: Json): Method {
  const found = METHODS.find((one) => one === value);
  if (found === undefined || !ON_BY_DEFAULT.includes(found))
    throw new Error(`${JSON.stringify(value)} is no way to be known that is on by default`);
  return found;
}

function conditionsOf(value: Json): { path: string }[] {
  return list(object(value, 'anonymous')['conditions'] ?? [], 'anonymous.conditions').map((one) => ({
    path: text(object(one, 'anonymous.conditions'), 'path'),
  }));
}

function fileUser(value: Json, where: string): FileUser {
  const fields = object(value, where);
  const [secret, name] = [text(fields, 'secret'), text(fields, 'name')];
  if (secret === '') throw new Error(`${where} without a secret`);
  return { secret, name, uid: text(fields, 'uid'), groups: texts(fields['groups'] ?? [], where) };
}

function headersOf(fields: JsonObject): NonNullable<AuthenticationSettings['requestHeader']> {
  const authority = text(fields, 'authority');
  if (!authority.includes('BEGIN CERTIFICATE')) throw new Error('requestHeader.authority is no certificate');
  const names = (field: string) => texts(fields[field] ?? [], `requestHeader.${field}`);
  return {
    authority,
    allowedNames: names('allowedNames'),
    usernameHeaders: names('usernameHeaders'),
    uidHeaders: names('uidHeaders'),
    groupHeaders: names('groupHeaders'),
    extraHeaderPrefixes: names('extraHeaderPrefixes'),
  };
}

/** The rest of it was checked by who wrote it; without these it would take any token. */
function issuer(value: Json): NonNullable<AuthenticationSettings['jwt']>[number] {
  const fields = object(value, 'jwt');
  const { url = '', audiences = [], ...more } = object(fields['issuer'] ?? {}, 'jwt.issuer');
  const mappings = object(fields['claimMappings'] ?? {}, 'jwt.claimMappings');
  const username = object(mappings['username'] ?? {}, 'jwt.claimMappings.username');
  if (url === '' || texts(audiences, 'jwt.issuer.audiences').length === 0 || Object.keys(username).length === 0)
    throw new Error('jwt needs issuer.url, issuer.audiences and claimMappings.username');
  const rules = {
    claimValidationRules: list(fields['claimValidationRules'] ?? [], 'jwt.claimValidationRules'),
    userValidationRules: list(fields['userValidationRules'] ?? [], 'jwt.userValidationRules'),
  };
  const { keys } = fields;
  return {
    issuer: { ...more, url, audiences },
    ...rules,
    claimMappings: mappings,
    ...(keys === undefined ? {} : { keys: object(keys, 'jwt.keys') }),
  } as unknown as NonNullable<AuthenticationSettings['jwt']>[number];
}

function webhookOf(fields: JsonObject): NonNullable<AuthenticationSettings['webhook']> {
  const { version = 'v1', cacheTTL = 0 } = fields;
  if (version !== 'v1' && version !== 'v1beta1') throw new Error('webhook.version must be v1 or v1beta1');
  const kubeConfigFile = text(fields, 'kubeConfigFile');
  if (kubeConfigFile === '') throw new Error('webhook.kubeConfigFile is missing');
  return { kubeConfigFile, version, cacheTTL: Number(cacheTTL) };
}

function object(value: Json, where: string): JsonObject {
  if (!isObject(value)) throw new Error(`${where} must be an object`);
  return value;
}

function list(value: Json, where: string): Json[] {
  if (!Array.isArray(value)) throw new Error(`${where} must be a list`);
  return value;
}

function text(fields: JsonObject, field: string): string {
  const value = fields[field] ?? '';
  if (typeof value !== 'string') throw new Error(`${field} must be a string`);
  return value;
}

function texts(value: Json, where: string): string[] {
  return list(value, where).map((one) => {
    if (typeof one !== 'string') throw new Error(`${where} must hold strings`);
    return one;
  });
}
