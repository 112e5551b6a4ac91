/** The table of command lines: commands/*.txt, one line each, in groups that begin with `# title`. */
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { splitWords } from '../commands/harness';

/**
 * A command line as it stands in the table: `label --local -f - a=b < pod.yaml`, `KUBECONFIG=a:b config view`,
 * `config use-context prod && config view`.
 */
export interface CommandLine {
  text: string;
  /** Run one after the other in one folder. */
  steps: Step[];
}

export interface Step {
  /** Without `kubectl`. */
  args: string[];
  /** The file that is standard input, or undefined for none. */
  stdin: string | undefined;
  /** What KUBECONFIG is for kubectl, KUBETICK_KUBECONFIG for kubetick; '' for nothing. */
  kubeconfigs: string;
}

/** The lines of each file of commands/, by the file's name without `.txt`. */
export function readTable(): Record<string, CommandLine[]> {
  const folder = join(__dirname, 'commands');
  const files = readdirSync(folder).filter((file) => file.endsWith('.txt'));
  return Object.fromEntries(
    files.map((file) => [basename(file, '.txt'), parseTable(readFileSync(join(folder, file), 'utf8'))]),
  );
}

function parseTable(text: string): CommandLine[] {
  return text
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => ({ text: line, steps: line.split(' && ').map(parseStep) }));
}

function parseStep(text: string): Step {
  const [, kubeconfigs = '', command = '', stdin] = /^(?:KUBECONFIG=(\S+) )?(.*?)(?: < (\S+))?$/.exec(
    text,
  ) as RegExpExecArray;
  return { args: splitWords(command), stdin, kubeconfigs };
}

/** The names of kubectl's commands, `config view`: those whose help is in the table. */
export function commandNames(table: Record<string, CommandLine[]>): Set<string> {
  const texts = (table['help'] ?? []).map(({ text }) => text);
  return new Set(texts.filter((text) => text.endsWith(' --help')).map((text) => text.slice(0, -' --help'.length)));
}

/** The words by which a line names its command: the longest that are a command's name. */
export function nameOfCommand({ steps }: CommandLine, names: ReadonlySet<string>): string[] {
  const { args = [] } = steps[0] ?? {};
  const words = args[0] === 'help' ? args.slice(1) : args;
  for (let length = words.length; length > 0; length--) {
    if (names.has(words.slice(0, length).join(' '))) return words.slice(0, length);
  }
  return [];
}
