/**
 * DNS messages in bytes: what came is read by dns-packet; what goes is put together record by record, so that names are
 * compressed and a message ends where the client's buffer does (RFC 1035, RFC 6891; CoreDNS `request/request.go` Scrub).
 */
import * as dnsPacket from 'dns-packet';
import type { DNSAnswer, DNSRecord, ResponseCode } from '../../apimachinery/dns-message';

const HEADER = 12;
/** What a client takes that says nothing of its buffer, over UDP. */
const SMALLEST = 512;
const LARGEST = 65535;
const CODES: Readonly<Record<ResponseCode, number>> = {
  NOERROR: 0,
  FORMERR: 1,
  SERVFAIL: 2,
  NXDOMAIN: 3,
  NOTIMP: 4,
  REFUSED: 5,
  BADVERS: 16,
};
const QR = 0x8000;
const AA = 0x0400;
const TC = 0x0200;
const RD = 0x0100;
const OPCODE = 0x7800;
const CHECKING_DISABLED = 0x0010;

/** A message from a client, as far as an answer needs it. */
export interface Query {
  readonly id: number;
  readonly flags: number;
  /** The question as it came, to be handed back to the letter; absent where it can't be read. */
  readonly question:
    | { readonly bytes: Buffer; readonly name: string; readonly type: string; readonly class: string }
    | undefined;
  /** The client's buffer, and its version of EDNS; absent without an OPT record. */
  readonly edns: { readonly size: number; readonly version: number; readonly dnssec: boolean } | undefined;
  /** What is wrong with it before anything is looked up. */
  readonly fault: ResponseCode | undefined;
}

/** Undefined for what is to be left without an answer: too short to be one, or an answer itself. */
export function readQuery(bytes: Buffer): Query | undefined {
  if (bytes.length < HEADER) return undefined;
  const id = bytes.readUInt16BE(0);
  const flags = bytes.readUInt16BE(2);
  if (flags & QR) return undefined;
  const bare = { id, flags, question: undefined, edns: undefined };
  if ((flags & OPCODE) !== 0) return { ...bare, fault: 'NOTIMP' };
  const [questions, answers, authorities, additionals] = [4, 6, 8, 10].map((at) => bytes.readUInt16BE(at)) as [
    number,
    number,
    number,
    number,
  ];
  if (questions !== 1 || answers > 1 || authorities > 1 || additionals > 2) return { ...bare, fault: 'FORMERR' };
  try {
    const packet = dnsPacket.decode(bytes);
    const [question] = packet.questions ?? [];
    if (!question) return { ...bare, fault: 'FORMERR' };
    const end = HEADER + nameLength(bytes, HEADER) + 4;
    const opt = packet.additionals?.find((one) => one.type === 'OPT') as dnsPacket.OptAnswer | undefined;
    const edns = opt && { size: opt.udpPayloadSize, version: opt.ednsVersion, dnssec: opt.flag_do };
    return {
      id,
      flags,
      question: {
        bytes: bytes.subarray(HEADER, end),
        name: question.name,
        type: typeName(question.type, bytes.readUInt16BE(end - 4)),
        class: String(question.class),
      },
      edns,
      fault: edns && edns.version !== 0 ? 'BADVERS' : question.class === 'IN' ? undefined : 'REFUSED',
    };
  } catch {
    return { ...bare, fault: 'FORMERR' };
  }
}

/** Bytes of a name as it stands: up to its end or its first pointer. */
function nameLength(bytes: Buffer, start: number): number {
  for (let at = start; ; ) {
    const length = bytes.readUInt8(at);
    if (length === 0) return at + 1 - start;
    if (length >= 0xc0) return at + 2 - start;
    at += length + 1;
  }
}

function typeName(name: string, number: number): string {
  return /^[A-Z]+[0-9A-Z]*$/.test(name) && !name.startsWith('UNKNOWN') ? name : `TYPE${number}`;
}

/** The bytes of an answer, no longer than the client takes. */
export function writeAnswer(query: Query, answer: DNSAnswer, overTCP: boolean): Buffer {
  const { id, question, edns } = query;
  const code = CODES[answer.code];
  const limit = overTCP ? LARGEST : Math.max(SMALLEST, edns?.size ?? SMALLEST);
  const opt = edns ? optRecord(edns, code) : Buffer.alloc(0);
  const writer = new Writer(question?.bytes ?? Buffer.alloc(0), question?.name ?? '', limit - opt.length);
  const counts = [answer.answers, answer.authorities, answer.additionals].map((records) => writer.append(records));
  const header = Buffer.alloc(HEADER);
  const flags =
    QR |
    (query.flags & (OPCODE | RD | CHECKING_DISABLED)) |
    (answer.authoritative ? AA : 0) |
    (writer.truncated ? TC : 0) |
    (code & 15);
  header.writeUInt16BE(id, 0);
  header.writeUInt16BE(flags, 2);
  header.writeUInt16BE(question ? 1 : 0, 4);
  header.writeUInt16BE(counts[0] as number, 6);
  header.writeUInt16BE(counts[1] as number, 8);
  header.writeUInt16BE((counts[2] as number) + (edns ? 1 : 0), 10);
  return Buffer.concat([header, ...writer.parts, opt]);
}

function optRecord({ size, dnssec }: NonNullable<Query['edns']>, code: number): Buffer {
  const record = {
    type: 'OPT',
    name: '.',
    udpPayloadSize: Math.max(SMALLEST, size),
    extendedRcode: code >> 4,
    ednsVersion: 0,
    flags: dnssec ? dnsPacket.DNSSEC_OK : 0,
    flag_do: dnssec,
    options: [],
  } as dnsPacket.OptAnswer;
  return encodeRecord(record);
}

/** Puts records behind each other as long as there is room; a name that stood before is a pointer to where. */
class Writer {
  readonly parts: Buffer[];
  truncated = false;
  private length: number;
  /** Suffix of a name, in lower case → where it stands. */
  private readonly places = new Map<string, number>();

  constructor(
    question: Buffer,
    name: string,
    private readonly limit: number,
  ) {
    this.parts = [question];
    this.length = HEADER + question.length;
    // A label with a dot in it would be taken for two.
    const asWritten = Buffer.concat(bareName(name).split('.').map(labelBytes));
    if (name !== '' && name !== '.' && question.subarray(0, asWritten.length).equals(asWritten))
      this.remember(name, HEADER);
  }

  /** @returns how many of them there was room for */
  append(records: readonly DNSRecord[]): number {
    let count = 0;
    for (const record of records) {
      if (this.truncated) break;
      const { bytes, inFull } = this.encode(record);
      if (this.length + bytes.length > this.limit) this.truncated = true;
      else {
        if (inFull) this.remember(record.name, this.length);
        this.parts.push(bytes);
        this.length += bytes.length;
        count++;
      }
    }
    return count;
  }

  /** `inFull`: the record's own name stands at its beginning without a pointer, so that others can point to it. */
  private encode(record: DNSRecord): { bytes: Buffer; inFull: boolean } {
    // Under the shortest name there is, which the real one takes the place of.
    const plain = encodeRecord(packetRecord(record));
    const labels = bareName(record.name).split('.');
    for (let i = 0; i < labels.length; i++) {
      const place = this.places.get(labels.slice(i).join('.').toLowerCase());
      if (place === undefined) continue;
      const pointer = Buffer.from([0xc0 | (place >> 8), place & 255]);
      const head = labels.slice(0, i).map(labelBytes);
      return { bytes: Buffer.concat([...head, pointer, plain.subarray(1)]), inFull: false };
    }
    return { bytes: Buffer.concat([...labels.map(labelBytes), plain]), inFull: true };
  }

  private remember(name: string, at: number): void {
    const labels = bareName(name).split('.');
    let place = at;
    for (let i = 0; i < labels.length; i++) {
      const suffix = labels.slice(i).join('.').toLowerCase();
      // A pointer has fourteen bits.
      if (place < 0x4000 && !this.places.has(suffix)) this.places.set(suffix, place);
      place += Buffer.byteLength(labels[i] as string) + 1;
    }
  }
}

function bareName(name: string): string {
  return name.endsWith('.') ? name.slice(0, -1) : name;
}

function labelBytes(label: string): Buffer {
  const text = Buffer.from(label);
  return Buffer.concat([Buffer.from([text.length]), text]);
}

function packetRecord(record: DNSRecord): dnsPacket.Answer {
  const head = { name: '.', ttl: record.ttl, class: 'IN' } as const;
  switch (record.type) {
    case 'A':
    case 'AAAA':
      return { ...head, type: record.type, data: record.address };
    case 'CNAME':
    case 'NS':
    case 'PTR':
      return { ...head, type: record.type, data: bareName(record.target) };
    case 'TXT':
      return { ...head, type: 'TXT', data: record.text };
    case 'SRV': {
      const { priority, weight, port, target } = record;
      return { ...head, type: 'SRV', data: { priority, weight, port, target: bareName(target) } };
    }
    case 'SOA': {
      const { primary, mailbox, serial, refresh, retry, expire, minimum } = record;
      return {
        ...head,
        type: 'SOA',
        data: { mname: bareName(primary), rname: bareName(mailbox), serial, refresh, retry, expire, minimum },
      };
    }
  }
}

function encodeRecord(record: dnsPacket.Answer): Buffer {
  return dnsPacket.encode({ type: 'response', answers: [record] }).subarray(HEADER);
}
