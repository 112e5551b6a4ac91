/** Parses a Go template (text/template/parse/parse.go, node.go). */
import { goQuote } from '../go-format';
import { unquote } from '../jsonpath/parse';
import { describeToken, lex, type Token, type TokenType } from './lex';
import { type ArgumentNode, type CommandNode, nodeText, type PipeNode, type TemplateNode } from './nodes';

/** A template and those that it defines, by name; its own name is `output`, as kubectl calls it. */
export interface ParsedTemplate {
  text: string;
  templates: Map<string, TemplateNode[]>;
}

export const TEMPLATE_NAME = 'output';

type Ending = { type: 'end' | 'else'; text: string };
type Parsed = TemplateNode | Ending | undefined;

/**
 * @param hasFunction whether a function of this name exists
 * @throws Error `template: output:1: unclosed action`, …
 */
export function parseTemplate(text: string, hasFunction: (name: string) => boolean): ParsedTemplate {
  const parser = new Parser(lex(text), hasFunction);
  parser.parse();
  return { text, templates: parser.templates };
}

class Parser {
  readonly templates = new Map<string, TemplateNode[]>();
  private next = 0;
  private variables: string[] = ['$'];
  private rangeDepth = 0;
  private actionLine = 0;
  /** The line that errors tell: of the furthest token that was looked at. */
  private line = 1;
  private furthest = -1;

  constructor(
    private readonly tokens: readonly Token[],
    private readonly hasFunction: (name: string) => boolean,
  ) {}

  parse(): void {
    const root: TemplateNode[] = [];
    while (this.peek().type !== 'EOF') {
      const start = this.next;
      if (this.peek().type === 'leftDelim') {
        this.take();
        if (this.takeNonSpace().type === 'define') {
          this.definition();
          continue;
        }
        this.next = start;
      }
      const node = this.textOrAction();
      if (isEnding(node)) this.fail(`unexpected ${node.text}`);
      if (node) root.push(node);
    }
    this.add(TEMPLATE_NAME, root);
  }

  private definition(): void {
    const context = 'define clause';
    const name = this.templateName(this.takeNonSpace(), context);
    this.expect('rightDelim', context);
    const outer = { variables: this.variables, rangeDepth: this.rangeDepth };
    this.variables = ['$'];
    this.rangeDepth = 0;
    const { list, ending } = this.itemList();
    if (ending.type !== 'end') this.fail(`unexpected ${ending.text} in ${context}`);
    this.add(name, list);
    Object.assign(this, outer);
  }

  private add(name: string, list: TemplateNode[]): void {
    const before = this.templates.get(name);
    if (before === undefined || isEmpty(before)) this.templates.set(name, list);
    else if (!isEmpty(list)) this.fail(`template: multiple definition of template ${goQuote(name)}`);
  }

  private itemList(): { list: TemplateNode[]; ending: Ending } {
    const list: TemplateNode[] = [];
    while (this.peekNonSpace().type !== 'EOF') {
      const node = this.textOrAction();
      if (isEnding(node)) return { list, ending: node };
      if (node) list.push(node);
    }
    this.fail('unexpected EOF');
  }

  private textOrAction(): Parsed {
    const token = this.takeNonSpace();
    if (token.type === 'text') return { type: 'text', text: token.value, at: token.at };
    if (token.type !== 'leftDelim') this.unexpected(token, 'input');
    this.actionLine = token.line;
    const node = this.action();
    this.actionLine = 0;
    return node;
  }

  private action(): Parsed {
    const token = this.takeNonSpace();
    switch (token.type) {
      case 'block':
        return this.block(token);
      case 'break':
      case 'continue': {
        const end = this.takeNonSpace();
        if (end.type !== 'rightDelim') this.unexpected(end, `{{${token.type}}}`);
        if (this.rangeDepth === 0) this.fail(`{{${token.type}}} outside {{range}}`);
        return { type: token.type, at: token.at };
      }
      case 'else': {
        const after = this.peekNonSpace();
        if (after.type !== 'if' && after.type !== 'with') this.expect('rightDelim', 'else');
        return { type: 'else', text: '{{else}}' };
      }
      case 'end':
        this.expect('rightDelim', 'end');
        return { type: 'end', text: '{{end}}' };
      case 'if':
      case 'with':
      case 'range':
        return this.control(token.type);
      case 'template':
        return this.templateCall(token);
    }
    this.backup();
    this.peek();
    const { at } = this.peek();
    return { type: 'action', pipe: this.pipeline('command', 'rightDelim'), at };
  }

  private control(type: 'if' | 'with' | 'range'): TemplateNode {
    const depth = this.variables.length;
    const { at } = this.peekNonSpace();
    const pipe = this.pipeline(type, 'rightDelim');
    if (type === 'range') this.rangeDepth++;
    const { list, ending } = this.itemList();
    if (type === 'range') this.rangeDepth--;
    let elseList: TemplateNode[] | undefined;
    if (ending.type === 'else') {
      if ((type === 'if' || type === 'with') && this.peek().type === type) {
        this.take();
        elseList = [this.control(type)];
      } else {
        const rest = this.itemList();
        if (rest.ending.type !== 'end') this.fail(`expected end; found ${rest.ending.text}`);
        elseList = rest.list;
      }
    }
    this.variables.length = depth;
    return elseList ? { type, pipe, list, elseList, at } : { type, pipe, list, at };
  }

  private block(token: Token): TemplateNode {
    const context = 'block clause';
    const name = this.templateName(this.takeNonSpace(), context);
    const pipe = this.pipeline(context, 'rightDelim');
    const outer = { variables: this.variables, rangeDepth: this.rangeDepth };
    this.variables = ['$'];
    this.rangeDepth = 0;
    const { list, ending } = this.itemList();
    if (ending.type !== 'end') this.fail(`unexpected ${ending.text} in ${context}`);
    this.add(name, list);
    Object.assign(this, outer);
    return { type: 'template', name, pipe, at: token.at };
  }

  private templateCall(_: Token): TemplateNode {
    const context = 'template clause';
    const token = this.takeNonSpace();
    const name = this.templateName(token, context);
    if (this.takeNonSpace().type === 'rightDelim') return { type: 'template', name, at: token.at };
    this.backup();
    return { type: 'template', name, pipe: this.pipeline(context, 'rightDelim'), at: token.at };
  }

  private templateName(token: Token, context: string): string {
    if (token.type !== 'string' && token.type !== 'rawString') this.unexpected(token, context);
    return this.unquote(token);
  }

  private pipeline(context: string, end: TokenType): PipeNode {
    const pipe: PipeNode = {
      type: 'pipe',
      isAssign: false,
      declarations: [],
      commands: [],
      at: this.peekNonSpace().at,
    };
    while (this.peekNonSpace().type === 'variable') {
      const variable = this.take();
      const start = this.next - 1;
      const after = this.peekNonSpace();
      const isDeclaration = after.type === 'assign' || after.type === 'declare';
      if (!isDeclaration && !(after.type === 'char' && after.value === ',')) {
        this.next = start;
        break;
      }
      this.takeNonSpace();
      pipe.declarations.push({ type: 'variable', identifiers: [variable.value], at: variable.at });
      this.variables.push(variable.value);
      if (isDeclaration) {
        pipe.isAssign = after.type === 'assign';
        break;
      }
      if (context !== 'range' || pipe.declarations.length >= 2) this.fail(`too many declarations in ${context}`);
      const following = this.peekNonSpace().type;
      if (following !== 'variable' && following !== 'rightDelim' && following !== 'rightParen')
        this.fail('range can only initialize variables');
    }
    for (;;) {
      const token = this.takeNonSpace();
      if (token.type === end) break;
      if (!OPERANDS.has(token.type)) this.unexpected(token, context);
      this.backup();
      pipe.commands.push(this.command());
    }
    if (pipe.commands.length === 0) this.fail(`missing value for ${context}`);
    pipe.commands.slice(1).forEach((command, i) => {
      if (['bool', 'dot', 'nil', 'number', 'string'].includes((command.args[0] as ArgumentNode).type))
        this.fail(`non executable command in pipeline stage ${i + 2}`);
    });
    return pipe;
  }

  private command(): CommandNode {
    const command: CommandNode = { type: 'command', args: [], at: this.peekNonSpace().at };
    for (;;) {
      this.peekNonSpace();
      this.skipSpace();
      const operand = this.operand();
      if (operand) command.args.push(operand);
      const token = this.take();
      if (token.type === 'space') continue;
      if (token.type === 'rightDelim' || token.type === 'rightParen') this.backup();
      else if (token.type !== 'pipe') this.unexpected(token, 'operand');
      break;
    }
    if (command.args.length === 0) this.fail('empty command');
    return command;
  }

  private operand(): ArgumentNode | undefined {
    const node = this.term();
    if (!node || this.peek().type !== 'field') return node;
    const { at } = this.peek();
    const fields: string[] = [];
    while (this.peek().type === 'field') fields.push(this.take().value.slice(1));
    switch (node.type) {
      case 'field':
      case 'variable':
        return { ...node, identifiers: [...node.identifiers, ...fields], at };
      case 'bool':
      case 'string':
      case 'number':
      case 'nil':
      case 'dot':
        this.fail(`unexpected . after term ${goQuote(nodeText(node))}`);
    }
    return { type: 'chain', node, fields, at };
  }

  private term(): ArgumentNode | undefined {
    const token = this.takeNonSpace();
    const { at } = token;
    switch (token.type) {
      case 'identifier':
        if (!this.hasFunction(token.value)) this.fail(`function ${goQuote(token.value)} not defined`);
        return { type: 'identifier', name: token.value, at };
      case 'dot':
      case 'nil':
        return { type: token.type, at };
      case 'variable':
        if (!this.variables.includes(token.value)) this.fail(`undefined variable ${goQuote(token.value)}`);
        return { type: 'variable', identifiers: [token.value], at };
      case 'field':
        return { type: 'field', identifiers: [token.value.slice(1)], at };
      case 'bool':
        return { type: 'bool', value: token.value === 'true', at };
      case 'charConstant':
      case 'number':
        return this.number(token);
      case 'leftParen':
        return this.pipeline('parenthesized pipeline', 'rightParen');
      case 'string':
      case 'rawString':
        return { type: 'string', text: this.unquote(token), quoted: token.value, at };
    }
    this.backup();
    return undefined;
  }

  private number(token: Token): ArgumentNode {
    const text = token.value;
    const node = { type: 'number' as const, text, at: token.at };
    if (token.type === 'charConstant') {
      const rune = unquote(text);
      if (!rune) this.fail('invalid syntax');
      if (Array.from(rune).length !== 1) this.fail(`malformed character constant: ${text}`);
      const code = rune.codePointAt(0) as number;
      return { ...node, integer: code, float: code, isRune: true };
    }
    const integer = parseInteger(text);
    if (integer !== undefined) {
      if (integer < -(1n << 63n) || integer >= 1n << 64n) this.fail(`integer overflow: ${goQuote(text)}`);
      const value = Number.isSafeInteger(Number(integer)) ? Number(integer) : integer;
      return { ...node, integer: value, float: Number(integer), isRune: false };
    }
    const plain = text.replaceAll('_', '');
    if (
      !/^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(plain) ||
      !Number.isFinite(Number(plain)) ||
      isMisspelt(text)
    )
      this.fail(`illegal number syntax: ${goQuote(text)}`);
    const float = Number(plain);
    if (!/[.eEpP]/.test(text)) this.fail(`integer overflow: ${goQuote(text)}`);
    if (Number.isInteger(float) && Math.abs(float) < 2 ** 63) return { ...node, integer: float, float, isRune: false };
    return { ...node, float, isRune: false };
  }

  private unquote(token: Token): string {
    if (token.type === 'rawString') return token.value.slice(1, -1).replaceAll('\r', '');
    const text = unquote(token.value);
    if (text === undefined) this.fail('invalid syntax');
    return text;
  }

  private expect(type: TokenType, context: string): void {
    const token = this.takeNonSpace();
    if (token.type !== type) this.unexpected(token, context);
  }

  private take(): Token {
    const token = this.peek();
    if (this.next < this.tokens.length - 1) this.next++;
    else this.next = this.tokens.length;
    return token;
  }

  private peek(): Token {
    const token = this.tokens[Math.min(this.next, this.tokens.length - 1)] as Token;
    if (this.next > this.furthest) {
      this.furthest = this.next;
      this.line = token.line;
    }
    return token;
  }

  private skipSpace(): void {
    while (this.peek().type === 'space') this.next++;
  }

  private takeNonSpace(): Token {
    this.skipSpace();
    return this.take();
  }

  private peekNonSpace(): Token {
    this.skipSpace();
    return this.peek();
  }

  private backup(): void {
    this.next--;
  }

  private unexpected(token: Token, context: string): never {
    if (token.type !== 'error') this.fail(`unexpected ${describeToken(token)} in ${context}`);
    let extra = '';
    if (this.actionLine !== 0 && this.actionLine !== token.line) {
      extra = ` in action started at ${TEMPLATE_NAME}:${this.actionLine}`;
      if (token.value.endsWith(' action')) extra = extra.slice(' in action'.length);
    }
    this.fail(token.value + extra);
  }

  private fail(message: string): never {
    throw new Error(`template: ${TEMPLATE_NAME}:${this.line}: ${message}`);
  }
}

const OPERANDS = new Set<TokenType>([
  'bool',
  'charConstant',
  'dot',
  'field',
  'identifier',
  'number',
  'nil',
  'rawString',
  'string',
  'variable',
  'leftParen',
]);

function isEnding(node: Parsed): node is Ending {
  return node !== undefined && (node.type === 'end' || node.type === 'else');
}

/** Nothing but white space (IsEmptyTree). */
function isEmpty(list: readonly TemplateNode[]): boolean {
  return list.every((node) => node.type === 'text' && node.text.trim() === '');
}

/** Underscores stand between digits, one at a time. */
function isMisspelt(text: string): boolean {
  return (
    text.includes('_') &&
    !/^[+-]?(?:0[xXbBoO]_?)?[0-9a-fA-F]+(?:_[0-9a-fA-F]+)*(?:[.eEpP+-]+[0-9]*(?:_[0-9]+)*)*$/.test(text)
  );
}

function parseInteger(text: string): bigint | undefined {
  if (isMisspelt(text)) return undefined;
  const match = /^([+-]?)(0[xX][0-9a-fA-F_]+|0[bB][01_]+|0[oO]?[0-7_]+|0|[1-9][0-9_]*)$/.exec(text);
  if (!match) return undefined;
  const digits = (match[2] as string).replaceAll('_', '').toLowerCase();
  const exact = BigInt(/^0[0-7]/.test(digits) ? `0o${digits.slice(1)}` : digits);
  return match[1] === '-' ? -exact : exact;
}
