/**
 * An AuthenticationConfiguration file: issuers of tokens, and who may be anonymous (apiserver `pkg/apis/apiserver/v1/types.go`,
 * `pkg/apis/apiserver/validation/validation.go` ValidateAuthenticationConfiguration).
 */
import { duplicate, type FieldError, invalid, required, tooMany } from '../../apimachinery/field-error';
import { isObject, type Json, type JsonObject } from '../../apimachinery/json';
import { compileClaimExpression, type Over } from './claim-expressions';
import type { AuthenticationSettings, ClaimMapping, JwtSettings } from './settings';

const API_VERSIONS = ['v1', 'v1beta1', 'v1alpha1'].map((version) => `apiserver.config.k8s.io/${version}`);
const MOST_ISSUERS = 64;

/** What of the settings the file is about. @throws Error that says all that is wrong with it. */
export function readAuthenticationConfiguration(
  value: Json,
  ownIssuer: string,
): Pick<AuthenticationSettings, 'jwt' | 'anonymous'> & { anonymousOff?: true } {
  if (!isObject(value)) throw new Error('no AuthenticationConfiguration');
  const { apiVersion, kind, jwt = [], anonymous, ...unknown } = value;
  if (kind !== 'AuthenticationConfiguration' || !API_VERSIONS.includes(apiVersion as string))
    throw new Error(
      `no kind ${JSON.stringify(kind ?? '')} is registered for version ${JSON.stringify(apiVersion ?? '')}`,
    );
  refuseUnknown(unknown, '');
  const errors: FieldError[] = [];
  const listed = Array.isArray(jwt) ? jwt : [];
  if (listed.length > MOST_ISSUERS) errors.push(tooMany('jwt', listed.length, MOST_ISSUERS));
  const issuers = listed.map((one, i) => readJwt(one, `jwt[${i}]`, ownIssuer, errors));
  issuers.forEach(({ issuer: { url, discoveryURL } }, i) => {
    const before = issuers.slice(0, i).map((one) => one.issuer);
    if (url && before.some((one) => one.url === url)) errors.push(duplicate(`jwt[${i}].issuer.url`, url));
    if (discoveryURL && before.some((one) => one.discoveryURL === discoveryURL))
      errors.push(duplicate(`jwt[${i}].issuer.discoveryURL`, discoveryURL));
  });
  const nobody = readAnonymous(anonymous, errors);
  if (errors.length > 0) {
    const told = errors.map(({ field, body }) => `${field}: ${body}`);
    throw new Error(told.length === 1 ? told[0] : `[${told.join(', ')}]`);
  }
  return { jwt: issuers, ...nobody };
}

function readAnonymous(value: Json | undefined, errors: FieldError[]) {
  if (!isObject(value)) return {};
  const { enabled, conditions = [], ...unknown } = value;
  refuseUnknown(unknown, 'anonymous.');
  const paths = (Array.isArray(conditions) ? conditions : []).map((one) => ({ path: textOf(one, 'path') }));
  if (enabled === true) return { anonymous: { conditions: paths } };
  if (paths.length > 0)
    errors.push(
      invalid('anonymous.conditions', conditions, 'enabled should be set to true when conditions are defined'),
    );
  return { anonymousOff: true as const };
}

function refuseUnknown(fields: JsonObject, path: string): void {
  const [field] = Object.keys(fields);
  if (field !== undefined) throw new Error(`strict decoding error: unknown field ${JSON.stringify(path + field)}`);
}

function readJwt(value: Json, path: string, ownIssuer: string, errors: FieldError[]): JwtSettings {
  const fields = isObject(value) ? value : {};
  const { issuer, claimValidationRules = [], claimMappings, userValidationRules = [], ...unknown } = fields;
  refuseUnknown(unknown, `${path}.`);
  return {
    issuer: readIssuer(isObject(issuer) ? issuer : {}, `${path}.issuer`, ownIssuer, errors),
    claimValidationRules: readClaimRules(claimValidationRules, `${path}.claimValidationRules`, errors),
    claimMappings: readMappings(isObject(claimMappings) ? claimMappings : {}, `${path}.claimMappings`, errors),
    userValidationRules: readUserRules(userValidationRules, `${path}.userValidationRules`, errors),
  };
}

function readIssuer(value: JsonObject, path: string, ownIssuer: string, errors: FieldError[]): JwtSettings['issuer'] {
  const {
    url,
    discoveryURL,
    certificateAuthority,
    audiences,
    audienceMatchPolicy = '',
    egressSelectorType,
    ...unknown
  } = value;
  refuseUnknown(unknown, `${path}.`);
  if (egressSelectorType)
    errors.push(invalid(`${path}.egressSelectorType`, egressSelectorType, 'egress selectors are not supported here'));
  const address = String(url ?? '');
  if (address === '') errors.push(required(`${path}.url`));
  else checkUrl(`${path}.url`, address, ownIssuer, errors);
  const discovery = String(discoveryURL ?? '');
  if (discovery !== '') {
    if (discovery.replace(/\/$/, '') === address.replace(/\/$/, ''))
      errors.push(invalid(`${path}.discoveryURL`, discovery, 'discoveryURL must be different from URL'));
    checkUrl(`${path}.discoveryURL`, discovery, undefined, errors);
  }
  const names = (Array.isArray(audiences) ? audiences : []).map(String);
  if (names.length === 0) errors.push(required(`${path}.audiences`, `at least one ${path}.audiences is required`));
  names.forEach((name, i) => {
    if (name === '') errors.push(required(`${path}.audiences[${i}]`));
    if (names.indexOf(name) < i) errors.push(duplicate(`${path}.audiences[${i}]`, name));
  });
  const policy = `${path}.audienceMatchPolicy`;
  if (names.length > 1 && audienceMatchPolicy !== 'MatchAny')
    errors.push(invalid(policy, audienceMatchPolicy, 'audienceMatchPolicy must be MatchAny for multiple audiences'));
  if (names.length === 1 && audienceMatchPolicy !== '' && audienceMatchPolicy !== 'MatchAny')
    errors.push(
      invalid(policy, audienceMatchPolicy, 'audienceMatchPolicy must be empty or MatchAny for single audience'),
    );
  return {
    url: address,
    audiences: names,
    ...(discovery ? { discoveryURL: discovery } : {}),
    ...(certificateAuthority ? { certificateAuthority: String(certificateAuthority) } : {}),
  };
}

function checkUrl(field: string, text: string, ownIssuer: string | undefined, errors: FieldError[]): void {
  const complain = (why: string) => errors.push(invalid(field, text, why));
  if (text === ownIssuer) complain(`URL must not overlap with disallowed issuers: [${ownIssuer}]`);
  if (!URL.canParse(text)) {
    complain(`parse ${JSON.stringify(text)}: invalid URI for request`);
    return;
  }
  const { protocol, username, password, search, hash } = new URL(text);
  if (protocol !== 'https:') complain('URL scheme must be https');
  if (username || password) complain('URL must not contain a username or password');
  if (search) complain('URL must not contain a query');
  if (hash) complain('URL must not contain a fragment');
}

function readClaimRules(value: Json, path: string, errors: FieldError[]): JwtSettings['claimValidationRules'] {
  const seen = new Set<string>();
  return (Array.isArray(value) ? value : []).map((one, i) => {
    const at = `${path}[${i}]`;
    const { claim = '', requiredValue = '', expression = '', message = '', ...unknown } = texts(one);
    refuseUnknown(unknown, `${at}.`);
    const key = claim ? `claim ${claim}` : `expression ${expression}`;
    if (claim && expression) errors.push(invalid(at, claim, "claim and expression can't both be set"));
    else if (!claim && !expression) errors.push(required(at, 'claim or expression is required'));
    else if (claim) {
      if (message) errors.push(invalid(`${at}.message`, message, 'may not be specified when claim is set'));
      if (seen.has(key)) errors.push(duplicate(`${at}.claim`, claim));
    } else {
      if (requiredValue)
        errors.push(invalid(`${at}.requiredValue`, requiredValue, 'may not be specified when expression is set'));
      if (seen.has(key)) errors.push(duplicate(`${at}.expression`, expression));
      else checkExpression(`${at}.expression`, expression, 'claims', ['bool'], errors);
    }
    seen.add(key);
    return { ...given({ claim, expression, message }), ...(claim ? { requiredValue } : {}) };
  });
}

function readMappings(value: JsonObject, path: string, errors: FieldError[]): JwtSettings['claimMappings'] {
  const { username, groups, uid, extra = [], ...unknown } = value;
  refuseUnknown(unknown, `${path}.`);
  const keys = new Set<string>();
  const id = texts(uid);
  if (id['claim'] && id['expression'])
    errors.push(invalid(`${path}.uid`, '', "claim and expression can't both be set"));
  if (id['expression']) checkExpression(`${path}.uid.expression`, id['expression'], 'claims', ['string'], errors);
  const name = readMapping(username, `${path}.username`, ['string'], true, errors) as ClaimMapping;
  const group = readMapping(groups, `${path}.groups`, ['string', 'list'], false, errors);
  return {
    username: name,
    ...(group ? { groups: group } : {}),
    ...(id['claim'] || id['expression'] ? { uid: given(id) } : {}),
    extra: (Array.isArray(extra) ? extra : []).map((one, i) => {
      const at = `${path}.extra[${i}]`;
      const { key = '', valueExpression = '' } = texts(one);
      if (!/^[^/]+\/.+$/.test(key))
        errors.push(invalid(`${at}.key`, key, 'must be a domain-prefixed path (such as "acme.io/foo")'));
      if (key !== key.toLowerCase()) errors.push(invalid(`${at}.key`, key, 'must be lowercase'));
      if (/^([^/]*\.)?(k8s|kubernetes)\.io(\/|$)/.test(key))
        errors.push(
          invalid(`${at}.key`, key, 'k8s.io, kubernetes.io and their subdomains are reserved for Kubernetes use'),
        );
      if (keys.has(key)) errors.push(duplicate(`${at}.key`, key));
      keys.add(key);
      if (valueExpression === '') errors.push(required(`${at}.valueExpression`));
      else checkExpression(`${at}.valueExpression`, valueExpression, 'claims', ['string', 'list'], errors);
      return { key, valueExpression };
    }),
  };
}

function readMapping(
  value: Json | undefined,
  path: string,
  kinds: readonly string[],
  isNeeded: boolean,
  errors: FieldError[],
): ClaimMapping | undefined {
  const { claim = '', expression = '', ...rest } = texts(value);
  const { prefix } = rest;
  if (claim && expression) errors.push(invalid(path, '', "claim and expression can't both be set"));
  else if (!claim && !expression) {
    if (isNeeded) errors.push(required(path, 'claim or expression is required'));
    else return undefined;
  }
  if (expression && prefix !== undefined)
    errors.push(invalid(`${path}.prefix`, prefix, 'may not be specified when expression is set'));
  if (expression) checkExpression(`${path}.expression`, expression, 'claims', kinds, errors);
  else if (claim && prefix === undefined)
    errors.push(
      required(
        `${path}.prefix`,
        'prefix is required when claim is set. It can be set to an empty string to disable prefixing',
      ),
    );
  return { ...given({ claim, expression }), ...(prefix === undefined ? {} : { prefix }) };
}

function readUserRules(value: Json, path: string, errors: FieldError[]): JwtSettings['userValidationRules'] {
  const seen = new Set<string>();
  return (Array.isArray(value) ? value : []).map((one, i) => {
    const at = `${path}[${i}]`;
    const { expression = '', message = '' } = texts(one);
    if (expression === '') errors.push(required(`${at}.expression`));
    else if (seen.has(expression)) errors.push(duplicate(`${at}.expression`, expression));
    else checkExpression(`${at}.expression`, expression, 'user', ['bool'], errors);
    seen.add(expression);
    return { expression, ...given({ message }) };
  });
}

function checkExpression(
  field: string,
  text: string,
  over: Over,
  kinds: readonly string[],
  errors: FieldError[],
): void {
  const { error } = compileClaimExpression(text, over, kinds);
  if (error !== undefined) errors.push(invalid(field, text, error));
}

function textOf(value: Json | undefined, field: string): string {
  const text = isObject(value) ? value[field] : undefined;
  return typeof text === 'string' ? text : '';
}

/** The fields of an object that are texts. */
function texts(value: Json | undefined): Record<string, string> {
  const entries = Object.entries(isObject(value) ? value : {});
  return Object.fromEntries(entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
}

/** What is there of them. */
function given(fields: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(fields).filter(([, text]) => text !== ''));
}
