// Measures commands side by side: round after round each once, so that whatever else the machine does meets all alike.
import { spawnSync } from 'node:child_process';

/** Runs a program to its end; an error when it fails. `input` and its output are of no interest here. */
export function run(file, args, options = {}) {
  const { status, signal, stderr, error } = spawnSync(file, args, {
    stdio: ['ignore', 'ignore', 'pipe'],
    encoding: 'utf8',
    ...options,
  });
  if (status !== 0)
    throw new Error(`${[file, ...args].join(' ')}: ${error?.message ?? signal ?? `exit ${status}`}\n${stderr}`);
}

function millisecondsOf(work) {
  const start = process.hrtime.bigint();
  work();
  return Number(process.hrtime.bigint() - start) / 1e6;
}

/**
 * The median milliseconds of each case. A case has `run()`, and may have `before()`, which is not measured.
 * The first rounds only warm up: caches of the file system, and those that a program makes of itself.
 */
export function medians(cases, { rounds, warmUp = 3 }) {
  const times = cases.map(() => []);
  for (let round = -warmUp; round < rounds; round++)
    cases.forEach((one, i) => {
      one.before?.();
      const time = millisecondsOf(one.run);
      if (round >= 0) times[i].push(time);
    });
  return times.map(median);
}

function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
