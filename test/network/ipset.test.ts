/**
 * The real tools read what IPVS and userspace mode write: ipset loads the sets into a kernel, iptables the rules that look at them, in a
 * network namespace of its own. ipvsadm needs IPVS in the kernel for reading anything; where that is not, a strict reader stands in for
 * it (test/sim/proxy/ipvs.test.ts).
 */
import { spawnSync } from 'node:child_process';
import type { ServiceView } from '../../src/sim/network/model';
import { IPVS } from '../../src/sim/proxy/ipvs/proxy';
import type { RulesText } from '../../src/sim/proxy/mode';
import { USERSPACE } from '../../src/sim/proxy/userspace/proxy';
import { readIpset } from '../sim/proxy/ipvs-text';
import { node, service, situation, vip } from '../sim/proxy/views';

const endpoints = [
  { address: '10.0.1.5', node: 'node1' },
  { address: '10.0.2.6', node: 'node2' },
];

/** Everything that a service can have, so that every set and every rule is there. */
function services(six: boolean): ServiceView[] {
  const address = (four: string, other: string) => (six ? other : four);
  return (['TCP', 'UDP', 'SCTP'] as const).map((protocol, i) =>
    service(`ns/${protocol.toLowerCase()}`, {
      type: 'LoadBalancer',
      families: [six ? 'IPv6' : 'IPv4'],
      clusterIPs: [address(`172.30.0.1${i}`, `fd00:172:30::1${i}`)],
      externalIPs: [address(`198.51.100.${i}`, `2001:db8:1::${i}`)],
      ingress: vip(address(`1.2.3.${i}`, `2001:db8:2::${i}`)),
      sourceRanges: [address('203.0.113.0/25', '2001:db8:3::/48')],
      externalTrafficPolicy: i === 1 ? 'Local' : 'Cluster',
      healthCheckNodePort: i === 1 ? 32000 : 0,
      affinitySeconds: i === 0 ? 60 : undefined,
      ports: [{ name: 'p', port: 80, protocol, nodePort: 30080 + i }],
      endpoints: six ? [{ address: 'fd00:10::5', node: 'node1' }] : endpoints,
    }),
  );
}

const at = (six: boolean) =>
  six
    ? situation({}, node('node1', { internalIPs: ['fd00::2'], podCIDRs: ['fd00:10::/120'] }), 'IPv6')
    : situation({}, node('node1'));

function has(command: string): boolean {
  return spawnSync('sh', ['-c', command]).status === 0;
}

const missing = () =>
  process.platform !== 'linux' || process.getuid?.() !== 0
    ? 'root on Linux is needed'
    : has('unshare -n ipset list -n')
      ? undefined
      : 'ipset does not work in a network namespace here';
const reason = missing();
const hasIPVSMatch = reason === undefined && has('unshare -n iptables -A OUTPUT -m ipvs --vproto tcp -j DROP');
const hasIPVS = reason === undefined && has('unshare -n ipvsadm -L -n');

const named = (text: string) => (reason === undefined ? text : `${text} (skipped: ${reason})`);
const testHere = reason === undefined ? test : test.skip;
const testIPVS = hasIPVS ? test : test.skip;

/** Files are written beside each other; the script runs in a namespace of its own. */
function load(texts: readonly RulesText[], script: readonly string[]): string {
  const files = texts.map(({ text }, i) => `cat > "$d/${i}" <<'END'\n${text}END\n`).join('');
  const lines = ['set -e', 'd=$(mktemp -d)', 'trap \'rm -rf "$d"\' EXIT', files, ...script];
  const { status, stdout, stderr } = spawnSync('unshare', ['-n', 'sh'], { input: lines.join('\n'), encoding: 'utf8' });
  expect({ status, stderr: status === 0 ? '' : stderr }).toEqual({ status: 0, stderr: '' });
  return stdout;
}

describe.each([
  ['IPv4', false],
  ['IPv6', true],
])('%s', (_, six) => {
  testHere(named('ipset loads all sets, and iptables all rules that look at them'), () => {
    const proxy = IPVS.start(at(six));
    proxy.sync(services(six));
    const texts = proxy.rules().filter(({ tool }) => tool.startsWith('ipset') || tool.includes('tables'));
    // Rules on what IPVS did need a module of the kernel: without it they are only read.
    const loaded = texts.map((one) => ({
      ...one,
      text: hasIPVSMatch ? one.text : one.text.replace(/^.* -m ipvs .*\n/gm, ''),
    }));
    const tables = `ip${six ? '6' : ''}tables`;
    load(texts, ['ipset restore < "$d/0"', `${tables}-restore --test --noflush < "$d/1"`]);
    const saved = load(loaded, [
      'ipset restore < "$d/0"',
      `${tables}-restore --noflush < "$d/1"`,
      ...['ipset save', 'echo ---', `${tables}-save`],
    ]);
    const [sets = '', rules = ''] = saved.split('---\n');
    const wanted = readIpset(texts[0]?.text ?? '');
    const added = [...sets.matchAll(/^add (\S+) (\S+)$/gm)];
    expect(added).toHaveLength([...wanted.values()].reduce((sum, { entries }) => sum + entries.size, 0));
    if (!six) for (const [, set = '', entry = ''] of added) expect(wanted.get(set)?.entries).toContain(entry);
    const written = loaded[1]?.text.split('\n').filter((line) => /^-[AI] /.test(line)) ?? [];
    expect(rules.split('\n').filter((line) => line.startsWith('-A'))).toHaveLength(written.length);
    expect(rules).toContain(`--match-set ${six ? 'KUBE-6' : 'KUBE'}-CLUSTER-IP dst,dst`);
  });

  testHere(named('a change is read as well: what goes, goes; and back again'), () => {
    const proxy = IPVS.start(at(six));
    proxy.sync(services(six));
    const all = services(six);
    const sets = (texts: readonly RulesText[]) => texts.filter(({ tool }) => tool === 'ipset restore');
    const before = sets(proxy.rules());
    const gone = all.flatMap(({ key }) => sets(proxy.syncService(key, undefined).input));
    const back = all.flatMap((one) => sets(proxy.syncService(one.key, one).input));
    const script = (count: number) => Array.from({ length: count }, (__, i) => `ipset restore < "$d/${i}"`);
    const texts = [...before, ...gone];
    expect(load(texts, [...script(texts.length), 'ipset save | grep ^add || true'])).toBe('');
    const again = [...texts, ...back];
    const lines = load(again, [...script(again.length), 'ipset save | grep -c ^add']);
    expect(Number(lines)).toBe((before[0]?.text.match(/^add /gm) ?? []).length);
  });

  testHere(named('iptables loads the portals of userspace mode'), () => {
    const proxy = USERSPACE.start(at(six));
    proxy.sync(services(six));
    const tables = `ip${six ? '6' : ''}tables`;
    const rules = load(proxy.rules(), [`${tables}-restore --noflush < "$d/0"`, `${tables}-save`]);
    const { 'nat rules': nat = 0, 'filter rules': filter = 0 } = proxy.counts();
    expect(rules.split('\n').filter((line) => line.startsWith('-A'))).toHaveLength(nat + filter);
  });
});

testIPVS(
  hasIPVS ? 'ipvsadm reads the virtual servers' : 'ipvsadm reads them (skipped: this kernel has no IPVS)',
  () => {
    const proxy = IPVS.start(at(false));
    proxy.sync(services(false));
    const texts = proxy.rules().filter(({ tool }) => tool === 'ipvsadm -R');
    const lines = (text: string) => text.split('\n').filter(Boolean).sort();
    expect(lines(load(texts, ['ipvsadm -R < "$d/0"', 'ipvsadm -S -n']))).toEqual(lines(texts[0]?.text ?? ''));
  },
);
