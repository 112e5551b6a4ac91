/** The program that a container runs: its command and arguments, with what the kubelet puts into them. */
import { remembered } from '../../../apimachinery/remembered';
import type { Container } from '../container';
import { runCommand } from './builtins';
import { parseScript } from './parse';
import type { Program, ProgramSurroundings, Value } from './program';
import { runScript, untilEnd } from './run';
import { type Script, UnreadableScript } from './syntax';

/** Undefined where the container says nothing of what it runs, for what its image runs nobody knows. */
export function containerProgram(
  { command = [], args = [] }: Container,
  surroundings: ProgramSurroundings,
): Program | undefined {
  const words = [...command, ...args].map((word) => expandReferences(word, surroundings.environment));
  return programOf(words, surroundings);
}

/** The program that these words run; undefined for none. */
export function programOf(words: readonly Value[], surroundings: ProgramSurroundings): Program | undefined {
  const { environment, startedAt } = surroundings;
  const name = words[0]?.text;
  if (name === undefined) return undefined;
  if (/^((\/usr)?\/bin\/)?(ba|da|a)?sh$/.test(name)) return shellProgram(words.slice(1), name, surroundings);
  const exported = new Set(environment.keys());
  return untilEnd(runCommand(words, { variables: environment, exported, now: startedAt, surroundings }));
}

/** `sh -ec SCRIPT NAME ARG…`; a shell that reads a file is beyond this. */
function shellProgram(words: readonly Value[], shell: string, surroundings: ProgramSurroundings): Program {
  const options = { exitOnError: false, trace: false, parameters: [shell] };
  let isScript = false;
  let at = 0;
  for (; /^-[a-z]+$/.test(words[at]?.text ?? ''); at++) {
    const letters = (words[at] as Value).text.slice(1);
    if (letters.includes('c')) isScript = true;
    if (letters.includes('e')) options.exitOnError = true;
    if (letters.includes('x')) options.trace = true;
    if (letters === 'o') at++;
  }
  const text = words[at];
  // A script that is in a ConfigMap decides over time, which is never read from there.
  const script = isScript && text && !text.foreign ? readScript(text.text) : undefined;
  if (!script) return unknownProgram();
  const parameters = words.slice(at + 1).map(({ text }) => text);
  return runScript(script, surroundings, { ...options, parameters: parameters.length > 0 ? parameters : [shell] });
}

// biome-ignore lint/correctness/useYield: nothing is known of it
function* unknownProgram(): Program {
  return 'unknown';
}

/** A container is looked at again and again. */
const readScript = remembered(1000, (text): Script | undefined => {
  try {
    return parseScript(text);
  } catch (error) {
    if (error instanceof UnreadableScript) return undefined;
    throw error;
  }
});

/**
 * `$(NAME)` is the variable, where there is one; `$$` is a `$` (kubernetes third_party/forked/golang/expansion Expand).
 */
export function expandReferences(text: string, environment: Pick<ReadonlyMap<string, Value>, 'get'>): Value {
  let foreign = false;
  const expanded = text.replace(/\$(?:\$|\(([^)]*)\))/g, (whole, name?: string) => {
    if (name === undefined) return '$';
    const value = environment.get(name);
    if (!value) return whole;
    foreign ||= value.foreign;
    return value.text;
  });
  return { text: expanded, foreign };
}
