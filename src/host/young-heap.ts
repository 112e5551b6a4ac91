/** How V8's space for new objects grows. */

/**
 * Runs work that makes many objects and keeps them. V8 begins with a small space for new objects, and doubles it time and again;
 * each time it copies what lives. For a process that has just begun that is a fifth of the time of a large listing: here the
 * space grows in one step. Loading what sets the flag takes a millisecond or two, so only for what is large.
 */
export function withRoom<T>(work: () => T): T {
  // Since Node.js 20.16; what is older works as it always does.
  const v8 = globalThis.process?.getBuiltinModule?.('node:v8') as
    | { setFlagsFromString(flags: string): void }
    | undefined;
  v8?.setFlagsFromString('--semi-space-growth-factor=16');
  try {
    return work();
  } finally {
    v8?.setFlagsFromString('--semi-space-growth-factor=2');
  }
}
