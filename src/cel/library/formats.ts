/** Formats of names and the like: `format.dns1123Label().validate(text)` (apiserver `pkg/cel/library/format.go`). */
import { parseRequestUrl } from '../../apimachinery/go-url';
import {
  isQualifiedName,
  isValidLabelValue,
  nameIsDNS1035Label,
  nameIsDNSLabel,
  nameIsDNSSubdomain,
} from '../../apimachinery/names';
import { formatCheck } from '../../apimachinery/string-formats';
import { type FunctionDeclaration, memberOverload, overload } from '../functions';
import { listOf, optionalOf, STRING, structType } from '../types';
import { ArrayList, NO_SUCH_OVERLOAD, NONE, Opaque, Optional, type Value } from '../values';

const FORMAT = structType('kubernetes.NamedFormat');

export class FormatValue extends Opaque {
  override readonly type = FORMAT;
  /** @param regexSize how long its regular expression counts as */
  constructor(
    readonly name: string,
    readonly regexSize: number,
    readonly validate: (text: string) => readonly string[],
  ) {
    super();
  }
  override equals(other: Value): Value {
    return other instanceof FormatValue ? this.name === other.name : NO_SUCH_OVERLOAD;
  }
}

function isUri(text: string): string[] {
  try {
    parseRequestUrl(text);
    return [];
  } catch (error) {
    return [(error as Error).message];
  }
}

const checked = (format: string, complaint: string) => (text: string) =>
  formatCheck(format)?.(text) ? [] : [complaint];

const UUID_PATTERN = 70;
const DATE_TIME_PATTERN = 71;

const FORMATS: Readonly<Record<string, FormatValue>> = {
  dns1123Label: new FormatValue('DNS1123Label', 30, (text) => nameIsDNSLabel(text, false)),
  dns1123Subdomain: new FormatValue('DNS1123Subdomain', 60, (text) => nameIsDNSSubdomain(text, false)),
  dns1035Label: new FormatValue('DNS1035Label', 30, (text) => nameIsDNS1035Label(text, false)),
  qualifiedName: new FormatValue('QualifiedName', 60, isQualifiedName),
  dns1123LabelPrefix: new FormatValue('DNS1123LabelPrefix', 30, (text) => nameIsDNSLabel(text, true)),
  dns1123SubdomainPrefix: new FormatValue('DNS1123SubdomainPrefix', 60, (text) => nameIsDNSSubdomain(text, true)),
  dns1035LabelPrefix: new FormatValue('DNS1035LabelPrefix', 30, (text) => nameIsDNS1035Label(text, true)),
  labelValue: new FormatValue('LabelValue', 40, isValidLabelValue),
  uri: new FormatValue('URI', 1103, isUri),
  uuid: new FormatValue('uuid', UUID_PATTERN, checked('uuid', 'does not match the UUID format')),
  byte: new FormatValue('byte', 84, checked('byte', 'invalid base64')),
  date: new FormatValue('date', DATE_TIME_PATTERN, checked('date', 'invalid date')),
  datetime: new FormatValue('datetime', DATE_TIME_PATTERN, checked('datetime', 'invalid datetime')),
};

export const FORMAT_FUNCTIONS: readonly FunctionDeclaration[] = [
  ...Object.entries(FORMATS).map(([name, format]) => ({
    name: `format.${name}`,
    overloads: [overload(`format.${name}`, [], FORMAT, () => format)],
  })),
  {
    name: 'format.named',
    overloads: [
      overload('format-named', [STRING], optionalOf(FORMAT), (name: string) =>
        Object.hasOwn(FORMATS, name) ? new Optional(FORMATS[name]) : NONE,
      ),
    ],
  },
  {
    name: 'validate',
    overloads: [
      memberOverload(
        'format-validate',
        [FORMAT, STRING],
        optionalOf(listOf(STRING)),
        (format: FormatValue, text: string) => {
          const complaints = format.validate(text);
          return complaints.length === 0 ? NONE : new Optional(new ArrayList(complaints));
        },
      ),
    ],
  },
];
