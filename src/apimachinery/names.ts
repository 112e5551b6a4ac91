/**
 * Which texts are valid names, label values, ports and the like, and what upstream says of those that are not (apimachinery
 * `util/validation/validation.go` and `api/validate/content/*.go`). Each check returns complaints; none means valid.
 */

const NONE: readonly string[] = Object.freeze([]);
/** What every check returns: complaints in upstream's order and words. Shared and frozen when empty. */
export type Complaints = readonly string[];

const dns1123Label = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const dns1123Subdomain = `${dns1123Label}(\\.${dns1123Label})*`;
const dns1123LabelRegexp = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const dns1123SubdomainRegexp = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const labelKey = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]';
const labelKeyRegexp = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/;
const labelValueRegexp = /^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/;

export const DNS1123_LABEL_MAX_LENGTH = 63;
export const DNS1123_SUBDOMAIN_MAX_LENGTH = 253;
export const LABEL_VALUE_MAX_LENGTH = 63;

/** RFC 1123 label: at most 63 of `[-a-z0-9]`, alphanumeric at both ends (IsDNS1123Label). */
export function isDNS1123Label(value: string): Complaints {
  if (value.length <= DNS1123_LABEL_MAX_LENGTH && dns1123LabelRegexp.test(value)) return NONE;
  const complaints = maxLength(value, DNS1123_LABEL_MAX_LENGTH);
  if (!dns1123LabelRegexp.test(value)) {
    complaints.push(
      dns1123SubdomainRegexp.test(value)
        ? 'must not contain dots'
        : regexError(
            "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character",
            dns1123Label,
            'my-name',
            '123-abc',
          ),
    );
  }
  return complaints;
}

/** RFC 1123 subdomain: labels joined by dots, at most 253 bytes (IsDNS1123Subdomain). */
export function isDNS1123Subdomain(value: string): Complaints {
  if (value.length <= DNS1123_SUBDOMAIN_MAX_LENGTH && dns1123SubdomainRegexp.test(value)) return NONE;
  const complaints = maxLength(value, DNS1123_SUBDOMAIN_MAX_LENGTH);
  if (!dns1123SubdomainRegexp.test(value))
    complaints.push(
      regexError(
        "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character",
        dns1123Subdomain,
        'example.com',
      ),
    );
  return complaints;
}

/** As a subdomain, but each label may start with and hold `_` (IsDNS1123SubdomainWithUnderscore; search domains). */
export function isDNS1123SubdomainWithUnderscore(value: string): Complaints {
  const complaints = maxLength(value, DNS1123_SUBDOMAIN_MAX_LENGTH);
  if (!/^_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?(\._?[a-z0-9]([-_a-z0-9]*[a-z0-9])?)*$/.test(value))
    complaints.push(
      regexError(
        "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '_', '-' or '.', and must start and end with an alphanumeric character",
        '_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?(\\._?[a-z0-9]([-_a-z0-9]*[a-z0-9])?)*',
        'example.com',
      ),
    );
  return complaints;
}

/** DNS-1035 label: as RFC 1123's, but starts with a letter (IsDNS1035Label; names of Services). */
export function isDNS1035Label(value: string): Complaints {
  const complaints = maxLength(value, DNS1123_LABEL_MAX_LENGTH);
  if (!/^[a-z]([-a-z0-9]*[a-z0-9])?$/.test(value))
    complaints.push(
      regexError(
        "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character",
        '[a-z]([-a-z0-9]*[a-z0-9])?',
        'my-name',
        'abc-123',
      ),
    );
  return complaints;
}

/** `*.` and a subdomain (IsWildcardDNS1123Subdomain; hosts of an Ingress). */
export function isWildcardDNS1123Subdomain(value: string): Complaints {
  const complaints = maxLength(value, DNS1123_SUBDOMAIN_MAX_LENGTH);
  if (!value.startsWith('*.') || !dns1123SubdomainRegexp.test(value.slice(2)))
    complaints.push(
      regexError(
        "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character",
        `\\*\\.${dns1123Subdomain}`,
        '*.example.com',
      ),
    );
  return complaints;
}

/** A label key: `[<subdomain>/]<name>` (IsQualifiedName, content.IsLabelKey). */
export function isQualifiedName(value: string): Complaints {
  const slash = value.indexOf('/');
  if (slash < 0 && value.length <= 63 && labelKeyRegexp.test(value)) return NONE;
  const complaints: string[] = [];
  let name = value;
  if (slash >= 0) {
    if (value.indexOf('/', slash + 1) >= 0)
      return [
        `a valid label key ${regexError(LABEL_KEY_MESSAGE, labelKey, 'MyName', 'my.name', '123-abc')} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
      ];
    const prefix = value.slice(0, slash);
    name = value.slice(slash + 1);
    if (prefix === '') complaints.push('prefix part must be non-empty');
    else for (const complaint of contentSubdomain(prefix)) complaints.push(`prefix part ${complaint}`);
  }
  if (name === '') complaints.push('name part must be non-empty');
  else if (utf8Length(name) > 63) complaints.push(`name part ${maxBytesError(63)}`);
  if (!labelKeyRegexp.test(name))
    complaints.push(`name part ${regexError(LABEL_KEY_MESSAGE, labelKey, 'MyName', 'my.name', '123-abc')}`);
  return complaints;
}

const LABEL_KEY_MESSAGE =
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";

/** The value of a label: empty, or at most 63 bytes of `[-A-Za-z0-9_.]` (IsValidLabelValue). */
export function isValidLabelValue(value: string): Complaints {
  if (value.length <= LABEL_VALUE_MAX_LENGTH && labelValueRegexp.test(value)) return NONE;
  const complaints: string[] = [];
  if (utf8Length(value) > LABEL_VALUE_MAX_LENGTH) complaints.push(maxBytesError(LABEL_VALUE_MAX_LENGTH));
  if (!labelValueRegexp.test(value))
    complaints.push(
      regexError(
        "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
        '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?',
        'MyValue',
        'my_value',
        '12345',
      ),
    );
  return complaints;
}

/** A name as C has them (IsCIdentifier). */
export function isCIdentifier(value: string): Complaints {
  if (/^[A-Za-z_][A-Za-z0-9_]*$/.test(value)) return NONE;
  return [
    regexError(
      "a valid C identifier must start with alphabetic character or '_', followed by a string of alphanumeric characters or '_'",
      '[A-Za-z_][A-Za-z0-9_]*',
      'my_name',
      'MY_NAME',
      'MyName',
    ),
  ];
}

/** The name of an environment variable under the old, strict rule (IsEnvVarName). */
export function isEnvVarName(value: string): Complaints {
  const complaints: string[] = [];
  if (!/^[-._a-zA-Z][-._a-zA-Z0-9]*$/.test(value))
    complaints.push(
      regexError(
        "a valid environment variable name must consist of alphabetic characters, digits, '_', '-', or '.', and must not start with a digit",
        '[-._a-zA-Z][-._a-zA-Z0-9]*',
        'my.env-name',
        'MY_ENV.NAME',
        'MyEnvName1',
      ),
    );
  return addChangeDirectory(value, complaints);
}

/** The name of an environment variable as 1.36 accepts it: printable ASCII but `=` (IsRelaxedEnvVarName). */
export function isRelaxedEnvVarName(value: string): Complaints {
  if (/^[ -<>-~]+$/.test(value)) return NONE;
  if (value === '') return ['environment variable name must be non-empty'];
  return ["a valid environment variable name must consist only of printable ASCII characters other than '='"];
}

/** A key of a ConfigMap's or Secret's data (IsConfigMapKey). */
export function isConfigMapKey(value: string): Complaints {
  const complaints = maxLength(value, DNS1123_SUBDOMAIN_MAX_LENGTH);
  if (!/^[-._a-zA-Z0-9]+$/.test(value))
    complaints.push(
      regexError(
        "a valid config key must consist of alphanumeric characters, '-', '_' or '.'",
        '[-._a-zA-Z0-9]+',
        'key.name',
        'KEY_NAME',
        'key-name',
      ),
    );
  return addChangeDirectory(value, complaints);
}

/** The name of an HTTP header, for probes (IsHTTPHeaderName). */
export function isHTTPHeaderName(value: string): Complaints {
  if (/^[-A-Za-z0-9]+$/.test(value)) return NONE;
  return [
    regexError("a valid HTTP header must consist of alphanumeric characters or '-'", '[-A-Za-z0-9]+', 'X-Header-Name'),
  ];
}

/** 1 to 65535 (IsValidPortNum). */
export function isValidPortNum(port: number | bigint): Complaints {
  return isInRange(port, 1, 65535);
}

/** An IANA service name, as the ports of pods and services have them (IsValidPortName). */
export function isValidPortName(port: string): Complaints {
  const complaints = maxLength(port, 15);
  if (!/^[-a-z0-9]+$/.test(port))
    complaints.push('must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)');
  if (!/[a-z]/.test(port)) complaints.push('must contain at least one letter (a-z)');
  if (port.includes('--')) complaints.push('must not contain consecutive hyphens');
  if (port.startsWith('-') || port.endsWith('-')) complaints.push('must not begin or end with a hyphen');
  return complaints;
}

/** `25%` (IsValidPercent). */
export function isValidPercent(percent: string): Complaints {
  if (/^[0-9]+%$/.test(percent)) return NONE;
  return [
    regexError("a valid percent string must be a numeric string followed by an ending '%'", '[0-9]+%', '1%', '93%'),
  ];
}

/** From `min` to `max`, both included (IsInRange). */
export function isInRange(value: number | bigint, min: number, max: number): Complaints {
  return value >= min && value <= max ? NONE : [inclusiveRangeError(min, max)];
}

const MAX_INT32 = 2147483647;

/** A user or group id (IsValidUserID, IsValidGroupID: the same range). */
export function isValidUserOrGroupID(id: number | bigint): Complaints {
  return isInRange(id, 0, MAX_INT32);
}

/** A name that can be a segment of a URL's path; `prefix` where something will be appended (path.ValidatePathSegmentName). */
export function isPathSegmentName(name: string, prefix = false): Complaints {
  if (!prefix && (name === '.' || name === '..')) return [`may not be '${name}'`];
  const complaints: string[] = [];
  for (const illegal of ['/', '%']) if (name.includes(illegal)) complaints.push(`may not contain '${illegal}'`);
  return complaints;
}

/** Subdomain; with `prefix`, one that generateName will add to (NameIsDNSSubdomain). */
export function nameIsDNSSubdomain(name: string, prefix: boolean): string[] {
  return [...isDNS1123Subdomain(prefix ? maskTrailingDash(name) : name)];
}

/** RFC 1123 label; with `prefix`, one that generateName will add to (NameIsDNSLabel). */
export function nameIsDNSLabel(name: string, prefix: boolean): string[] {
  return [...isDNS1123Label(prefix ? maskTrailingDash(name) : name)];
}

/** DNS-1035 label; with `prefix`, one that generateName will add to (NameIsDNS1035Label). */
export function nameIsDNS1035Label(name: string, prefix: boolean): string[] {
  return [...isDNS1035Label(prefix ? maskTrailingDash(name) : name)];
}

/** Whatever a URL's path can carry, as the kinds of rbac.authorization.k8s.io are named (path.ValidatePathSegmentName). */
export function nameIsPathSegment(name: string, prefix: boolean): string[] {
  return [...isPathSegmentName(name, prefix)];
}

/** Replaces a last dash by something harmless, since generateName adds to it; upstream drops the letter before it too. */
function maskTrailingDash(name: string): string {
  return name.length > 1 && name.endsWith('-') ? `${name.slice(0, -2)}a` : name;
}

/** `must be between 1 and 65535, inclusive` (InclusiveRangeError). */
export function inclusiveRangeError(low: number, high: number): string {
  return `must be between ${low} and ${high}, inclusive`;
}

/** `must be no more than 63 characters` (validation.MaxLenError). */
export function maxLengthError(length: number): string {
  return `must be no more than ${length} characters`;
}

/** `must be no more than 63 bytes` (content.MaxLenError, which label keys and values use). */
export function maxBytesError(length: number): string {
  return `must be no more than ${length} bytes`;
}

/** The message, examples and the expression, as validation.RegexError puts them together. */
export function regexError(message: string, expression: string, ...examples: string[]): string {
  if (examples.length === 0) return `${message} (regex used for validation is '${expression}')`;
  const quoted = examples.map((example) => `'${example}', `).join(' or ');
  return `${message} (e.g. ${quoted}regex used for validation is '${expression}')`;
}

/** How many bytes a text has in UTF-8, which is what Go's len() counts. */
export function utf8Length(text: string): number {
  let bytes = text.length;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) continue;
    if (unit >= 0xd800 && unit < 0xdc00 && i + 1 < text.length) {
      bytes += 2;
      i++;
    } else bytes += unit < 0x800 ? 1 : 2;
  }
  return bytes;
}

function maxLength(value: string, length: number): string[] {
  return value.length * 3 > length && utf8Length(value) > length ? [maxLengthError(length)] : [];
}

/** The subdomain check of the content package, which counts bytes where the other counts characters. */
function contentSubdomain(value: string): string[] {
  return isDNS1123Subdomain(value).map((complaint) =>
    complaint === maxLengthError(DNS1123_SUBDOMAIN_MAX_LENGTH)
      ? maxBytesError(DNS1123_SUBDOMAIN_MAX_LENGTH)
      : complaint,
  );
}

function addChangeDirectory(value: string, complaints: string[]): string[] {
  if (value === '.') complaints.push("must not be '.'");
  else if (value === '..') complaints.push("must not be '..'");
  else if (value.startsWith('..')) complaints.push("must not start with '..'");
  return complaints;
}
