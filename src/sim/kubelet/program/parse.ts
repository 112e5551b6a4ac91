/** From the text of a shell script to its commands. */
import type { Command, Redirection, Script, Word } from './syntax';
import { UnreadableScript } from './syntax';
import { readTokens, type Token } from './tokens';

/** @throws UnreadableScript */
export function parseScript(text: string): Script {
  const parser = new Parser(readTokens(text));
  const script = parser.script([]);
  parser.expectEnd();
  return script;
}

class Parser {
  private at = 0;

  constructor(private readonly tokens: readonly Token[]) {}

  /** Commands up to one of these keywords, a closing bracket or the end. */
  script(until: readonly string[]): Script {
    const commands: Script[number][] = [];
    let joint: Script[number]['joint'] = ';';
    for (;;) {
      this.skip(';', '\n');
      if (this.ends(until)) return commands;
      const command = this.pipeline();
      // What runs in the background can't be told apart from what goes on without it.
      const background = this.take('&');
      commands.push({ joint, command: background ? { kind: 'unknown' } : command });
      if (this.take('&&')) joint = '&&';
      else if (this.take('||')) joint = '||';
      else if (background || this.take(';') || this.take('\n') || this.ends(until)) joint = ';';
      else throw new UnreadableScript('unexpected word');
      if (joint !== ';') this.skip('\n');
    }
  }

  expectEnd(): void {
    if (this.peek().kind !== 'end') throw new UnreadableScript('unexpected operator');
  }

  private pipeline(): Command {
    const not = this.keyword('!');
    let command = this.command();
    while (this.take('|')) {
      this.skip('\n');
      this.command();
      command = { kind: 'unknown' };
    }
    return not ? { kind: 'not', command } : command;
  }

  private command(): Command {
    if (this.take('(')) {
      const body = this.script([]);
      if (!this.take(')')) throw new UnreadableScript('missing )');
      return this.redirected({ kind: 'group', body, own: true });
    }
    if (this.keyword('{')) return this.redirected({ kind: 'group', body: this.through('}'), own: false });
    if (this.keyword('if')) return this.redirected(this.conditional());
    if (this.keyword('while')) return this.redirected(this.loop(false));
    if (this.keyword('until')) return this.redirected(this.loop(true));
    if (this.keyword('for')) return this.redirected(this.each());
    return this.simple();
  }

  private conditional(): Command {
    const branches: { condition: Script; body: Script }[] = [];
    do branches.push({ condition: this.through('then'), body: this.script(['elif', 'else', 'fi']) });
    while (this.keyword('elif'));
    const otherwise = this.keyword('else') ? this.script(['fi']) : undefined;
    this.expect('fi');
    return { kind: 'if', branches, otherwise };
  }

  private loop(until: boolean): Command {
    return { kind: 'loop', until, condition: this.through('do'), body: this.through('done') };
  }

  private each(): Command {
    const name = this.word();
    if (!name?.plain) throw new UnreadableScript('bad for loop variable');
    const words: Word[] = [];
    this.skip('\n');
    this.expect('in');
    for (let word = this.word(); word; word = this.word()) words.push(word.word);
    this.skip(';', '\n');
    this.expect('do');
    return { kind: 'for', name: name.plain, words, body: this.through('done') };
  }

  private simple(): Command {
    const assignments: { name: string; value: Word }[] = [];
    const words: Word[] = [];
    const redirections: Redirection[] = [];
    for (;;) {
      const token = this.peek();
      if (token.kind === 'word') {
        this.at++;
        const assignment = words.length === 0 ? assignmentIn(token.word) : undefined;
        if (assignment) assignments.push(assignment);
        else words.push(token.word);
      } else if (token.kind === 'operator' && /[<>]/.test(token.operator)) redirections.push(this.redirection());
      else break;
    }
    if (assignments.length + words.length + redirections.length === 0)
      throw new UnreadableScript('a command is missing');
    if (redirections.some(({ target }) => target === 'input')) return { kind: 'unknown' };
    return { kind: 'simple', assignments, words, redirections };
  }

  /** Of a whole `if`, loop or group: nobody does that where it matters, so it is beyond this. */
  private redirected(command: Command): Command {
    const token = this.peek();
    if (token.kind !== 'operator' || !/[<>]/.test(token.operator)) return command;
    this.redirection();
    return { kind: 'unknown' };
  }

  private redirection(): Redirection {
    const token = this.tokens[this.at++] as Token & { kind: 'operator' };
    const target = this.word();
    if (!target) throw new UnreadableScript('a redirection without a target');
    const { operator, descriptor = 1 } = token;
    if (operator === '<<') throw new UnreadableScript('here-documents are beyond this');
    if (operator.startsWith('<')) return { descriptor: 0, target: 'input' };
    if (operator === '>&' && /^\d$/.test(target.plain ?? '')) return { descriptor, target: 'log' };
    const toLog = ['/dev/stdout', '/dev/stderr', '/proc/1/fd/1', '/proc/1/fd/2'].includes(target.plain ?? '');
    return {
      descriptor: operator.startsWith('&') ? 1 : descriptor,
      ...(toLog ? { target: 'log' } : { target: 'file', path: target.word, append: operator.endsWith('>>') }),
    };
  }

  private through(keyword: string): Script {
    const script = this.script([keyword]);
    this.expect(keyword);
    return script;
  }

  private peek(): Token {
    return this.tokens[this.at] as Token;
  }

  private ends(until: readonly string[]): boolean {
    const token = this.peek();
    if (token.kind === 'end') return true;
    if (token.kind === 'operator') return token.operator === ')';
    return token.plain !== undefined && until.includes(token.plain);
  }

  private take(operator: string): boolean {
    const token = this.peek();
    if (token.kind !== 'operator' || token.operator !== operator) return false;
    this.at++;
    return true;
  }

  private skip(...operators: string[]): void {
    while (operators.some((operator) => this.take(operator)));
  }

  private word(): (Token & { kind: 'word' }) | undefined {
    const token = this.peek();
    if (token.kind !== 'word') return undefined;
    this.at++;
    return token;
  }

  private keyword(keyword: string): boolean {
    const token = this.peek();
    if (token.kind !== 'word' || token.plain !== keyword) return false;
    this.at++;
    return true;
  }

  private expect(keyword: string): void {
    if (!this.keyword(keyword)) throw new UnreadableScript(`${keyword} is missing`);
  }
}

/** `NAME=…` */
function assignmentIn(word: Word): { name: string; value: Word } | undefined {
  const [first, ...rest] = word;
  if (first?.kind !== 'text' || first.quoted) return undefined;
  const match = /^([A-Za-z_]\w*)=([\s\S]*)$/.exec(first.text);
  if (!match) return undefined;
  const [, name = '', start = ''] = match;
  return { name, value: start === '' ? rest : [{ ...first, text: start }, ...rest] };
}
