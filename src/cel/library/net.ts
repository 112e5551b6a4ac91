/** Addresses and networks (apiserver `pkg/cel/library/ip.go`, `cidr.go`; Go's net/netip). */
import {
  type Address,
  contains,
  formatIP,
  isLinkLocalMulticast,
  isLinkLocalUnicast,
  isLoopback,
  isUnspecified,
  type Network,
  networkBase,
  parseIP,
} from '../../apimachinery/ip';
import { goQuote } from '../../printers/go-format';
import { type FunctionDeclaration, memberOverload, overload } from '../functions';
import { BOOL, INT, opaqueType, STRING } from '../types';
import { CelError, NO_SUCH_OVERLOAD, Opaque, type Value } from '../values';

export const IP = opaqueType('net.IP');
export const CIDR = opaqueType('net.CIDR');

class IPValue extends Opaque {
  override readonly type = IP;
  constructor(readonly address: Pick<Address, 'family' | 'value'>) {
    super();
  }
  override equals(other: Value): Value {
    if (!(other instanceof IPValue)) return NO_SUCH_OVERLOAD;
    return this.address.family === other.address.family && this.address.value === other.address.value;
  }
  override size(): number {
    return this.address.family === 4 ? 4 : 16;
  }
  override text(): string {
    return formatIP(this.address);
  }
}

class CIDRValue extends Opaque {
  override readonly type = CIDR;
  constructor(readonly network: Network) {
    super();
  }
  override equals(other: Value): Value {
    if (!(other instanceof CIDRValue)) return NO_SUCH_OVERLOAD;
    const { address, prefix } = this.network;
    const theirs = other.network;
    return (
      prefix === theirs.prefix && address.family === theirs.address.family && address.value === theirs.address.value
    );
  }
  override size(): number {
    return Math.ceil(this.network.prefix / 8);
  }
  override text(): string {
    return `${formatIP(this.network.address)}/${this.network.prefix}`;
  }
}

/** netip.ParseAddr. @throws Error in its words */
function parseAddr(text: string): Address & { zone: string } {
  const wrong = (message: string, at?: string) =>
    new Error(`ParseAddr(${goQuote(text)}): ${message}${at === undefined ? '' : ` (at ${goQuote(at)})`}`);
  const [bare = '', ...zones] = text.split('%');
  const first = /[.:%]/.exec(text)?.[0];
  if (first === '%') throw wrong('missing IPv6 address');
  if (first === undefined) throw wrong('unable to parse IP');
  if (first === '.') {
    const complaint = complaintOfIPv4(text);
    if (complaint) throw wrong(...complaint);
  } else if (zones.length > 0 && zones.join('%') === '') throw wrong('zone must be a non-empty string');
  const address = parseIP(bare);
  if (!address || (first === ':' && address.leadingZeros)) throw wrong('unable to parse IP');
  return { ...address, zone: zones.join('%') };
}

function complaintOfIPv4(text: string): [string, string?] | undefined {
  const octets = text.split('.');
  for (const [i, octet] of octets.entries()) {
    const rest = octets.slice(i).join('.');
    const bad = /[^0-9]/.exec(octet);
    if (bad) return ['unexpected character', rest.slice(bad.index)];
    if (octet === '') return ['IPv4 field must have at least one digit', rest];
    if (octet.length > 1 && octet.startsWith('0')) return ['IPv4 field has octet with leading zero'];
    if (Number(octet) > 255) return ['IPv4 field has value >255'];
    if (i === 3 && octets.length > 4) return ['IPv4 address too long'];
  }
  return octets.length < 4 ? ['IPv4 address too short'] : undefined;
}

function toIP(text: string): Value {
  try {
    const { zone, mapped, ...address } = parseAddr(text);
    if (zone) return new CelError(`IP address ${goQuote(text)} with zone value is not allowed`);
    if (mapped) return new CelError(`IPv4-mapped IPv6 address ${goQuote(text)} is not allowed`);
    return new IPValue(address);
  } catch (error) {
    return new CelError(
      `IP Address ${goQuote(text)} parse error during conversion from string: ${(error as Error).message}`,
    );
  }
}

/** netip.ParsePrefix. @throws Error in its words */
function parsePrefix(text: string): Network & { address: { mapped: boolean } } {
  const wrong = (message: string) => new Error(`netip.ParsePrefix(${goQuote(text)}): ${message}`);
  const slash = text.lastIndexOf('/');
  if (slash < 0) throw wrong("no '/'");
  let address: ReturnType<typeof parseAddr>;
  try {
    address = parseAddr(text.slice(0, slash));
  } catch (error) {
    throw wrong((error as Error).message);
  }
  const bits = text.slice(slash + 1);
  if (address.zone) throw wrong('IPv6 zones cannot be present in a prefix');
  if (!/^(0|[1-9][0-9]*)$/.test(bits)) throw wrong(`bad bits after slash: ${goQuote(bits)}`);
  const most = address.family === 4 && !address.mapped ? 32 : 128;
  if (Number(bits) > most) throw wrong('prefix length out of range');
  return { address, prefix: Number(bits), leadingZeros: false };
}

function toCIDR(text: string): Value {
  const context = 'network address parse error during conversion from string: ';
  try {
    const network = parsePrefix(text);
    if (network.address.mapped)
      return new CelError(`${context}IPv4-mapped IPv6 address ${goQuote(text)} is not allowed`);
    return new CIDRValue(network);
  } catch (error) {
    return new CelError(`${context}${context}${(error as Error).message}`);
  }
}

function containsIP({ network }: CIDRValue, other: Value): Value {
  const address = typeof other === 'string' ? toIP(other) : other;
  return address instanceof IPValue ? contains(network, address.address) : NO_SUCH_OVERLOAD;
}

function containsCIDR({ network }: CIDRValue, other: Value): Value {
  const inner = typeof other === 'string' ? toCIDR(other) : other;
  if (inner instanceof CelError) return inner;
  if (!(inner instanceof CIDRValue)) return NO_SUCH_OVERLOAD;
  return network.prefix <= inner.network.prefix && contains(network, inner.network.address);
}

const property = (name: string, id: string, test: (address: Address) => boolean): FunctionDeclaration => ({
  name,
  overloads: [memberOverload(id, [IP], BOOL, ({ address }: IPValue) => test(address as Address))],
});

/** netip.Addr.IsGlobalUnicast */
function isGlobalUnicast(address: Address): boolean {
  const isMulticast = address.family === 4 ? address.value >> 28n === 0xen : address.value >> 120n === 0xffn;
  const isBroadcast = address.family === 4 && address.value === 0xffffffffn;
  return (
    !isMulticast && !isBroadcast && !isUnspecified(address) && !isLoopback(address) && !isLinkLocalUnicast(address)
  );
}

export const NET_FUNCTIONS: readonly FunctionDeclaration[] = [
  {
    name: 'ip',
    overloads: [
      overload('string_to_ip', [STRING], IP, toIP),
      memberOverload('cidr_ip', [CIDR], IP, ({ network }: CIDRValue) => new IPValue(network.address)),
    ],
  },
  {
    name: 'family',
    overloads: [memberOverload('ip_family', [IP], INT, ({ address }: IPValue) => BigInt(address.family))],
  },
  {
    name: 'ip.isCanonical',
    overloads: [
      overload('ip_is_canonical', [STRING], BOOL, (text: string) => {
        const address = toIP(text);
        return address instanceof IPValue ? address.text() === text : address;
      }),
    ],
  },
  property('isUnspecified', 'ip_is_unspecified', isUnspecified),
  property('isLoopback', 'ip_is_loopback', isLoopback),
  property('isLinkLocalMulticast', 'ip_is_link_local_multicast', isLinkLocalMulticast),
  property('isLinkLocalUnicast', 'ip_is_link_local_unicast', isLinkLocalUnicast),
  property('isGlobalUnicast', 'ip_is_global_unicast', isGlobalUnicast),
  {
    name: 'isIP',
    overloads: [overload('is_ip', [STRING], BOOL, (text: string) => toIP(text) instanceof IPValue)],
  },
  {
    name: 'string',
    overloads: [
      overload('ip_to_string', [IP], STRING, (address: IPValue) => address.text()),
      overload('cidr_to_string', [CIDR], STRING, (network: CIDRValue) => network.text()),
    ],
  },
  { name: 'cidr', overloads: [overload('string_to_cidr', [STRING], CIDR, toCIDR)] },
  {
    name: 'isCIDR',
    overloads: [overload('is_cidr', [STRING], BOOL, (text: string) => toCIDR(text) instanceof CIDRValue)],
  },
  {
    name: 'containsIP',
    overloads: [
      memberOverload('cidr_contains_ip_string', [CIDR, STRING], BOOL, containsIP),
      memberOverload('cidr_contains_ip_ip', [CIDR, IP], BOOL, containsIP),
    ],
  },
  {
    name: 'containsCIDR',
    overloads: [
      memberOverload('cidr_contains_cidr_string', [CIDR, STRING], BOOL, containsCIDR),
      memberOverload('cidr_contains_cidr', [CIDR, CIDR], BOOL, containsCIDR),
    ],
  },
  {
    name: 'prefixLength',
    overloads: [memberOverload('cidr_prefix_length', [CIDR], INT, ({ network }: CIDRValue) => BigInt(network.prefix))],
  },
  {
    name: 'masked',
    overloads: [
      memberOverload(
        'cidr_masked',
        [CIDR],
        CIDR,
        ({ network }: CIDRValue) =>
          new CIDRValue({ ...network, address: { ...network.address, value: networkBase(network) } }),
      ),
    ],
  },
];
