/** How webhooks are called and for what (pkg/apis/admissionregistration/validation, apiserver `pkg/util/webhook`). */
import { type FieldError, invalid, notSupported, required } from '../../apimachinery/field-error';
import { isDNS1035Label, isDNS1123Subdomain, isValidPortNum } from '../../apimachinery/names';
import { complain } from './field-checks';

export interface ClientConfig {
  url?: string;
  service?: { name?: string; namespace?: string; path?: string; port?: number };
  caBundle?: string;
}
export interface Rule {
  operations?: string[];
  apiGroups?: string[];
  apiVersions?: string[];
  resources?: string[];
  scope?: string;
}

/** Either a URL or a service. */
export function validateClientConfig(path: string, config: ClientConfig, errors: FieldError[]): void {
  const { url, service } = config;
  if ((url === undefined) === (service === undefined))
    errors.push(required(path, 'exactly one of url or service is required'));
  else if (url !== undefined) validateURL(`${path}.url`, url, errors);
  else if (service) validateService(`${path}.service`, service, errors);
}

/** ValidateWebhookURL. */
function validateURL(field: string, text: string, errors: FieldError[]): void {
  const FORM = '; desired format: https://host[/path]';
  const [, scheme = '', rest = ''] = /^([A-Za-z][A-Za-z0-9+.-]*):(.*)$/s.exec(text) ?? [undefined, '', text];
  const [beforeFragment = '', ...fragments] = rest.split('#');
  const [address = '', ...queries] = beforeFragment.split('?');
  const authority = address.startsWith('//') ? (address.slice(2).split('/')[0] ?? '') : '';
  const at = authority.lastIndexOf('@');
  const host = authority.slice(at + 1);
  if (scheme.toLowerCase() !== 'https')
    errors.push(invalid(field, scheme.toLowerCase(), `'https' is the only allowed URL scheme${FORM}`));
  if (host === '') errors.push(invalid(field, host, `host must be specified${FORM}`));
  if (at >= 0) errors.push(invalid(field, authority.slice(0, at), 'user information is not permitted in the URL'));
  const fragment = fragments.join('#');
  if (fragment !== '') errors.push(invalid(field, fragment, 'fragments are not permitted in the URL'));
  const query = queries.join('?');
  if (query !== '') errors.push(invalid(field, query, 'query parameters are not permitted in the URL'));
}

/** ValidateWebhookService. */
function validateService(path: string, service: NonNullable<ClientConfig['service']>, errors: FieldError[]): void {
  const { name = '', namespace = '', port = 0, path: urlPath = '' } = service;
  // Upstream hands the two over the wrong way round.
  if (namespace === '') errors.push(required(`${path}.name`));
  if (name === '') errors.push(required(`${path}.namespace`));
  const complaints = isValidPortNum(port);
  if (complaints.length > 0) errors.push(invalid(`${path}.port`, port, `port is not valid: ${complaints.join(', ')}`));
  if (urlPath === '' || urlPath === '/') return;
  const complaint = (text: string) => errors.push(invalid(`${path}.path`, urlPath, text));
  if (urlPath === '//') {
    complaint('segment[0] may not be empty');
    return;
  }
  if (!urlPath.startsWith('/')) complaint("must start with a '/'");
  const steps = urlPath.slice(1).replace(/\/$/, '').split('/');
  steps.forEach((step, i) => {
    if (step === '') complaint(`segment[${i}] may not be empty`);
    else for (const text of isDNS1123Subdomain(step)) complaint(`segment[${i}]: ${text}`);
  });
}

const OPERATIONS = ['*', 'CONNECT', 'CREATE', 'DELETE', 'UPDATE'];
const hasStar = (list: readonly string[]): boolean => list.length > 1 && list.includes('*');

/** validateRuleWithOperations. */
export function validateAdmissionRule(path: string, rule: Rule, errors: FieldError[]): void {
  const { operations = [], apiGroups = [], apiVersions = [], scope } = rule;
  if (operations.length === 0) errors.push(required(`${path}.operations`));
  if (hasStar(operations))
    errors.push(invalid(`${path}.operations`, operations, "if '*' is present, must not specify other operations"));
  operations.forEach((operation, i) => {
    if (!OPERATIONS.includes(operation)) errors.push(notSupported(`${path}.operations[${i}]`, operation, OPERATIONS));
  });
  if (apiGroups.length === 0) errors.push(required(`${path}.apiGroups`));
  if (hasStar(apiGroups))
    errors.push(invalid(`${path}.apiGroups`, apiGroups, "if '*' is present, must not specify other API groups"));
  if (apiVersions.length === 0) errors.push(required(`${path}.apiVersions`));
  if (hasStar(apiVersions))
    errors.push(invalid(`${path}.apiVersions`, apiVersions, "if '*' is present, must not specify other API versions"));
  apiVersions.forEach((version, i) => {
    if (version === '') errors.push(required(`${path}.apiVersions[${i}]`));
  });
  validateResources(`${path}.resources`, rule.resources ?? [], errors);
  const scopes = ['*', 'Cluster', 'Namespaced'];
  if (scope !== undefined && !scopes.includes(scope)) errors.push(notSupported(`${path}.scope`, scope, scopes));
}

function validateResources(path: string, resources: readonly string[], errors: FieldError[]): void {
  if (resources.length === 0) errors.push(required(path));
  const ofResource = new Set<string>();
  const ofSubresource = new Set<string>();
  let hasPlain = false;
  resources.forEach((text, i) => {
    if (text === '') {
      errors.push(required(`${path}[${i}]`));
      return;
    }
    const slash = text.indexOf('/');
    if (slash < 0) {
      hasPlain = text !== '*';
      return;
    }
    const resource = text.slice(0, slash);
    const subresource = text.slice(slash + 1);
    if (ofResource.has(resource))
      errors.push(invalid(`${path}[${i}]`, text, `if '${resource}/*' is present, must not specify ${text}`));
    if (ofSubresource.has(subresource))
      errors.push(invalid(`${path}[${i}]`, text, `if '*/${subresource}' is present, must not specify ${text}`));
    if (subresource === '*') ofResource.add(resource);
    if (resource === '*') ofSubresource.add(subresource);
  });
  if (resources.length > 1 && resources.includes('*/*'))
    errors.push(invalid(path, [...resources], "if '*/*' is present, must not specify other resources"));
  if (resources.includes('*') && hasPlain)
    errors.push(
      invalid(path, [...resources], "if '*' is present, must not specify other resources without subresources"),
    );
}

/** Versions of reviews that a webhook understands; `text` is the detail where there are none. */
export function validateReviewVersions(
  path: string,
  versions: readonly string[],
  text: string,
  errors: FieldError[],
): void {
  if (versions.length === 0) {
    errors.push(required(path, text));
    return;
  }
  const seen = new Set<string>();
  versions.forEach((version, i) => {
    if (seen.has(version)) errors.push(invalid(`${path}[${i}]`, version, 'duplicate version'));
    else complain(`${path}[${i}]`, version, isDNS1035Label(version), errors);
    seen.add(version);
  });
  if (!seen.has('v1') && !seen.has('v1beta1'))
    errors.push(invalid(path, [...versions], 'must include at least one of v1, v1beta1'));
}

/** A domain of at least three parts (IsFullyQualifiedName). */
export function validateFullyQualifiedName(field: string, name: string, errors: FieldError[]): void {
  if (name === '') {
    errors.push(required(field));
    return;
  }
  const complaints = isDNS1123Subdomain(name);
  if (complaints.length > 0) errors.push(invalid(field, name, complaints.join(',')));
  else if (name.split('.').length < 3)
    errors.push(invalid(field, name, 'should be a domain with at least three segments separated by dots'));
}
