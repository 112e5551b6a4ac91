/**
 * Which form an answer takes and which form a body has come in: the headers Accept and Content-Type (apiserver
 * `endpoints/handlers/negotiation/negotiate.go`, github.com/munnerz/goautoneg).
 */
import { type ApiError, apiError } from '../../apimachinery/status';

export type Encoding = 'json' | 'yaml' | 'protobuf';

export const MEDIA_TYPES: Readonly<Record<Encoding, string>> = {
  json: 'application/json',
  yaml: 'application/yaml',
  protobuf: 'application/vnd.kubernetes.protobuf',
};
const ENCODINGS: readonly Encoding[] = ['json', 'yaml', 'protobuf'];
const ALL_MEDIA_TYPES = ENCODINGS.map((encoding) => MEDIA_TYPES[encoding]);

/** `as=Table;v=v1;g=meta.k8s.io` */
export interface Conversion {
  kind: string;
  group: string;
  version: string;
}

export interface Accepted {
  encoding: Encoding;
  /** What the object is asked for as; absent: as it is. */
  convert?: Conversion;
  /** `application/json;pretty=1` */
  pretty: boolean;
}

/** What an endpoint can give (EndpointRestrictions). */
export interface Restrictions {
  /** The encodings of what is not converted: custom objects have no protobuf form. */
  plain: readonly Encoding[];
  /** Whether objects can be had as something else. */
  converts(convert: Conversion, encoding: Encoding): boolean;
  /** The version that `sv=` may name. */
  serverVersion: string;
}

const PLAIN: Accepted = Object.freeze({ encoding: 'json', pretty: false });

/** Whether an answer is given as it is. */
export function isPlain({ convert, encoding }: Accepted): boolean {
  return convert === undefined && encoding === 'json';
}

/** Of built-in kinds; Table and metadata can be asked for. */
export const BUILTIN: Restrictions = { plain: ENCODINGS, converts: isTransform, serverVersion: 'v1' };
/** Of custom kinds. */
export const CUSTOM: Restrictions = { plain: ['json', 'yaml'], converts: isTransform, serverVersion: 'v1' };
/** Of errors, and of what is no resource. */
export const NO_TRANSFORM: Restrictions = { plain: ENCODINGS, converts: () => false, serverVersion: '' };

/** RequestScope.AllowsMediaTypeTransform. */
function isTransform({ kind, group, version }: Conversion, encoding: Encoding): boolean {
  if (group !== 'meta.k8s.io' || (version !== 'v1' && version !== 'v1beta1')) return false;
  if (kind === 'Table') return encoding !== 'protobuf';
  return kind === 'PartialObjectMetadata' || kind === 'PartialObjectMetadataList';
}

/** The form of an answer; undefined when none that is accepted can be had. */
export function acceptedForm(accept: string | undefined, restrictions: Restrictions): Accepted | undefined {
  // What most clients send needs no reading.
  if (accept === undefined || accept === '') return PLAIN;
  if ((accept === 'application/json' || accept === '*/*') && restrictions.plain.length > 0) return PLAIN;
  for (const clause of parseAccept(accept))
    for (const encoding of ENCODINGS) {
      const [type, subtype] = MEDIA_TYPES[encoding].split('/');
      const matches = (clause.type === type && (clause.subtype === subtype || clause.subtype === '*')) || isAny(clause);
      const accepted = matches ? withParameters(clause.parameters, encoding, restrictions) : undefined;
      if (accepted) return accepted;
    }
  return undefined;
}

/** @throws ApiError 406; for a watch also where the form can't be streamed. */
export function negotiateOutput(accept: string | undefined, restrictions: Restrictions, watch: boolean): Accepted {
  const accepted = acceptedForm(accept, restrictions);
  if (!accepted) throw notAcceptable(ALL_MEDIA_TYPES);
  if (watch && accepted.encoding === 'yaml')
    throw notAcceptable([`${MEDIA_TYPES.json};stream=watch`, `${MEDIA_TYPES.protobuf};stream=watch`]);
  return accepted;
}

/** errNotAcceptable. */
export function notAcceptable(accepted: readonly string[]): ApiError {
  return apiError(406, 'NotAcceptable', `only the following media types are accepted: ${accepted.join(', ')}`);
}

/** The form that a body has come in. @throws ApiError 415. */
export function negotiateInput(contentType: string | undefined): Encoding {
  const mediaType = mediaTypeOf(contentType ?? '');
  const encoding = mediaType === '' ? 'json' : ENCODINGS.find((one) => MEDIA_TYPES[one] === mediaType);
  if (!encoding) throw unsupportedMediaType(ALL_MEDIA_TYPES);
  return encoding;
}

/** errUnsupportedMediaType. */
export function unsupportedMediaType(supported: readonly string[]): ApiError {
  return apiError(
    415,
    'UnsupportedMediaType',
    `the body of the request was in an unknown format - accepted media types include: ${supported.join(', ')}`,
  );
}

/** The media type without its parameters, as mime.ParseMediaType has it; a broken one is none of those that are known. */
function mediaTypeOf(header: string): string {
  const [type = '', ...parameters] = header.split(';');
  const broken = parameters.some((one) => one.trim() !== '' && !/^\s*[\w!#$%&'*+.^`|~-]+\s*=/.test(one));
  return broken ? 'broken' : type.trim().toLowerCase();
}

export interface Clause {
  type: string;
  subtype: string;
  quality: number;
  parameters: Map<string, string>;
}

function isAny({ type, subtype }: Clause): boolean {
  return type === '*' && subtype === '*';
}

/** goautoneg.ParseAccept. */
export function parseAccept(header: string): Clause[] {
  const clauses: Clause[] = [];
  for (const part of header.split(',')) {
    const [range = '', ...rest] = trimSpaces(part).split(';');
    const types = range.split('/').map(trimSpaces);
    const any = types.length === 1 && types[0] === '*';
    if (types.length !== 2 && !any) continue;
    const clause: Clause = {
      type: types[0] as string,
      subtype: any ? '*' : (types[1] as string),
      quality: 1,
      parameters: new Map(),
    };
    for (const parameter of rest) {
      const equals = parameter.indexOf('=');
      if (equals < 0) continue;
      const name = trimSpaces(parameter.slice(0, equals));
      const value = parameter.slice(equals + 1);
      if (name === 'q') clause.quality = /^[+-]?(\d+\.?\d*|\.\d+)$/.test(value) ? Number(value) : 0;
      else clause.parameters.set(name, trimSpaces(value));
    }
    clauses.push(clause);
  }
  return sorted(clauses);
}

function trimSpaces(text: string): string {
  return text.replace(/^ +| +$/g, '');
}

/** Go's insertion sort by goautoneg's order, which is none: what comes out depends on how it is sorted. */
function sorted(clauses: Clause[]): Clause[] {
  for (let i = 1; i < clauses.length; i++)
    for (let j = i; j > 0 && comesFirst(clauses[j] as Clause, clauses[j - 1] as Clause); j--)
      [clauses[j], clauses[j - 1]] = [clauses[j - 1] as Clause, clauses[j] as Clause];
  return clauses;
}

function comesFirst(a: Clause, b: Clause): boolean {
  return a.quality > b.quality || (a.type !== '*' && b.type === '*') || (a.subtype !== '*' && b.subtype === '*');
}

/** acceptMediaTypeOptions; undefined when the clause can't be served in this encoding. */
function withParameters(
  parameters: ReadonlyMap<string, string>,
  encoding: Encoding,
  restrictions: Restrictions,
): Accepted | undefined {
  const stream = parameters.get('stream') ?? '';
  if (stream !== '' && (encoding === 'yaml' || stream !== 'watch')) return undefined;
  const serverVersion = parameters.get('sv') ?? '';
  if (serverVersion !== '' && serverVersion !== restrictions.serverVersion) return undefined;
  const pretty = parameters.get('pretty') === '1';
  if (!parameters.has('as') && !parameters.has('g') && !parameters.has('v')) {
    return restrictions.plain.includes(encoding) ? { encoding, pretty } : undefined;
  }
  const convert = {
    kind: parameters.get('as') ?? '',
    group: parameters.get('g') ?? '',
    version: parameters.get('v') ?? '',
  };
  return restrictions.converts(convert, encoding) ? { encoding, convert, pretty } : undefined;
}
