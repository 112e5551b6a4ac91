/** Services (pkg/registry/core/service). */
import type { FieldError } from '../../../apimachinery/field-error';
import { warningsForIP } from '../../../apimachinery/ip';
import type { KubeObject } from '../../../apimachinery/meta';
import { nameIsDNSLabel } from '../../../apimachinery/names';
import type { ResourceDefinition } from '../../resource';
import { validateLoadBalancerStatus, validateService, validateServiceUpdate } from '../../validation/service';
import {
  isExternallyAccessible,
  isHeadless,
  needsClusterIP,
  needsHealthCheck,
  type ServicePort,
  type ServiceSpec,
} from '../../validation/service-types';
import { AGE, ageOf, column, formatLabels, NAME, nameOf, SELECTOR } from '../columns';
import { allocate } from './service-allocation';
import { addressCompanions } from './service-ip-addresses';

const definition: ResourceDefinition = {
  group: '',
  resource: 'services',
  // 1.36 takes any DNS label (RelaxedServiceNameValidation).
  validateName: nameIsDNSLabel,
  hasGeneration: false,
  allowCreateOnUpdate: true,
  columns: [
    NAME,
    column('Type'),
    column('Cluster-IP'),
    column('External-IP'),
    column('Port(s)', { description: 'The list of ports that are exposed by this service.' }),
    AGE,
    SELECTOR,
  ],
  cells(object, now) {
    const spec: ServiceSpec = object.spec ?? {};
    return [
      nameOf(object),
      spec.type ?? '',
      spec.clusterIPs?.[0] ?? '<none>',
      externalAddresses(object, spec),
      (spec.ports ?? []).map(formatPort).join(',') || '<none>',
      ageOf(object, now),
      formatLabels(spec.selector),
    ];
  },
  defaults: defaultService,
  async prepareForCreate(object, context) {
    object.status = { loadBalancer: {} };
    const spec: ServiceSpec = object.spec;
    if (spec.clusterIP && !spec.clusterIPs?.length) spec.clusterIPs = [spec.clusterIP];
    await allocate(object, undefined, context);
    dropInternalTrafficPolicy(spec);
  },
  async prepareForUpdate(object, old, context) {
    const spec: ServiceSpec = object.spec;
    const oldSpec: ServiceSpec = old.spec ?? {};
    keepAllocated(spec, oldSpec);
    normalizeClusterIPs(spec, oldSpec);
    await allocate(object, old, context);
    dropTypeDependentFields(spec, oldSpec);
    if (spec.type !== 'LoadBalancer') object.status = { ...object.status, loadBalancer: {} };
    dropInternalTrafficPolicy(spec);
  },
  validate(object, old) {
    const errors: FieldError[] = [];
    if (old) validateServiceUpdate(object, old, errors);
    validateService(object, old, errors);
    return errors;
  },
  warnings: (object) => serviceWarnings(object),
  companions: addressCompanions,
  // storage.go afterDelete: no other Service of this name may come to its addresses.
  takesAlong: 'endpoints',
  selectableFields: {
    'spec.clusterIP': (object) => object.spec?.clusterIP ?? '',
    'spec.type': (object) => object.spec?.type ?? '',
  },
  subresources: { status: { validateUpdate: validateLoadBalancerStatus } },
};
export default definition;

/** SetDefaults_Service. */
function defaultService(object: KubeObject): void {
  object.spec ??= {};
  const spec: ServiceSpec = object.spec;
  spec.sessionAffinity ||= 'None';
  if (spec.sessionAffinity === 'None') delete spec.sessionAffinityConfig;
  if (spec.sessionAffinity === 'ClientIP' && spec.sessionAffinityConfig?.clientIP?.timeoutSeconds === undefined)
    spec.sessionAffinityConfig = { clientIP: { timeoutSeconds: 10800 } };
  spec.type ||= 'ClusterIP';
  for (const port of spec.ports ?? []) {
    port.protocol ||= 'TCP';
    if (!port.targetPort) port.targetPort = port.port ?? 0;
    if (port.nodePort === 0) delete port.nodePort;
  }
  if (isExternallyAccessible(spec)) spec.externalTrafficPolicy ||= 'Cluster';
  if (['NodePort', 'LoadBalancer', 'ClusterIP'].includes(spec.type)) spec.internalTrafficPolicy ??= 'Cluster';
  if (spec.type === 'LoadBalancer') {
    spec.allocateLoadBalancerNodePorts ??= true;
    for (const point of object.status?.loadBalancer?.ingress ?? []) if (point.ip) point.ipMode ??= 'VIP';
  }
  for (const field of ['clusterIP', 'externalName', 'externalTrafficPolicy', 'loadBalancerIP'] as const)
    if (spec[field] === '') delete spec[field];
  if (spec.publishNotReadyAddresses === false) delete spec.publishNotReadyAddresses;
  if (spec.healthCheckNodePort === 0) delete spec.healthCheckNodePort;
}

/** What was given to the Service stays where the client left it out (patchAllocatedValues). */
function keepAllocated(spec: ServiceSpec, old: ServiceSpec): void {
  if (needsClusterIP(old) && needsClusterIP(spec)) {
    if (!spec.clusterIP && old.clusterIP) spec.clusterIP = old.clusterIP;
    if (!spec.clusterIPs?.length && old.clusterIPs?.length) spec.clusterIPs = old.clusterIPs;
  }
  if (hasNodePorts(old) && hasNodePorts(spec)) {
    const now = new Set((spec.ports ?? []).map((port) => port.nodePort));
    const byName = new Map((old.ports ?? []).map((port) => [port.name ?? '', port.nodePort]));
    for (const port of spec.ports ?? []) {
      const before = byName.get(port.name ?? '');
      if (!port.nodePort && before && !now.has(before)) port.nodePort = before;
    }
  }
  if (needsHealthCheck(old) && needsHealthCheck(spec) && !spec.healthCheckNodePort && old.healthCheckNodePort)
    spec.healthCheckNodePort = old.healthCheckNodePort;
}

function hasNodePorts(spec: ServiceSpec): boolean {
  return spec.type === 'NodePort' || (spec.type === 'LoadBalancer' && spec.allocateLoadBalancerNodePorts !== false);
}

/** A client that knows clusterIP only is read as if it had changed both. */
function normalizeClusterIPs(spec: ServiceSpec, old: ServiceSpec): void {
  if (old.clusterIPs?.length && !spec.clusterIPs?.length && old.clusterIP === spec.clusterIP)
    spec.clusterIPs = old.clusterIPs;
  if ((old.clusterIP ?? '') === (spec.clusterIP ?? '')) return;
  const samePlural = sameList(spec.clusterIPs, old.clusterIPs);
  if (!samePlural) return;
  if (old.clusterIP && !spec.clusterIP) delete spec.clusterIPs;
  else if (spec.clusterIP) spec.clusterIPs = [spec.clusterIP];
}

/** Fields that a new type has no use for go, unless they were changed too (dropTypeDependentFields). */
function dropTypeDependentFields(spec: ServiceSpec, old: ServiceSpec): void {
  if (needsClusterIP(old) && !needsClusterIP(spec)) {
    if ((old.clusterIP ?? '') === (spec.clusterIP ?? '') && sameList(old.clusterIPs, spec.clusterIPs)) {
      delete spec.clusterIP;
      delete spec.clusterIPs;
    }
    if (sameList(old.ipFamilies, spec.ipFamilies)) delete spec.ipFamilies;
    if (old.ipFamilyPolicy === spec.ipFamilyPolicy) delete spec.ipFamilyPolicy;
  }
  const usesPorts = (one: ServiceSpec) => one.type === 'NodePort' || one.type === 'LoadBalancer';
  if (usesPorts(old) && !usesPorts(spec)) {
    const before = new Set((old.ports ?? []).map((port) => port.nodePort));
    if ((spec.ports ?? []).every((port) => !port.nodePort || before.has(port.nodePort)))
      for (const port of spec.ports ?? []) delete port.nodePort;
  }
  if (needsHealthCheck(old) && !needsHealthCheck(spec) && old.healthCheckNodePort === spec.healthCheckNodePort)
    delete spec.healthCheckNodePort;
  if (old.type === 'LoadBalancer' && spec.type !== 'LoadBalancer') {
    if (old.allocateLoadBalancerNodePorts === spec.allocateLoadBalancerNodePorts)
      delete spec.allocateLoadBalancerNodePorts;
    if (old.loadBalancerClass === spec.loadBalancerClass) delete spec.loadBalancerClass;
  }
  if (
    isExternallyAccessible(old) &&
    !isExternallyAccessible(spec) &&
    old.externalTrafficPolicy === spec.externalTrafficPolicy
  )
    delete spec.externalTrafficPolicy;
}

/** Never shown of an external name (defaultOnReadInternalTrafficPolicy). */
function dropInternalTrafficPolicy(spec: ServiceSpec): void {
  if (spec.type === 'ExternalName') delete spec.internalTrafficPolicy;
}

function sameList(a: readonly string[] = [], b: readonly string[] = []): boolean {
  return a.length === b.length && a.every((item, i) => item === b[i]);
}

/** getServiceExternalIP, for a wide table. */
function externalAddresses(object: KubeObject, spec: ServiceSpec): string {
  const own = spec.externalIPs ?? [];
  switch (spec.type) {
    case 'ClusterIP':
    case 'NodePort':
      return own.join(',') || '<none>';
    case 'LoadBalancer': {
      const points: { ip?: string; hostname?: string }[] = object.status?.loadBalancer?.ingress ?? [];
      const given = new Set(points.map((point) => point.ip || point.hostname || '').filter(Boolean));
      return [...[...given].sort(), ...own].join(',') || '<pending>';
    }
    case 'ExternalName':
      return spec.externalName ?? '';
    default:
      return '<unknown>';
  }
}

function formatPort({ port = 0, nodePort, protocol = '' }: ServicePort): string {
  return nodePort ? `${port}:${nodePort}/${protocol}` : `${port}/${protocol}`;
}

/** GetWarningsForService. */
function serviceWarnings(object: KubeObject): string[] {
  const spec: ServiceSpec = object.spec ?? {};
  const { externalIPs = [], clusterIPs = [] } = spec;
  const warnings: string[] = [];
  const headless = isHeadless(spec);
  if (Object.hasOwn(object.metadata.annotations ?? {}, 'service.kubernetes.io/topology-aware-hints'))
    warnings.push(
      'annotation service.kubernetes.io/topology-aware-hints is deprecated, please use service.kubernetes.io/topology-mode instead',
    );
  if (!headless)
    clusterIPs.forEach((address, i) => {
      warnings.push(...warningsForIP(`spec.clusterIPs[${i}]`, address));
    });
  if (headless) {
    if (spec.loadBalancerIP) warnings.push('spec.loadBalancerIP is ignored for headless services');
    if (externalIPs.length > 0) warnings.push('spec.externalIPs is ignored for headless services');
    if (spec.sessionAffinity !== 'None') warnings.push('spec.SessionAffinity is ignored for headless services');
  }
  externalIPs.forEach((address, i) => {
    warnings.push(...warningsForIP(`spec.externalIPs[${i}]`, address));
  });
  if (externalIPs.length > 0 && !headless && spec.type !== 'ExternalName')
    warnings.push('spec.externalIPs is deprecated and may no longer be implemented in some clusters');
  if (spec.loadBalancerIP) warnings.push(...warningsForIP('spec.loadBalancerIP', spec.loadBalancerIP));
  if (spec.type === 'ExternalName' && externalIPs.length > 0)
    warnings.push('spec.externalIPs is ignored when spec.type is "ExternalName"');
  if (spec.type !== 'ExternalName' && spec.externalName)
    warnings.push('spec.externalName is ignored when spec.type is not "ExternalName"');
  if (spec.trafficDistribution === 'PreferClose')
    warnings.push('spec.trafficDistribution: "PreferClose" is deprecated; use "PreferSameZone"');
  return warnings;
}
