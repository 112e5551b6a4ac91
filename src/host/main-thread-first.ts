/** Who waits when V8's threads are more than the processors. */

/** V8 has four helpers: they compile what runs often, and collect garbage. */
const HELPERS = 4;
/** As `nice` counts. Each still gets a third of what the main thread does, and all that it leaves. */
const LATER = 5;

let isDone = false;

/**
 * From now on V8's helpers wait for the main thread, where they would have to share its processor. A process that has just begun
 * keeps all of them busy for seconds, and on two processors lost a fifth of its time to them. Only Linux has priorities of threads.
 */
export function mainThreadFirst(): void {
  const { process } = globalThis;
  if (isDone || process?.platform !== 'linux') return;
  isDone = true;
  const fs = process.getBuiltinModule?.('node:fs') as { readdirSync(folder: string): string[] } | undefined;
  const os = process.getBuiltinModule?.('node:os') as
    | { availableParallelism(): number; setPriority(id: number, priority: number): void }
    | undefined;
  if (!fs || !os) return;
  // With one processor there is no other place for them: to wait would mean that nothing is compiled.
  const processors = os.availableParallelism();
  if (processors < 2 || processors > HELPERS) return;
  try {
    for (const thread of fs.readdirSync('/proc/self/task'))
      if (Number(thread) !== process.pid) os.setPriority(Number(thread), LATER);
  } catch {
    // Not allowed, or a thread has just ended: then they share as they always do.
  }
}
