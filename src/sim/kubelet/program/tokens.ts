/** A shell script as words and operators (POSIX.1 Shell Command Language, 2.2 and 2.3). */
import { parseScript } from './parse';
import { UnreadableScript, type Word, type WordPart } from './syntax';

export type Token =
  | {
      kind: 'word';
      word: Word /** The letters where nothing is quoted or expanded: what keywords are told by. */;
      plain: string | undefined;
    }
  | { kind: 'operator'; operator: string /** The digit before a redirection. */; descriptor?: number }
  | { kind: 'end' };

const OPERATORS = [
  '&&',
  '||',
  ';;',
  '&>>',
  '&>',
  '<<',
  '>&',
  '<&',
  '>>',
  '>|',
  '>',
  '<',
  '&',
  '|',
  ';',
  '(',
  ')',
  '\n',
];

/** @throws UnreadableScript for quotes and brackets without an end */
export function readTokens(text: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < text.length) {
    const letter = text[at] as string;
    if (letter === ' ' || letter === '\t' || letter === '\r') at++;
    else if (text.startsWith('\\\n', at)) at += 2;
    else if (letter === '#') at = endOfLine(text, at);
    else {
      const redirection = /^\d(?=[<>])/.exec(text.slice(at, at + 2));
      if (redirection) at++;
      const operator = OPERATORS.find((one) => text.startsWith(one, at));
      if (operator) {
        at += operator.length;
        tokens.push({ kind: 'operator', operator, ...(redirection ? { descriptor: Number(redirection[0]) } : {}) });
        continue;
      }
      const { word, end } = readWord(text, at, /[\s;&|<>()]/);
      const [only] = word;
      const plain = word.length === 1 && only?.kind === 'text' && !only.quoted ? only.text : undefined;
      tokens.push({ kind: 'word', word, plain });
      at = end;
    }
  }
  tokens.push({ kind: 'end' });
  return tokens;
}

function endOfLine(text: string, at: number): number {
  const end = text.indexOf('\n', at);
  return end < 0 ? text.length : end;
}

/** One word from `at` to what ends it, outside of quotes; an empty pattern: to the end of the text. */
function readWord(text: string, at: number, ends: RegExp | undefined): { word: Word; end: number } {
  const parts: WordPart[] = [];
  const say = (letters: string, quoted: boolean) => {
    const last = parts.at(-1);
    if (last?.kind === 'text' && last.quoted === quoted) last.text += letters;
    else parts.push({ kind: 'text', text: letters, quoted });
  };
  let quoted = false;
  let i = at;
  for (; i < text.length; i++) {
    const letter = text[i] as string;
    if (!quoted && ends?.test(letter)) break;
    if (letter === "'" && !quoted) {
      const close = text.indexOf("'", i + 1);
      if (close < 0) throw new UnreadableScript('unterminated quoted string');
      say(text.slice(i + 1, close), true);
      i = close;
    } else if (letter === '"') {
      if (!quoted) say('', true);
      quoted = !quoted;
    } else if (letter === '\\') {
      i++;
      const next = text[i] ?? '';
      if (next === '\n') continue;
      if (quoted && !'$`"\\'.includes(next)) say('\\', true);
      say(next, true);
    } else if (letter === '`') {
      const close = text.indexOf('`', i + 1);
      if (close < 0) throw new UnreadableScript('unterminated command substitution');
      parts.push({ kind: 'output', script: parseScript(text.slice(i + 1, close)), quoted });
      i = close;
    } else if (letter === '$') {
      const expansion = readExpansion(text, i, quoted);
      if (expansion) {
        parts.push(expansion.part);
        i = expansion.end - 1;
      } else say('$', quoted);
    } else say(letter, quoted);
  }
  if (quoted) throw new UnreadableScript('unterminated quoted string');
  return { word: parts, end: i };
}

function readExpansion(text: string, at: number, quoted: boolean): { part: WordPart; end: number } | undefined {
  if (text.startsWith('$((', at)) {
    const end = closing(text, at + 1, '(', ')');
    return { part: { kind: 'arithmetic', expression: text.slice(at + 3, end - 2), quoted }, end };
  }
  if (text.startsWith('$(', at)) {
    const end = closing(text, at + 1, '(', ')');
    return { part: { kind: 'output', script: parseScript(text.slice(at + 2, end - 1)), quoted }, end };
  }
  if (text.startsWith('${', at)) {
    const end = closing(text, at + 1, '{', '}');
    const inside = /^(\w+|[?#@*])(?:(:?[-+=])([\s\S]*))?$/.exec(text.slice(at + 2, end - 1));
    if (!inside) throw new UnreadableScript('bad substitution');
    const [, name = '', operator = '', fallback = ''] = inside;
    return { part: { kind: 'variable', name, operator, fallback: readWord(fallback, 0, undefined).word, quoted }, end };
  }
  const name = /^(?:[A-Za-z_]\w*|[\d?#@*])/.exec(text.slice(at + 1))?.[0];
  if (name === undefined) return undefined;
  return { part: { kind: 'variable', name, operator: '', fallback: [], quoted }, end: at + 1 + name.length };
}

/** Behind the bracket that closes the one at `at`; those in quotes don't count. */
function closing(text: string, at: number, open: string, close: string): number {
  let depth = 0;
  for (let i = at; i < text.length; i++) {
    const letter = text[i];
    if (letter === '\\') i++;
    else if (letter === "'" || letter === '"') {
      let end = i + 1;
      while (end < text.length && text[end] !== letter) end += letter === '"' && text[end] === '\\' ? 2 : 1;
      i = end;
    } else if (letter === open) depth++;
    else if (letter === close && --depth === 0) return i + 1;
  }
  throw new UnreadableScript(`missing ${close}`);
}
