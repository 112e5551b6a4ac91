// Lines that somebody types into a shell. The program is run in this process where a line asks nothing of a shell but to start it, and
// perhaps to send on what it prints: the start of a process for each would take most of the time.
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';

const { main } = createRequire(import.meta.url)('../dist/kubetick.cjs');

const WORD = String.raw`(?:[\w\-./:=,@%+]|'[^']*'|"[^"\\$\`]*")+`;
const LINE = new RegExp(String.raw`^((?:kubectl|kubetick)(?: +${WORD})*)( 2>&1| 2>/dev/null)?(?: \| (.+))?$`, 's');

/**
 * Runs a line here, and resolves to its exit status; to undefined where it takes a shell. `say` hears what is printed, and on which
 * stream: `out`, `err`.
 */
export async function typeHere(line, cwd, env, say) {
  const [, command, redirection, rest] = LINE.exec(line) ?? [];
  if (command === undefined) return undefined;
  const [program, ...argv] = [...command.matchAll(new RegExp(WORD, 'g'))].map(([each]) =>
    each.replace(/'([^']*)'|"([^"]*)"/g, (_, single, double) => single ?? double),
  );
  let piped = '';
  const out = (text) => {
    if (rest === undefined) say(text, 'out');
    else piped += text;
  };
  const err = (text) => {
    if (redirection === undefined) say(text, 'err');
    else if (redirection === ' 2>&1') out(text);
  };
  const streams = { out, err, stdin: async () => '', colour: false, isTerminal: false };
  const status = await main(argv, { program, cwd, environment: env, streams });
  return rest === undefined ? status : inShell(rest, piped, cwd, env, say);
}

/** By bash. */
export function inShell(command, input, cwd, env, say) {
  const options = { cwd, env, input, encoding: 'utf8', timeout: 120_000, maxBuffer: 1 << 28 };
  const { stdout, stderr, status, signal } = spawnSync('bash', ['-c', command], options);
  say(stdout ?? '', 'out');
  say(stderr ?? '', 'err');
  return status ?? `signal ${signal}`;
}
