/** What Kubernetes' functions cost (apiserver `pkg/cel/library/cost.go`): estimated, and in fact. */
import type { SpecialEstimate } from '../estimate';
import type { CallArgument, CallEstimate, CallSizes, Range } from '../functions';
import type { CallCost } from '../run';
import { fixed, MOST, plus, REGEX, scaled, TRAVERSAL, times } from '../sizes';
import { CelMap, List, Opaque, sizeOf, type Value } from '../values';
import { FormatValue } from './formats';

const ONE = fixed(1);
const NOMINAL: CallEstimate = { cost: ONE };
const LONGEST_NAME_REGEX = 128;
const LONGEST_FORMAT = 64;
/** An authorization check: two may be made by one expression. */
const CHECK = 350_000;

/** What only looks at what it has. */
const ACCESSORS = new Set(
  'serviceAccount path group resource subresource namespace name allowed reason error errored masked prefixLength family isUnspecified isLoopback isLinkLocalMulticast isLinkLocalUnicast isGlobalUnicast format.named sign asInteger isInteger asApproximateFloat isGreaterThan isLessThan compareTo add sub major minor patch getScheme getHostname getHost getPort getEscapedPath getQuery'.split(
    ' ',
  ),
);
const traversed = (size: Range, factor = 1): Range => scaled(size, factor * TRAVERSAL);

export const estimateCall: SpecialEstimate = (name, overload, call) => {
  const { target, args, size } = call;
  const [first, second] = args;
  if (ACCESSORS.has(name)) return NOMINAL;
  switch (name) {
    case 'check':
      return { cost: fixed(CHECK) };
    case 'fieldSelector':
    case 'labelSelector':
      return first && { cost: selectorCost(size(first)) };
    case 'isSorted':
    case 'sum':
    case 'max':
    case 'min':
    case 'indexOf':
    case 'lastIndexOf':
      return target && { cost: goneOver(call, target) };
    case 'url':
    case 'jsonpatch.escapeKey':
      return first && { cost: traversed(size(first)), size: size(first) };
    case 'lowerAscii':
    case 'upperAscii':
    case 'substring':
    case 'trim':
      return target && { cost: traversed(size(target)), size: size(target) };
    case 'replace':
      if (!target || !first || !second) return undefined;
      return { cost: traversed(size(target), 2), size: replaced(size(target), size(first), size(second)) };
    case 'split':
      if (!target) return undefined;
      return { cost: traversed(size(target), 2), size: { min: 0n, max: mostParts(second) ?? size(target).max } };
    case 'join':
      return target && joined(call, target);
    case 'find':
    case 'findAll': {
      if (!target || !first) return undefined;
      const text = traversed(plus(size(target), ONE));
      return { cost: times(text, scaled(size(first), REGEX)), size: { min: 0n, max: size(target).max } };
    }
    case 'ip':
      if (overload === 'cidr_ip') return NOMINAL;
      return first && { cost: traversed(size(first)) };
    case 'cidr':
    case 'isIP':
    case 'isCIDR':
    case 'quantity':
    case 'isQuantity':
    case 'semver':
    case 'isSemver':
      return first && { cost: traversed(size(first)) };
    case 'ip.isCanonical':
      return first && { cost: traversed(size(first), 2) };
    case 'containsIP':
    case 'containsCIDR':
      return first && { cost: contained(overload, size(first)) };
    case 'validate':
      return first && { cost: scaled(traversed(size(first)), LONGEST_NAME_REGEX * REGEX) };
    case '_==_':
      return first && second && sameKind(first, second);
    default:
      return undefined;
  }
};

function selectorCost(length: Range): Range {
  return plus(fixed(10), traversed(length), scaled(scaled(length, 0.5), 50));
}

/** Every element looked at; long ones all along. */
function goneOver({ size, element }: CallSizes, list: CallArgument): Range {
  const item = element(list);
  if (!item) return traversed(size(list));
  const isLong = item.type.kind === 'string' || item.type.kind === 'bytes';
  return times(size(list), isLong ? plus(ONE, traversed(size(item))) : ONE);
}

/** How long a text is once parts of it are replaced. */
function replaced(text: Range, old: Range, by: Range): Range {
  const count = { min: 0n, max: 0n };
  const kept = { min: 0n, max: 0n };
  if (old.min === 0n) {
    count.max = text.max < MOST ? text.max + 1n : text.max;
    kept.max = text.max;
  } else if (by.max <= old.min) kept.max = text.max;
  else count.max = divideUp(text.max, old.min);
  if (old.max === 0n) {
    count.min = text.min < MOST ? text.min + 1n : text.min;
    kept.min = text.min;
  } else if (old.max <= by.min) kept.min = text.min;
  else count.min = divideUp(text.min, old.max);
  return plus(times(count, by), kept);
}

function divideUp(a: bigint, b: bigint): bigint {
  const quotient = Math.ceil(Number(a) / Number(b));
  return quotient >= 2 ** 64 ? MOST : BigInt(quotient);
}

function mostParts(count: CallArgument | undefined): bigint | undefined {
  return typeof count?.literal === 'bigint' ? BigInt.asUintN(64, count.literal) : undefined;
}

function joined({ args: [separator], size, element }: CallSizes, list: CallArgument): CallEstimate {
  const count = size(list);
  const item = element(list);
  let length = item ? times(count, size(item)) : fixed(0);
  if (separator) {
    const less = (amount: bigint) => (amount > 0n ? amount - 1n : 0n);
    length = plus(length, times(size(separator), { min: less(count.min), max: less(count.max) }));
  }
  return { cost: traversed(length), size: length };
}

const ADDRESS: Range = { min: 4n, max: 16n };

function contained(overload: string, other: Range): Range {
  const bytes = traversed(plus(ADDRESS, ADDRESS));
  const parsed = overload.endsWith('_string') ? [traversed(other)] : [];
  if (overload.startsWith('cidr_contains_ip')) return plus(bytes, ...parsed);
  return plus(bytes, traversed(ADDRESS), ONE, ...parsed);
}

/** Equality of values of Kubernetes' own types. */
function sameKind(left: CallArgument, right: CallArgument): CallEstimate | undefined {
  if (left.type.name !== right.type.name || left.type.kind !== right.type.kind) return undefined;
  switch (left.type.name) {
    case 'net.IP':
    case 'net.CIDR':
    case 'kubernetes.Quantity':
    case 'kubernetes.Semver':
      return NOMINAL;
    case 'kubernetes.NamedFormat':
      return { cost: scaled({ min: 1n, max: BigInt(LONGEST_FORMAT) }, TRAVERSAL) };
    case 'kubernetes.URL':
      return { cost: scaled({ min: 1n, max: right.size?.max ?? 1n }, TRAVERSAL) };
    default:
      return undefined;
  }
}

export const callCost: CallCost = (name, overload, args, result) => {
  const length = (index: number) => sizeOf(args[index] as Value);
  const text = (size: number, factor = 1) => Math.ceil(size * factor * TRAVERSAL);
  if (args.length === 0) return name === 'format.named' ? 1 : undefined;
  if (ACCESSORS.has(name)) return 1;
  switch (name) {
    case 'check':
      return CHECK;
    case 'fieldSelector':
    case 'labelSelector':
      return Number(selectorCost(fixed(length(1))).max);
    case 'isSorted':
    case 'sum':
    case 'max':
    case 'min':
    case 'indexOf':
    case 'lastIndexOf':
      return traversal(args[0] as Value);
    case 'url':
    case 'lowerAscii':
    case 'upperAscii':
    case 'substring':
    case 'trim':
    case 'jsonpatch.escapeKey':
    case 'cidr':
    case 'isIP':
    case 'isCIDR':
    case 'quantity':
    case 'isQuantity':
    case 'semver':
    case 'isSemver':
      return text(length(0));
    case 'ip':
      return overload === 'cidr_ip' ? 1 : text(length(0));
    case 'replace':
    case 'split':
    case 'ip.isCanonical':
      return text(length(0), 2);
    case 'join':
      return text(sizeOf(result), 2);
    case 'find':
    case 'findAll':
      return text(1 + length(0)) * Math.ceil(length(1) * REGEX);
    case 'containsIP':
    case 'containsCIDR': {
      const masked = name === 'containsCIDR' ? text(length(0)) + 1 : 0;
      return text(length(0) * 2) + masked + (overload.endsWith('_string') ? text(length(1)) : 0);
    }
    case 'validate':
      if (!(args[0] instanceof FormatValue)) return undefined;
      return text(1 + length(1)) * Math.ceil(args[0].regexSize * REGEX);
    case '_==_':
      return args[0] instanceof Opaque ? 1 : undefined;
    default:
      return undefined;
  }
};

/** What it costs to go over all of a value. */
function traversal(value: Value): number {
  if (typeof value === 'string') return Math.trunc(new TextEncoder().encode(value).length * TRAVERSAL);
  if (value instanceof Uint8Array) return Math.trunc(value.length * TRAVERSAL);
  let cost = 0;
  if (value instanceof List) for (const element of value) cost += traversal(element);
  else if (value instanceof CelMap)
    for (const key of value.keys()) cost += traversal(key) + traversal(value.find(key) as Value);
  else return 1;
  return cost;
}
