// Loaded before a program (`node -r`): when it ends, the most memory that it ever took stands in the file KUBETICK_BENCH_PEAK, in
// megabytes; of a program that goes on in another process, that of the larger one. What it has mapped of files is not counted where the system tells it apart: the kernel takes that back when it likes,
// and the file of a store is all mapped.
const { existsSync, readFileSync, writeFileSync } = require('node:fs');
const { Worker } = require('node:worker_threads');

const OWN = '/proc/self/status';
const WATCH = `
  const { readFileSync } = require('node:fs');
  const { workerData: most } = require('node:worker_threads');
  setInterval(() => {
    const now = Number(/RssAnon:\\s+(\\d+)/.exec(readFileSync('${OWN}', 'utf8'))[1]);
    if (now > most[0]) most[0] = now;
  }, 50);
`;

function isToldApart() {
  try {
    return /RssAnon:/.test(readFileSync(OWN, 'utf8'));
  } catch {
    return false;
  }
}

const most = new Int32Array(new SharedArrayBuffer(4));
if (isToldApart()) new Worker(WATCH, { eval: true, execArgv: [], workerData: most }).unref();
process.on('exit', () => {
  const kilobytes = most[0] > 0 ? most[0] : process.resourceUsage().maxRSS;
  const file = process.env.KUBETICK_BENCH_PEAK;
  const others = existsSync(file) ? Number(readFileSync(file, 'utf8')) : 0;
  writeFileSync(file, String(Math.max(others, kilobytes / 1024)));
});
