/** What compare is to do: which verbs, and which steps each of them goes through. */
import { CommandError, type Invocation, UsageError } from '../command';

export interface Step {
  kind: 'file' | 'then';
  /** As it was typed. */
  text: string;
}

/** A verb as it is named above its column, and the words that it stands for. */
export interface ComparedVerb {
  name: string;
  words: readonly string[];
}

const VERBS = ['create', 'apply', 'server-side-apply', 'replace', 'patch'];

export function readVerbs({ args }: Invocation): ComparedVerb[] {
  if (args.length === 0) throw new UsageError(`at least one verb is needed, of: ${VERBS.join(', ')}`);
  const verbs = args.map((name) => ({ name, words: wordsOf(name) }));
  for (const { name, words } of verbs) {
    if (!VERBS.includes(words[0] ?? '')) {
      throw new CommandError(`compare knows no verb ${JSON.stringify(name)}, only: ${VERBS.join(', ')}`);
    }
  }
  return verbs;
}

export function readSteps({ flags }: Invocation): Step[] {
  const steps: Step[] = [];
  for (const { name, value } of flags.given()) {
    if (name === 'filename') steps.push({ kind: 'file', text: value });
    if (name === 'then') {
      if (commandWords(value).length === 0) throw new CommandError('--then needs a command');
      steps.push({ kind: 'then', text: value });
    }
  }
  if (!steps.some(({ kind }) => kind === 'file')) throw new CommandError('must specify one of -f and --filename');
  return steps;
}

/** The command line of a step for one verb. */
export function commandOf({ kind, text }: Step, { words }: ComparedVerb): string[] {
  if (kind === 'then') return commandWords(text);
  const [verb, ...flags] = words as [string, ...string[]];
  const file = ['-f', text];
  if (verb === 'server-side-apply') return ['apply', '--server-side', ...flags, ...file];
  if (verb === 'patch') return ['patch', ...flags, ...file, '--patch-file', text];
  return [verb, ...flags, ...file];
}

/** The words of a command; the name of the program may stand before it. */
export function commandWords(text: string): string[] {
  const words = wordsOf(text);
  return words[0] === 'kubectl' || words[0] === 'kubetick' ? words.slice(1) : words;
}

/** Words as a shell parts them: at blanks, but not inside quotes. */
export function wordsOf(text: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  let quote = '';
  for (let i = 0; i < text.length; i++) {
    const char = text[i] as string;
    if (quote === "'" ? char === "'" : quote !== '' && char === quote) quote = '';
    else if (quote === '' && (char === "'" || char === '"')) {
      quote = char;
      word ??= '';
    } else if (char === '\\' && quote !== "'" && i + 1 < text.length) {
      const next = text[++i] as string;
      word = `${word ?? ''}${quote === '' || /["\\$`]/.test(next) ? '' : '\\'}${next}`;
    } else if (quote === '' && /\s/.test(char)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else word = (word ?? '') + char;
  }
  if (quote !== '') throw new CommandError(`a quote is not closed in: ${text}`);
  if (word !== undefined) words.push(word);
  return words;
}
