// `npm run bench`: measures what the product promises, prints a table, and fails when a promise is not kept.
// `npm run bench -- start-up` runs one part (`simulation`, `serve`, `memory`, `scheduler` and `proxy` run only when they are named); KUBETICK_BENCH_ROUNDS=31 measures more often.
import { apply } from './apply.mjs';
import { startUp } from './start-up.mjs';

const PARTS = {
  'start-up': () => startUp(Number(process.env.KUBETICK_BENCH_ROUNDS ?? 21)),
  apply: () => apply(Number(process.env.KUBETICK_BENCH_ROUNDS ?? 5)),
  simulation: async () => (await import('./simulation.mjs')).simulation(),
  serve: async () => (await import('./serve.mjs')).serve(),
  memory: async () => (await import('./memory.mjs')).memory(),
  scheduler: async () => (await import('./scheduler.mjs')).scheduler(),
  proxy: async () => (await import('./proxy.mjs')).proxy(),
  day: async () => (await import('./day.mjs')).day(),
};

/** Those that take too long for every day. */
const ONLY_WHEN_NAMED = ['day', 'simulation', 'serve', 'memory', 'scheduler', 'proxy'];

const chosen = process.argv.slice(2);
const unknown = chosen.find((name) => !Object.hasOwn(PARTS, name));
if (unknown !== undefined) {
  console.error(`error: there is no part ${unknown}; there are ${Object.keys(PARTS).join(', ')}`);
  process.exit(1);
}

const rows = [];
for (const [name, measure] of Object.entries(PARTS))
  if (chosen.includes(name) || (chosen.length === 0 && !ONLY_WHEN_NAMED.includes(name)))
    rows.push(...(await measure()));

const UNITS = {
  ms: (number) => `${Math.round(number).toLocaleString('en')} ms`,
  'ms.': (number) => `${number.toFixed(1)} ms`,
  MB: (number) => `${Math.round(number)} MB`,
  '/s': (number) => `${Math.round(number).toLocaleString('en')}/s`,
  '×': (number) => `${number.toFixed(2)} ×`,
};
const inUnit = (number, unit) => UNITS[unit](number);
const isKept = ({ limit, least, measured }) =>
  (limit === undefined || measured <= limit) && (least === undefined || measured >= least);
const promise = ({ limit, least, unit }) => {
  if (limit !== undefined) return `at most ${inUnit(limit, unit)}`;
  return least === undefined ? '' : `at least ${inUnit(least, unit)}`;
};
const table = [
  ['', 'MEASURED', 'PROMISED', '', 'MEDIAN'],
  ...rows.map((row) => [
    row.name,
    inUnit(row.measured, row.unit),
    promise(row),
    promise(row) === '' ? '' : isKept(row) ? 'pass' : 'FAIL',
    row.milliseconds === undefined ? '' : inUnit(row.milliseconds, 'ms'),
  ]),
];
const widths = table[0].map((_, i) => Math.max(...table.map((cells) => cells[i].length)));
for (const cells of table)
  console.log(
    cells
      .map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i])))
      .join('   ')
      .trimEnd(),
  );
process.exitCode = rows.every(isKept) ? 0 : 1;
