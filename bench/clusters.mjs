// Clusters to measure, made by the product itself in a folder that is removed in the end.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from './measure.mjs';

export const program = fileURLToPath(new URL('../bin/kubetick', import.meta.url));
export const folder = mkdtempSync(join(tmpdir(), 'kubetick-bench-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

/** Runs `kubetick` on the cluster in `state`. */
export function kubetick(state, ...args) {
  run(process.execPath, [program, ...args], { env: { ...process.env, KUBETICK_STATE: state } });
}

function output(state, ...args) {
  return execFileSync(process.execPath, [program, ...args], {
    env: { ...process.env, KUBETICK_STATE: state },
    encoding: 'utf8',
    maxBuffer: 1e9,
  });
}

/** A cluster in which so many pods run, made by a Deployment, scheduled and started. Returns its state folder. */
export function clusterOfPods(count, store) {
  const state = join(folder, `${store}-${count}`);
  kubetick(state, 'init', '--store', store, '--nodes', String(Math.ceil(count / 100)), '--node-cpu', '64');
  const file = join(folder, 'web.json');
  writeFileSync(file, JSON.stringify(deploymentOf('web', count)));
  kubetick(state, 'apply', '-f', file);
  kubetick(state, 'tick', '--settle');
  const running = output(state, 'get', 'pods', '--field-selector=status.phase=Running', '--no-headers')
    .trim()
    .split('\n');
  if (running.length !== count) throw new Error(`of ${count} pods ${running.length} run`);
  return state;
}

/** A Deployment of small pods. */
export function deploymentOf(name, replicas) {
  const labels = { app: name };
  const container = {
    name: 'web',
    image: 'nginx:1.27',
    ports: [{ containerPort: 80 }],
    resources: { requests: { cpu: '100m', memory: '16Mi' } },
  };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, labels },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [container] } },
    },
  };
}

/** A folder of so many manifests of ConfigMaps, one each. */
export function manifestsOfConfigMaps(count) {
  const manifests = join(folder, 'configmaps');
  mkdirSync(manifests, { recursive: true });
  for (let i = 0; i < count; i++) {
    const text = `apiVersion: v1
kind: ConfigMap
metadata:
  name: settings-${i}
  labels:
    app: bench
    part: "${i % 10}"
data:
  key: value-${i}
  file.conf: |
    # written for the bench
    number = ${i}
    text = ${'abcdefghij'.repeat(10)}
`;
    writeFileSync(join(manifests, `settings-${i}.yaml`), text);
  }
  return manifests;
}
