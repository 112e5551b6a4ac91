/**
 * Real packets through the rules: two nodes and their pods as network namespaces, with the addresses of the simulated cluster; what
 * `kubetick proxy rules` prints is loaded into the kernel; small servers answer in the pods; and every connection must end where
 * `kubetick trace` says that it may.
 */
import type { ProxyRules } from '../../src/cluster/proxy';
import type { ProxySync } from '../../src/cluster/proxy-sync';
import type { Spread, TraceAnswer } from '../../src/cluster/trace';
import { memoryCluster, type TestCluster } from '../commands/harness';
import { CLIENT, missing, Namespaces, SERVER, type WiredNode } from './namespaces';

const OUTSIDE = '172.18.0.200';
const EXTERNAL = '198.51.100.10';
const PORT = 8080;
/** Milliseconds until silence is taken for an answer: where one is due, longer than any machine is busy. */
const PATIENCE = { silence: 1000, answer: 10_000 };
/** Values that chi-square passes with a chance of less than 1e-6, by degrees of freedom: this can't be flaky. */
const CHI_SQUARE = [0, 23.93, 27.63, 30.66];

const pod = (name: string, app: string, node: string) => `
apiVersion: v1
kind: Pod
metadata: {name: ${name}, labels: {app: ${app}}}
spec: {nodeName: ${node}, containers: [{name: c, image: web, ports: [{containerPort: ${PORT}}]}]}
---`;
const service = (name: string, spec: string) => `
apiVersion: v1
kind: Service
metadata: {name: ${name}}
spec: {${spec}}
---`;

const MANIFESTS = [
  pod('web-a', 'web', 'node-1'),
  pod('web-b', 'web', 'node-1'),
  pod('web-c', 'web', 'node-2'),
  pod('web-d', 'far', 'node-2'),
  pod('client', 'client', 'node-1'),
  service(
    'web',
    `type: NodePort, externalIPs: [${EXTERNAL}], selector: {app: web}, ports: [{port: 80, targetPort: ${PORT}, nodePort: 30080}]`,
  ),
  service(
    'sticky',
    `type: NodePort, sessionAffinity: ClientIP, selector: {app: web}, ports: [{port: 80, targetPort: ${PORT}, nodePort: 30081}]`,
  ),
  service(
    'far',
    `type: NodePort, externalTrafficPolicy: Local, selector: {app: far}, ports: [{port: 80, targetPort: ${PORT}, nodePort: 30082}]`,
  ),
  service('near', `internalTrafficPolicy: Local, selector: {app: far}, ports: [{port: 80, targetPort: ${PORT}}]`),
  service('none', `type: NodePort, selector: {app: nobody}, ports: [{port: 80, nodePort: 30083}]`),
  service('names', `selector: {app: web}, ports: [{port: 53, protocol: UDP, targetPort: ${PORT}}]`),
].join('');

/** From where, to what (as trace is asked), how often. */
interface Question {
  from: 'client' | 'web-a' | 'outside' | 'node-1';
  to: string;
  times: number;
  /** Whose ends it may have: to a trace a client that is remembered has only one, and which one chance says. */
  as?: string;
  /** What must come of it, besides what trace says. */
  expect?: 'one backend' | 'refused' | 'silence';
}

const QUESTIONS: readonly Question[] = [
  { from: 'client', to: 'web:80', times: 90 },
  { from: 'client', to: 'sticky:80', as: 'web:80', times: 12, expect: 'one backend' },
  { from: 'client', to: 'none:80', times: 4, expect: 'refused' },
  { from: 'client', to: 'names:53', times: 40 },
  { from: 'client', to: 'node-1:30082', times: 6 },
  { from: 'client', to: 'node-2:30080', times: 12 },
  { from: 'client', to: 'node-2:30082', times: 4 },
  { from: 'client', to: 'far:80', times: 4 },
  { from: 'client', to: 'near:80', times: 2, expect: 'silence' },
  { from: 'web-a', to: 'web:80', times: 30 },
  { from: 'outside', to: 'node-1:30080', times: 60 },
  { from: 'outside', to: 'node-2:30080', times: 30 },
  { from: 'outside', to: `${EXTERNAL}:80`, times: 30 },
  { from: 'outside', to: 'node-1:30081', as: 'node-1:30080', times: 8, expect: 'one backend' },
  { from: 'outside', to: 'node-2:30082', times: 6 },
  { from: 'outside', to: 'node-1:30082', times: 2, expect: 'silence' },
  { from: 'outside', to: 'node-1:30083', times: 4, expect: 'refused' },
  { from: 'node-1', to: 'svc/web:80', times: 12 },
  { from: 'node-1', to: 'node-1:30080', times: 6 },
  { from: 'node-1', to: '127.0.0.1:30080', times: 6 },
];

interface NodeObject {
  metadata: { name: string };
  spec: { podCIDR: string };
  status: { addresses: { type: string; address: string }[] };
}
interface PodObject {
  metadata: { name: string };
  spec: { nodeName: string };
  status: { podIP: string };
}

interface Result {
  label: string;
  name?: string;
  sees?: string;
  error?: string;
}

const why = missing();
const realTest = why === undefined ? describe : describe.skip;
if (why !== undefined) console.warn(`real packets: skipped, for ${why}`);

realTest('real packets', () => {
  let cluster: TestCluster;
  let net: Namespaces;
  const podAt = new Map<string, string>();

  beforeAll(async () => {
    cluster = await memoryCluster({ nodes: 2 });
    cluster.write('all.yaml', MANIFESTS);
    expect((await cluster.run('apply -f all.yaml')).code).toBe(0);
    await cluster.ok('tick --settle');
    const { items: nodes } = JSON.parse(await cluster.ok('get nodes -o json'));
    const { items: pods } = JSON.parse(await cluster.ok('get pods -o json'));
    const wired: WiredNode[] = (nodes as NodeObject[]).map(({ metadata: { name }, spec: { podCIDR }, status }) => ({
      ...{ name, podCIDR, gateway: podCIDR.replace(/0\/24$/, '1') },
      ip: status.addresses.find(({ type }) => type === 'InternalIP')?.address ?? '',
      pods: (pods as PodObject[])
        .filter(({ spec }) => spec.nodeName === name)
        .map((one) => ({ name: one.metadata.name, ip: one.status.podIP })),
    }));
    net = new Namespaces(wired, OUTSIDE, { [`${EXTERNAL}/32`]: wired[0]?.ip ?? '' });
    const servers = wired.flatMap((node) => node.pods).filter(({ name }) => name.startsWith('web'));
    for (const { name, ip } of servers) podAt.set(`${ip}:${PORT}`, name);
    await Promise.all(servers.map(({ name }) => net.start(name, SERVER, name, String(PORT))));
  }, 60_000);

  afterAll(() => net?.remove());

  test.each(['iptables', 'nftables'])(
    '%s: every connection lands where trace says that it may',
    async (mode) => {
      for (const node of ['node-1', 'node-2']) {
        const { families } = JSON.parse(await cluster.ok(`proxy rules --node ${node} --mode ${mode} -o json`));
        for (const { tool, text } of families[0].rules) net.run(node, tool.split(' '), text);
      }
      const traced = new Map<Question, TraceAnswer>();
      for (const question of QUESTIONS) {
        const source = question.from === 'outside' ? OUTSIDE : question.from;
        const answer: TraceAnswer = JSON.parse(
          await cluster.ok(`trace ${source} ${question.to} --mode ${mode} --node node-1 -n 60 -o json`),
        );
        traced.set(question, answer);
      }
      const sources = [...new Set(QUESTIONS.map(({ from }) => from))];
      const results = (
        await Promise.all(
          sources.map(async (from) => {
            const asked = QUESTIONS.filter((question) => question.from === from).flatMap((question) => {
              const { ip, port, protocol } = (traced.get(question) as TraceAnswer).target;
              const label = String(QUESTIONS.indexOf(question));
              // Affinity is remembered from the first connection on.
              const isSticky = question.expect === 'one backend';
              const patience = question.expect === 'silence' ? PATIENCE.silence : PATIENCE.answer;
              return Array.from({ length: question.times }, (_, n) => {
                return { ip, port, protocol, label, patience, alone: isSticky && n === 0 };
              });
            });
            return connect(from, asked);
          }),
        )
      ).flat();
      expect(results.length).toBeGreaterThanOrEqual(200);
      for (const question of QUESTIONS) {
        const own = results.filter(({ label }) => label === String(QUESTIONS.indexOf(question)));
        const like = QUESTIONS.find(({ from, to }) => from === question.from && to === (question.as ?? question.to));
        judge(question, traced.get(like as Question)?.spread ?? [], own);
      }
      await change(mode);
      for (const node of ['node-1', 'node-2']) {
        if (mode === 'nftables') net.run(node, ['nft', 'delete', 'table', 'ip', 'kube-proxy']);
        else net.run(node, ['sh', '-c', 'for t in nat filter; do iptables -t $t -F; iptables -t $t -X; done']);
      }
    },
    60_000,
  );

  test('the kernel takes what is written for IPv6', async () => {
    const both = await memoryCluster({
      nodes: 1,
      settings: { serviceCIDR: '10.96.0.0/16,fd00:96::/112', clusterCIDR: '10.244.0.0/16,fd00:244::/56' },
    });
    both.write(
      'six.yaml',
      `${pod('six', 'six', 'node-1')}${service(
        'six',
        `type: NodePort, ipFamilyPolicy: RequireDualStack, sessionAffinity: ClientIP, externalTrafficPolicy: Local, selector: {app: six}, ports: [{port: 80, targetPort: ${PORT}, nodePort: 30080}]`,
      )}${service('nothing', 'ipFamilyPolicy: RequireDualStack, selector: {app: nobody}, ports: [{port: 80}]')}`,
    );
    await both.ok('apply -f six.yaml');
    await both.ok('tick --settle');
    for (const mode of ['iptables', 'nftables']) {
      const { families } = JSON.parse(await both.ok(`proxy rules --mode ${mode} -o json`)) as ProxyRules;
      expect(families.map(({ family }) => family)).toEqual(['IPv4', 'IPv6']);
      for (const { rules } of families) for (const { tool, text } of rules) net.run('client', tool.split(' '), text);
    }
    const loaded = net.run('client', ['ip6tables-save', '-t', 'nat']);
    expect(loaded).toMatch(/-j DNAT --to-destination \[fd00:244::2\]:8080/);
    expect(net.run('client', ['nft', 'list', 'table', 'ip6', 'kube-proxy'])).toContain('dnat to [fd00:244::2]:8080');
  }, 60_000);

  /** An endpoint goes: what a partial sync hands over is enough for the kernel. */
  async function change(mode: string): Promise<void> {
    await cluster.ok('proxy sync');
    await cluster.ok('label pod web-c app=nothing --overwrite');
    await cluster.ok('tick --settle');
    const { changes } = JSON.parse(await cluster.ok(`proxy sync --mode ${mode} --node node-1 -o json`)) as ProxySync;
    expect(changes.map(({ service }) => service)).toEqual(['default/names', 'default/sticky', 'default/web']);
    for (const { modes } of changes)
      for (const { tool, text } of modes[0]?.report.input ?? []) net.run('node-1', tool.split(' '), text);
    const { target }: TraceAnswer = JSON.parse(await cluster.ok(`trace client web:80 --mode ${mode} -o json`));
    const results = await connect(
      'client',
      Array.from({ length: 30 }, () => ({ ...target, label: 'changed', patience: PATIENCE.answer })),
    );
    expect(new Set(results.map(({ name }) => name))).toEqual(new Set(['web-a', 'web-b']));
    await cluster.ok('label pod web-c app=web --overwrite');
    await cluster.ok('tick --settle');
  }

  async function connect(from: string, asked: readonly object[]): Promise<Result[]> {
    return JSON.parse(await net.finish(from, CLIENT, JSON.stringify(asked)));
  }

  function judge(question: Question, spread: readonly Spread[], results: readonly Result[]): void {
    const about = `${question.from} → ${question.to}`;
    const may = spread.flatMap((one) =>
      one.outcome === 'answered'
        ? one.sources.map((sees) => `${podAt.get(one.address)} sees ${sees}`)
        : [one.outcome === 'rejected' ? 'ECONNREFUSED' : 'silence'],
    );
    for (const { name, sees, error } of results)
      expect({ about, may, was: error ?? `${name} sees ${sees}` }).toEqual({
        ...{ about, may },
        was: expect.stringMatching(oneOf(may)),
      });
    const names = new Set(results.map(({ name }) => name));
    if (question.expect === 'one backend') expect({ about, backends: names.size }).toEqual({ about, backends: 1 });
    if (question.expect === 'refused')
      expect(new Set(results.map(({ error }) => error))).toEqual(new Set(['ECONNREFUSED']));
    if (question.expect === 'silence') expect(new Set(results.map(({ error }) => error))).toEqual(new Set(['silence']));
    if (question.expect === undefined && question.times >= 30) expectEven(about, spread.length, results);
  }

  function expectEven(about: string, backends: number, results: readonly Result[]): void {
    const expected = results.length / backends;
    const counts = [...new Set(results.map(({ name }) => name))].map(
      (name) => results.filter((one) => one.name === name).length,
    );
    const value = [...counts, ...Array<number>(backends - counts.length).fill(0)].reduce(
      (sum, count) => sum + (count - expected) ** 2 / expected,
      0,
    );
    if (value > (CHI_SQUARE[backends - 1] ?? 0)) throw new Error(`${about}: ${counts.join(', ')} is no even spread`);
  }
});

function oneOf(texts: readonly string[]): RegExp {
  return new RegExp(`^(${texts.map((text) => text.replaceAll('.', '\\.')).join('|')})$`);
}
