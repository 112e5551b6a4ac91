/** Ingress, IngressClass, ServiceCIDR and IPAddress described (kubectl describe.go describeIngressV1 and its neighbours). */
import { compareStrings } from '../../apimachinery/json-text';
import { writeEvents } from './events';
import { writeAnnotations, writeLabels } from './maps';
import { writeTransitions } from './namespace';
import { endpointsText } from './service';
import { writeLabelsAndAnnotations } from './workload';
import { type Described, type DescriptionWriter, described, type Related } from './writer';

/** A Service that an Ingress leads to, or why it is not known. */
export type Backend = { service: Described; endpointSlices: readonly Described[] } | { error: string };

export interface IngressRelated extends Related {
  /** By the name of the Service. */
  backends: ReadonlyMap<string, Backend>;
}

export function describeIngress(ingress: Described, related: IngressRelated): string {
  const { metadata, spec = {}, status = {} } = ingress;
  return described((writer) => {
    writer.field(0, 'Name', metadata.name);
    writeLabels(writer, 'Labels', metadata.labels);
    writer.field(0, 'Namespace', metadata.namespace);
    writer.field(0, 'Address', addressesText(status.loadBalancer?.ingress));
    writer.field(0, 'Ingress Class', spec.ingressClassName ?? '<none>');
    const fallback = spec.defaultBackend ? backendText(spec.defaultBackend, related) : '<default>';
    writer.field(0, 'Default backend', fallback);
    if (spec.tls?.length > 0) writer.write(0, 'TLS:\n');
    for (const { secretName, hosts = [] } of spec.tls ?? [])
      writer.write(1, `${secretName ? `${secretName} terminates` : 'SNI routes'} ${hosts.join(',')}\n`);
    writer.write(0, 'Rules:\n  Host\tPath\tBackends\n');
    writer.write(1, '----\t----\t--------\n');
    writeRules(writer, spec.rules, fallback, related);
    writeAnnotations(writer, 'Annotations', metadata.annotations);
    writeEvents(writer, related);
  });
}

function addressesText(ingress: readonly Described[] = []): string {
  const addresses = new Set(ingress.map(({ ip, hostname }) => ip || hostname || ''));
  return [...addresses]
    .filter((address) => address !== '')
    .sort(compareStrings)
    .join(',');
}

function writeRules(
  writer: DescriptionWriter,
  rules: readonly Described[] = [],
  fallback: string,
  related: IngressRelated,
): void {
  let count = 0;
  for (const { host, http } of rules) {
    if (!http) continue;
    count++;
    writer.write(1, `${host || '*'}\t\n`);
    for (const { path = '', backend = {} } of http.paths ?? [])
      writer.write(2, `\t${path} \t${backendText(backend, related)}\n`);
  }
  if (count === 0) writer.write(1, `*\t*\t${fallback}\n`);
}

/** `web:80 (10.0.0.1:8080)` */
function backendText({ service, resource }: Described, { backends }: IngressRelated): string {
  if (resource)
    return `APIGroup: ${resource.apiGroup ?? '<none>'}, Kind: ${resource.kind ?? ''}, Name: ${resource.name ?? ''}`;
  if (!service) return '';
  const { number, name = '' } = service.port ?? {};
  const text = `${service.name}:${number || name}`;
  const found = backends.get(service.name);
  if (!found) return text;
  if ('error' in found) return `${text} (<error: ${found.error}>)`;
  let portName = '';
  for (const port of found.service.spec?.ports ?? [])
    if ((number && number === port.port) || (!number && name !== '' && name === port.name)) portName = port.name ?? '';
  return `${text} (${endpointsText(found.endpointSlices, portName)})`;
}

export function describeIngressClass(ingressClass: Described, related: Related): string {
  const { metadata, spec = {} } = ingressClass;
  return described((writer) => {
    writer.field(0, 'Name', metadata.name);
    writeLabelsAndAnnotations(writer, ingressClass);
    writer.field(0, 'Controller', spec.controller ?? '');
    if (spec.parameters) {
      writer.write(0, 'Parameters:\n');
      if (spec.parameters.apiGroup !== undefined) writer.field(1, 'APIGroup', spec.parameters.apiGroup);
      writer.field(1, 'Kind', spec.parameters.kind);
      writer.field(1, 'Name', spec.parameters.name);
    }
    writeEvents(writer, related);
  });
}

export function describeServiceCIDR(cidr: Described, related: Related): string {
  const conditions: readonly Described[] = cidr.status?.conditions ?? [];
  return described((writer) => {
    writer.field(0, 'Name', cidr.metadata.name);
    writeLabelsAndAnnotations(writer, cidr);
    writer.field(0, 'CIDRs', (cidr.spec?.cidrs ?? []).join(', '));
    if (conditions.length > 0) writer.write(0, 'Status:\nConditions:\n');
    writeTransitions(writer, conditions);
    writeEvents(writer, related);
  });
}

export function describeIPAddress(address: Described, related: Related): string {
  const parent = address.spec?.parentRef;
  return described((writer) => {
    writer.field(0, 'Name', address.metadata.name);
    writeLabelsAndAnnotations(writer, address);
    if (parent) {
      writer.write(0, 'Parent Reference:\n');
      writer.field(1, 'Group', parent.group ?? '');
      writer.field(1, 'Resource', parent.resource ?? '');
      writer.field(1, 'Namespace', parent.namespace ?? '');
      writer.field(1, 'Name', parent.name ?? '');
    }
    writeEvents(writer, related);
  });
}
