/** A Service and its EndpointSlices as one view (kubernetes `pkg/proxy/serviceport.go` newBaseServiceInfo, `endpointslicecache.go`). */
import type { KubeObject } from '../../apimachinery/meta';
import {
  isExternallyAccessible,
  isHeadless,
  needsHealthCheck,
  type ServiceSpec,
} from '../../apiserver/validation/service-types';
import { keyOf } from '../resource-names';
import type {
  EndpointPortView,
  EndpointView,
  Family,
  IngressPoint,
  Protocol,
  ServicePortView,
  ServiceView,
  TrafficPolicy,
} from './model';

const SOURCE_RANGES = 'service.beta.kubernetes.io/load-balancer-source-ranges';
const PROXY_NAME = 'service.kubernetes.io/service-proxy-name';
const NOTHING: readonly string[] = Object.freeze([]);

export function serviceView(service: KubeObject, slices: readonly KubeObject[]): ServiceView {
  const spec: ServiceSpec = service['spec'] ?? {};
  const { namespace = '', name = '', uid = '' } = service.metadata;
  const isExternalName = spec.type === 'ExternalName';
  const headless = !isExternalName && (isHeadless(spec) || spec.clusterIP === 'None');
  return {
    key: keyOf(service),
    namespace,
    name,
    uid,
    type: (spec.type ?? 'ClusterIP') as ServiceView['type'],
    headless,
    externalName: isExternalName ? (spec.externalName ?? '') : '',
    families: (spec.ipFamilies ?? []) as Family[],
    clusterIPs: headless || isExternalName ? NOTHING : (spec.clusterIPs ?? [spec.clusterIP ?? '']).filter(Boolean),
    externalIPs: spec.externalIPs ?? NOTHING,
    ingress: ingressPoints(service),
    sourceRanges: sourceRanges(service, spec),
    ports: (spec.ports ?? []).map(portView),
    selector: spec.selector,
    affinitySeconds:
      spec.sessionAffinity === 'ClientIP' ? (spec.sessionAffinityConfig?.clientIP?.timeoutSeconds ?? 10800) : undefined,
    internalTrafficPolicy: (spec.internalTrafficPolicy ?? 'Cluster') as TrafficPolicy,
    externalTrafficPolicy: isExternallyAccessible(spec) && spec.externalTrafficPolicy === 'Local' ? 'Local' : 'Cluster',
    healthCheckNodePort: needsHealthCheck(spec) ? (spec.healthCheckNodePort ?? 0) : 0,
    publishNotReadyAddresses: spec.publishNotReadyAddresses === true,
    trafficDistribution: spec.trafficDistribution,
    proxyName: service.metadata.labels?.[PROXY_NAME],
    endpoints: slices.flatMap(endpointsOfSlice),
  };
}

function portView(port: NonNullable<ServiceSpec['ports']>[number]): ServicePortView {
  const { name = '', port: number = 0, protocol = 'TCP', targetPort = number, nodePort = 0, appProtocol } = port;
  return { name, port: number, protocol: protocol as Protocol, targetPort, nodePort, appProtocol };
}

function ingressPoints(service: KubeObject): IngressPoint[] {
  const points: { ip?: string; hostname?: string; ipMode?: string }[] = service['status']?.loadBalancer?.ingress ?? [];
  return points.map(({ ip = '', hostname = '', ipMode }) => ({
    ip,
    hostname,
    mode: ipMode === 'Proxy' ? 'Proxy' : 'VIP',
  }));
}

function sourceRanges(service: KubeObject, spec: ServiceSpec): readonly string[] {
  if (spec.loadBalancerSourceRanges?.length) return spec.loadBalancerSourceRanges.map((range) => range.trim());
  const annotation = service.metadata.annotations?.[SOURCE_RANGES]?.trim() ?? '';
  return annotation === '' ? NOTHING : annotation.split(',').map((range) => range.trim());
}

interface SliceEndpoint {
  addresses?: string[];
  conditions?: { ready?: boolean; serving?: boolean; terminating?: boolean };
  hostname?: string;
  nodeName?: string;
  zone?: string;
  targetRef?: { kind?: string; namespace?: string; name?: string };
  hints?: { forZones?: { name: string }[]; forNodes?: { name: string }[] };
}

function endpointsOfSlice(slice: KubeObject): EndpointView[] {
  const family = slice['addressType'] as Family | 'FQDN';
  if (family === 'FQDN') return [];
  const ports: EndpointPortView[] = (slice['ports'] ?? []).map(
    ({ name = '', port = 0, protocol = 'TCP', appProtocol }: Partial<EndpointPortView>) => ({
      name,
      port,
      protocol,
      appProtocol,
    }),
  );
  const views: EndpointView[] = [];
  for (const one of (slice['endpoints'] ?? []) as SliceEndpoint[]) {
    // Consumers look at the first address only; all are of one backend.
    const address = one.addresses?.[0];
    if (address === undefined) continue;
    const { conditions = {}, targetRef } = one;
    const terminating = conditions.terminating ?? false;
    const ready = conditions.ready ?? true;
    views.push({
      address,
      family,
      ready,
      serving: conditions.serving ?? ready,
      terminating,
      hostname: one.hostname ?? '',
      node: one.nodeName ?? '',
      zone: one.zone ?? '',
      hintedZones: one.hints?.forZones?.map((zone) => zone.name) ?? NOTHING,
      hintedNodes: one.hints?.forNodes?.map((node) => node.name) ?? NOTHING,
      pod: targetRef?.kind === 'Pod' ? `${targetRef.namespace ?? ''}/${targetRef.name ?? ''}` : undefined,
      ports,
    });
  }
  return views;
}
