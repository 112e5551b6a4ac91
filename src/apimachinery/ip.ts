/**
 * IP addresses and networks as upstream reads, judges and prints them (apimachinery `util/validation/ip.go`, utils `net/parse.go`).
 */
import type { FieldError } from './field-error';
import { invalid } from './field-error';

/** An address: `value` is its 32 or 128 bits. An IPv4 address mapped into IPv6 counts as family 4, and says so in `mapped`. */
export interface Address {
  family: 4 | 6;
  value: bigint;
  /** Written as `::ffff:a.b.c.d`. */
  mapped: boolean;
  /** Written with a leading zero in an octet. */
  leadingZeros: boolean;
}

/** A network: an address and how many of its leading bits count. */
export interface Network {
  address: Address;
  /** Of the address's own family. */
  prefix: number;
  /** The prefix was written with a leading zero. */
  leadingZeros: boolean;
}

/** Reads an address as netutils.ParseIPSloppy does: leading zeros in IPv4 octets are allowed; zones are not. */
export function parseIP(text: string): Address | undefined {
  if (text.length > 64) return undefined;
  if (!text.includes(':')) {
    const octets = parseOctets(text);
    return octets && { family: 4, value: octets.value, mapped: false, leadingZeros: octets.leadingZeros };
  }
  let leadingZeros = false;
  let groups = text;
  const dot = text.lastIndexOf('.');
  if (dot >= 0) {
    const colon = text.lastIndexOf(':');
    const octets = parseOctets(text.slice(colon + 1));
    if (!octets) return undefined;
    leadingZeros = octets.leadingZeros;
    groups = `${text.slice(0, colon + 1)}${(octets.value >> 16n).toString(16)}:${(octets.value & 0xffffn).toString(16)}`;
  }
  const halves = groups.split('::');
  if (halves.length > 2) return undefined;
  const head = halves[0] === '' ? [] : (halves[0] as string).split(':');
  const tail = halves[1] === undefined || halves[1] === '' ? [] : halves[1].split(':');
  const missing = 8 - head.length - tail.length;
  if (halves.length === 1 ? missing !== 0 : missing < 1) return undefined;
  let value = 0n;
  for (const group of [...head, ...Array(halves.length === 1 ? 0 : missing).fill('0'), ...tail]) {
    if (!/^[0-9a-fA-F]{1,4}$/.test(group)) return undefined;
    value = (value << 16n) | BigInt(`0x${group}`);
  }
  if (value >> 32n === 0xffffn) return { family: 4, value: value & 0xffffffffn, mapped: true, leadingZeros };
  return { family: 6, value, mapped: false, leadingZeros };
}

/** Digit by digit: every pod's address comes by here. */
function parseOctets(text: string): { value: bigint; leadingZeros: boolean } | undefined {
  let [value, octet, digits, dots] = [0, 0, 0, 0];
  let leadingZeros = false;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === DOT) {
      if (digits === 0 || ++dots > 3) return undefined;
      value = value * 256 + octet;
      octet = 0;
      digits = 0;
    } else {
      if (code < ZERO || code > NINE) return undefined;
      if (digits > 0 && octet === 0) leadingZeros = true;
      octet = octet * 10 + (code - ZERO);
      if (octet > 255) return undefined;
      digits++;
    }
  }
  return dots === 3 && digits > 0 ? { value: BigInt(value * 256 + octet), leadingZeros } : undefined;
}

const [DOT, ZERO, NINE] = [46, 48, 57];

/** The canonical text: dotted for family 4, RFC 5952 for family 6 (net.IP.String). */
export function formatIP(address: { family: 4 | 6; value: bigint }): string {
  if (address.family === 4) {
    const n = Number(address.value);
    return `${n >>> 24}.${(n >>> 16) & 255}.${(n >>> 8) & 255}.${n & 255}`;
  }
  const groups: string[] = [];
  for (let shift = 112n; shift >= 0n; shift -= 16n) groups.push(((address.value >> shift) & 0xffffn).toString(16));
  let best = -1;
  let length = 1;
  for (let i = 0; i < 8; i++) {
    let end = i;
    while (end < 8 && groups[end] === '0') end++;
    if (end - i > length) {
      best = i;
      length = end - i;
    }
    if (end > i) i = end;
  }
  if (best < 0) return groups.join(':');
  return `${groups.slice(0, best).join(':')}::${groups.slice(best + length).join(':')}`;
}

/** Reads `address/prefix` as netutils.ParseCIDRSloppy does. */
export function parseCIDR(text: string): Network | undefined {
  const slash = text.indexOf('/');
  if (slash < 0) return undefined;
  const address = parseIP(text.slice(0, slash));
  const digits = text.slice(slash + 1);
  if (!address || !/^[0-9]{1,4}$/.test(digits)) return undefined;
  const written = Number(digits);
  if (written > (address.family === 4 && !address.mapped ? 32 : 128)) return undefined;
  if (address.mapped && written < 96) return undefined;
  return {
    address,
    prefix: address.mapped ? written - 96 : written,
    leadingZeros: digits.length > 1 && digits.startsWith('0'),
  };
}

/** The first address of a network. */
export function networkBase(network: Network): bigint {
  const host = BigInt((network.address.family === 4 ? 32 : 128) - network.prefix);
  return (network.address.value >> host) << host;
}

/** `10.0.0.0/8`, without the bits beyond the prefix (net.IPNet.String). */
export function formatCIDR(network: Network): string {
  return `${formatIP({ family: network.address.family, value: networkBase(network) })}/${network.prefix}`;
}

/** Whether an address lies in a network of its family. */
export function contains(network: Network, address: { family: 4 | 6; value: bigint }): boolean {
  if (network.address.family !== address.family) return false;
  const host = BigInt((address.family === 4 ? 32 : 128) - network.prefix);
  return address.value >> host === network.address.value >> host;
}

/** Judges a field that was once lenient; what the old object had stays allowed (IsValidIPForLegacyField, strict as in 1.36). */
export function validateLegacyIP(field: string, value: string, errors: FieldError[], old?: readonly string[]): void {
  if (old?.includes(value)) return;
  const address = parseIP(value);
  if (!address) {
    errors.push(invalid(field, value, 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)'));
    return;
  }
  if (address.leadingZeros) errors.push(invalid(field, value, 'must not have leading 0s'));
  else if (address.mapped) errors.push(invalid(field, value, 'must not be an IPv4-mapped IPv6 address'));
}

/** Judges a field that must hold a canonical address (IsValidIP). */
export function validateIP(field: string, value: string, errors: FieldError[]): void {
  const before = errors.length;
  validateLegacyIP(field, value, errors);
  if (errors.length > before) return;
  const canonical = formatIP(parseIP(value) as Address);
  if (canonical !== value) errors.push(invalid(field, value, `must be in canonical form ("${canonical}")`));
}

/** Judges a network in a field that was once lenient (IsValidCIDRForLegacyField, strict as in 1.36). */
export function validateLegacyCIDR(field: string, value: string, errors: FieldError[], old?: readonly string[]): void {
  if (old?.includes(value)) return;
  const network = parseCIDR(value);
  if (!network) {
    errors.push(invalid(field, value, 'must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)'));
    return;
  }
  if (network.leadingZeros || network.address.leadingZeros)
    errors.push(invalid(field, value, 'must not have leading 0s in IP or prefix length'));
  else if (network.address.mapped) errors.push(invalid(field, value, 'must not have an IPv4-mapped IPv6 address'));
  else if (networkBase(network) !== network.address.value)
    errors.push(invalid(field, value, 'must not have bits set beyond the prefix length'));
}

/** Judges a network that must be canonical (IsValidCIDR). */
export function validateCIDR(field: string, value: string, errors: FieldError[]): void {
  const before = errors.length;
  validateLegacyCIDR(field, value, errors);
  if (errors.length > before) return;
  const canonical = formatCIDR(parseCIDR(value) as Network);
  if (canonical !== value) errors.push(invalid(field, value, `must be in canonical form ("${canonical}")`));
}

/** Warnings for addresses written in unusual ways (GetWarningsForIP). */
export function warningsForIP(field: string, value: string): string[] {
  const address = parseIP(value);
  if (!address) return [];
  const canonical = formatIP(address);
  if (address.mapped || address.leadingZeros)
    return [`${field}: non-standard IP address "${value}" is invalid: use "${canonical}"`];
  if (address.family === 6 && canonical !== value)
    return [`${field}: IPv6 address "${value}" should be in RFC 5952 canonical format ("${canonical}")`];
  return [];
}

/** True for `127.0.0.0/8` and `::1` (net.IP.IsLoopback). */
export function isLoopback(address: Address): boolean {
  return address.family === 4 ? address.value >> 24n === 127n : address.value === 1n;
}
/** True for `0.0.0.0` and `::` (net.IP.IsUnspecified). */
export function isUnspecified(address: Address): boolean {
  return address.value === 0n;
}
/** True for `169.254.0.0/16` and `fe80::/10` (net.IP.IsLinkLocalUnicast). */
export function isLinkLocalUnicast(address: Address): boolean {
  return address.family === 4 ? address.value >> 16n === 0xa9fen : address.value >> 118n === 0x3fan;
}
/** True for `224.0.0.0/24` and `ff02::/16` (net.IP.IsLinkLocalMulticast). */
export function isLinkLocalMulticast(address: Address): boolean {
  return address.family === 4 ? address.value >> 8n === 0xe00000n : ((address.value >> 112n) & 0xff0fn) === 0xff02n;
}

/** Warnings for networks written in unusual ways (GetWarningsForCIDR). */
export function warningsForCIDR(field: string, value: string): string[] {
  const network = parseCIDR(value);
  if (!network) return [];
  const base = formatCIDR(network);
  const warnings: string[] = [];
  if (networkBase(network) !== network.address.value) {
    const single = `${formatIP(network.address)}/${network.address.family === 4 ? 32 : 128}`;
    warnings.push(`${field}: CIDR value "${value}" is ambiguous in this context (should be "${base}" or "${single}"?)`);
  }
  if (network.leadingZeros || network.address.leadingZeros || network.address.mapped)
    warnings.push(`${field}: non-standard CIDR value "${value}" is invalid: use "${base}"`);
  if (warnings.length === 0 && network.address.family === 6 && formatCIDR(network) !== value)
    warnings.push(
      `${field}: IPv6 CIDR value "${value}" should be in RFC 5952 canonical format ("${formatCIDR(network)}")`,
    );
  return warnings;
}
