// How fast pods come to life: Deployments made, their pods scheduled and started, all in one process over a store in memory. It is
// begun with the options with which the product begins that of a large cluster (src/host/large-process.ts).
// KUBETICK_BENCH_DEPLOYMENTS, KUBETICK_BENCH_REPLICAS and KUBETICK_BENCH_NODES make it smaller or larger.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { bundled } from './bundle.mjs';
import { deploymentOf, folder } from './clusters.mjs';

const DEPLOYMENTS = { group: 'apps', version: 'v1', resource: 'deployments' };
const PODS = { group: '', version: 'v1', resource: 'pods' };
const EXPORTS = `
  export { Client } from './src/client/client';
  export { initialiseCluster } from './src/cluster/bootstrap';
  export { createCluster } from './src/cluster/cluster';
  export { setSchemaReader } from './src/schema/catalog';
  export { MemoryStore } from './src/store/memory';
`;

/** The processor's milliseconds for a day on which nobody does anything. */
async function day(client) {
  const before = process.cpuUsage();
  const { failures } = await client.request({ method: 'POST', path: '/kubetick/tick', body: { advance: 86_400_000 } });
  const { user, system } = process.cpuUsage(before);
  return { used: (user + system) / 1000, failures: failures.length };
}

const setting = (name, otherwise) => Number(process.env[`KUBETICK_BENCH_${name}`] ?? otherwise);

export async function simulation() {
  const { largeProcessOptions } = await bundled(
    'large-process',
    "export { largeProcessOptions } from './src/host/large-process';",
  );
  const rows = join(folder, 'simulation.json');
  const program = `import { writeFileSync } from 'node:fs';
    import { play } from ${JSON.stringify(import.meta.url)};
    writeFileSync(process.argv[1], JSON.stringify(await play()));`;
  const options = [...largeProcessOptions(availableParallelism()), '--input-type=module', '-e', program, rows];
  execFileSync(process.execPath, options, { stdio: 'inherit' });
  return JSON.parse(readFileSync(rows, 'utf8'));
}

export async function play() {
  const { Client, initialiseCluster, createCluster, MemoryStore } = await bundled('cluster', EXPORTS);
  const [deployments, replicas, nodes] = [
    setting('DEPLOYMENTS', 100),
    setting('REPLICAS', 100),
    setting('NODES', 1_000),
  ];
  const pods = deployments * replicas;
  const store = new MemoryStore();
  await initialiseCluster(store, { seed: 1, nodes, nodeCpu: '32', nodeMemory: '64Gi' });
  const client = new Client(await createCluster(store), { userAgent: 'kubectl' });

  const begin = performance.now();
  const startedWith = process.cpuUsage();
  for (let i = 0; i < deployments; i++) await client.create(DEPLOYMENTS, 'default', deploymentOf(`web-${i}`, replicas));
  const made = performance.now();
  const report = await client.request({ method: 'POST', path: '/kubetick/tick', body: { settle: true } });
  const settled = performance.now();
  const used = process.cpuUsage(startedWith);

  const { items } = await client.list(PODS, 'default', { fieldSelector: 'status.phase=Running' });
  if (items.length !== pods || report.failures.length > 0)
    throw new Error(`of ${pods} pods ${items.length} run; ${report.failures.length} failures`);
  const { entries, revision } = await store.range('/');
  const hash = createHash('sha256');
  for (const { key, value, revision: at } of entries) hash.update(`${key} ${at} ${JSON.stringify(value)}\n`);
  // Equal for equal code on any machine: what makes things faster must not make them different.
  console.log(`state of ${revision} revisions: ${hash.digest('hex')}\n`);
  const days = [];
  for (let i = 0; i < 2; i++) {
    const idle = await day(client);
    if (idle.failures > 0) throw new Error(`${idle.failures} failures on an idle day`);
    days.push(idle.used);
  }

  const size = `${pods.toLocaleString('en')} pods on ${nodes.toLocaleString('en')} nodes`;
  return [
    { name: `${size}, apply to Running`, measured: settled - begin, limit: 4_000, unit: 'ms' },
    { name: 'of that making the Deployments', measured: made - begin, unit: 'ms' },
    { name: 'of that processor time', measured: (used.user + used.system) / 1000, unit: 'ms' },
    { name: 'pods bound and settled', measured: pods / ((settled - made) / 1000), unit: '/s' },
    { name: 'writes', measured: revision / ((settled - begin) / 1000), unit: '/s' },
    { name: `an idle day of ${size}, processor time`, measured: days[0], limit: 2_000, unit: 'ms' },
    { name: 'the day after it', measured: days[1], unit: 'ms' },
  ];
}
