/**
 * Reads manifests exactly as kubectl does: JSON or YAML, several documents in one stream, YAML 1.1 as go-yaml has it
 * (apimachinery util/yaml/decoder.go YAMLOrJSONDecoder over sigs.k8s.io/yaml).
 */
import { Composer, CST, type Document, LineCounter, Parser, type YAMLError } from 'yaml';
import type { Json } from '../apimachinery/json';
import { JsonSyntaxError, parseJsonPrefix } from '../apimachinery/json-text';
import { ConvertError, DecodeError, decodeNode } from './decode';
import { diagnose } from './diagnose';
import { indentQuoted } from './indent-quoted';
import { withLineFeeds } from './line-separators';

export interface ReadOptions {
  /**
   * A key that stands twice in a mapping is an error (the default), in the words of go-yaml's strict decoder; with `last`
   * the last one counts, silently.
   */
  duplicateKeys?: 'error' | 'last';
}

/** What is wrong with a manifest, without the name of its file: `error converting YAML to JSON: yaml: line 3: …`. */
export class ManifestError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'ManifestError';
  }
}

/**
 * The documents of a manifest; empty ones and nulls are left out. kubectl puts `error parsing FILE: ` before an error.
 * @throws ManifestError
 */
export function parseManifests(text: string, options: ReadOptions = {}): Json[] {
  return [...manifests(text, options)];
}

/** The same one by one: documents before a bad one are handed out before the error is thrown, as kubectl works them off. */
export function* manifests(text: string, options: ReadOptions = {}): Generator<Json> {
  const input = text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
  let at = 0;
  let jsonError: Error | undefined;
  if (looksLikeJson(input)) {
    let count = 0;
    for (;;) {
      let next: { value: Json; end: number } | undefined;
      try {
        next = parseJsonPrefix(input, at);
      } catch (error) {
        if (!(error instanceof JsonSyntaxError)) throw error;
        // Two JSON documents or more make a JSON stream for certain; until then it may be YAML that begins like JSON.
        if (count > 1) throw new ManifestError(error.message);
        jsonError =
          error.message === 'unexpected EOF' ? error : new Error(`json: offset ${error.offset}: ${error.message}`);
        break;
      }
      if (next === undefined) return;
      at = next.end;
      count++;
      if (next.value !== null) yield next.value;
    }
    at += (/^[^\S\n]*\n?/.exec(input.slice(at)) as RegExpExecArray)[0].length;
  }
  const documents = splitDocuments(input.slice(at));
  for (;;) {
    let value: Json;
    try {
      const next = documents.next();
      if (next.done) return;
      value = parseYaml(next.value, options);
    } catch (error) {
      if (jsonError && error instanceof ManifestError) throw new ManifestError(jsonError.message);
      throw error;
    }
    if (value !== null) yield value;
    // After one document the stream is known to be YAML.
    jsonError = undefined;
  }
}

/** True when the first thing in the text is `{` (IsJSONBuffer, of the first 4096 bytes). */
export function looksLikeJson(text: string): boolean {
  return /^\s*\{/.test(text.slice(0, 4096));
}

/**
 * Cuts a stream at its `---` lines (YAMLReader.Read). Lines end in \n afterwards; a `---` with which the text begins stays
 * with its document, so that line numbers in errors are kubectl's.
 */
export function* splitDocuments(text: string): Generator<string> {
  if (!text.includes('---')) {
    const document = withNewlines(text);
    if (document !== '') yield document;
    return;
  }
  let buffer: string[] = [];
  for (const line of withNewlines(text).split('\n').slice(0, -1)) {
    if (line.startsWith('---')) {
      const rest = line.slice(3).trim();
      if (rest !== '' && !rest.startsWith('#')) throw new ManifestError(`invalid Yaml document separator: ${rest}`);
      if (buffer.length > 0) {
        yield `${buffer.join('\n')}\n`;
        buffer = [];
        continue;
      }
    }
    buffer.push(line);
  }
  if (buffer.length > 0) yield `${buffer.join('\n')}\n`;
}

function withNewlines(text: string): string {
  const unix = text.includes('\r') ? text.replaceAll('\r\n', '\n') : text;
  return unix === '' || unix.endsWith('\n') ? unix : `${unix}\n`;
}

/**
 * Reads one YAML document (sigs.k8s.io/yaml Unmarshal); what follows `...` or a second `---` is not looked at.
 * @throws ManifestError `error converting YAML to JSON: yaml: …`
 */
export function parseYaml(text: string, options: ReadOptions = {}): Json {
  const lines = new LineCounter();
  try {
    // A carriage return alone ends a line too, and so does a next line (scannerc.go read_line); the library does not know that.
    if (text.includes('\r') || text.includes('\u0085')) text = text.replaceAll(/\r\n?|\u0085/g, '\n');
    // go-yaml has the first word: it refuses what the library takes (`"\\/"`, `!e!x`), and says so in its own way.
    const problem = diagnose(text);
    if (problem !== undefined) throw new DecodeError(problem);
    let separated = /[\u2028\u2029]/.test(text) ? text : undefined;
    if (separated !== undefined) text = withLineFeeds(text);
    const document = compose(text, lines, () => {
      if (separated !== undefined) separated = indentQuoted(separated);
    });
    if (document === undefined) return null;
    return decodeNode(
      document.contents,
      { duplicateKeys: options.duplicateKeys ?? 'error', separated, lineAt: (offset) => lines.linePos(offset).line },
      text.includes('*'),
    );
  } catch (error) {
    if (error instanceof ConvertError) throw new ManifestError(`error converting YAML to JSON: ${error.message}`);
    if (error instanceof DecodeError) throw new ManifestError(`error converting YAML to JSON: yaml: ${error.message}`);
    if (error instanceof RangeError)
      throw new ManifestError('error converting YAML to JSON: yaml: exceeded max depth of 10000');
    throw error;
  }
}

/**
 * The first document of the text; strings stay strings (schema failsafe), for what they mean is decided in decode.ts.
 * @param onIndented called where the text is read as indentQuoted has it
 */
export function compose(text: string, lines: LineCounter, onIndented?: () => void): Document.Parsed | undefined {
  const parser = new Parser(lines.addNewLine);
  const composer = new Composer({
    version: '1.1',
    schema: 'failsafe',
    resolveKnownTags: false,
    merge: false,
    uniqueKeys: false,
    strict: true,
    logLevel: 'silent',
  });
  const tokens = text.includes("\\'") ? withPlainQuotes(parser.parse(text)) : parser.parse(text);
  for (const document of composer.compose(tokens, true, text.length)) {
    const error = document.errors.find((problem) => !isHarmless(problem));
    if (error?.code === 'RESOURCE_EXHAUSTION') throw new RangeError(error.message);
    const indented = error && indentQuoted(text);
    if (indented !== undefined && indented !== text) {
      lines.lineStarts.length = 0;
      onIndented?.();
      return compose(indented, lines);
    }
    if (error) throw new DecodeError(`line ${lines.linePos(error.pos[0]).line}: ${error.message}`);
    return document;
  }
  return undefined;
}

/** Between double quotes `\'` is `'` to go-yaml (scannerc.go yaml_parser_scan_flow_scalar); the library knows no such thing. */
function* withPlainQuotes(tokens: Iterable<CST.Token>): Generator<CST.Token> {
  for (const token of tokens) {
    if (token.type === 'document')
      CST.visit(token, ({ key, value }) => {
        for (const scalar of [key, value])
          if (scalar?.type === 'double-quoted-scalar')
            scalar.source = scalar.source.replace(/\\([\s\S])/g, (whole, letter) => (letter === "'" ? letter : whole));
      });
    yield token;
  }
}

/** Objections of YAML 1.2 to what YAML 1.1 allows; the library has read it all the same. */
function isHarmless(problem: YAMLError): boolean {
  return (
    problem.code === 'TAG_RESOLVE_FAILED' ||
    problem.code === 'BAD_INDENT' ||
    problem.code === 'TAB_AS_INDENT' ||
    problem.code === 'KEY_OVER_1024_CHARS' ||
    problem.message.startsWith('Comments must be separated') ||
    // What stands after the first document, which is all that is read.
    problem.message.includes('token in YAML stream')
  );
}
