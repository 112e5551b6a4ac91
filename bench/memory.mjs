// How much memory a large cluster takes: the process that runs it to Running, those that look at it afterwards, and a server of it.
// KUBETICK_BENCH_DEPLOYMENTS, KUBETICK_BENCH_REPLICAS and KUBETICK_BENCH_NODES make it smaller or larger.
import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { deploymentOf, folder, kubetick, program } from './clusters.mjs';
import { residentMegabytes, start, stop } from './serve.mjs';

const setting = (name, otherwise) => Number(process.env[`KUBETICK_BENCH_${name}`] ?? otherwise);
const LIMIT = 1_200;

/** The most memory that a command takes, in megabytes; see peak-memory.cjs. */
function peakOf(state, ...args) {
  const peak = join(folder, 'peak');
  rmSync(peak, { force: true });
  const preload = fileURLToPath(new URL('peak-memory.cjs', import.meta.url));
  execFileSync(process.execPath, ['-r', preload, program, ...args], {
    env: { ...process.env, KUBETICK_STATE: state, KUBETICK_BENCH_PEAK: peak },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  return Number(readFileSync(peak, 'utf8'));
}

export async function memory() {
  const [deployments, replicas, nodes] = [
    setting('DEPLOYMENTS', 500),
    setting('REPLICAS', 100),
    setting('NODES', 5_000),
  ];
  const state = join(folder, 'memory');
  kubetick(state, 'init', '--store', 'lmdb', '--nodes', String(nodes), '--node-cpu', '64');
  const items = Array.from({ length: deployments }, (_, i) => deploymentOf(`web-${i}`, replicas));
  const file = join(folder, 'deployments.json');
  writeFileSync(file, JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
  kubetick(state, 'apply', '-f', file);
  const size = `${(deployments * replicas).toLocaleString('en')} pods on ${nodes.toLocaleString('en')} nodes`;
  const rows = [
    { name: `${size}: tick --settle`, measured: peakOf(state, 'tick', '--settle'), limit: LIMIT, unit: 'MB' },
    { name: 'get pods', measured: peakOf(state, 'get', 'pods'), limit: LIMIT, unit: 'MB' },
    { name: 'tick 1m', measured: peakOf(state, 'tick', '1m'), limit: LIMIT, unit: 'MB' },
  ];
  const server = await start(state);
  rows.push({ name: 'serve, after its first answer', measured: residentMegabytes(server), limit: LIMIT, unit: 'MB' });
  await stop(server);
  return rows;
}
