/** `cluster-info` and its dump as a user types them. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { memoryCluster, type TestCluster } from './harness';

let cluster: TestCluster;
beforeAll(async () => {
  cluster = await memoryCluster({ nodes: 1 });
  const service = (name: string, spec: object, labels = {}) => ({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace: 'kube-system', labels: { 'kubernetes.io/cluster-service': 'true', ...labels } },
    spec: { selector: { a: 'b' }, ...spec },
  });
  const items = [
    service('dns', { ports: [{ name: 'dns', port: 53, protocol: 'UDP' }] }, { 'kubernetes.io/name': 'CoreDNS' }),
    service('secure', { ports: [{ port: 443 }] }),
    service('plain', { type: 'LoadBalancer', ports: [{ port: 80 }] }),
  ];
  cluster.write('services.json', JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
  await cluster.ok('create -f services.json');
  await cluster.ok('run web --image=nginx');
});

const END = "\nTo further debug and diagnose cluster problems, use 'kubectl cluster-info dump'.\n";

test('where things are', async () => {
  const host = 'https://127.0.0.1:6443';
  const by = `${host}/api/v1/namespaces/kube-system/services`;
  expect(await cluster.ok('cluster-info')).toBe(
    `Kubernetes control plane is running at ${host}\n` +
      `CoreDNS is running at ${by}/dns:dns/proxy\n` +
      `plain is running at ${by}/plain/proxy\n` +
      `secure is running at ${by}/https:secure:/proxy\n${END}`,
  );
  expect(await cluster.ok('cluster-info -n default')).toBe(`Kubernetes control plane is running at ${host}\n${END}`);
});

test('behind a load balancer', async () => {
  await cluster.ok([
    'patch',
    'service',
    'plain',
    '-n=kube-system',
    '--subresource=status',
    '-p={"status":{"loadBalancer":{"ingress":[{"hostname":"lb.example.com"}]}}}',
  ]);
  expect(await cluster.ok('cluster-info')).toContain('plain is running at http://lb.example.com:80 \n');
});

describe('dump', () => {
  test('to standard output, as JSON', async () => {
    const text = await cluster.ok('cluster-info dump');
    const kinds = [...text.matchAll(/^ {4}"kind": "(\w+)"/gm)].map(([, kind]) => kind);
    const each = 'Event ReplicationController Service DaemonSet Deployment ReplicaSet Pod';
    const lists = each.split(' ').map((kind) => `${kind}List`);
    expect(kinds).toEqual(['NodeList', ...lists, ...lists]);
    expect(text).toMatch(
      /\n==== START logs for container web of pod default\/web ====\n[^=]*==== END logs for container web of pod default\/web ====\n$/,
    );
  });

  test('to files, of some namespaces', async () => {
    const out = await cluster.ok('cluster-info dump --output-directory=all/state -o yaml --namespaces=default');
    expect(out).toBe('Cluster info dumped to all/state\n');
    const folder = join(cluster.folder, 'all/state');
    expect(readdirSync(folder, { recursive: true }).map(String).sort()).toEqual([
      'default',
      'default/daemonsets.yaml',
      'default/deployments.yaml',
      'default/events.yaml',
      'default/pods.yaml',
      'default/replicasets.yaml',
      'default/replication-controllers.yaml',
      'default/services.yaml',
      'default/web',
      'default/web/logs.txt',
      'nodes.yaml',
    ]);
    expect(readFileSync(join(folder, 'nodes.yaml'), 'utf8')).toMatch(/^apiVersion: v1\nitems:\n- metadata:\n/);
    // One printer writes them all, and parts its documents.
    expect(readFileSync(join(folder, 'default/pods.yaml'), 'utf8')).toMatch(/^---\napiVersion: v1\n/);
    expect(readFileSync(join(folder, 'default/web/logs.txt'), 'utf8')).toContain('container web of pod default/web');
  });

  test('-A', async () => {
    const names = await cluster.ok("cluster-info dump -A -o jsonpath='{.items[*].metadata.name} '");
    expect(names).toMatch(/node-1/);
    expect(names).toMatch(/dns plain secure/);
  });

  test('where nothing can be written', async () => {
    cluster.write('file', '');
    expect(await cluster.run('cluster-info dump --output-directory=file/x')).toEqual({
      out: '',
      err: 'error: mkdir file: not a directory\n',
      code: 1,
    });
    expect((await cluster.run('cluster-info dump -o name')).err).toBe(
      'error: list types are not supported by name printing: *v1.NodeList\n',
    );
  });
});
