// What a served cluster takes: from its start to its first answer, memory, requests, and many watchers. Requests come from this
// process, over as many connections as are named; what the client itself takes is in the figures.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { Agent, request as httpsRequest } from 'node:https';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { clusterOfPods } from './clusters.mjs';
import { run } from './measure.mjs';

const program = fileURLToPath(new URL('../bin/kubetick', import.meta.url));
const PODS = 500;
const CONNECTIONS = 8;
const WATCHERS = 200;
const EVENTS = 1_000;
const STARTS = 5;
/** As a multiple of what Node.js takes to do nothing: half a second where that takes 55 ms. */
const START_LIMIT = 9;
/** Milliseconds: the fastest of all starts, for others may be in the way of any of them. */
const FASTEST_START_LIMIT = 500;
const MEMORY_LIMIT = 150;
const MEMORY_AFTER_ALL_LIMIT = 300;
/** Milliseconds of processor time, as the server takes it. */
const LIMITS = { get: 2, list: 20, create: 4, patch: 5 };
const WATCHERS_LIMIT = 8_000;

/** Starts `kubetick serve` on a state folder and resolves once it has answered. */
export async function start(state) {
  const begun = performance.now();
  const child = spawn(process.execPath, [program, 'serve', '--port', '0'], {
    env: { ...process.env, KUBETICK_STATE: state },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const endpoint = await new Promise((resolve, reject) => {
    let said = '';
    child.stdout.on('data', (chunk) => {
      said += chunk;
      const found = /at (https:\S+)/.exec(said);
      if (found) resolve(found[1]);
    });
    child.on('exit', (code) => reject(new Error(`serve ended with ${code}`)));
  });
  const pki = (name) => readFileSync(join(state, 'pki', name), 'utf8');
  const agent = new Agent({ keepAlive: true, ca: pki('ca.crt'), maxSockets: CONNECTIONS });
  const headers = { authorization: `Bearer ${pki('admin.token').trim()}`, 'accept-encoding': 'identity' };
  const server = { child, endpoint, agent, headers };
  await send(server, 'GET', '/api/v1/nodes');
  return { ...server, firstAnswer: performance.now() - begun };
}

function open({ endpoint, agent, headers }, method, path, options = {}) {
  return new Promise((resolve, reject) => {
    const type = options.contentType ?? 'application/json';
    const body = options.body === undefined ? undefined : JSON.stringify(options.body);
    const request = httpsRequest(endpoint + path, {
      method,
      agent: options.agent ?? agent,
      headers: body === undefined ? headers : { ...headers, 'content-type': type, 'content-length': body.length },
    });
    request.on('response', resolve);
    request.on('error', reject);
    request.end(body);
  });
}

async function send(server, method, path, options) {
  const response = await open(server, method, path, options);
  const chunks = [];
  for await (const chunk of response) chunks.push(chunk);
  if (response.statusCode >= 300) throw new Error(`${method} ${path}: ${response.statusCode} ${Buffer.concat(chunks)}`);
  return Buffer.concat(chunks);
}

export async function stop({ child, agent }) {
  agent.destroy();
  child.removeAllListeners('exit');
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await ended;
}

function median(numbers) {
  return [...numbers].sort((a, b) => a - b)[numbers.length >> 1];
}

/**
 * `count` requests over all connections; how many a second, and what the one in the middle and the slowest in a hundred took.
 * What is promised is the processor time of the server: the same however busy the machine is with other things.
 */
async function load(server, name, count, limit, make) {
  const times = [];
  let next = 0;
  const usedBefore = processorTime(server);
  const begun = performance.now();
  await Promise.all(
    Array.from({ length: CONNECTIONS }, async () => {
      while (next < count) {
        const args = make(next++);
        const since = performance.now();
        await send(server, ...args);
        times.push(performance.now() - since);
      }
    }),
  );
  const took = performance.now() - begun;
  const processor = (processorTime(server) - usedBefore) / count;
  times.sort((a, b) => a - b);
  const part = (share) => times[Math.min(times.length - 1, Math.floor(times.length * share))];
  return [
    { name, measured: count / (took / 1000), unit: '/s' },
    { name: '  p50', measured: part(0.5), unit: 'ms.' },
    { name: '  p99', measured: part(0.99), unit: 'ms.' },
    { name: '  processor time of the server, each', measured: processor, limit, unit: 'ms.' },
  ];
}

const CONFIG_MAPS = '/api/v1/namespaces/default/configmaps';
const configMap = (name) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data: { a: 'b' } });

async function watchers(server) {
  const agent = new Agent({ keepAlive: true, ca: server.agent.options.ca, maxSockets: WATCHERS });
  const { metadata } = JSON.parse(await send(server, 'GET', `${CONFIG_MAPS}?limit=1`));
  const path = `${CONFIG_MAPS}?watch=true&resourceVersion=${metadata.resourceVersion}`;
  const streams = await Promise.all(Array.from({ length: WATCHERS }, () => open(server, 'GET', path, { agent })));
  const usedBefore = processorTime(server);
  const begun = performance.now();
  const all = streams.map(
    (stream) =>
      new Promise((resolve) => {
        let seen = 0;
        stream.on('data', (chunk) => {
          for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, at + 1)) seen++;
          if (seen >= EVENTS) resolve();
        });
      }),
  );
  let next = 0;
  await Promise.all(
    Array.from({ length: CONNECTIONS }, async () => {
      while (next < EVENTS) await send(server, 'POST', CONFIG_MAPS, { body: configMap(`watched-${next++}`) });
    }),
  );
  await Promise.all(all);
  const took = performance.now() - begun;
  agent.destroy();
  return [
    { name: `${WATCHERS} watchers, ${EVENTS.toLocaleString('en')} events each`, measured: took, unit: 'ms' },
    { name: '  events told', measured: (WATCHERS * EVENTS) / (took / 1000), unit: '/s' },
    {
      name: '  processor time of the server',
      measured: processorTime(server) - usedBefore,
      limit: WATCHERS_LIMIT,
      unit: 'ms',
    },
  ];
}

/** Milliseconds; the same however busy the machine is with other things. */
function processorTime({ child }) {
  const [user, system] = readFileSync(`/proc/${child.pid}/stat`, 'utf8').split(') ')[1].split(' ').slice(11, 13);
  return (Number(user) + Number(system)) * 10;
}

export function residentMegabytes({ child }) {
  const [, kilobytes] = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'));
  return kilobytes / 1024;
}

export async function serve() {
  const rows = [];
  for (const driver of ['lowdb', 'lmdb']) {
    const state = clusterOfPods(PODS, driver);
    const starts = [];
    const nothings = [];
    let server;
    for (let i = 0; i < STARTS; i++) {
      if (server) await stop(server);
      const begun = performance.now();
      run(process.execPath, ['-e', '0']);
      nothings.push(performance.now() - begun);
      server = await start(state);
      starts.push(server.firstAnswer);
    }
    const [nothing, firstAnswer] = [median(nothings), median(starts)];
    const pods = JSON.parse(await send(server, 'GET', '/api/v1/pods?limit=1'));
    const pod = `/api/v1/namespaces/default/pods/${pods.items[0].metadata.name}`;
    const label = { metadata: { labels: { some: 'label' } } };
    rows.push(
      {
        name: `${driver}: serve to first answer, 1,000 objects`,
        measured: firstAnswer / nothing,
        limit: START_LIMIT,
        unit: '×',
        milliseconds: firstAnswer,
      },
      { name: '  the fastest of them', measured: Math.min(...starts), limit: FASTEST_START_LIMIT, unit: 'ms' },
      { name: 'memory after the start', measured: residentMegabytes(server), limit: MEMORY_LIMIT, unit: 'MB' },
      ...(await load(server, 'get a pod', 4_000, LIMITS.get, () => ['GET', pod])),
      ...(await load(server, 'list 500 pods', 100, LIMITS.list, () => ['GET', '/api/v1/pods'])),
      ...(await load(server, 'create a ConfigMap', 1_000, LIMITS.create, (i) => [
        'POST',
        CONFIG_MAPS,
        { body: configMap(`c-${i}`) },
      ])),
      ...(await load(server, 'patch a ConfigMap', 1_000, LIMITS.patch, (i) => [
        'PATCH',
        `${CONFIG_MAPS}/c-${i}`,
        { body: label, contentType: 'application/strategic-merge-patch+json' },
      ])),
      ...(await watchers(server)),
      { name: 'memory after all that', measured: residentMegabytes(server), limit: MEMORY_AFTER_ALL_LIMIT, unit: 'MB' },
    );
    await stop(server);
  }
  return rows;
}
