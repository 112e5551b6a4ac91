/** Reads who and what a PKCS #10 certificate request asks for (RFC 2986; kubectl util/certificate ParseCSR). */
import { formatIP } from '../../apimachinery/ip';

export interface CertificateRequest {
  /** Each as often as it was given. */
  subject: Record<SubjectField, string[]>;
  dnsNames: string[];
  emailAddresses: string[];
  uris: string[];
  ipAddresses: string[];
}

/** The arcs of 2.5.4 that a subject is made of. */
const SUBJECT_FIELDS = {
  3: 'commonName',
  5: 'serialNumber',
  6: 'country',
  7: 'locality',
  8: 'province',
  9: 'streetAddress',
  10: 'organization',
  11: 'organizationalUnit',
  17: 'postalCode',
} as const;
type SubjectField = (typeof SUBJECT_FIELDS)[keyof typeof SUBJECT_FIELDS];

const EXTENSION_REQUEST = '2a864886f70d01090e';
const SUBJECT_ALTERNATIVE_NAME = '551d11';
const ATTRIBUTE_TYPE = '5504';
/** Tags: context-specific ones of GeneralName, and of the attributes of a request. */
const EMAIL = 0x81;
const DNS = 0x82;
const URI = 0x86;
const IP = 0x87;
const ATTRIBUTES = 0xa0;
const UTF16_STRING = 0x1e;

/** @throws Error with what is wrong, in upstream's words where it is not PEM of a request */
export function parseCertificateRequest(base64: string): CertificateRequest {
  const pem = /-----BEGIN ([^\n]*)-----\r?\n([\s\S]*?)-----END \1-----/.exec(atob(base64));
  if (pem?.[1] !== 'CERTIFICATE REQUEST') throw new Error('PEM block type must be CERTIFICATE REQUEST');
  const [outer] = readAll(bytesOf(atob((pem[2] as string).replace(/\s/g, ''))));
  const [info] = outer ? readAll(outer.content) : [];
  const [version, subject, publicKey, attributes] = info ? readAll(info.content) : [];
  if (!version || !subject || !publicKey) throw new Error('x509: malformed certificate request');
  const request: CertificateRequest = {
    subject: {
      commonName: [],
      serialNumber: [],
      country: [],
      locality: [],
      province: [],
      streetAddress: [],
      organization: [],
      organizationalUnit: [],
      postalCode: [],
    },
    dnsNames: [],
    emailAddresses: [],
    uris: [],
    ipAddresses: [],
  };
  for (const set of readAll(subject.content)) for (const pair of readAll(set.content)) readSubjectField(pair, request);
  if (attributes?.tag === ATTRIBUTES) readExtensions(attributes, request);
  return request;
}

function readSubjectField(pair: Element, { subject }: CertificateRequest): void {
  const [type, value] = readAll(pair.content);
  if (!type || !value) return;
  const id = hex(type.content);
  if (id.length !== 6 || !id.startsWith(ATTRIBUTE_TYPE)) return;
  const arc = Number.parseInt(id.slice(4), 16);
  if (Object.hasOwn(SUBJECT_FIELDS, arc))
    subject[SUBJECT_FIELDS[arc as keyof typeof SUBJECT_FIELDS]].push(textOf(value));
}

function readExtensions(attributes: Element, request: CertificateRequest): void {
  for (const attribute of readAll(attributes.content)) {
    const [type, values] = readAll(attribute.content);
    if (!type || !values || hex(type.content) !== EXTENSION_REQUEST) continue;
    for (const extensions of readAll(values.content))
      for (const extension of readAll(extensions.content)) {
        const [id, ...rest] = readAll(extension.content);
        const octets = rest.at(-1);
        if (!id || !octets || hex(id.content) !== SUBJECT_ALTERNATIVE_NAME) continue;
        for (const names of readAll(octets.content)) for (const name of readAll(names.content)) readName(name, request);
      }
  }
}

function readName(name: Element, request: CertificateRequest): void {
  if (name.tag === DNS) request.dnsNames.push(textOf(name));
  else if (name.tag === EMAIL) request.emailAddresses.push(textOf(name));
  else if (name.tag === URI) request.uris.push(textOf(name));
  else if (name.tag === IP) {
    const family = name.content.length === 4 ? 4 : 6;
    request.ipAddresses.push(formatIP({ family, value: BigInt(`0x${hex(name.content) || '0'}`) }));
  }
}

/** One element of DER. */
interface Element {
  tag: number;
  content: Uint8Array;
}

function readAll(bytes: Uint8Array): Element[] {
  const elements: Element[] = [];
  for (let at = 0; at + 1 < bytes.length; ) {
    const tag = bytes[at] as number;
    let length = bytes[at + 1] as number;
    at += 2;
    if (length & 0x80) {
      const more = length & 0x7f;
      length = 0;
      for (let i = 0; i < more; i++) length = length * 256 + (bytes[at++] ?? 0);
    }
    if (at + length > bytes.length) throw new Error('x509: malformed certificate request');
    elements.push({ tag, content: bytes.subarray(at, at + length) });
    at += length;
  }
  return elements;
}

function textOf({ tag, content }: Element): string {
  return new TextDecoder(tag === UTF16_STRING ? 'utf-16be' : 'utf-8').decode(content);
}

function bytesOf(binary: string): Uint8Array {
  return Uint8Array.from(binary, (letter) => letter.charCodeAt(0));
}

function hex(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
