/** The commands whose output and time can be told from their words alone. */
import { resolverFile } from './managed-files';
import type { MountedFiles } from './mounted-files';
import { nslookup } from './nslookup';
import { formatPrintf, unescapeEcho } from './printf';
import { type Happening, type ProgramSurroundings, RunsOn, UnknownCommand, type Value } from './program';
import { runPython } from './python';
import { REQUESTS } from './requests';

export interface CommandContext {
  variables: ReadonlyMap<string, Value>;
  exported: ReadonlySet<string>;
  now: number;
  surroundings: ProgramSurroundings;
}

/** Runs a command that is no part of the shell's own syntax; its exit status. @throws UnknownCommand, RunsOn */
export function* runCommand(words: readonly Value[], context: CommandContext): Generator<Happening, number> {
  const [name = '', ...args] = words.map(({ text }) => text);
  const say = (text: string): Happening => ({ kind: 'say', text });
  const program = name.replace(/^(\/usr(\/local)?)?\/bin\//, '');
  switch (program) {
    case ':':
    case 'true':
      return 0;
    case 'false':
      return 1;
    case 'echo':
      yield say(echo(args));
      return 0;
    case 'printf':
      yield say(formatPrintf(args));
      return 0;
    case 'date':
      yield say(`${date(args, context.now)}\n`);
      return 0;
    case 'hostname':
      if (args.length > 0) throw new UnknownCommand();
      yield say(`${context.surroundings.hostname}\n`);
      return 0;
    case 'env':
      if (args.length > 0) throw new UnknownCommand();
      yield say(environmentLines(context));
      return 0;
    case 'printenv':
      return yield* printenv(args, context);
    case 'seq':
      yield say(sequence(args));
      return 0;
    case 'touch':
    case 'rm':
      refuseForeign(words);
      yield* changeFiles(args, name.endsWith('touch'));
      return 0;
    case 'sleep':
      refuseForeign(words);
      yield { kind: 'wait', milliseconds: sleepTime(args) };
      return 0;
    case 'test':
      refuseForeign(words);
      return test(args, context) ? 0 : 1;
    case '[':
    case '[[':
      refuseForeign(words);
      if (args.at(-1) !== (program === '[' ? ']' : ']]')) throw new UnknownCommand();
      // Between double brackets it is a pattern.
      if (program === '[[' && /[*?[]/.test(args[2] ?? '')) throw new UnknownCommand();
      return test(args.slice(0, -1), context) ? 0 : 1;
    case 'python':
    case 'python3':
      refuseForeign(words);
      if (args.length !== 2 || args[0] !== '-c') throw new UnknownCommand();
      return yield* runPython(args[1] as string, context.variables);
    case 'tail':
      if (args.some((arg) => /^-[^-]*[fF]|^--follow/.test(arg))) throw new RunsOn();
      throw new UnknownCommand();
    case 'cat':
      yield* contents(args, context.surroundings);
      return 0;
    case 'ls':
      yield listing(args, context.surroundings.files);
      return 0;
    case 'wget':
    case 'curl':
    case 'nc':
    case 'ping':
    case 'nslookup': {
      refuseForeign(words);
      const { network, image } = context.surroundings;
      if (!network) throw new UnknownCommand();
      if (program === 'nslookup') return yield* nslookup(args, network, image);
      return yield* REQUESTS[program](args, network);
    }
    default:
      if (!SHORT.has(program)) throw new UnknownCommand();
      yield { kind: 'say', text: '', foreign: true };
      return 0;
  }
}

/** What they say nobody knows, but they soon end. */
const SHORT = new Set('chmod chown cp df du free id ln mkdir mv ps pwd stat uname uptime which whoami'.split(' '));

function* contents(paths: readonly string[], { files, network }: ProgramSurroundings): Generator<Happening, void> {
  const texts = paths.map((path) =>
    path === RESOLVER && network ? { text: resolverFile(network), foreign: false } : files.read(path),
  );
  if (texts.length === 0 || texts.includes(undefined)) throw new UnknownCommand();
  for (const value of texts) yield { kind: 'say', ...(value as Value) };
}

const RESOLVER = '/etc/resolv.conf';

/** `ls FOLDER`; what it says of all else nobody knows, but it soon ends. */
function listing(args: readonly string[], files: MountedFiles): Happening {
  const [folder, ...more] = args.filter((arg) => arg !== '-1');
  const found = folder !== undefined && more.length === 0 ? files.list(folder) : undefined;
  return { kind: 'say', ...(found ?? { text: '', foreign: true }) };
}

/** `touch FILE…`, `rm -f FILE…`: what a probe may look for. */
function* changeFiles(args: readonly string[], exists: boolean): Generator<Happening, void> {
  for (const path of args) {
    if (path.startsWith('-')) {
      if (exists || !/^-[rf]+$/.test(path)) throw new UnknownCommand();
    } else yield { kind: 'file', path, exists };
  }
}

/** What is timed and decided does not hang on what lies elsewhere. */
export function refuseForeign(words: readonly Value[]): void {
  if (words.some(({ foreign }) => foreign)) throw new UnknownCommand();
}

function echo(args: readonly string[]): string {
  let newline = true;
  let escapes = false;
  let at = 0;
  for (; /^-[neE]+$/.test(args[at] ?? ''); at++)
    for (const letter of (args[at] as string).slice(1)) {
      if (letter === 'n') newline = false;
      else escapes = letter === 'e';
    }
  const text = args.slice(at).join(' ');
  return `${escapes ? unescapeEcho(text) : text}${newline ? '\n' : ''}`;
}

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** `date`, `date -u`, `date +%H:%M`, in UTC as containers have it. */
function date(args: readonly string[], now: number): string {
  let format = '%a %b %e %H:%M:%S UTC %Y';
  for (const arg of args) {
    if (arg.startsWith('+')) format = arg.slice(1);
    else if (arg === '-Iseconds') format = '%Y-%m-%dT%H:%M:%S+00:00';
    else if (arg !== '-u' && arg !== '--utc') throw new UnknownCommand();
  }
  const at = new Date(now);
  const two = (value: number) => String(value).padStart(2, '0');
  const parts: Record<string, () => string> = {
    a: () => DAYS[at.getUTCDay()] as string,
    b: () => MONTHS[at.getUTCMonth()] as string,
    d: () => two(at.getUTCDate()),
    e: () => String(at.getUTCDate()).padStart(2, ' '),
    F: () => at.toISOString().slice(0, 10),
    H: () => two(at.getUTCHours()),
    m: () => two(at.getUTCMonth() + 1),
    M: () => two(at.getUTCMinutes()),
    N: () =>
      String(now % 1000)
        .padStart(3, '0')
        .padEnd(9, '0'),
    s: () => String(Math.floor(now / 1000)),
    S: () => two(at.getUTCSeconds()),
    T: () => at.toISOString().slice(11, 19),
    y: () => two(at.getUTCFullYear() % 100),
    Y: () => String(at.getUTCFullYear()),
    Z: () => 'UTC',
    z: () => '+0000',
    '%': () => '%',
  };
  return format.replace(/%(.)/g, (_, letter: string) => {
    const part = parts[letter];
    if (!part) throw new UnknownCommand();
    return part();
  });
}

/** What was declared, in its order; what an image brings along nobody knows. */
function environmentLines({ variables, exported }: CommandContext): string {
  let text = '';
  for (const [name, { text: value }] of variables) if (exported.has(name)) text += `${name}=${value}\n`;
  return text;
}

function* printenv(args: readonly string[], context: CommandContext): Generator<Happening, number> {
  if (args.length === 0) yield { kind: 'say', text: environmentLines(context) };
  let missing = 0;
  for (const name of args) {
    const value = context.exported.has(name) ? context.variables.get(name) : undefined;
    if (value) yield { kind: 'say', text: `${value.text}\n` };
    else missing = 1;
  }
  return missing;
}

const MOST_NUMBERS = 10_000;

function sequence(args: readonly string[]): string {
  if (args.length === 0 || args.length > 3 || !args.every((arg) => /^-?\d{1,9}$/.test(arg))) throw new UnknownCommand();
  const numbers = args.map(Number);
  const first = numbers.length > 1 ? (numbers[0] as number) : 1;
  const step = numbers.length > 2 ? (numbers[1] as number) : 1;
  const last = numbers.at(-1) as number;
  if (step === 0 || (last - first) / step > MOST_NUMBERS) throw new UnknownCommand();
  let text = '';
  for (let i = first; step > 0 ? i <= last : i >= last; i += step) text += `${i}\n`;
  return text;
}

const SLEEP_UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86400 };

function sleepTime(args: readonly string[]): number {
  if (args.includes('infinity') || args.includes('inf')) throw new RunsOn();
  let sum = 0;
  for (const arg of args) {
    const parts = /^(\d+(?:\.\d+)?)([smhd]?)$/.exec(arg);
    if (!parts) throw new UnknownCommand();
    sum += Number(parts[1]) * (SLEEP_UNITS[parts[2] || 's'] as number);
  }
  if (args.length === 0) throw new UnknownCommand();
  return sum * 1000;
}

/** `-n`, `-z`, `=`, `!=`, the comparisons of numbers, and files that are known. */
function test(args: readonly string[], context: CommandContext): boolean {
  if (args[0] === '!' && args.length > 1) return !test(args.slice(1), context);
  const [a = '', b = '', c = ''] = args;
  if (args.length === 0) return false;
  if (args.length === 1) return a !== '';
  if (args.length === 2 && a === '-n') return b !== '';
  if (args.length === 2 && a === '-z') return b === '';
  if (args.length === 2 && /^-[efrsd]$/.test(a)) return isThere(a, b, context.surroundings.files);
  if (args.length !== 3) throw new UnknownCommand();
  if (b === '=' || b === '==') return a === c;
  if (b === '!=') return a !== c;
  if (!/^\s*-?\d+\s*$/.test(a) || !/^\s*-?\d+\s*$/.test(c)) throw new UnknownCommand();
  const [left, right] = [Number(a), Number(c)];
  switch (b) {
    case '-eq':
      return left === right;
    case '-ne':
      return left !== right;
    case '-lt':
      return left < right;
    case '-le':
      return left <= right;
    case '-gt':
      return left > right;
    case '-ge':
      return left >= right;
    default:
      throw new UnknownCommand();
  }
}

function isThere(flag: string, path: string, files: MountedFiles): boolean {
  const folder = files.list(path);
  const file = files.read(path);
  if (flag === '-d' ? folder : file) return true;
  if (flag !== '-d' && folder) return flag !== '-f';
  if (files.isKnown(path)) return false;
  throw new UnknownCommand();
}
