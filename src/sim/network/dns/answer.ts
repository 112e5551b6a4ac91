/**
 * Answers questions as CoreDNS does with its kubernetes plugin and no other (`plugin/kubernetes/handler.go`,
 * `plugin/backend_lookup.go`). What lies outside of the cluster's zones is refused: nothing is forwarded.
 */

import {
  type DNSAnswer,
  type DNSQuestion,
  type DNSRecord,
  type ResponseCode,
  withDot,
} from '../../../apimachinery/dns-message';
import { parseIP } from '../../../apimachinery/ip';
import { familyOf } from '../addresses';
import type { Network } from '../network';
import { addressOfReverse, type Found, lookUp, namesOfAddress, type Records } from './lookup-records';

export interface Zone {
  readonly network: Network;
  /** `cluster.local` */
  readonly domain: string;
  /** The address of the server itself. */
  readonly serverAddress: string;
  /** Grows whenever something changes. */
  readonly serial: number;
}

const TTL = 5;
const SCHEMA_VERSION = '1.1.0';
const SCHEMA_TTL = 28800;
const LONGEST_CHAIN = 10;
const REVERSE_ZONES = ['in-addr.arpa', 'ip6.arpa'];

export function answerQuestion(zone: Zone, { name, type }: DNSQuestion): DNSAnswer {
  const asked = name.endsWith('.') ? name.slice(0, -1) : name;
  const suffix = [zone.domain, ...REVERSE_ZONES].find((one) => isWithin(asked, one));
  if (suffix === undefined || type === 'AXFR' || type === 'IXFR') return refused();
  // In the case in which it was asked.
  const own = asked.slice(asked.length - suffix.length);
  return new Resolution(zone, own).answer(asked, type);
}

/** Is it the domain itself, or below it? */
export function isWithin(name: string, domain: string): boolean {
  const lower = name.toLowerCase();
  return lower === domain || lower.endsWith(`.${domain}`);
}

function refused(): DNSAnswer {
  return { code: 'REFUSED', authoritative: false, answers: [], authorities: [], additionals: [] };
}

type Outcome = { answers: DNSRecord[]; additionals?: DNSRecord[] } | 'no such name';

/** One question, in one of the zones. */
class Resolution {
  constructor(
    private readonly zone: Zone,
    /** As asked: `Cluster.Local` */
    private readonly suffix: string,
  ) {}

  answer(name: string, type: string): DNSAnswer {
    const outcome = this.resolve(name, type);
    if (outcome === 'no such name') return this.negative('NXDOMAIN');
    if (outcome.answers.length === 0) return this.negative('NOERROR');
    const { answers, additionals = [] } = outcome;
    return { code: 'NOERROR', authoritative: true, answers, authorities: [], additionals };
  }

  private resolve(name: string, type: string): Outcome {
    const isApex = name.length === this.suffix.length;
    switch (type) {
      case 'A':
      case 'AAAA':
        return this.addresses(name, type, []);
      case 'SRV':
        return this.services(name);
      case 'CNAME':
        return this.alias(name);
      case 'PTR':
        return this.pointers(name);
      case 'TXT':
        return this.text(name);
      case 'SOA':
        return { answers: isApex ? [this.authority()] : [] };
      case 'NS':
        return isApex ? this.nameServers(name) : this.presence(name);
      default:
        return this.presence(name);
    }
  }

  /** Whether there is something of that name, whatever is asked of it. */
  private presence(name: string): Outcome {
    return this.addresses(name, 'A', []) === 'no such name' ? 'no such name' : { answers: [] };
  }

  /** @param before the aliases that led here */
  private addresses(name: string, type: 'A' | 'AAAA', before: readonly DNSRecord[]): Outcome {
    const found = this.find(name);
    if (found === 'no such name') return found;
    const answers: DNSRecord[] = [];
    for (const { host } of found) {
      if (parseIP(host)) {
        if ((familyOf(host) === 'IPv6') !== (type === 'AAAA')) continue;
        if (answers.some((record) => record.type === type && record.address === host)) continue;
        answers.push({ name: withDot(name), type, ttl: TTL, address: host });
      } else answers.push(...this.follow(name, host, type, before));
    }
    return { answers };
  }

  /** An alias and what it leads to: within the zone, or nothing at all; outside, the client must ask elsewhere. */
  private follow(name: string, host: string, type: 'A' | 'AAAA', before: readonly DNSRecord[]): DNSRecord[] {
    const target = host.endsWith('.') ? host.slice(0, -1) : host;
    if (name.toLowerCase() === target.toLowerCase() || before.length > LONGEST_CHAIN) return [];
    const alias: DNSRecord = { name: withDot(name), type: 'CNAME', ttl: TTL, target: withDot(host) };
    if (before.some((record) => record.name.toLowerCase() === alias.name.toLowerCase())) return [];
    if (!isWithin(target, this.suffix.toLowerCase())) return [alias];
    const next = this.addresses(target, type, [...before, alias]);
    return next === 'no such name' || next.answers.length === 0 ? [] : [alias, ...next.answers];
  }

  private services(name: string): Outcome {
    const found = this.find(name);
    if (found === 'no such name') return found;
    const addresses = found.filter(({ host }) => parseIP(host));
    const weight = Math.max(1, Math.floor(100 / addresses.length));
    const answers: DNSRecord[] = [];
    const additionals: DNSRecord[] = [];
    const seen = new Set<string>();
    for (const { host, port, key } of addresses) {
      if (port === -1) continue;
      const target = withDot(key);
      const isNew = (id: string) => !seen.has(id) && seen.add(id);
      if (isNew(`${target} ${port}`))
        answers.push({ name: withDot(name), type: 'SRV', ttl: TTL, priority: 0, weight, port, target });
      if (isNew(`${target} ${host}`))
        additionals.push({ name: target, type: host.includes(':') ? 'AAAA' : 'A', ttl: TTL, address: host });
    }
    return { answers, additionals };
  }

  private alias(name: string): Outcome {
    const found = this.find(name);
    if (found === 'no such name') return found;
    const [first] = found;
    if (!first || parseIP(first.host)) return { answers: [] };
    return { answers: [{ name: withDot(name), type: 'CNAME', ttl: TTL, target: withDot(first.host) }] };
  }

  private pointers(name: string): Outcome {
    const ip = addressOfReverse(name.toLowerCase());
    if (ip === undefined) {
      const found = this.find(name);
      return found === 'no such name' ? found : { answers: [] };
    }
    const { network, domain } = this.zone;
    const names = [...new Set(namesOfAddress(network, ip, domain))];
    if (names.length === 0) return 'no such name';
    return { answers: names.map((one) => ({ name: withDot(name), type: 'PTR', ttl: TTL, target: withDot(one) })) };
  }

  private text(name: string): Outcome {
    if (this.base(name) === 'dns-version')
      return { answers: [{ name: withDot(name), type: 'TXT', ttl: SCHEMA_TTL, text: SCHEMA_VERSION }] };
    const found = this.records(name);
    return found === 'no such name' || found.length === 0 ? 'no such name' : { answers: [] };
  }

  private nameServers(name: string): Outcome {
    const servers = this.servers();
    const names = [...new Set(servers.map(({ key }) => withDot(key)))];
    return {
      answers: names.map((target) => ({ name: withDot(name), type: 'NS', ttl: TTL, target })),
      additionals: servers.map(({ host, key }) => ({
        name: withDot(key),
        type: host.includes(':') ? 'AAAA' : 'A',
        ttl: TTL,
        address: host,
      })),
    };
  }

  /** The service of the DNS server where the cluster has one, or the name that every zone has for it (nsAddrs). */
  private servers(): Found[] {
    const service = this.zone.network.service(DNS_SERVICE);
    if (service && service.clusterIPs.length > 0)
      return service.clusterIPs.map((host) => ({ host, port: 0, key: `kube-dns.kube-system.svc.${this.suffix}` }));
    return [{ host: this.zone.serverAddress, port: 0, key: `ns.dns.${this.suffix}` }];
  }

  private find(name: string): Records {
    return this.base(name) === 'ns.dns' ? this.servers() : this.records(name);
  }

  private records(name: string): Records {
    return lookUp(this.zone.network, this.base(name), this.suffix);
  }

  /** What stands before the zone, in lower case. */
  private base(name: string): string {
    return name.slice(0, Math.max(0, name.length - this.suffix.length - 1)).toLowerCase();
  }

  private negative(code: ResponseCode): DNSAnswer {
    return { code, authoritative: true, answers: [], authorities: [this.authority()], additionals: [] };
  }

  private authority(): DNSRecord {
    const zone = withDot(this.suffix);
    return {
      ...{ name: zone, type: 'SOA', ttl: TTL, primary: `ns.dns.${zone}`, mailbox: `hostmaster.${zone}` },
      ...{ serial: this.zone.serial, refresh: 7200, retry: 1800, expire: 86400, minimum: TTL },
    };
  }
}

/** Where kubeadm's CoreDNS is found. */
export const DNS_SERVICE = 'kube-system/kube-dns';
