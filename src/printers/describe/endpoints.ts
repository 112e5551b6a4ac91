/** Endpoints and an EndpointSlice described (kubectl describe.go describeEndpoints, describeEndpointSliceV1). */
import { writeEvents } from './events';
import { writeLabelsAndAnnotations, writeName } from './workload';
import { type Described, described, type Related } from './writer';

export function describeEndpoints(endpoints: Described, related: Related): string {
  return described((writer) => {
    writeName(writer, endpoints);
    writeLabelsAndAnnotations(writer, endpoints);
    writer.write(0, 'Subsets:\n');
    const texts = (addresses: readonly Described[] = []) => addresses.map(({ ip }) => ip).join(',') || '<none>';
    for (const { addresses, notReadyAddresses, ports = [] } of endpoints.subsets ?? []) {
      writer.field(1, 'Addresses', texts(addresses));
      writer.field(1, 'NotReadyAddresses', texts(notReadyAddresses));
      if (ports.length > 0) {
        writer.write(1, 'Ports:\n');
        writer.write(2, 'Name\tPort\tProtocol\n');
        writer.write(2, '----\t----\t--------\n');
      }
      for (const { name, port, protocol } of ports) writer.write(2, `${name || '<unset>'}\t${port}\t${protocol}\n`);
      writer.write(0, '\n');
    }
    writeEvents(writer, related);
  });
}

export function describeEndpointSlice(slice: Described, related: Related): string {
  const ports: readonly Described[] = slice.ports ?? [];
  const endpoints: readonly Described[] = slice.endpoints ?? [];
  return described((writer) => {
    writeName(writer, slice);
    writeLabelsAndAnnotations(writer, slice);
    writer.field(0, 'AddressType', slice.addressType);
    if (ports.length === 0) writer.write(0, 'Ports: <unset>\n');
    else {
      writer.write(0, 'Ports:\n');
      writer.write(1, 'Name\tPort\tProtocol\n');
      writer.write(1, '----\t----\t--------\n');
    }
    for (const { name, port, protocol } of ports)
      writer.write(1, `${name || '<unset>'}\t${port ?? '<unset>'}\t${protocol ?? ''}\n`);
    writer.write(0, endpoints.length === 0 ? 'Endpoints: <none>\n' : 'Endpoints:\n');
    for (const { addresses = [], conditions, hostname, targetRef, nodeName, zone } of endpoints) {
      writer.field(1, '- Addresses', addresses.join(', ') || '<none>');
      writer.write(2, 'Conditions:\n');
      writer.field(3, 'Ready', conditions?.ready ?? '<unset>');
      writer.field(2, 'Hostname', hostname ?? '<unset>');
      if (targetRef) writer.field(2, 'TargetRef', `${targetRef.kind ?? ''}/${targetRef.name ?? ''}`);
      writer.field(2, 'NodeName', nodeName ?? '<unset>');
      writer.field(2, 'Zone', zone ?? '<unset>');
    }
    writeEvents(writer, related);
  });
}
