/** The words in which upstream judges names, addresses and schedules. */
import { parseCronSchedule } from '../../src/apimachinery/cron';
import type { FieldError } from '../../src/apimachinery/field-error';
import {
  contains,
  formatCIDR,
  formatIP,
  parseCIDR,
  parseIP,
  validateCIDR,
  validateIP,
  validateLegacyCIDR,
  validateLegacyIP,
  warningsForCIDR,
  warningsForIP,
} from '../../src/apimachinery/ip';
import * as names from '../../src/apimachinery/names';

const long = (length: number): string => 'a'.repeat(length);
const CHARACTERS = {
  label: `a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')`,
  subdomain: `a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')`,
  dns1035: `a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')`,
  namePart: `name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')`,
  value: `a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')`,
};

test.each<[(value: never) => readonly string[], string | number, string[]]>([
  [names.isDNS1123Label, 'a-1', []],
  [names.isDNS1123Label, '', [CHARACTERS.label]],
  [names.isDNS1123Label, 'a.b', ['must not contain dots']],
  [names.isDNS1123Label, long(64), ['must be no more than 63 characters']],
  [names.isDNS1123Label, `-${long(63)}`, ['must be no more than 63 characters', CHARACTERS.label]],
  [names.isDNS1123Subdomain, 'a.b-c.1', []],
  [names.isDNS1123Subdomain, 'A', [CHARACTERS.subdomain]],
  [names.isDNS1123Subdomain, 'a..b', [CHARACTERS.subdomain]],
  [names.isDNS1123Subdomain, 'a\n', [CHARACTERS.subdomain]],
  [names.isDNS1123Subdomain, long(254), ['must be no more than 253 characters']],
  [names.isDNS1035Label, 'a1', []],
  [names.isDNS1035Label, '1a', [CHARACTERS.dns1035]],
  [names.isQualifiedName, 'a.b/C_d', []],
  [names.isQualifiedName, 'a b', [CHARACTERS.namePart]],
  [names.isQualifiedName, '/a', ['prefix part must be non-empty']],
  [names.isQualifiedName, 'a/', ['name part must be non-empty', CHARACTERS.namePart]],
  [names.isQualifiedName, `${'A'}/b`, [`prefix part ${CHARACTERS.subdomain}`]],
  [
    names.isQualifiedName,
    'a/b/c',
    [
      `a valid label key ${CHARACTERS.namePart.slice('name part '.length).replace(")?[A-Za-z0-9]')", `)?[A-Za-z0-9]')`)} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
    ],
  ],
  [names.isValidLabelValue, '', []],
  [names.isValidLabelValue, 'a b', [CHARACTERS.value]],
  [names.isValidLabelValue, long(64), ['must be no more than 63 bytes']],
  [names.isConfigMapKey, '..', [`must not be '..'`]],
  [
    names.isConfigMapKey,
    'a/b',
    [
      `a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')`,
    ],
  ],
  [
    names.isCIdentifier,
    '1a',
    [
      `a valid C identifier must start with alphabetic character or '_', followed by a string of alphanumeric characters or '_' (e.g. 'my_name',  or 'MY_NAME',  or 'MyName', regex used for validation is '[A-Za-z_][A-Za-z0-9_]*')`,
    ],
  ],
  [names.isValidPortNum, 0, ['must be between 1 and 65535, inclusive']],
  [names.isValidPortNum, 65535, []],
  [names.isValidPortName, 'http', []],
  [names.isValidPortName, '80', ['must contain at least one letter (a-z)']],
  [names.isValidPortName, 'a--b', ['must not contain consecutive hyphens']],
  [names.isValidPortName, 'a-', ['must not begin or end with a hyphen']],
  [names.isValidPortName, 'a_b', ['must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)']],
  [names.isValidPortName, long(16), ['must be no more than 15 characters']],
  [
    names.isValidPercent,
    '5',
    [
      `a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')`,
    ],
  ],
  [
    names.isHTTPHeaderName,
    'a b',
    [
      `a valid HTTP header must consist of alphanumeric characters or '-' (e.g. 'X-Header-Name', regex used for validation is '[-A-Za-z0-9]+')`,
    ],
  ],
  [names.isPathSegmentName, '.', [`may not be '.'`]],
  [names.isPathSegmentName, 'a/b', [`may not contain '/'`]],
  [names.isPathSegmentName, 'Any:Name*', []],
])('%p of %p', (judge, value, expected) => {
  expect(judge(value as never)).toEqual(expected);
});

test('names that are to be generated may end in a dash', () => {
  expect(names.nameIsDNSSubdomain('web-', true)).toEqual([]);
  expect(names.nameIsDNSSubdomain('web-', false)).toEqual([CHARACTERS.subdomain]);
  expect(names.nameIsDNSLabel('web-', true)).toEqual([]);
});

test.each([
  ['10.0.0.1', '10.0.0.1'],
  ['010.0.0.1', '10.0.0.1'],
  ['::1', '::1'],
  ['2001:DB8:0:0:0:0:0:1', '2001:db8::1'],
  ['::ffff:1.2.3.4', '1.2.3.4'],
  ['1:0:0:2:0:0:0:3', '1:0:0:2::3'],
  ['10.0.0', undefined],
  ['10.0.0.256', undefined],
  ['1::2::3', undefined],
  ['a', undefined],
])('the address %s', (text, expected) => {
  const address = parseIP(text);
  expect(address && formatIP(address)).toBe(expected);
});

test('networks', () => {
  const network = parseCIDR('10.1.2.3/8');
  expect(network && formatCIDR(network)).toBe('10.0.0.0/8');
  const holds = (text: string) =>
    network && contains(network, parseIP(text) as NonNullable<ReturnType<typeof parseIP>>);
  expect([holds('10.255.255.255'), holds('11.0.0.0'), holds('::1')]).toEqual([true, false, false]);
  expect(parseCIDR('10.0.0.0/33')).toBeUndefined();
  expect(parseCIDR('10.0.0.0')).toBeUndefined();
});

type Judge = (field: string, value: string, errors: FieldError[]) => void;
test.each<[Judge, string, string[]]>([
  [validateLegacyIP, '10.0.0.1', []],
  [validateLegacyIP, '010.0.0.1', ['must not have leading 0s']],
  [validateLegacyIP, '::ffff:1.2.3.4', ['must not be an IPv4-mapped IPv6 address']],
  [validateLegacyIP, 'x', ['must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)']],
  [validateLegacyIP, '2001:DB8::1', []],
  [validateIP, '2001:DB8::1', ['must be in canonical form ("2001:db8::1")']],
  [validateLegacyCIDR, '10.0.0.0/8', []],
  [validateLegacyCIDR, '10.0.0.1/8', ['must not have bits set beyond the prefix length']],
  [validateLegacyCIDR, '10.0.0.0/08', ['must not have leading 0s in IP or prefix length']],
  [validateLegacyCIDR, '10.0.0.0', ['must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)']],
  [validateCIDR, '2001:DB8::/64', ['must be in canonical form ("2001:db8::/64")']],
])('%p of %s', (judge, value, expected) => {
  const errors: FieldError[] = [];
  judge('f', value, errors);
  expect(errors.map((error) => error.body)).toEqual(
    expected.map((text) => `Invalid value: ${JSON.stringify(value)}: ${text}`),
  );
});

test('what was stored once stays allowed', () => {
  const errors: FieldError[] = [];
  validateLegacyIP('f', '010.0.0.1', errors, ['010.0.0.1']);
  validateLegacyCIDR('f', '10.0.0.1/8', errors, ['10.0.0.1/8']);
  expect(errors).toEqual([]);
});

test('warnings of addresses and networks', () => {
  expect(warningsForIP('f', '010.0.0.1')).toEqual([
    'f: non-standard IP address "010.0.0.1" is invalid: use "10.0.0.1"',
  ]);
  expect(warningsForIP('f', '2001:DB8::1')).toEqual([
    'f: IPv6 address "2001:DB8::1" should be in RFC 5952 canonical format ("2001:db8::1")',
  ]);
  expect(warningsForCIDR('f', '10.0.0.1/8')).toEqual([
    'f: CIDR value "10.0.0.1/8" is ambiguous in this context (should be "10.0.0.0/8" or "10.0.0.1/32"?)',
  ]);
  expect(warningsForCIDR('f', '10.0.0.0/8')).toEqual([]);
});

describe('schedules', () => {
  const bits = (value: bigint | undefined): number[] =>
    Array.from({ length: 60 }, (_, i) => i).filter((i) => ((value ?? 0n) >> BigInt(i)) & 1n);
  const fieldsOf = (text: string) => {
    const { fields } = parseCronSchedule(text);
    return [fields?.minute, fields?.hour, fields?.dayOfMonth, fields?.month, fields?.dayOfWeek].map(bits);
  };

  test('what they say', () => {
    expect(fieldsOf('*/15 0-3 1,15 jan MON-WED')).toEqual([[0, 15, 30, 45], [0, 1, 2, 3], [1, 15], [1], [1, 2, 3]]);
    expect(fieldsOf('50/5 ? * * 0')[0]).toEqual([50, 55]);
    expect(fieldsOf('@yearly').slice(0, 4)).toEqual([[0], [0], [1], [1]]);
    expect(parseCronSchedule('@every 90s').every).toBe(90_000_000_000n);
    expect(parseCronSchedule('TZ=Europe/Berlin 0 0 * * *').timeZone).toBe('Europe/Berlin');
  });

  test.each([
    ['', 'empty spec string'],
    ['* * * * * *', 'expected exactly 5 fields, found 6: [* * * * * *]'],
    ['x * * * *', 'failed to parse int from x: strconv.Atoi: parsing "x": invalid syntax'],
    ['60 * * * *', 'end of range (60) above maximum (59): 60'],
    ['* * 0 * *', 'beginning of range (0) below minimum (1): 0'],
    ['5-1 * * * *', 'beginning of range (5) beyond end of range (1): 5-1'],
    ['*/0 * * * *', 'step of range should be a positive number: */0'],
    ['1-2-3 * * * *', 'too many hyphens: 1-2-3'],
    ['1/2/3 * * * *', 'too many slashes: 1/2/3'],
    ['* * * * 7', 'end of range (7) above maximum (6): 7'],
    ['@never', 'unrecognized descriptor: @never'],
    ['TZ=Mars/Base * * * * *', 'provided bad location Mars/Base: unknown time zone Mars/Base'],
  ])('what is wrong with %p', (text, expected) => {
    expect(() => parseCronSchedule(text)).toThrow(new Error(expected));
  });
});
