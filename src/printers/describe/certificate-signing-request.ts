/** A CertificateSigningRequest described (kubectl describe.go describeCertificateSigningRequest). */
import { humanDuration } from '../../apimachinery/human-duration';
import { formatLabels } from '../table';
import type { CertificateRequest } from './certificate-request';
import { writeEvents } from './events';
import { rfc1123 } from './values';
import { type Described, type DescriptionWriter, described, type Related } from './writer';

export interface SigningRequestRelated extends Related {
  request: CertificateRequest;
}

export function describeCertificateSigningRequest(object: Described, related: SigningRequestRelated): string {
  const { metadata, spec = {} } = object;
  const { subject, dnsNames, emailAddresses, uris, ipAddresses } = related.request;
  return described((writer) => {
    writer.field(0, 'Name', metadata.name);
    writer.field(0, 'Labels', formatLabels(metadata.labels));
    writer.field(0, 'Annotations', formatLabels(metadata.annotations));
    writer.field(0, 'CreationTimestamp', rfc1123(metadata.creationTimestamp));
    writer.field(0, 'Requesting User', spec.username ?? '');
    if (spec.signerName) writer.field(0, 'Signer', spec.signerName);
    if (spec.expirationSeconds !== undefined)
      writer.field(0, 'Requested Duration', humanDuration(spec.expirationSeconds * 1000));
    writer.field(0, 'Status', statusText(object.status));
    writer.write(0, 'Subject:\n');
    writer.write(0, `\tCommon Name:\t${subject.commonName.at(-1) ?? ''}\n`);
    writer.write(0, `\tSerial Number:\t${subject.serialNumber.at(-1) ?? ''}\n`);
    writeList(writer, 'Organization', subject.organization);
    writeList(writer, 'Organizational Unit', subject.organizationalUnit);
    writeList(writer, 'Country', subject.country);
    writeList(writer, 'Locality', subject.locality);
    writeList(writer, 'Province', subject.province);
    writeList(writer, 'StreetAddress', subject.streetAddress);
    writeList(writer, 'PostalCode', subject.postalCode);
    if (dnsNames.length + emailAddresses.length + uris.length + ipAddresses.length > 0)
      writer.write(0, 'Subject Alternative Names:\n');
    writeList(writer, 'DNS Names', dnsNames);
    writeList(writer, 'Email Addresses', emailAddresses);
    writeList(writer, 'URIs', uris);
    writeList(writer, 'IP Addresses', ipAddresses);
    writeEvents(writer, related);
  });
}

function writeList(writer: DescriptionWriter, title: string, values: readonly string[]): void {
  if (values.length > 0) writer.write(0, `\t${title}:\t${values.join('\n\t\t')}\n`);
}

/** `Approved,Issued` (extractCSRStatus). */
function statusText(status: Described = {}): string {
  const has = (wanted: string) => (status.conditions ?? []).some(({ type }: Described) => type === wanted);
  const verdict = has('Denied') ? 'Denied' : has('Approved') ? 'Approved' : 'Pending';
  return `${verdict}${has('Failed') ? ',Failed' : ''}${status.certificate ? ',Issued' : ''}`;
}
