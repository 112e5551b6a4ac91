/** Runs command lines through main() in this process, as a user would type them, and gives back what they printed. */
import { readFileSync } from 'node:fs';
import type { Connect } from '../../src/commands/connection';
import { main } from '../../src/commands/main';

export interface Ran {
  out: string;
  err: string;
  code: number;
}

export interface RunOptions {
  /** `kubectl` unless told. */
  program?: string;
  stdin?: string;
  cwd?: string;
  environment?: Record<string, string>;
  /** Columns of a terminal that standard output is; none: it is a pipe. */
  columns?: number;
  connect?: Connect;
}

/** Runs `kubectl <line>`; the line is split as a shell would, with quotes, or given as a list. */
export async function run(line: string | readonly string[], options: RunOptions = {}): Promise<Ran> {
  const ran: Ran = { out: '', err: '', code: 0 };
  ran.code = await main(typeof line === 'string' ? splitWords(line) : [...line], {
    program: options.program ?? 'kubectl',
    cwd: options.cwd ?? process.cwd(),
    environment: options.environment ?? {},
    streams: {
      out: (text) => {
        ran.out += text;
      },
      err: (text) => {
        ran.err += text;
      },
      stdin: async () => options.stdin ?? '',
      columns: options.columns,
      colour: false,
      isTerminal: options.columns !== undefined,
    },
    ...(options.connect ? { connect: options.connect } : {}),
  });
  return ran;
}

/** Words of a command line: blanks part them, '…' and "…" hold them together, \ takes the next letter as it is. */
export function splitWords(line: string): string[] {
  const words: string[] = [];
  const pattern = /(?:[^\s'"\\]|\\.|'[^']*'|"(?:[^"\\]|\\.)*")+/g;
  for (const [word] of line.matchAll(pattern)) {
    words.push(
      word.replace(/'([^']*)'|"((?:[^"\\]|\\.)*)"|\\(.)/g, (_, single, double, escaped) =>
        single !== undefined ? single : double !== undefined ? double.replace(/\\(["\\$`])/g, '$1') : escaped,
      ),
    );
  }
  return words;
}

/** The text of a file beside the tests. */
export function testdata(name: string): string {
  return readFileSync(`${__dirname}/testdata/${name}`, 'utf8');
}
