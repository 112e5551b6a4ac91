/** A process for what simulates a large cluster: some of what V8 can be told it hears only when a process begins. */
import type { ChildProcess } from 'node:child_process';
import { sleep } from './wall-clock';

/** V8's helpers, as many as Node.js begins whatever the machine has. */
const HELPERS = 4;
/** Megabytes of one half of the space for new objects; V8's own is 16. */
const NEW_OBJECTS = 64;
/** Megabytes that the heap takes before V8 looks for the first time for what is garbage in all of it. */
const HEAP = 400;
/** Bytes of state from which on the simulation takes so long that a second process costs less than it saves. */
const LARGE = 6_000_000;
/** What says whose child a process is. */
const PARENT = 'KUBETICK_PARENT';
/** Real milliseconds after which a process notices that nobody waits for it any more. */
const LOOK_EVERY = 200;

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * The options of such a process. Room: a cluster keeps most of what it makes for seconds; each collection of a small space for new
 * objects copies that, and each look through the whole heap finds little. Helpers: more than there are other processors take theirs
 * from the main thread.
 */
export function largeProcessOptions(processors: number): string[] {
  const helpers = Math.max(1, Math.min(HELPERS, processors - 1));
  return [
    `--v8-pool-size=${helpers}`,
    `--max-semi-space-size=${NEW_OBJECTS}`,
    `--min-semi-space-size=${NEW_OBJECTS}`,
    `--initial-heap-size=${HEAP}`,
  ];
}

/** Who gives Node.js one of these has chosen himself; who debugs wants this process. */
const OPTION = /--(inspect|v8[-_]pool[-_]size|m(ax|in)[-_]semi[-_]space[-_]size|initial[-_]heap[-_]size)\b/;

/**
 * Runs this command line in such a process, if the state is large and this is none yet. Resolves to the exit status; undefined
 * where the command is to run here.
 */
export async function runInLargeProcess(script: string, stateSize: number): Promise<number | undefined> {
  const parent = process.env[PARENT];
  if (parent !== undefined) {
    delete process.env[PARENT];
    await endWith(Number(parent));
    return undefined;
  }
  const { execArgv, argv, env } = process;
  if (stateSize < LARGE || OPTION.test([...execArgv, env.NODE_OPTIONS].join(' '))) return undefined;
  const [{ spawn }, { availableParallelism, constants }] = await Promise.all([
    import('node:child_process'),
    import('node:os'),
  ]);
  let child: ChildProcess | undefined;
  // What a terminal sends, it sends to both; what is sent to this process alone is passed on.
  const passOn = (signal: NodeJS.Signals) => child?.kill(signal);
  for (const signal of SIGNALS) process.on(signal, passOn);
  const options = [...largeProcessOptions(availableParallelism()), ...execArgv];
  const ending = await new Promise<{ code: number | null; signal: NodeJS.Signals | null } | undefined>((resolve) => {
    child = spawn(process.execPath, [...options, script, ...argv.slice(2)], {
      stdio: 'inherit',
      env: { ...env, [PARENT]: String(process.pid) },
    });
    // It can't be begun: this process does the work as well, if more slowly.
    child.on('error', () => resolve(undefined));
    child.on('exit', (code, signal) => resolve({ code, signal }));
  });
  for (const signal of SIGNALS) process.off(signal, passOn);
  if (!ending) return undefined;
  const { code, signal } = ending;
  if (signal === null) return code ?? 1;
  // By the same signal, so that a shell sees what it would have seen.
  process.kill(process.pid, signal);
  await sleep(LOOK_EVERY);
  return 128 + constants.signals[signal];
}

/** This process is to end soon after its parent: who was killed can pass nothing on. A thread looks, for the main one is busy. */
async function endWith(parent: number): Promise<void> {
  const { Worker } = await import('node:worker_threads');
  new Worker(WATCH, { eval: true, execArgv: [], workerData: { parent, every: LOOK_EVERY } }).unref();
}

const WATCH = `
  const { workerData: { parent, every } } = require('node:worker_threads');
  const isThere = () => {
    if (process.platform !== 'win32') return process.ppid === parent;
    try {
      return process.kill(parent, 0);
    } catch {
      return false;
    }
  };
  setInterval(() => isThere() || process.kill(process.pid, 'SIGTERM'), every);
`;
