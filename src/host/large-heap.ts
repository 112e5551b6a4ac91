/** How V8's heap grows once it is large. */

let least = Number.POSITIVE_INFINITY;

/**
 * V8 lets the heap grow to twice and more of what lives in it before it collects garbage: of a cluster that fills a gigabyte it would
 * make three. From now on it collects when so many hundredths more have come together; what was asked for once is not taken back.
 */
export function keepHeapTight(percent: number): void {
  if (percent >= least) return;
  least = percent;
  const v8 = globalThis.process?.getBuiltinModule?.('node:v8') as
    | { setFlagsFromString(flags: string): void }
    | undefined;
  v8?.setFlagsFromString(`--heap-growing-percent=${percent}`);
}
