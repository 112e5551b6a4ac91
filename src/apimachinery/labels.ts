/**
 * Label selectors: the text form of `-l` and `labelSelector=`, and the object form of `spec.selector` (apimachinery
 * `labels/selector.go`, `apis/meta/v1/helpers.go`). Parsing and complaints are upstream's.
 */
import { type FieldError, invalid } from './field-error';
import { isQualifiedName, isValidLabelValue } from './names';

export type Operator = '=' | '==' | '!=' | 'in' | 'notin' | 'exists' | '!' | 'gt' | 'lt';

export interface Requirement {
  readonly key: string;
  readonly operator: Operator;
  readonly values: readonly string[];
}

export type Labels = Readonly<Record<string, string>> | undefined;

/** All requirements must hold. None at all: everything matches. */
export class LabelSelector {
  constructor(readonly requirements: readonly Requirement[]) {}

  get empty(): boolean {
    return this.requirements.length === 0;
  }

  matches(labels: Labels): boolean {
    for (const requirement of this.requirements) if (!requirementMatches(requirement, labels)) return false;
    return true;
  }

  /** `app in (a,b),tier=x,!old`: keys sorted, as the server and kubectl print it. */
  toString(): string {
    return this.requirements.map(formatRequirement).join(',');
  }
}

/** Are these the same labels, in whatever order? */
export function sameLabels(a: Labels, b: Labels): boolean {
  if (a === b) return true;
  if (!a || !b) return false;
  let more = 0;
  for (const key in a) {
    if (a[key] !== b[key]) return false;
    more++;
  }
  for (const _ in b) more--;
  return more === 0;
}

export const EVERYTHING = new LabelSelector([]);

/** Matches no object: what a selector that is absent (not: empty) stands for in `spec.selector`. */
export const NOTHING = new (class extends LabelSelector {
  override get empty(): boolean {
    return false;
  }
  override matches(): boolean {
    return false;
  }
})([]);

/** What is wrong with the text of a selector. */
export class SelectorError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'SelectorError';
  }
}

/** The object form: `{matchLabels, matchExpressions}`. */
export interface LabelSelectorObject {
  matchLabels?: Readonly<Record<string, string>>;
  matchExpressions?: readonly { key: string; operator: string; values?: readonly string[] }[];
}

const EXPRESSION_OPERATORS: Readonly<Record<string, Operator>> = {
  In: 'in',
  NotIn: 'notin',
  Exists: 'exists',
  DoesNotExist: '!',
};

/**
 * metav1.LabelSelectorAsSelector: absent matches nothing, `{}` everything.
 * @throws SelectorError for an operator that is none: `"Near" is not a valid label selector operator`.
 */
export function selectorOf(selector: LabelSelectorObject | null | undefined): LabelSelector {
  if (!selector) return NOTHING;
  const requirements: Requirement[] = [];
  const { matchLabels } = selector;
  if (matchLabels)
    for (const key of Object.keys(matchLabels))
      requirements.push({ key, operator: '=', values: [matchLabels[key] as string] });
  for (const { key, operator: name, values = [] } of selector.matchExpressions ?? []) {
    const operator = Object.hasOwn(EXPRESSION_OPERATORS, name) ? EXPRESSION_OPERATORS[name] : undefined;
    if (!operator) throw new SelectorError(`${JSON.stringify(name)} is not a valid label selector operator`);
    requirements.push(newRequirement(key, operator, values));
  }
  return requirements.length === 0 ? EVERYTHING : new LabelSelector(sortByKey(requirements));
}

/** A selector for exactly these labels; none at all match everything (labels.SelectorFromSet). */
export function selectorFromLabels(labels: Labels): LabelSelector {
  if (!labels) return EVERYTHING;
  const requirements = Object.keys(labels).map(
    (key): Requirement => ({ key, operator: '=', values: [labels[key] as string] }),
  );
  return requirements.length === 0 ? EVERYTHING : new LabelSelector(sortByKey(requirements));
}

/**
 * Parses `app in (a,b),tier,!old,x!=y,n>3` (labels.Parse).
 * @throws SelectorError with upstream's words: `unable to parse requirement: found '', expected: ',' or ')'`.
 */
export function parseLabelSelector(text: string): LabelSelector {
  if (text === '') return EVERYTHING;
  return new LabelSelector(sortByKey(new Parser(scan(text)).parse()));
}

/** `a=b`, `a in (b,c)`, `!a` (Requirement.String). */
export function formatRequirement({ key, operator, values }: Requirement): string {
  const list = values.length > 1 ? [...values].sort().join(',') : (values[0] ?? '');
  switch (operator) {
    case 'exists':
      return key;
    case '!':
      return `!${key}`;
    case 'in':
    case 'notin':
      return `${key} ${operator} (${list})`;
    case 'gt':
      return `${key}>${list}`;
    case 'lt':
      return `${key}<${list}`;
    default:
      return `${key}${operator}${list}`;
  }
}

function requirementMatches({ key, operator, values }: Requirement, labels: Labels): boolean {
  const value = labels && Object.hasOwn(labels, key) ? (labels[key] as string) : undefined;
  switch (operator) {
    case '=':
    case '==':
      return value !== undefined && value === values[0];
    case 'in':
      return value !== undefined && values.includes(value);
    case '!=':
    case 'notin':
      return value === undefined || !values.includes(value);
    case 'exists':
      return value !== undefined;
    case '!':
      return value === undefined;
    default: {
      const left = value === undefined ? undefined : parseInt64(value);
      const right = parseInt64(values[0] ?? '');
      if (left === undefined || right === undefined) return false;
      return operator === 'gt' ? left > right : left < right;
    }
  }
}

/** strconv.ParseInt(text, 10, 64). */
function parseInt64(text: string): bigint | undefined {
  if (!/^[+-]?[0-9]+$/.test(text)) return undefined;
  const value = BigInt(text.startsWith('+') ? text.slice(1) : text);
  return BigInt.asIntN(64, value) === value ? value : undefined;
}

function sortByKey(requirements: Requirement[]): Requirement[] {
  return requirements.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
}

/** labels.NewRequirement: checks operator, values and their number. */
function newRequirement(key: string, operator: Operator, values: readonly string[]): Requirement {
  const errors: FieldError[] = [];
  const keyComplaints = isQualifiedName(key);
  if (keyComplaints.length) errors.push(invalid('key', key, keyComplaints.join('; ')));
  switch (operator) {
    case 'in':
    case 'notin':
      if (values.length === 0)
        errors.push(invalid('values', [], "for 'in', 'notin' operators, values set can't be empty"));
      break;
    case 'exists':
    case '!':
      if (values.length)
        errors.push(invalid('values', [...values], 'values set must be empty for exists and does not exist'));
      break;
    case 'gt':
    case 'lt':
      if (values.length !== 1)
        errors.push(invalid('values', [...values], "for 'Gt', 'Lt' operators, exactly one value is required"));
      values.forEach((value, i) => {
        if (parseInt64(value) === undefined)
          errors.push(invalid(`values[${i}]`, value, "for 'Gt', 'Lt' operators, the value must be an integer"));
      });
      break;
    default:
      if (values.length !== 1)
        errors.push(invalid('values', [...values], 'exact-match compatibility requires one single value'));
  }
  values.forEach((value, i) => {
    const complaints = isValidLabelValue(value);
    if (complaints.length) errors.push(invalid(`values[${i}][${key}]`, value, complaints.join('; ')));
  });
  if (errors.length) throw new SelectorError(aggregate(errors));
  return { key, operator, values };
}

function aggregate(errors: readonly FieldError[]): string {
  const texts = [...new Set(errors.map((error) => `${error.field}: ${error.body}`))];
  return texts.length === 1 ? (texts[0] as string) : `[${texts.join(', ')}]`;
}

type TokenKind =
  | 'error'
  | 'end'
  | ')'
  | ','
  | '!'
  | '=='
  | '='
  | '>'
  | 'identifier'
  | 'in'
  | '<'
  | '!='
  | 'notin'
  | '(';

interface Token {
  kind: TokenKind;
  text: string;
}

const SYMBOLS: ReadonlySet<string> = new Set([')', ',', '!', '==', '=', '>', '<', '!=', '(']);
const isSpace = (c: string) => c === ' ' || c === '\t' || c === '\r' || c === '\n';
const isSymbol = (c: string) => '=!(),><'.includes(c);

/** Lexer.Lex over the whole text; a NUL ends it, as it does upstream. */
function scan(text: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  for (;;) {
    while (at < text.length && isSpace(text[at] as string)) at++;
    const c = text[at];
    if (c === undefined || c === '\0') {
      tokens.push({ kind: 'end', text: '' });
      return tokens;
    }
    if (isSymbol(c)) {
      // The longest symbol; what can't go on one is read again.
      let best = '';
      let buffer = '';
      while (at < text.length && isSymbol(text[at] as string)) {
        buffer += text[at];
        if (SYMBOLS.has(buffer)) best = buffer;
        else if (best) break;
        at++;
      }
      tokens.push(
        best
          ? { kind: best as TokenKind, text: best }
          : { kind: 'error', text: `error expected: keyword found '${buffer}'` },
      );
      continue;
    }
    let word = '';
    while (at < text.length) {
      const next = text[at] as string;
      if (next === '\0') {
        at++;
        break;
      }
      if (isSymbol(next) || isSpace(next)) break;
      word += next;
      at++;
    }
    tokens.push({ kind: word === 'in' || word === 'notin' ? word : 'identifier', text: word });
  }
}

const BINARY_OPERATORS = 'in, notin, =, ==, !=, gt, lt';

/** The recursive descent of labels.Parser. `in` and `notin` are words where a key or value may stand. */
class Parser {
  private at = 0;
  constructor(private readonly tokens: readonly Token[]) {}

  parse(): Requirement[] {
    const requirements: Requirement[] = [];
    for (;;) {
      const { kind, text } = this.peek();
      if (kind === 'end') return requirements;
      if (kind !== 'identifier' && kind !== '!')
        throw new SelectorError(`found '${text}', expected: !, identifier, or 'end of string'`);
      try {
        requirements.push(this.requirement());
      } catch (error) {
        if (error instanceof SelectorError) throw new SelectorError(`unable to parse requirement: ${error.message}`);
        throw error;
      }
      const next = this.take();
      if (next.kind === 'end') return requirements;
      if (next.kind !== ',') throw new SelectorError(`found '${next.text}', expected: ',' or 'end of string'`);
      const after = this.peek();
      if (after.kind !== 'identifier' && after.kind !== '!')
        throw new SelectorError(`found '${after.text}', expected: identifier after ','`);
    }
  }

  private requirement(): Requirement {
    let token = this.take();
    const negated = token.kind === '!';
    if (negated) token = this.take();
    if (token.kind !== 'identifier') throw new SelectorError(`found '${token.text}', expected: identifier`);
    const key = token.text;
    const complaints = isQualifiedName(key);
    // Upstream has no path here and prints that.
    if (complaints.length) throw new SelectorError(`<nil>: ${invalid('', key, complaints.join('; ')).body}`);
    if (negated) return newRequirement(key, '!', []);
    const { kind } = this.peek();
    if (kind === 'end' || kind === ',') return newRequirement(key, 'exists', []);
    const operator = this.operator();
    const values = operator === 'in' || operator === 'notin' ? this.values() : [this.exactValue()];
    return newRequirement(key, operator, values);
  }

  private operator(): Operator {
    const { kind, text } = this.tokens[this.at++] as Token;
    switch (kind) {
      case 'in':
      case 'notin':
      case '=':
      case '==':
      case '!=':
        return kind;
      case '>':
        return 'gt';
      case '<':
        return 'lt';
      default:
        throw new SelectorError(`found '${text}', expected: ${BINARY_OPERATORS}`);
    }
  }

  private values(): string[] {
    const open = this.take();
    if (open.kind !== '(') throw new SelectorError(`found '${open.text}' expected: '('`);
    const first = this.peek();
    if (first.kind === ')') {
      this.take();
      return [''];
    }
    if (first.kind !== 'identifier' && first.kind !== ',')
      throw new SelectorError(`found '${first.text}', expected: ',', ')' or identifier`);
    const values = this.identifiers();
    if (this.take().kind !== ')') throw new SelectorError(`found '${first.text}', expected: ')'`);
    return [...values].sort();
  }

  private identifiers(): Set<string> {
    const values = new Set<string>();
    for (;;) {
      const { kind, text } = this.take();
      if (kind === 'identifier') {
        values.add(text);
        const next = this.peek();
        if (next.kind === ')') return values;
        if (next.kind !== ',') throw new SelectorError(`found '${next.text}', expected: ',' or ')'`);
      } else if (kind === ',') {
        if (values.size === 0) values.add('');
        const next = this.peek();
        if (next.kind === ')') return values.add('');
        if (next.kind === ',') values.add('');
      } else throw new SelectorError(`found '${text}', expected: ',', or identifier`);
    }
  }

  private exactValue(): string {
    const { kind } = this.peek();
    if (kind === 'end' || kind === ',') return '';
    const token = this.take();
    if (token.kind !== 'identifier') throw new SelectorError(`found '${token.text}', expected: identifier`);
    return token.text;
  }

  private peek(): Token {
    return asWord(this.tokens[this.at] as Token);
  }

  private take(): Token {
    // The end is the last token and stays it, however often it is taken.
    const token = this.tokens[this.at] as Token;
    if (token.kind !== 'end') this.at++;
    return asWord(token);
  }
}

function asWord(token: Token): Token {
  return token.kind === 'in' || token.kind === 'notin' ? { kind: 'identifier', text: token.text } : token;
}
