/** Ingresses (pkg/registry/networking/ingress/strategy.go, pkg/apis/networking/validation). */
import { type FieldError, invalid, notSupported, required } from '../../../apimachinery/field-error';
import { parseIP, validateLegacyIP } from '../../../apimachinery/ip';
import {
  isDNS1123Subdomain,
  isValidPortName,
  isValidPortNum,
  isWildcardDNS1123Subdomain,
  nameIsDNSLabel,
} from '../../../apimachinery/names';
import type { ResourceDefinition } from '../../resource';
import { complain } from '../../validation/field-checks';
import { type TypedReference, validateTypedReference } from '../../validation/references';
import { AGE, ageOf, column, NAME, nameOf } from '../columns';

interface IngressBackend {
  service?: { name?: string; port?: { name?: string; number?: number } };
  resource?: TypedReference;
}
interface IngressPath {
  path?: string;
  pathType?: string;
  backend?: IngressBackend;
}
interface IngressRule {
  host?: string;
  http?: { paths?: IngressPath[] };
}
interface IngressSpec {
  ingressClassName?: string;
  defaultBackend?: IngressBackend;
  tls?: { hosts?: string[]; secretName?: string }[];
  rules?: IngressRule[];
}
type LoadBalancerIngress = { ip?: string; hostname?: string }[];

/** Named the class before the spec could. */
const CLASS = 'kubernetes.io/ingress.class';

const definition: ResourceDefinition = {
  group: 'networking.k8s.io',
  resource: 'ingresses',
  columns: [
    NAME,
    column('Class', {
      description: 'The name of the IngressClass resource that should be used for additional configuration',
    }),
    column('Hosts', { description: 'Hosts that incoming requests are matched against before the ingress rule' }),
    column('Address', { description: 'Address is a list containing ingress points for the load-balancer' }),
    column('Ports', { description: 'Ports of TLS configurations that open' }),
    AGE,
  ],
  cells(object, now) {
    const spec: IngressSpec = object.spec ?? {};
    return [
      nameOf(object),
      spec.ingressClassName ?? '<none>',
      formatHosts(spec.rules ?? []),
      formatAddresses(object.status?.loadBalancer?.ingress ?? []),
      spec.tls?.length ? '80, 443' : '80',
      ageOf(object, now),
    ];
  },
  prepareForCreate(object) {
    object.spec ??= {};
    object.status = { loadBalancer: {} };
  },
  validate(object, old) {
    const errors: FieldError[] = [];
    const spec: IngressSpec = object.spec ?? {};
    validateIngressSpec(spec, old?.spec, errors);
    const named = object.metadata.annotations?.[CLASS];
    if (!old && named !== undefined && spec.ingressClassName !== undefined && named !== spec.ingressClassName)
      errors.push(invalid(`annotations.${CLASS}`, named, 'must match `ingressClassName` when both are specified'));
    return errors;
  },
  warnings(object, old) {
    if (old || object.metadata.annotations?.[CLASS] === undefined || object.spec?.ingressClassName !== undefined)
      return [];
    return [`annotation "${CLASS}" is deprecated, please use 'spec.ingressClassName' instead`];
  },
  subresources: {
    status: {
      validateUpdate(object, old) {
        const errors: FieldError[] = [];
        const points = (one: typeof object): LoadBalancerIngress => one.status?.loadBalancer?.ingress ?? [];
        validateAddresses(points(object), points(old), errors);
        return errors;
      },
    },
  },
};
export default definition;

function validateIngressSpec(spec: IngressSpec, old: IngressSpec | undefined, errors: FieldError[]): void {
  const { rules = [], tls = [], defaultBackend, ingressClassName } = spec;
  if (rules.length === 0 && !defaultBackend)
    errors.push(invalid('spec', spec.rules ? [] : null, 'either `defaultBackend` or `rules` must be specified'));
  if (defaultBackend) validateBackend('spec.defaultBackend', defaultBackend, errors);
  const allowsBadWildcardRules = old?.rules?.some((rule) => {
    const found: FieldError[] = [];
    if (rule.host?.includes('*')) validateRule('', rule, found);
    return found.length > 0;
  });
  rules.forEach((rule, i) => {
    const at = `spec.rules[${i}]`;
    const { host = '' } = rule;
    if (host !== '') {
      if (parseIP(host)) errors.push(invalid(`${at}.host`, host, 'must be a DNS name, not an IP address'));
      validateHost(`${at}.host`, host, errors);
    }
    if (!(host.includes('*') && allowsBadWildcardRules)) validateRule(at, rule, errors);
  });
  const isBadName = (name: string | undefined) => name && isDNS1123Subdomain(name).length > 0;
  const allowsBadNames = old?.tls?.some((one) => isBadName(one.secretName));
  tls.forEach(({ hosts = [], secretName = '' }, i) => {
    hosts.forEach((host, j) => {
      validateHost(`spec.tls[${i}].hosts[${j}]`, host, errors);
    });
    if (secretName !== '' && !allowsBadNames)
      complain(`spec.tls[${i}].secretName`, secretName, isDNS1123Subdomain(secretName), errors);
  });
  if (ingressClassName !== undefined)
    complain('spec.ingressClassName', ingressClassName, isDNS1123Subdomain(ingressClassName), errors);
}

function validateHost(field: string, host: string, errors: FieldError[]): void {
  complain(field, host, host.includes('*') ? isWildcardDNS1123Subdomain(host) : isDNS1123Subdomain(host), errors);
}

function validateRule(at: string, rule: IngressRule, errors: FieldError[]): void {
  if (!rule.http) return;
  const paths = rule.http.paths ?? [];
  if (paths.length === 0) errors.push(required(`${at}.http.paths`));
  paths.forEach((path, i) => {
    validatePath(`${at}.http.paths[${i}]`, path, errors);
  });
}

const PATH_TYPES = ['Exact', 'ImplementationSpecific', 'Prefix'];

function validatePath(at: string, { path = '', pathType, backend }: IngressPath, errors: FieldError[]): void {
  if (pathType === undefined) {
    errors.push(required(`${at}.pathType`, 'pathType must be specified'));
    return;
  }
  const complaint = (text: string) => errors.push(invalid(`${at}.path`, path, text));
  if (pathType === 'Exact' || pathType === 'Prefix') {
    if (!path.startsWith('/')) complaint('must be an absolute path');
    for (const part of ['//', '/./', '/../', '%2f', '%2F'])
      if (path.includes(part)) complaint(`must not contain '${part}'`);
    for (const end of ['/..', '/.']) if (path.endsWith(end)) complaint(`cannot end with '${end}'`);
  } else if (pathType === 'ImplementationSpecific') {
    if (path !== '' && !path.startsWith('/')) complaint('must be an absolute path');
  } else errors.push(notSupported(`${at}.pathType`, pathType, PATH_TYPES));
  validateBackend(`${at}.backend`, backend ?? {}, errors);
}

function validateBackend(at: string, { service, resource }: IngressBackend, errors: FieldError[]): void {
  if (service && resource) errors.push(invalid(at, '', 'cannot set both resource and service backends'));
  else if (resource) validateTypedReference(`${at}.resource`, resource, errors);
  else if (service) {
    const { name = '', port = {} } = service;
    if (name === '') errors.push(required(`${at}.service.name`));
    else complain(`${at}.service.name`, name, nameIsDNSLabel(name, false), errors);
    if (port.name && port.number) errors.push(invalid(at, '', 'cannot set both port name & port number'));
    else if (port.name) complain(`${at}.service.port.name`, port.name, isValidPortName(port.name), errors);
    else if (port.number) complain(`${at}.service.port.number`, port.number, isValidPortNum(port.number), errors);
    else errors.push(required(at, 'port name or number is required'));
  } else errors.push(invalid(at, '', 'resource or service backend is required'));
}

function validateAddresses(points: LoadBalancerIngress, old: LoadBalancerIngress, errors: FieldError[]): void {
  const known = old.flatMap((point) => (point.ip ? [point.ip] : []));
  points.forEach(({ ip = '', hostname = '' }, i) => {
    const at = `status.loadBalancer.ingress[${i}]`;
    if (ip !== '') validateLegacyIP(`${at}.ip`, ip, errors, known);
    if (hostname === '') return;
    complain(`${at}.hostname`, hostname, isDNS1123Subdomain(hostname), errors);
    if (parseIP(hostname)) errors.push(invalid(`${at}.hostname`, hostname, 'must be a DNS name, not an IP address'));
  });
}

/** Three hosts at most; `*` for none (formatHosts). */
function formatHosts(rules: readonly IngressRule[]): string {
  const hosts: string[] = [];
  let hasMore = false;
  for (const { host } of rules) {
    if (hosts.length === 3) hasMore = true;
    else if (host) hosts.push(host);
  }
  if (hosts.length === 0) return '*';
  return hasMore ? `${hosts.join(',')} + ${rules.length - 3} more...` : hosts.join(',');
}
/** Each address once, in order. */
function formatAddresses(points: LoadBalancerIngress): string {
  const addresses = points.map((point) => point.ip || point.hostname || '').filter(Boolean);
  return [...new Set(addresses)].sort().join(',');
}
