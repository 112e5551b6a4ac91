/** URLs as Go's net/url reads them, with its complaints. */
import { goQuote } from '../printers/go-format';

export interface GoUrl {
  readonly scheme: string;
  readonly user: string;
  /** With the port. */
  readonly host: string;
  /** What follows the scheme where that is no path. */
  readonly opaque: string;
  /** Escaped (URL.EscapedPath). */
  readonly path: string;
  readonly query: string;
  readonly fragment: string;
}

/** url.Parse. @throws Error in its words */
export function parseUrl(text: string): GoUrl {
  const hash = text.indexOf('#');
  const before = hash < 0 ? text : text.slice(0, hash);
  return { ...wrapped(before, false), fragment: hash < 0 ? '' : text.slice(hash + 1) };
}

/** url.ParseRequestURI: absolute, or a path; without a fragment. @throws Error in its words */
export function parseRequestUrl(text: string): GoUrl {
  return wrapped(text, true);
}

function wrapped(text: string, request: boolean): GoUrl {
  try {
    return parse(text, request);
  } catch (error) {
    throw new Error(`parse ${goQuote(text)}: ${(error as Error).message}`);
  }
}

function parse(text: string, request: boolean): GoUrl {
  const url = { scheme: '', user: '', host: '', opaque: '', path: '', query: '', fragment: '' };
  // biome-ignore lint/suspicious/noControlCharactersInRegex: Go refuses them
  if (/[\x00-\x1f\x7f]/.test(text)) throw new Error('net/url: invalid control character in URL');
  if (text === '' && request) throw new Error('empty url');
  if (text === '*') return { ...url, path: '*' };
  if (text.startsWith(':')) throw new Error('missing protocol scheme');
  const scheme = /^[a-zA-Z][a-zA-Z0-9+.-]*(?=:)/.exec(text)?.[0] ?? '';
  url.scheme = scheme.toLowerCase();
  let rest = scheme ? text.slice(scheme.length + 1) : text;
  const mark = rest.indexOf('?');
  if (mark >= 0) {
    url.query = rest.slice(mark + 1);
    rest = rest.slice(0, mark);
  }
  if (!rest.startsWith('/')) {
    if (scheme) return { ...url, opaque: rest };
    if (request) throw new Error('invalid URI for request');
    if (rest.split('/', 1)[0]?.includes(':')) throw new Error('first path segment in URL cannot contain colon');
  }
  if ((scheme || (!request && !rest.startsWith('///'))) && rest.startsWith('//')) {
    const slash = rest.indexOf('/', 2);
    const authority = rest.slice(2, slash < 0 ? undefined : slash);
    rest = slash < 0 ? '' : rest.slice(slash);
    const at = authority.lastIndexOf('@');
    url.user = at < 0 ? '' : authority.slice(0, at);
    if (!/^[A-Za-z0-9\-._:~!$&'()*+,;=%@]*$/.test(url.user)) throw new Error('net/url: invalid userinfo');
    url.host = parseHost(authority.slice(at + 1));
  }
  const decoded = unescaped(rest);
  url.path = /^[A-Za-z0-9\-._~!$&'()*+,;=:@[\]%/]*$/.test(rest) ? rest : escapePath(decoded);
  return url;
}

function parseHost(host: string): string {
  let port = '';
  if (host.startsWith('[')) {
    const end = host.lastIndexOf(']');
    if (end < 0) throw new Error("missing ']' in host");
    port = host.slice(end + 1);
  } else if (host.includes(':')) port = host.slice(host.lastIndexOf(':'));
  if (!/^(:\d*)?$/.test(port)) throw new Error(`invalid port ${goQuote(port)} after host`);
  const bad = /[^A-Za-z0-9\-_.~!$&'()*+,;=:[\]<>"%\u0080-\u{10ffff}]/u.exec(host);
  if (bad) throw new Error(`invalid character ${goQuote(bad[0])} in host name`);
  const badEscape = /%(?!25|[89a-fA-F][0-9a-fA-F]).{0,2}/.exec(host);
  if (badEscape) throw new Error(`invalid URL escape ${goQuote(badEscape[0])}`);
  return unescaped(host);
}

function unescaped(text: string): string {
  const wrong = /%(?![0-9a-fA-F]{2}).{0,2}/su.exec(text);
  if (wrong) throw new Error(`invalid URL escape ${goQuote(wrong[0])}`);
  const bytes: number[] = [];
  const encoder = new TextEncoder();
  for (const piece of text.split(/(%[0-9a-fA-F]{2})/)) {
    if (/^%[0-9a-fA-F]{2}$/.test(piece)) bytes.push(Number.parseInt(piece.slice(1), 16));
    else bytes.push(...encoder.encode(piece));
  }
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(Uint8Array.from(bytes));
}

function escapePath(path: string): string {
  return Array.from(new TextEncoder().encode(path), (byte) => {
    const character = String.fromCharCode(byte);
    if (/[A-Za-z0-9\-_.~$&+,/:;=@]/.test(character)) return character;
    return `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }).join('');
}

/** Without the port and the brackets (URL.Hostname). */
export function hostnameOf({ host }: GoUrl): string {
  const bracketed = /^\[(.*)\]/.exec(host);
  return bracketed ? (bracketed[1] as string) : host.replace(/:\d*$/, '');
}

export function portOf({ host }: GoUrl): string {
  return /:(\d*)$/.exec(host.startsWith('[') ? host.slice(host.lastIndexOf(']') + 1) : host)?.[1] ?? '';
}

/** The values of a query by their keys (URL.Query): what can't be read is left out. */
export function queryOf({ query }: GoUrl): Map<string, string[]> {
  const values = new Map<string, string[]>();
  for (const pair of query.split('&')) {
    if (pair === '' || pair.includes(';')) continue;
    const equals = pair.indexOf('=');
    try {
      const key = unescaped((equals < 0 ? pair : pair.slice(0, equals)).replaceAll('+', ' '));
      const value = equals < 0 ? '' : unescaped(pair.slice(equals + 1).replaceAll('+', ' '));
      values.set(key, [...(values.get(key) ?? []), value]);
    } catch {
      // As Go: left out.
    }
  }
  return values;
}
