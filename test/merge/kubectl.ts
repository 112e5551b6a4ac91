/** The real kubectl, where the environment names one: the oracle of what merges should give. */
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Json, JsonObject } from '../../src/apimachinery/json';
import { parseJson, stringifyJson } from '../../src/apimachinery/json-text';

export const REAL_KUBECTL = process.env['KUBETICK_REAL_KUBECTL'];

/** `describe` where there is a real kubectl; else one skipped test that says what is missing. */
export function describeWithKubectl(name: string, body: () => void): void {
  if (REAL_KUBECTL) describe(name, body);
  else test.skip(`${name}: set KUBETICK_REAL_KUBECTL to a kubectl 1.36 to run this`, () => {});
}

/** What came of a patch: the object, or the text of the error. */
export type Outcome = { result: Json } | { error: string };

/** `kubectl patch --local` on a file with this object. */
export function patchWithKubectl(original: Json, patch: Json, type: 'strategic' | 'merge' | 'json'): Outcome {
  const folder = mkdtempSync(join(tmpdir(), 'kubetick-oracle-'));
  try {
    const file = join(folder, 'object.json');
    writeFileSync(file, stringifyJson(original));
    const args = ['patch', '--local', '-f', file, '--type', type, '-p', stringifyJson(patch), '-o', 'json'];
    const { status, stdout, stderr } = spawnSync(REAL_KUBECTL as string, args, { encoding: 'utf8' });
    return status === 0 ? { result: parseJson(stdout) } : { error: stderr.replace(/^error: /, '').replace(/\n$/, '') };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * The patches that `kubectl apply` sends for these files when the server has these objects; nothing where it sends none. All
 * objects have names of their own, and are Pods, ConfigMaps, Services, Deployments or PodDisruptionBudgets.
 */
export async function patchesOfKubectlApply(
  objects: readonly { file: JsonObject; live: JsonObject }[],
): Promise<Map<string, Outcome>> {
  const { createServer } = await import('node:http');
  const sent = new Map<string, Outcome>();
  const nameOf = (object: JsonObject) => (object['metadata'] as JsonObject)['name'] as string;
  const lives = new Map(objects.map(({ live }) => [nameOf(live), stringifyJson(live)]));
  const server = createServer((request, response) => {
    const path = (request.url ?? '').split('?')[0] as string;
    let body = '';
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => {
      const name = path.slice(path.lastIndexOf('/') + 1);
      if (request.method === 'PATCH') sent.set(name, { result: parseJson(body) });
      const answer = lives.get(name) ?? (DISCOVERY[path] && JSON.stringify(DISCOVERY[path]));
      response.writeHead(answer ? 200 : 404, { 'content-type': 'application/json' });
      response.end(answer ?? '{}');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const folder = mkdtempSync(join(tmpdir(), 'kubetick-oracle-'));
  try {
    const { port } = server.address() as { port: number };
    for (const { file } of objects) {
      const name = nameOf(file);
      writeFileSync(join(folder, 'object.json'), stringifyJson(file));
      const { status, stderr } = await run([
        'apply',
        '-f',
        join(folder, 'object.json'),
        '--validate=false',
        ...target(port, folder),
      ]);
      if (status === 0) continue;
      sent.set(name, {
        error: stderr
          .slice(stderr.lastIndexOf('\nfor: ') + '\nfor: '.length)
          .replace(/^[^:]*object\.json": /, '')
          .replace(/\n$/, ''),
      });
    }
  } finally {
    server.close();
    rmSync(folder, { recursive: true, force: true });
  }
  return sent;
}

const target = (port: number, folder: string) => [
  ...['--server', `http://127.0.0.1:${port}`, '--namespace', 'default'],
  ...['--kubeconfig', '/dev/null', '--cache-dir', join(folder, 'cache')],
];

function run(args: string[]): Promise<{ status: number | null; stderr: string }> {
  return new Promise((resolve) => {
    const child = spawn(REAL_KUBECTL as string, args, { stdio: ['ignore', 'ignore', 'pipe'] });
    let stderr = '';
    child.stderr.on('data', (chunk) => {
      stderr += chunk;
    });
    child.on('close', (status) => resolve({ status, stderr }));
  });
}

const verbs = ['get', 'list', 'create', 'update', 'patch', 'delete'];
const resources = (groupVersion: string, ...kinds: [string, string][]) => ({
  kind: 'APIResourceList',
  apiVersion: 'v1',
  groupVersion,
  resources: kinds.map(([name, kind]) => ({ name, kind, singularName: '', namespaced: true, verbs })),
});
const group = (name: string) => {
  const version = { groupVersion: `${name}/v1`, version: 'v1' };
  return { name, versions: [version], preferredVersion: version };
};
const DISCOVERY: Record<string, unknown> = {
  '/api': { kind: 'APIVersions', versions: ['v1'], serverAddressByClientCIDRs: [] },
  '/apis': { kind: 'APIGroupList', apiVersion: 'v1', groups: [group('apps'), group('policy')] },
  '/api/v1': resources('v1', ['pods', 'Pod'], ['configmaps', 'ConfigMap'], ['services', 'Service']),
  '/apis/apps/v1': resources('apps/v1', ['deployments', 'Deployment']),
  '/apis/policy/v1': resources('policy/v1', ['poddisruptionbudgets', 'PodDisruptionBudget']),
};
