/**
 * The machine's own time: one of the two modules that may ask for it. For waiting on locks, for progress on a terminal and
 * for real servers; never for anything that a cluster's state depends on.
 */

/** Milliseconds since 1970, by the machine. */
export function wallClockNow(): number {
  return Date.now();
}

/** Resolves after so many real milliseconds. */
export function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** Calls `run` after so many real milliseconds, unless the function it returns is called before. */
export function after(milliseconds: number, run: () => void): () => void {
  const timer = setTimeout(run, milliseconds);
  return () => clearTimeout(timer);
}
