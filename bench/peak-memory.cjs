// Loaded before a program (`node -r`): when it ends, the most memory that it ever took stands in the file KUBETICK_BENCH_PEAK, in
// megabytes. What it has mapped of files is not counted where the system tells it apart: the kernel takes that back when it likes,
// and the file of a store is all mapped.
const { readFileSync, writeFileSync } = require('node:fs');
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
  writeFileSync(process.env.KUBETICK_BENCH_PEAK, String(kilobytes / 1024));
});
