// Lines that somebody types into a shell, run in this process where they ask nothing of a shell but to start the program: the start
// of a process for each would take most of the time.
import { createRequire } from 'node:module';

const { main } = createRequire(import.meta.url)('../dist/kubetick.cjs');

/** The words of a line that calls the program and asks nothing else of a shell; otherwise undefined. */
export function plainWords(line) {
  const word = String.raw`(?:[\w\-./:=,@%+]|'[^']*'|"[^"\\$\`]*")+`;
  if (!new RegExp(`^(?:kubectl|kubetick)(?: +${word})*$`).test(line)) return undefined;
  return [...line.matchAll(new RegExp(word, 'g'))].map(([each]) =>
    each.replace(/'([^']*)'|"([^"]*)"/g, (_, single, double) => single ?? double),
  );
}

/** Resolves to its exit status. `say` hears what it prints, and on which stream: `out`, `err`. */
export function runHere([program, ...argv], cwd, environment, say) {
  const streams = {
    out: (text) => say(text, 'out'),
    err: (text) => say(text, 'err'),
    stdin: async () => '',
    colour: false,
    isTerminal: false,
  };
  return main(argv, { program, cwd, environment, streams });
}
