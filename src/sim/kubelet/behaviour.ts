/** What a simulated container does once it is started: servers run on, commands that say when they end do so. */
import type { Container } from './container';

export interface Behaviour {
  /** Milliseconds until it ends by itself; undefined for one that runs on. */
  runFor?: number;
  exitCode: number;
}

/** How long work takes that says nothing of itself: an init container, `echo`, `true`. */
const SHORT_WORK = 1000;

const RUNS_ON: Behaviour = { exitCode: 0 };

/** `init`: an init container that is no sidecar; it is there to end. */
export function behaviourOf(container: Container, init: boolean): Behaviour {
  return commandBehaviour(container) ?? (init ? { runFor: SHORT_WORK, exitCode: 0 } : RUNS_ON);
}

/** What `sleep N`, `true`, `false`, `echo …` and `exit N` do, alone or as the script of a shell. */
function commandBehaviour({ command = [], args = [] }: Container): Behaviour | undefined {
  const words = [...command, ...args];
  const [program, flag, script] = words;
  if (program === undefined) return undefined;
  if (/^(\/bin\/)?(ba|da|a)?sh$/.test(program) && flag !== undefined && /^-[eux]*c$/.test(flag))
    return script === undefined ? undefined : scriptBehaviour(script);
  return simpleCommand(words);
}

/** A script of simple commands joined by `;`, `&&` or line ends; undefined where a part of it is beyond this. */
function scriptBehaviour(script: string): Behaviour | undefined {
  const parts = script
    .split(/&&|;|\n/)
    .map((part) => part.trim())
    .filter((part) => part !== '');
  let runFor = 0;
  let last: Behaviour = { runFor: 0, exitCode: 0 };
  for (const part of parts) {
    const step = simpleCommand(part.split(/\s+/));
    if (!step) return undefined;
    if (step.runFor === undefined) return step;
    runFor += step.runFor;
    last = step;
    if (/^exit\b/.test(part)) break;
  }
  return { runFor: Math.max(runFor, SHORT_WORK), exitCode: last.exitCode };
}

function simpleCommand(words: readonly string[]): Behaviour | undefined {
  const program = (words[0] ?? '').replace(/^(\/usr)?\/bin\//, '');
  switch (program) {
    case 'true':
    case ':':
    case 'echo':
    case 'date':
      return { runFor: SHORT_WORK, exitCode: 0 };
    case 'false':
      return { runFor: SHORT_WORK, exitCode: 1 };
    case 'exit':
      return { runFor: 0, exitCode: Number(words[1] ?? 0) & 0xff };
    case 'sleep': {
      if (words[1] === 'infinity') return RUNS_ON;
      const seconds = sleepSeconds(words.slice(1));
      return seconds === undefined ? undefined : { runFor: Math.max(seconds * 1000, SHORT_WORK), exitCode: 0 };
    }
    default:
      return undefined;
  }
}

const SLEEP_UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86400 };

function sleepSeconds(words: readonly string[]): number | undefined {
  let sum = 0;
  for (const word of words) {
    const parts = /^(\d+(?:\.\d+)?)([smhd]?)$/.exec(word);
    if (!parts) return undefined;
    sum += Number(parts[1]) * (SLEEP_UNITS[parts[2] || 's'] as number);
  }
  return words.length === 0 ? undefined : sum;
}
