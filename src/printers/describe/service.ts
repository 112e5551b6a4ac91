/** A Service described (kubectl describe.go describeService). */
import { formatLabels } from '../table';
import { writeEvents } from './events';
import { hostPort } from './values';
import { writeLabelsAndAnnotations, writeName } from './workload';
import { type Described, type DescriptionWriter, described, type Related } from './writer';

/** More endpoints than these are counted only. */
const MOST_ENDPOINTS = 3;

export interface ServiceRelated extends Related {
  endpointSlices: readonly Described[];
}

export function describeService(service: Described, related: ServiceRelated): string {
  const { spec = {}, status = {} } = service;
  return described((writer) => {
    writeName(writer, service);
    writeLabelsAndAnnotations(writer, service);
    const given = (title: string, value: unknown) => {
      if (value) writer.field(0, title, value);
    };
    const commaSeparated = (list: readonly string[] | undefined) => (list ?? []).join(',');
    writer.field(0, 'Selector', formatLabels(spec.selector));
    writer.field(0, 'Type', spec.type ?? '');
    given('IP Family Policy', spec.ipFamilyPolicy);
    writer.field(0, 'IP Families', commaSeparated(spec.ipFamilies) || '<none>');
    writer.field(0, 'IP', spec.clusterIP ?? '');
    writer.field(0, 'IPs', commaSeparated(spec.clusterIPs) || '<none>');
    given('External IPs', commaSeparated(spec.externalIPs));
    given('Desired LoadBalancer IP', spec.loadBalancerIP);
    given('External Name', spec.externalName);
    const ingress = status.loadBalancer?.ingress ?? [];
    if (ingress.length > 0) writer.field(0, 'LoadBalancer Ingress', ingress.map(ingressText).join(', '));
    for (const port of spec.ports ?? []) writePort(writer, port, related.endpointSlices);
    writer.field(0, 'Session Affinity', spec.sessionAffinity ?? '');
    given('External Traffic Policy', spec.externalTrafficPolicy);
    given('Internal Traffic Policy', spec.internalTrafficPolicy);
    given('HealthCheck NodePort', spec.healthCheckNodePort);
    given('LoadBalancer Source Ranges', commaSeparated(spec.loadBalancerSourceRanges));
    given('Traffic Distribution', spec.trafficDistribution);
    writeEvents(writer, related);
  });
}

function ingressText({ ip, ipMode, hostname = '' }: Described): string {
  if (!ip) return hostname;
  return ipMode ? `${ip} (${ipMode})` : ip;
}

function writePort(writer: DescriptionWriter, port: Described, slices: readonly Described[]): void {
  const { protocol, nodePort, appProtocol } = port;
  const name = port.name || '<unset>';
  writer.field(0, 'Port', `${name}\t${port.port}/${protocol}`);
  writer.field(0, 'TargetPort', `${port.targetPort ?? 0}/${protocol}`);
  if (appProtocol !== undefined) writer.field(0, 'AppProtocol', appProtocol);
  if (nodePort) writer.field(0, 'NodePort', `${name}\t${nodePort}/${protocol}`);
  writer.field(0, 'Endpoints', endpointsText(slices, port.name ?? ''));
}

/** Addresses that are ready behind the port of that name: `10.0.0.1:80,10.0.0.2:80` (formatEndpointSlices). */
export function endpointsText(slices: readonly Described[], portName: string): string {
  if (slices.length === 0) return '<none>';
  const ready: string[] = [];
  let more = false;
  let count = 0;
  const take = (endpoints: readonly Described[], text: (address: string) => string) => {
    for (const { addresses, conditions } of endpoints) {
      if (ready.length === MOST_ENDPOINTS) more = true;
      if (conditions?.ready === false) continue;
      if (!more) ready.push(text(addresses[0]));
      count++;
    }
  };
  for (const { ports, endpoints } of slices) {
    if (!ports?.length) take(endpoints ?? [], (address) => address);
    for (const port of ports ?? [])
      if ((port.name ?? '') === portName) take(endpoints ?? [], (address) => hostPort(address, port.port));
  }
  const text = ready.join(',');
  return more ? `${text} + ${count - MOST_ENDPOINTS} more...` : text;
}
