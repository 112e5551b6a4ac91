/** Questions and answers of DNS as values; how they travel is not their concern. */

export interface DNSQuestion {
  /** With or without the dot at the end; case is kept and does not matter. */
  readonly name: string;
  /** `A`, `SRV` …; `TYPE65` for one without a name here. */
  readonly type: string;
}

/** In the words of RFC 1035 and 2136, as dig prints them. */
export type ResponseCode = 'NOERROR' | 'FORMERR' | 'SERVFAIL' | 'NXDOMAIN' | 'NOTIMP' | 'REFUSED' | 'BADVERS';

interface Owned {
  /** Ends in a dot. */
  readonly name: string;
  readonly ttl: number;
}
export interface AddressRecord extends Owned {
  readonly type: 'A' | 'AAAA';
  readonly address: string;
}
export interface NameRecord extends Owned {
  readonly type: 'CNAME' | 'NS' | 'PTR';
  readonly target: string;
}
export interface ServiceRecord extends Owned {
  readonly type: 'SRV';
  readonly priority: number;
  readonly weight: number;
  readonly port: number;
  readonly target: string;
}
export interface TextRecord extends Owned {
  readonly type: 'TXT';
  readonly text: string;
}
export interface AuthorityRecord extends Owned {
  readonly type: 'SOA';
  readonly primary: string;
  readonly mailbox: string;
  readonly serial: number;
  readonly refresh: number;
  readonly retry: number;
  readonly expire: number;
  readonly minimum: number;
}
export type DNSRecord = AddressRecord | NameRecord | ServiceRecord | TextRecord | AuthorityRecord;

export interface DNSAnswer {
  readonly code: ResponseCode;
  /** The cluster's own zones; false for what is refused. */
  readonly authoritative: boolean;
  readonly answers: readonly DNSRecord[];
  readonly authorities: readonly DNSRecord[];
  readonly additionals: readonly DNSRecord[];
}

/** `10.96.0.1`, `0 100 443 web.default.svc.cluster.local.`: the data of a record as dig prints it. */
export function recordData(record: DNSRecord): string {
  switch (record.type) {
    case 'A':
    case 'AAAA':
      return record.address;
    case 'CNAME':
    case 'NS':
    case 'PTR':
      return record.target;
    case 'SRV':
      return `${record.priority} ${record.weight} ${record.port} ${record.target}`;
    case 'TXT':
      return JSON.stringify(record.text);
    case 'SOA': {
      const { primary, mailbox, serial, refresh, retry, expire, minimum } = record;
      return `${primary} ${mailbox} ${serial} ${refresh} ${retry} ${expire} ${minimum}`;
    }
  }
}

export function withDot(name: string): string {
  return name.endsWith('.') ? name : `${name}.`;
}
