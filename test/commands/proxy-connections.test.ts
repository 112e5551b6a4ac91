/** Connections that are remembered, and the modes side by side, as they are typed. */
import { memoryCluster, type TestCluster } from './harness';

const pod = (name: string, app: string, node: string) => `
apiVersion: v1
kind: Pod
metadata: {name: ${name}, labels: {app: ${app}}}
spec: {nodeName: ${node}, terminationGracePeriodSeconds: 30, containers: [{name: c, image: web, ports: [{containerPort: 8080}]}]}
---`;

const MANIFESTS = `${pod('web-a', 'web', 'node-1')}${pod('web-b', 'web', 'node-2')}${pod('client', 'client', 'node-1')}
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{name: http, port: 80, targetPort: 8080}, {name: dns, port: 53, protocol: UDP, targetPort: 8080}]}
---
apiVersion: v1
kind: Service
metadata: {name: sticky}
spec: {selector: {app: web}, sessionAffinity: ClientIP, sessionAffinityConfig: {clientIP: {timeoutSeconds: 60}}, ports: [{port: 80, targetPort: 8080}]}
`;

let cluster: TestCluster;

beforeEach(async () => {
  cluster = await memoryCluster({ nodes: 2 });
  cluster.write('all.yaml', MANIFESTS);
  await cluster.ok('apply -f all.yaml');
  await cluster.ok('tick 1m');
});

/** What remains of connections, each as `STATE backend`. */
async function connections(): Promise<string[]> {
  const out = await cluster.ok('proxy connections');
  return [...out.matchAll(/^\w+ +\d+ \d+ ?(\w*) src=.* src=(\S+) dst=\S+ sport=\d+/gm)].map(
    ([, state, backend]) => `${state} ${backend}`,
  );
}

async function backendOf(line: string): Promise<string> {
  const out = await cluster.ok(`trace ${line}`);
  return /^BACKEND (\S+),/m.exec(out)?.[1] ?? out;
}

test('a connection is held, ends, ages with the clock and is forgotten', async () => {
  expect(await cluster.ok('proxy connections')).toBe('Nothing is remembered.\n');
  await cluster.ok('trace client web:http');
  expect(await cluster.ok('proxy connections')).toBe('Nothing is remembered.\n');
  await cluster.ok('trace client web:http -n 2 --hold 30s');
  const out = await cluster.ok('proxy connections --node node-1');
  expect(out).toMatch(
    /^# node-1\ntcp {6}6 86400 ESTABLISHED src=10\.244\.0\.\d dst=10\.\S+ sport=32768 dport=80 src=10/,
  );
  expect(await cluster.ok('proxy connections --node node-2')).toBe('Nothing is remembered.\n');
  await cluster.ok('tick 40s');
  expect(await cluster.ok('proxy connections')).toContain(' 110 TIME_WAIT ');
  await cluster.ok('tick 110s');
  expect(await cluster.ok('proxy connections')).toBe('Nothing is remembered.\n');
  expect((await cluster.run('trace client web:http --hold -1s')).err).toContain('--hold must not be negative');
});

test.each(['iptables', 'nftables', 'ipvs', 'userspace'])(
  'affinity in mode %s: kept, until its time is over',
  async (mode) => {
    await cluster.ok(`proxy mode ${mode}`);
    const first = await backendOf('client sticky --hold 0s');
    for (let i = 0; i < 4; i++) {
      await cluster.ok('tick 50s');
      expect(await backendOf('client sticky --hold 0s')).toBe(first);
    }
    expect(await cluster.ok('proxy connections --affinity')).toMatch(
      /CLIENT\s+OF\s+BACKEND\s+SENT THERE\n10\.244\.0\.\d\s/,
    );
    // Seven minutes later chance decides again, or whose turn it is: both come up.
    await cluster.ok('tick 7m');
    const later = new Set<string>();
    for (let i = 0; i < 8; i++) {
      later.add(await backendOf('client sticky --hold 0s'));
      await cluster.ok('tick 7m');
    }
    expect(later.size).toBe(2);
  },
);

test('least connections: counted over commands, listed as ipvsadm does', async () => {
  await cluster.ok('proxy mode ipvs --ipvs-scheduler lc');
  const first = await backendOf('client web:http --hold 10m');
  const second = await backendOf('client web:http --hold 1s');
  expect(second).not.toBe(first);
  await cluster.ok('tick 10s');
  expect(await cluster.ok('trace client web:http')).toMatch(
    /ipvs: lc chose among 2, with connections open and ended \d/,
  );
  expect(await backendOf('client web:http --hold 10m')).toBe(second);
  const listed = await cluster.ok('proxy connections --ipvs --node node-1');
  expect(listed).toMatch(/^TCP +10\.\S+:80 lc$/m);
  expect(listed).toContain(`  -> ${first.padEnd(28)} Masq    1      1          0\n`);
  expect(listed).toContain(`  -> ${second.padEnd(28)} Masq    1      1          1\n`);
});

test('a pod that terminates keeps its connections, at weight 0; when it is gone, so are they', async () => {
  await cluster.ok('proxy mode ipvs');
  await cluster.ok('annotate pod web-b kubetick.dev/stop-time=20s');
  const address = await cluster.ok(['get', 'pod', 'web-b', '-o', 'jsonpath={.status.podIP}']);
  await cluster.ok('trace client web:http -n 2 --hold 1h');
  await cluster.ok('delete pod web-b --wait=false');
  await cluster.ok('tick 1s');
  expect(await cluster.ok('proxy rules')).toContain(`-r ${address}:8080 -m -w 0\n`);
  expect(await connections()).toContain(`ESTABLISHED ${address}`);
  for (let i = 0; i < 3; i++) expect(await backendOf('client web:http')).not.toContain(address);
  await cluster.ok('tick 1m');
  expect((await connections()).filter((one) => one.endsWith(address))).toEqual([]);
  expect(await cluster.ok('proxy rules')).not.toContain('-w 0');
});

test('UDP: an entry to an endpoint that is gone is cleared, others stay', async () => {
  await cluster.ok('proxy mode ipvs');
  await cluster.ok('trace client web:dns -n 2 --hold 1h');
  expect(await connections()).toHaveLength(2);
  // The pod runs on, but it is no endpoint any more.
  await cluster.ok('label pod web-b app=other --overwrite');
  await cluster.ok('tick 5s');
  const left = await connections();
  expect(left).toHaveLength(1);
  await cluster.ok('trace client web:http -n 2 --hold 1h');
  await cluster.ok('label pod web-a app=other --overwrite');
  await cluster.ok('tick 5s');
  // With nobody left to serve, kube-proxy leaves them as they are; and those of TCP it never touches.
  expect(await connections()).toHaveLength(3);
});

test('userspace: two connections for one, and the backend sees the node', async () => {
  await cluster.ok('proxy mode userspace');
  const out = await cluster.ok('trace client web:http --hold 1m');
  expect(out).toMatch(/^SOURCE {2}masqueraded: the backend sees \S+ instead of/m);
  expect(out).toContain('kube-proxy: the next one in turn of 2 → a connection of its own to ');
  expect(out).toMatch(/^BACK {4}kube-proxy on node-1 reads the answer, and writes it/m);
  const lines = (await cluster.ok('proxy connections')).split('\n').filter((line) => line.startsWith('tcp'));
  expect(lines).toHaveLength(2);
  const [, proxyPort = ''] = / src=\S+ dst=\S+ sport=(\d{5}) dport=\d{5} \[/.exec(lines[0] ?? '') ?? [];
  expect(await cluster.ok('proxy rules')).toContain(`--to-ports ${proxyPort}`);
});

describe('compare', () => {
  test('tables the modes for the cluster and for made-up services, within 80 columns', async () => {
    const out = await cluster.ok('proxy compare --services 10,100 --connections 60');
    const lines = out.split('\n');
    expect(lines.filter((line) => /^(?:\d+(?: here)?)? +(iptables|nftables|ipvs|userspace) /.test(line))).toHaveLength(
      12,
    );
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
    expect(out).toContain('In userspace mode every packet goes through the proxy: 2 passages');
    const terminal = await cluster.run('proxy compare --services 10 --connections 20', { columns: 80 });
    expect(Math.max(...terminal.out.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
  });

  test('for programs; the same each time; lookups of iptables grow, of the others they do not', async () => {
    const line = 'proxy compare --services 10,200 --connections 40 -o json';
    const out = await cluster.ok(line);
    expect(await cluster.ok(line)).toBe(out);
    const { sizes } = JSON.parse(out) as {
      sizes: {
        services: number;
        modes: {
          mode: string;
          lookups: { median: number };
          change: number;
          spread: { fewest: number; most: number };
        }[];
      }[];
    };
    const of = (size: number, mode: string) => {
      const found = sizes.find(({ services }) => services === size)?.modes.find((one) => one.mode === mode);
      if (!found) throw new Error(mode);
      return found;
    };
    expect(of(200, 'iptables').lookups.median).toBeGreaterThan(2 * of(10, 'iptables').lookups.median);
    for (const mode of ['nftables', 'ipvs'])
      expect(of(200, mode)).toMatchObject({ lookups: of(10, mode).lookups, change: of(10, mode).change });
    // Ten backends, twenty connections: taking turns each gets two.
    for (const mode of ['ipvs', 'userspace']) expect(of(200, mode).spread).toMatchObject({ fewest: 2, most: 2 });
  });

  test('a cluster of IPv6 alone has the same figures for made-up services', async () => {
    const six = await memoryCluster({
      nodes: 1,
      settings: { serviceCIDR: 'fd00:96::/112', clusterCIDR: 'fd00:244::/56' },
    });
    const line = 'proxy compare --services 10 --connections 40';
    const made = (out: string) => out.slice(out.indexOf('\n10 '), out.indexOf('iptables looks at'));
    expect(made(await six.ok(line))).toBe(made(await cluster.ok(line)));
  });

  test('what cannot be compared', async () => {
    for (const [flag, said] of [
      ['--services 0', 'services must be from 1 to 10000, not 0'],
      ['--services ten', 'services must be from 1 to 10000, not ten'],
      ['--services 10000 --endpoints 100', 'services times endpoints must be at most 200000, not 1000000'],
      ['--connections 0', 'connections must be from 1 to 10000, not 0'],
    ])
      expect((await cluster.run(`proxy compare ${flag}`)).err).toContain(said);
    expect(await cluster.ok(['proxy', 'compare', '--services', ''])).toContain('here');
  });
});
