/** Services: what any must be, and what may change in one (validateService, ValidateServiceUpdate). */
import {
  duplicate,
  type FieldError,
  forbiddenField,
  invalid,
  notSupported,
  required,
} from '../../apimachinery/field-error';
import { validateLegacyCIDR, validateLegacyIP } from '../../apimachinery/ip';
import type { KubeObject } from '../../apimachinery/meta';
import { isDNS1123Subdomain, isValidPortNum } from '../../apimachinery/names';
import { validateEndpointIP } from './endpoints';
import {
  complain,
  validateDNS1123Label,
  validateDNS1123Subdomain,
  validatePortNumberOrName,
  validateQualifiedName,
} from './field-checks';
import { validateLabels } from './labels';
import { validateClusterIPFields, validateClusterIPUpdate, validateIPFamilyUpdate } from './service-addresses';
import {
  isExternallyAccessible,
  isHeadless,
  needsHealthCheck,
  type ServicePort,
  type ServiceSpec,
} from './service-types';

const SOURCE_RANGES = 'service.beta.kubernetes.io/load-balancer-source-ranges';
const TOPOLOGY_HINTS = 'service.kubernetes.io/topology-aware-hints';
const TOPOLOGY_MODE = 'service.kubernetes.io/topology-mode';

export function validateService(service: KubeObject, old: KubeObject | undefined, errors: FieldError[]): void {
  const spec: ServiceSpec = service.spec ?? {};
  const oldSpec: ServiceSpec | undefined = old?.spec;
  const annotations = service.metadata.annotations ?? {};
  const mode = annotations[TOPOLOGY_MODE];
  const hints = annotations[TOPOLOGY_HINTS];
  if (mode !== undefined && hints !== undefined && mode !== hints)
    errors.push(
      invalid(
        `metadata.annotations[${TOPOLOGY_MODE}]`,
        mode,
        `must match annotations[${TOPOLOGY_HINTS}] when both are specified`,
      ),
    );
  const ports = spec.ports ?? [];
  if (ports.length === 0 && !isHeadless(spec) && spec.type !== 'ExternalName') errors.push(required('spec.ports'));
  validateType(spec, errors);
  validatePorts(ports, errors);
  validateLabels('spec.selector', spec.selector, errors);
  validateAffinity(spec, errors);
  validateClusterIPFields(spec, oldSpec, errors);
  validateExternalIPs(spec, oldSpec, errors);
  const types = ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort'];
  if (!spec.type) errors.push(required('spec.type'));
  else if (!types.includes(spec.type)) errors.push(notSupported('spec.type', spec.type, types));
  validatePortsTogether(spec, ports, errors);
  validateSourceRanges(service, old, spec, errors);
  const allocates = spec.allocateLoadBalancerNodePorts;
  if (allocates !== undefined && spec.type !== 'LoadBalancer')
    errors.push(forbiddenField('spec.allocateLoadBalancerNodePorts', "may only be used when `type` is 'LoadBalancer'"));
  if (allocates === undefined && spec.type === 'LoadBalancer') errors.push(required('allocateLoadBalancerNodePorts'));
  validateLoadBalancerClass(spec, undefined, errors);
  validateExternalTraffic(spec, errors);
  validateInternalTraffic(spec, errors);
  const distributions = ['PreferClose', 'PreferSameZone', 'PreferSameNode'];
  if (spec.trafficDistribution !== undefined && !distributions.includes(spec.trafficDistribution))
    errors.push(notSupported('spec.trafficDistribution', spec.trafficDistribution, distributions));
}

/** What an update may not do, which upstream tells before the rest. */
export function validateServiceUpdate(service: KubeObject, old: KubeObject, errors: FieldError[]): void {
  const spec: ServiceSpec = service.spec ?? {};
  const oldSpec: ServiceSpec = old.spec ?? {};
  validateClusterIPUpdate(spec, oldSpec, errors);
  validateIPFamilyUpdate(spec, oldSpec, errors);
  validateLoadBalancerClass(spec, oldSpec, errors);
  if (
    needsHealthCheck(oldSpec) &&
    needsHealthCheck(spec) &&
    (spec.healthCheckNodePort ?? 0) !== (oldSpec.healthCheckNodePort ?? 0)
  )
    errors.push(forbiddenField('spec.healthCheckNodePort', 'field is immutable'));
}

function validateType(spec: ServiceSpec, errors: FieldError[]): void {
  if (spec.type === 'LoadBalancer' || spec.type === 'NodePort') {
    if (isHeadless(spec))
      errors.push(invalid('spec.clusterIPs[0]', 'None', `may not be set to 'None' for ${spec.type} services`));
    return;
  }
  if (spec.type !== 'ExternalName') return;
  for (const [field, given] of [
    ['clusterIPs', (spec.clusterIPs ?? []).length > 0],
    ['ipFamilies', (spec.ipFamilies ?? []).length > 0],
    ['ipFamilyPolicy', spec.ipFamilyPolicy !== undefined],
  ] as const)
    if (given) errors.push(forbiddenField(`spec.${field}`, 'may not be set for ExternalName services'));
  const name = (spec.externalName ?? '').replace(/\.$/, '');
  if (name === '') errors.push(required('spec.externalName'));
  else validateDNS1123Subdomain('spec.externalName', name, errors);
}

function validatePorts(ports: readonly ServicePort[], errors: FieldError[]): void {
  const names = new Set<string>();
  for (const [i, port] of ports.entries()) {
    const at = `spec.ports[${i}]`;
    if (!port.name) {
      if (ports.length > 1) errors.push(required(`${at}.name`));
    } else {
      validateDNS1123Label(`${at}.name`, port.name, errors);
      if (names.has(port.name)) errors.push(duplicate(`${at}.name`, port.name));
      names.add(port.name);
    }
    complain(`${at}.port`, port.port ?? 0, isValidPortNum(port.port ?? 0), errors);
    const protocols = ['SCTP', 'TCP', 'UDP'];
    if (!port.protocol) errors.push(required(`${at}.protocol`));
    else if (!protocols.includes(port.protocol)) errors.push(notSupported(`${at}.protocol`, port.protocol, protocols));
    validatePortNumberOrName(`${at}.targetPort`, port.targetPort, errors);
    if (port.appProtocol !== undefined) validateQualifiedName(`${at}.appProtocol`, port.appProtocol, errors);
  }
}

/** Node ports where there can be none, and ports given twice. */
function validatePortsTogether(spec: ServiceSpec, ports: readonly ServicePort[], errors: FieldError[]): void {
  if (spec.type === 'ClusterIP')
    ports.forEach((port, i) => {
      if (port.nodePort)
        errors.push(forbiddenField(`spec.ports[${i}].nodePort`, "may not be used when `type` is 'ClusterIP'"));
    });
  const nodePorts = new Set<string>();
  ports.forEach(({ nodePort, protocol = '' }, i) => {
    if (!nodePort) return;
    const key = `${protocol}/${nodePort}`;
    if (nodePorts.has(key)) errors.push(duplicate(`spec.ports[${i}].nodePort`, nodePort));
    nodePorts.add(key);
  });
  const seen = new Set<string>();
  ports.forEach(({ port = 0, protocol = '' }, i) => {
    const key = `${protocol}/${port}`;
    if (seen.has(key))
      errors.push(
        duplicate(`spec.ports[${i}]`, {
          Name: '',
          Protocol: protocol,
          AppProtocol: null,
          Port: port,
          TargetPort: 0,
          NodePort: 0,
        }),
      );
    seen.add(key);
  });
}

function validateAffinity(spec: ServiceSpec, errors: FieldError[]): void {
  const path = 'spec.sessionAffinityConfig';
  const config = spec.sessionAffinityConfig;
  if (!spec.sessionAffinity) errors.push(required('spec.sessionAffinity'));
  else if (spec.sessionAffinity === 'None') {
    if (config) errors.push(forbiddenField(path, 'must not be set when session affinity is None'));
  } else if (spec.sessionAffinity === 'ClientIP') {
    const text = 'when session affinity type is ClientIP';
    const seconds = config?.clientIP?.timeoutSeconds;
    if (!config) errors.push(required(path, text));
    else if (!config.clientIP) errors.push(required(`${path}.clientIP`, text));
    else if (seconds === undefined) errors.push(required(`${path}.clientIP.timeoutSeconds`, text));
    else if (seconds <= 0 || seconds > 86400)
      errors.push(invalid(`${path}.clientIP.timeoutSeconds`, seconds, 'must be greater than 0 and less than 86400'));
  } else errors.push(notSupported('spec.sessionAffinity', spec.sessionAffinity, ['ClientIP', 'None']));
}

function validateExternalIPs(spec: ServiceSpec, old: ServiceSpec | undefined, errors: FieldError[]): void {
  (spec.externalIPs ?? []).forEach((address, i) => {
    const field = `spec.externalIPs[${i}]`;
    const before = errors.length;
    validateLegacyIP(field, address, errors, old?.externalIPs);
    if (errors.length === before) validateEndpointIP(field, address, errors);
  });
}

function validateSourceRanges(
  service: KubeObject,
  old: KubeObject | undefined,
  spec: ServiceSpec,
  errors: FieldError[],
): void {
  const text = "may only be used when `type` is 'LoadBalancer'";
  const ranges = spec.loadBalancerSourceRanges ?? [];
  const annotation = service.metadata.annotations?.[SOURCE_RANGES];
  if (ranges.length > 0) {
    const path = 'spec.LoadBalancerSourceRanges';
    if (spec.type !== 'LoadBalancer') errors.push(forbiddenField(path, text));
    const kept = ((old?.spec?.loadBalancerSourceRanges ?? []) as string[]).map((range) => range.trim());
    ranges.forEach((range, i) => {
      validateLegacyCIDR(`${path}[${i}]`, range.trim(), errors, kept);
    });
  } else if (annotation !== undefined) {
    const path = `metadata.annotations[${SOURCE_RANGES}]`;
    if (spec.type !== 'LoadBalancer') errors.push(forbiddenField(path, text));
    if (old?.metadata.annotations?.[SOURCE_RANGES] === annotation || annotation.trim() === '') return;
    for (const range of annotation.split(',')) validateLegacyCIDR(path, range.trim(), errors);
  }
}

function validateLoadBalancerClass(spec: ServiceSpec, old: ServiceSpec | undefined, errors: FieldError[]): void {
  const field = 'spec.loadBalancerClass';
  const name = spec.loadBalancerClass;
  if (old?.type === 'LoadBalancer' && spec.type === 'LoadBalancer' && old.loadBalancerClass !== name)
    errors.push(invalid(field, name ?? null, 'may not change once set'));
  if (name === undefined) return;
  if (spec.type === 'LoadBalancer') validateQualifiedName(field, name, errors);
  else errors.push(forbiddenField(field, "may only be used when `type` is 'LoadBalancer'"));
}

function validateExternalTraffic(spec: ServiceSpec, errors: FieldError[]): void {
  const policy = spec.externalTrafficPolicy;
  const field = 'spec.externalTrafficPolicy';
  if (!isExternallyAccessible(spec)) {
    if (policy) errors.push(invalid(field, policy, 'may only be set for externally-accessible services'));
  } else if (!policy) errors.push(required(field));
  else if (policy !== 'Cluster' && policy !== 'Local') errors.push(notSupported(field, policy, ['Cluster', 'Local']));
  const port = spec.healthCheckNodePort ?? 0;
  if (!needsHealthCheck(spec)) {
    if (port !== 0)
      errors.push(
        invalid(
          'spec.healthCheckNodePort',
          port,
          "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'",
        ),
      );
  } else if (port === 0) errors.push(required('spec.healthCheckNodePort'));
  else complain('spec.healthCheckNodePort', port, isValidPortNum(port), errors);
}

function validateInternalTraffic(spec: ServiceSpec, errors: FieldError[]): void {
  const policy = spec.internalTrafficPolicy;
  const field = 'spec.internalTrafficPolicy';
  if (policy === undefined) {
    if (['NodePort', 'LoadBalancer', 'ClusterIP'].includes(spec.type ?? '')) errors.push(required(field));
  } else if (policy !== 'Cluster' && policy !== 'Local') errors.push(notSupported(field, policy, ['Cluster', 'Local']));
}

interface IngressPoint {
  ip?: string;
  ipMode?: string;
  hostname?: string;
}

/** ValidateLoadBalancerStatus. */
export function validateLoadBalancerStatus(service: KubeObject, old: KubeObject): FieldError[] {
  const errors: FieldError[] = [];
  const points: IngressPoint[] = service.status?.loadBalancer?.ingress ?? [];
  const path = 'status.loadBalancer.ingress';
  if (service.spec?.type !== 'LoadBalancer') {
    if (points.length > 0) errors.push(forbiddenField(path, "may only be used when `spec.type` is 'LoadBalancer'"));
    return errors;
  }
  const kept = ((old.status?.loadBalancer?.ingress ?? []) as IngressPoint[]).map((point) => point.ip ?? '');
  for (const [i, { ip, ipMode, hostname }] of points.entries()) {
    const at = `${path}[${i}]`;
    if (ip) validateLegacyIP(`${at}.ip`, ip, errors, kept);
    if (ipMode === undefined) {
      if (ip) errors.push(required(`${at}.ipMode`, 'must be specified when `ip` is set'));
    } else if (!ip) errors.push(forbiddenField(`${at}.ipMode`, 'may not be specified when `ip` is not set'));
    else if (ipMode !== 'VIP' && ipMode !== 'Proxy')
      errors.push(notSupported(`${at}.ipMode`, ipMode, ['Proxy', 'VIP']));
    if (!hostname) continue;
    complain(`${at}.hostname`, hostname, isDNS1123Subdomain(hostname), errors);
    if (/^[0-9.]+$|:/.test(hostname))
      errors.push(invalid(`${at}.hostname`, hostname, 'must be a DNS name, not an IP address'));
  }
  return errors;
}
