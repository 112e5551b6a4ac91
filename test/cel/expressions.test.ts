/** What expressions come to: the language, and the libraries that Kubernetes has. */
import { compile, environmentOf } from '../../src/cel/program';
import { DYN } from '../../src/cel/types';
import { ArrayList, CelError, EntryMap, formatValue, typeName, Uint, type Value } from '../../src/cel/values';

const VARIABLES: Record<string, Value> = {
  list: new ArrayList([1n, 2n, 3n]),
  map: new EntryMap([
    ['a', 1n],
    ['b', new EntryMap([['c', 'd']])],
  ]),
  u: new Uint(7n),
};
const environment = environmentOf({ variables: { list: DYN, map: DYN, u: DYN } });

function evaluate(text: string): Value {
  const { program, issues } = compile(text, environment);
  if (issues !== undefined) throw new Error(issues);
  const trouble = program.prepare();
  return trouble === undefined ? program.evaluate((name) => VARIABLES[name]).value : new CelError(trouble);
}

/** An expression and a plainer one that it comes to. */
const same = (cases: readonly (readonly [string, string])[]) =>
  test.each(cases)('%s is %s', (text, plain) => {
    const [value, expected] = [evaluate(text), evaluate(plain)];
    expect([typeName(value), formatValue(value)]).toEqual([typeName(expected), formatValue(expected)]);
  });
const fails = (cases: readonly (readonly [string, string])[]) =>
  test.each(cases)('%s: %s', (text, message) => {
    const value = evaluate(text);
    expect(value).toBeInstanceOf(CelError);
    expect((value as CelError).message).toBe(message);
  });

describe('numbers', () => {
  same([
    ['1 + 2 * 3', '7'],
    ['-7 / 2', '-3'],
    ['-7 % 2', '-1'],
    ['7.0 / 2.0', '3.5'],
    ['1.0 / 0.0', 'double("Infinity")'],
    ['5u - 2u', '3u'],
    ['0x1F', '31'],
    ['0x1Fu', '31u'],
    ['1e3', '1000.0'],
    ['- -1', '1'],
    ['-9223372036854775808', 'int("-9223372036854775808")'],
    ['dyn(1) == 1.0 && dyn(1u) == 1 && dyn(1.0) == 1u', 'true'],
    ['dyn(1) < 1.5 && 2u > 1', 'true'],
    ['double("NaN") == double("NaN")', 'false'],
    ['int(3.99)', '3'],
    ['int(-3.99)', '-3'],
    ['int("0042")', '42'],
    ['uint("42")', '42u'],
    ['int(timestamp("1970-01-01T00:01:00Z"))', '60'],
    ['double(1)', '1.0'],
    ['string(1.5) + string(2) + string(3u) + string(true)', '"1.523true"'],
    ['string(1e21) + " " + string(1.0)', '"1e+21 1"'],
  ]);
  fails([
    ['1 / 0', 'division by zero'],
    ['1 % 0', 'modulus by zero'],
    ['9223372036854775807 + 1', 'integer overflow'],
    ['-9223372036854775808 - 1', 'integer overflow'],
    ['9223372036854775807 * 2', 'integer overflow'],
    ['0u - 1u', 'unsigned integer overflow'],
    ['int(1e19)', 'integer overflow'],
    ['uint(-1)', 'unsigned integer overflow'],
    ['-dyn("a")', 'no such overload: -_'],
  ]);
});

describe('text and bytes', () => {
  same([
    ['"a" + "b"', '"ab"'],
    ['size("añ😀")', '3'],
    ['size(b"añ")', '3'],
    [String.raw`"\u00e9\x41\101\n"`, '"éAA\\n"'],
    [String.raw`r"\n"`, String.raw`"\\n"`],
    ['"""a\nb"""', '"a\\nb"'],
    ['"abc".startsWith("ab") && "abc".endsWith("bc") && "abc".contains("b")', 'true'],
    ['"a1b22".matches("^[a-z0-9]+$")', 'true'],
    ['"😀" > "\\uffff"', 'true'],
    ['bytes("é")', 'b"é"'],
    ['string(b"abc")', '"abc"'],
    ['b"a" < b"b"', 'true'],
    ['"tacocat".charAt(3)', '"o"'],
    ['"tacocat".indexOf("ac")', '1'],
    ['"tacocat".indexOf("c", 3)', '4'],
    ['"tacocat".lastIndexOf("c")', '4'],
    ['"tacocat".lastIndexOf("z")', '-1'],
    ['["x", "y"].join("-")', '"x-y"'],
    ['"a,b,c".split(",", 2)', '["a", "b,c"]'],
    ['"abc".split("")', '["a", "b", "c"]'],
    ['"AbÉ".lowerAscii()', '"abÉ"'],
    ['"abé".upperAscii()', '"ABé"'],
    ['"aaa".replace("a", "b", 2)', '"bba"'],
    ['"tacocat".substring(4)', '"cat"'],
    ['"tacocat".substring(0, 4)', '"taco"'],
    ['"  a\\u2003".trim()', '"a"'],
    ['"abc 123".find("[0-9]+")', '"123"'],
    ['"1a22b".findAll("[0-9]+")', '["1", "22"]'],
    ['"1a22b".findAll("[0-9]+", 1)', '["1"]'],
    [String.raw`strings.quote("a\"b\n")`, String.raw`"\"a\\\"b\\n\""`],
    [
      '"%s is %d, %x, %.2f, %b, %o, %e".format(["x", 7, 255, 1.5, 5, 8, 1234.5])',
      '"x is 7, ff, 1.50, 101, 10, 1.234500×10⁰³"',
    ],
    [
      '"%s".format([[1, "a", {"k": 2.0}, null, duration("90s"), timestamp("2024-01-01T00:00:00Z")]])',
      String.raw`"[1, \"a\", {\"k\":2.000000}, null, duration(\"90s\"), timestamp(\"2024-01-01T00:00:00Z\")]"`,
    ],
    ['"%%%X".format(["hi"])', '"%6869"'],
  ]);
  fails([
    ['"tacocat".charAt(30)', 'index out of range: 30'],
    ['"tacocat".substring(4, 2)', 'invalid substring range. start: 4, end: 2'],
    ['"a".matches(dyn("("))', 'error parsing regexp: missing closing ): `(`'],
    ['string(b"\\xff")', 'invalid UTF-8 in bytes, cannot convert to string'],
    ['bool("x")', "type conversion error from 'string' to 'bool'"],
  ]);
});

describe('lists and maps', () => {
  same(
    [
      ['[1, 2] + [3]', '[1, 2, 3]'],
      ['list[0] + list[2]', '4'],
      ['2 in [1, 2] && !(3 in {1: 2})', 'true'],
      ['{"a": 1}.a', '1'],
      ['map["b"].c', '"d"'],
      ['has(map.a) && !has(map.z)', 'true'],
      ['{"a": 1, "b": 2} == {"b": 2, "a": 1}', 'true'],
      ['[dyn(1), dyn(2.0)] == [dyn(1.0), dyn(2u)]', 'true'],
      ['list.all(x, x > 0) && list.exists(x, x == 3) && list.exists_one(x, x > 2)', 'true'],
      ['list.map(x, x * x)', '[1, 4, 9]'],
      ['list.map(x, x > 1, x * 10)', '[20, 30]'],
      ['list.filter(x, x != 2)', '[1, 3]'],
      ['{"a": 1}.all(k, k == "a")', 'true'],
      ['[0, 1].exists(x, 1 / x == 1)', 'true'],
      ['[1, 0].all(x, x != 1 && 1 / x == 1)', 'false'],
      ['list.all(i, v, i < v)', 'true'],
      ['{"a": 1, "b": 2}.exists(k, v, k == "b" && v == 2)', 'true'],
      ['list.transformList(i, v, v > 1, i * v)', '[2, 6]'],
      ['{"a": 1}.transformMap(k, v, v + 1)', '{"a": 2}'],
      ['["x", "y"].transformMapEntry(i, v, {v: i})', '{"x": 0, "y": 1}'],
      ['[3, 1, 2].sort()', '[1, 2, 3]'],
      ['["abc", "d"].sortBy(x, x.size())', '["d", "abc"]'],
      ['[1, 2, 2, 1].distinct()', '[1, 2]'],
      ['[[1], [], [2, 3]].flatten()', '[1, 2, 3]'],
      ['[1, 2, 3, 4].slice(1, 3)', '[2, 3]'],
      ['[1, 2].reverse()', '[2, 1]'],
      ['lists.range(3)', '[0, 1, 2]'],
      ['[1, 2, 2].isSorted() && ![2, 1].isSorted()', 'true'],
      ['[1, 5, 3].sum() + [1, 5, 3].min() + [1, 5, 3].max()', '15'],
      ['["a", "b", "a"].indexOf("b") + ["a", "b", "a"].lastIndexOf("a")', '3'],
      ['sets.contains([1, 2, 3], [2]) && sets.intersects([1], [1, 2]) && sets.equivalent([1, 1], [1])', 'true'],
    ].slice(0, 26) as [string, string][],
  );
  fails([
    ['list[3]', 'index out of bounds: 3'],
    ['map.z', 'no such key: z'],
    ['map["z"].c', 'no such key: z'],
    ['dyn(1).a', 'no such key: a'],
    ['list.all(x, 6 / (x - 1) > 0)', 'division by zero'],
    ['[].min()', 'min called on empty list'],
  ]);
});

describe('logic', () => {
  same([
    ['true ? 1 : 2', '1'],
    ['true || 1 / 0 == 0', 'true'],
    ['1 / 0 == 0 || true', 'true'],
    ['1 / 0 == 0 && false', 'false'],
    ['!false', 'true'],
    ['type(1) == int && type(type(1)) == type', 'true'],
    ['type(null)', 'null_type'],
    ['dyn(null) == null', 'true'],
    ['dyn(1) == "a"', 'false'],
  ]);
  fails([
    ['1 / 0 == 0 || false', 'division by zero'],
    ['dyn("a") ? 1 : 2', 'no such overload'],
    ['dyn(1) < "a"', 'no such overload'],
  ]);
});

describe('time', () => {
  same([
    ['timestamp("2024-02-29T12:00:00Z") + duration("24h")', 'timestamp("2024-03-01T12:00:00Z")'],
    ['timestamp("2024-01-01T00:00:00Z") - timestamp("2023-12-31T00:00:00Z")', 'duration("86400s")'],
    ['timestamp("2024-01-01T05:00:00+05:00") == timestamp("2024-01-01T00:00:00Z")', 'true'],
    ['timestamp("2024-01-01T00:30:00Z").getHours("America/New_York")', '19'],
    ['timestamp("2024-01-01T00:30:00Z").getMinutes("-01:15")', '15'],
    ['timestamp("2024-03-01T00:00:00Z").getDayOfYear()', '60'],
    ['timestamp("2024-03-03T00:00:00Z").getDayOfWeek()', '0'],
    ['timestamp("2024-03-03T00:00:00Z").getDate()', '3'],
    ['timestamp("2024-03-03T00:00:00Z").getDayOfMonth()', '2'],
    ['timestamp("2024-03-03T00:00:00.123456789Z").getMilliseconds()', '123'],
    ['string(timestamp("2024-03-03T00:00:00.120Z"))', '"2024-03-03T00:00:00.12Z"'],
    ['duration("1h1m1.5s").getSeconds()', '3661'],
    ['duration("1h1m1.5s").getMilliseconds()', '3661500'],
    ['string(duration("1h1m1.5s"))', '"3661.5s"'],
    ['duration("-1s") < duration("-0.5s")', 'true'],
    ['timestamp(0)', 'timestamp("1970-01-01T00:00:00Z")'],
  ]);
  fails([
    ['timestamp(dyn("x"))', "type conversion error from 'string' to 'google.protobuf.Timestamp'"],
    ['timestamp("9999-12-31T23:59:59Z") + duration("1s")', 'timestamp overflow'],
    ['timestamp("2024-01-01T00:00:00Z").getHours("No/Where")', 'unknown time zone No/Where'],
  ]);
});

describe('optionals', () => {
  same([
    ['map.?a.orValue(5)', '1'],
    ['map.?z.orValue(5)', '5'],
    ['map.?b.c.hasValue()', 'true'],
    ['map.?b.?z.hasValue()', 'false'],
    ['list[?9].or(optional.of(4)).value()', '4'],
    ['optional.of(2).optMap(x, x * 2)', 'optional.of(4)'],
    ['optional.none().optMap(x, x)', 'optional.none()'],
    ['optional.of(2).optFlatMap(x, optional.none())', 'optional.none()'],
    ['optional.ofNonZeroValue("")', 'optional.none()'],
    ['[?optional.none(), ?optional.of(1)]', '[1]'],
    ['{?"a": optional.none(), ?"b": optional.of(1)}', '{"b": 1}'],
  ]);
  fails([['optional.none().value()', 'optional.none() dereference']]);
});

describe('of Kubernetes', () => {
  same([
    ['quantity("1Gi").isGreaterThan(quantity("1G"))', 'true'],
    ['quantity("1.5").compareTo(quantity("1500m"))', '0'],
    ['quantity("1Gi").add(quantity("1Gi")) == quantity("2Gi")', 'true'],
    ['quantity("50k").sub(1000).asInteger()', '49000'],
    ['quantity("50m").asApproximateFloat()', '0.05'],
    ['quantity("1.5").isInteger()', 'false'],
    ['sign(quantity("-5"))', '-1'],
    ['isQuantity("1.3Gi") && !isQuantity("1.3 Gi")', 'true'],
    ['url("https://a.b:80/c/d?e=f&e=g#h").getHost()', '"a.b:80"'],
    ['url("https://a.b:80/c%20d?e=f&e=g").getEscapedPath()', '"/c%20d"'],
    ['url("https://[::1]:80/").getHostname()', '"::1"'],
    ['url("https://a.b/?e=f&e=g").getQuery()', '{"e": ["f", "g"]}'],
    ['url("/a").getScheme() + url("http://a:1").getPort()', '"1"'],
    ['isURL("https://a.b") && !isURL("a.b")', 'true'],
    ['isIP("10.0.0.1") && isIP("::1") && !isIP("10.0.0.256") && !isIP("010.0.0.1")', 'true'],
    [
      'ip("127.0.0.1").isLoopback() && ip("ff02::1").isLinkLocalMulticast() && ip("fe80::1").isLinkLocalUnicast()',
      'true',
    ],
    ['string(ip("0:0::1")) + string(ip("0:0::1").family())', '"::16"'],
    ['ip.isCanonical("2001:db8::abcd") && !ip.isCanonical("2001:DB8::ABCD")', 'true'],
    ['cidr("10.0.0.0/8").containsIP("10.1.2.3") && !cidr("10.0.0.0/8").containsCIDR("11.0.0.0/9")', 'true'],
    ['cidr("10.1.2.3/8").masked() == cidr("10.0.0.0/8")', 'true'],
    ['cidr("10.0.0.0/8").prefixLength()', '8'],
    ['format.dns1123Label().validate("my-name").hasValue()', 'false'],
    ['format.named("nosuch").hasValue()', 'false'],
    ['format.dns1123Label().validate("A").value()[0].startsWith("a lowercase RFC 1123 label")', 'true'],
    ['semver("1.2.3").isLessThan(semver("1.10.0-rc.1"))', 'true'],
    ['semver("v1.0", true).major() + semver("1.2.3").patch()', '4'],
    ['isSemver("1.2.3") && !isSemver("1.2") && isSemver("1.2", true)', 'true'],
    ['semver("1.2.3-rc.1+b").compareTo(semver("1.2.3-rc.2"))', '-1'],
  ]);
  fails([
    [
      'quantity(dyn("x"))',
      "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
    ],
    ['url(dyn("a b"))', 'URL parse error during conversion from string: parse "a b": invalid URI for request'],
    [
      'ip(dyn("1.2.3"))',
      'IP Address "1.2.3" parse error during conversion from string: ParseAddr("1.2.3"): IPv4 address too short',
    ],
    [
      'cidr(dyn("1.2.3.4"))',
      'network address parse error during conversion from string: network address parse error during conversion from string: netip.ParsePrefix("1.2.3.4"): no \'/\'',
    ],
    ['semver(dyn("1.2"))', 'No Major.Minor.Patch elements found'],
  ]);
});
