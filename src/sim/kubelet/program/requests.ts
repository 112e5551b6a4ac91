/**
 * Commands that ask for something over the network: `wget` and `ping` as busybox has them, `curl`, `nc -z`. Whoever is there answers well; what is
 * answered nobody knows, so none of it is said.
 */
import { joinHostPort } from '../../network/addresses';
import { type Connection, type Happening, type PodNetwork, RunsOn, UnknownCommand } from './program';

type Steps = Generator<Happening, number>;

export const REQUESTS = { wget, curl, nc, ping };

/** Options: whether each takes a value. */
type Options = Readonly<Record<string, boolean>>;

const WGET: Options = {
  ...flags('q', 'c', 'S', '-quiet', '-spider', '-no-check-certificate', '-no-verbose', '-server-response'),
  ...flags('-continue', '-no-proxy'),
  ...valued(
    'O',
    'T',
    'P',
    'U',
    'o',
    't',
    '-output-document',
    '-timeout',
    '-tries',
    '-header',
    '-post-data',
    '-user-agent',
  ),
};

function* wget(args: readonly string[], network: PodNetwork): Steps {
  const { options, words } = readOptions(args, WGET);
  const url = urlOf(words);
  const quiet = options.has('q') || options.has('-quiet');
  const connection = known(network.connect(url.host, url.port));
  if (!('address' in connection)) {
    yield* waitForNames(connection);
    return yield* fails(1, `wget: bad address '${url.typed}'`);
  }
  const to = joinHostPort(connection.address, url.port);
  if (!quiet) yield say(`Connecting to ${url.typed} (${to})`);
  if (connection.outcome === 'refused')
    return yield* fails(1, `wget: can't connect to remote host (${connection.address}): Connection refused`);
  if (connection.outcome === 'silence') {
    yield* waitAtMost(options.get('T') ?? options.get('-timeout'));
    return yield* fails(1, 'wget: download timed out');
  }
  if (options.has('-spider')) {
    if (!quiet) yield say('remote file exists');
    return 0;
  }
  const file = options.get('O') ?? options.get('-output-document') ?? (url.path.split('/').at(-1) || 'index.html');
  if (file !== '-' && !quiet) {
    yield say(`saving to '${file}'`);
    yield say(`'${file}' saved`);
  }
  return 0;
}

const CURL: Options = {
  ...flags('s', 'S', 'f', 'L', 'k', 'i', 'I', 'v', 'O', 'g', '4', '-silent', '-show-error', '-fail', '-location'),
  ...flags('-insecure', '-include', '-head', '-verbose', '-remote-name', '-fail-with-body', '-compressed'),
  ...valued('o', 'm', 'X', 'H', 'd', 'A', 'u', '-output', '-max-time', '-connect-timeout', '-request', '-header'),
  ...valued('-data', '-user-agent', '-user', '-retry', '-retry-delay', '-retry-max-time', '-cacert', '-cert', '-key'),
};

function* curl(args: readonly string[], network: PodNetwork): Steps {
  const { options, words } = readOptions(args, CURL);
  const url = urlOf(words);
  const has = (letter: string, word: string) => options.has(letter) || options.has(word);
  const quiet = has('s', '-silent') && !has('S', '-show-error');
  const connection = known(network.connect(url.host, url.port));
  const complain = (code: number, text: string) => (quiet ? ends(code) : fails(code, `curl: (${code}) ${text}`));
  switch (connection.outcome) {
    case 'answered':
      return 0;
    case 'no name server': {
      const limit = connectLimit(options);
      if (limit !== undefined && Number(limit) * 1000 < PATIENCE_FOR_NAMES)
        return yield* complain(28, `Resolving timed out after ${yield* waitAtMost(limit)} milliseconds`);
      yield* waitForNames(connection);
      return yield* complain(6, `Could not resolve host: ${url.host}`);
    }
    case 'no such name':
      return yield* complain(6, `Could not resolve host: ${url.host}`);
    case 'refused':
      return yield* complain(
        7,
        `Failed to connect to ${url.host} port ${url.port} after 0 ms: Could not connect to server`,
      );
    case 'silence': {
      const waited = yield* waitAtMost(connectLimit(options));
      return yield* complain(28, `Connection timed out after ${waited} milliseconds`);
    }
  }
}

function connectLimit(options: ReadonlyMap<string, string>): string | undefined {
  return options.get('-connect-timeout') ?? options.get('m') ?? options.get('-max-time');
}

/** Only whether somebody is there; all else that nc does goes on. */
function* nc(args: readonly string[], network: PodNetwork): Steps {
  const { options, words } = readOptions(args, { ...flags('z', 'v', 'n'), ...valued('w') });
  const [host, port] = words;
  if (!options.has('z') || words.length !== 2 || !host || !/^\d+$/.test(port ?? '')) throw new UnknownCommand();
  const connection = known(network.connect(host, Number(port)));
  const verbose = options.has('v');
  if (connection.outcome === 'answered') {
    if (verbose) yield say(`${host} (${connection.address}:${port}) open`);
    return 0;
  }
  if (!('address' in connection)) {
    yield* waitForNames(connection);
    return yield* fails(1, `nc: bad address '${host}'`);
  }
  if (connection.outcome === 'silence') yield* waitAtMost(options.get('w'));
  if (!verbose) return 1;
  const why = connection.outcome === 'silence' ? 'Connection timed out' : 'Connection refused';
  return yield* fails(1, `nc: ${host} (${connection.address}:${port}): ${why}`);
}

/** A port that nobody listens on: who refuses is there. */
const ECHO = 7;
const PATIENCE_FOR_ECHOES = 10;

/** `ping -c 1 HOST`; without a count it goes on. */
function* ping(args: readonly string[], network: PodNetwork): Steps {
  const { options, words } = readOptions(args, { ...flags('q', '4', 'A'), ...valued('c', 'W', 'w', 'i', 's') });
  const [host] = words;
  const count = options.get('c');
  if (host === undefined || words.length > 1 || !/^\d*$/.test(count ?? '')) throw new UnknownCommand();
  const connection = known(network.connect(host, ECHO));
  if (!('address' in connection)) {
    yield* waitForNames(connection);
    return yield* fails(1, `ping: bad address '${host}'`);
  }
  yield say(`PING ${host} (${connection.address}): 56 data bytes`);
  if (count === undefined) throw new RunsOn();
  yield { kind: 'wait', milliseconds: Math.max(0, Number(count) - 1) * 1000 };
  if (connection.outcome !== 'silence') return 0;
  yield* waitAtMost(options.get('W') ?? String(PATIENCE_FOR_ECHOES));
  yield say(`\n--- ${host} ping statistics ---`);
  return yield* fails(1, `${count} packets transmitted, 0 packets received, 100% packet loss`);
}

function say(line: string): Happening {
  return { kind: 'say', text: `${line}\n` };
}

function* fails(code: number, complaint: string): Steps {
  yield say(complaint);
  return code;
}

// biome-ignore lint/correctness/useYield: it says nothing
function* ends(code: number): Steps {
  return code;
}

/** Nobody answers: gives up after so many seconds; who gives none waits for ever, as far as anybody cares. */
function* waitAtMost(seconds: string | undefined): Generator<Happening, number> {
  if (seconds === undefined) throw new RunsOn();
  const milliseconds = Number(seconds) * 1000;
  if (!(milliseconds > 0)) throw new UnknownCommand();
  yield { kind: 'wait', milliseconds };
  return milliseconds;
}

/** Of a resolver that nobody answers: twice five seconds (resolv.conf(5): timeout, attempts), and then it gives up. */
const PATIENCE_FOR_NAMES = 10_000;

function* waitForNames({ outcome }: Known): Generator<Happening, void> {
  if (outcome === 'no name server') yield { kind: 'wait', milliseconds: PATIENCE_FOR_NAMES };
}

type Known =
  | { outcome: 'answered' | 'refused' | 'silence'; address: string }
  | { outcome: 'no such name' | 'no name server' };

function known(connection: Connection): Known {
  if (connection.outcome === 'unknown') throw new UnknownCommand();
  return connection as Known;
}

function flags(...names: string[]): Options {
  return Object.fromEntries(names.map((name) => [name, false]));
}

function valued(...names: string[]): Options {
  return Object.fromEntries(names.map((name) => [name, true]));
}

/** `-qO-`, `-T 5`, `--timeout=5`. @throws UnknownCommand for what is beyond this */
function readOptions(args: readonly string[], known: Options): { options: Map<string, string>; words: string[] } {
  const options = new Map<string, string>();
  const words: string[] = [];
  const left = [...args];
  const take = (name: string, given: string | undefined) => {
    if (!Object.hasOwn(known, name)) throw new UnknownCommand();
    const value = known[name] ? (given ?? left.shift()) : '';
    if (value === undefined || (!known[name] && given !== undefined)) throw new UnknownCommand();
    options.set(name, value);
  };
  for (let arg = left.shift(); arg !== undefined; arg = left.shift()) {
    if (arg === '--') words.push(...left.splice(0));
    else if (arg.startsWith('--')) {
      const [, name = '', value] = /^-(-[^=]+)(?:=([\s\S]*))?$/.exec(arg) ?? [];
      take(name, value);
    } else if (arg.startsWith('-') && arg.length > 1)
      for (let at = 1; at < arg.length; at++) {
        const name = arg[at] as string;
        const rest = known[name] && at + 1 < arg.length ? arg.slice(at + 1) : undefined;
        take(name, rest);
        if (rest !== undefined) break;
      }
    else words.push(arg);
  }
  return { options, words };
}

interface Url {
  /** Host and port as they were typed. */
  typed: string;
  host: string;
  port: number;
  path: string;
}

/** The one URL of a command. @throws UnknownCommand */
function urlOf(words: readonly string[]): Url {
  const [, scheme = 'http', typed = '', host = '', port, path = ''] =
    /^(?:(https?):\/\/)?(?:[^@/]*@)?(([\w.-]+)(?::(\d+))?)(\/[^?#]*)?(?:[?#].*)?$/i.exec(words[0] ?? '') ?? [];
  if (words.length !== 1 || host === '') throw new UnknownCommand();
  return { typed, host, port: Number(port ?? (scheme.toLowerCase() === 'https' ? 443 : 80)), path };
}
