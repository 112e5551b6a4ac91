/** What kube-proxy writes in nftables mode; names and forms are those of a real node of 1.36.2 and of upstream's tests. */
import type { ServiceView } from '../../../src/sim/network/model';
import type { ProxySituation } from '../../../src/sim/proxy/mode';
import { NFTABLES } from '../../../src/sim/proxy/nftables/proxy';
import { type EndpointLike, node, service, situation, vip } from './views';

function written(services: readonly ServiceView[], at: ProxySituation = situation()): string[] {
  const proxy = NFTABLES.start(at);
  proxy.sync(services);
  const [one, more] = proxy.rules();
  expect(more).toBeUndefined();
  return (one?.text ?? '').trimEnd().split('\n');
}

/** Of all lines those about one thing, without what they have in common. */
function about(lines: readonly string[], what: string): string[] {
  const prefix = new RegExp(`^add (rule|element|set|map|chain) ip6? kube-proxy ${what} `);
  return lines.filter((line) => prefix.test(line)).map((line) => line.replace(prefix, ''));
}

const two: EndpointLike[] = [
  { address: '10.244.0.10', port: 9898, node: 'node1' },
  { address: '10.244.0.8', port: 9898, node: 'node2' },
];

test('a service: an element leads to its chain, which chooses', () => {
  const lines = written([
    service('kproxy-lab/backend-api', {
      ...{ clusterIPs: ['10.100.192.23'], endpoints: two, ports: [{ name: 'http', port: 80 }] },
    }),
  ]);
  const chain = 'service-YVSKLJHA-kproxy-lab/backend-api/tcp/http';
  expect(lines).toContain(`add chain ip kube-proxy ${chain}`);
  expect(about(lines, 'service-ips')).toContain(`{ 10.100.192.23 . tcp . 80 : goto ${chain} }`);
  expect(about(lines, 'cluster-ips')).toContain('{ 10.100.192.23 }');
  expect(about(lines, chain)).toEqual([
    'meta l4proto tcp dnat ip addr . port to numgen random mod 2 map { 0 : 10.244.0.10 . 9898 , 1 : 10.244.0.8 . 9898 }',
  ]);
  // Only what is on this node can come back to itself here.
  expect(about(lines, 'hairpin-connections').slice(1)).toEqual(['{ 10.244.0.10 . 10.244.0.10 . tcp . 9898 }']);
});

test('what is always there', () => {
  const lines = written([]);
  expect(lines[0]).toBe('add table ip kube-proxy { comment "rules for kube-proxy" ; }');
  expect(about(lines, 'filter-prerouting-pre-dnat')).toEqual([
    '{ type filter hook prerouting priority -110 ; }',
    'ct state new jump firewall-check',
  ]);
  expect(about(lines, 'filter-forward')).toEqual([
    '{ type filter hook forward priority 0 ; }',
    'ct state new jump service-endpoints-check',
    'ct state new jump cluster-ips-check',
  ]);
  expect(about(lines, 'services')).toEqual([
    'ip daddr @cluster-ips ip saddr != 10.0.0.0/8 mark set mark or 0x00004000 comment "masquerade clusterIP traffic from outside cluster"',
    'ip daddr . meta l4proto . th dport vmap @service-ips',
    'ip daddr @nodeport-ips meta l4proto . th dport vmap @service-nodeports',
  ]);
  expect(about(lines, 'masquerading')).toEqual([
    'mark and 0x00004000 != 0 mark set mark xor 0x00004000 masquerade fully-random',
    'ct status dnat ip saddr . ip daddr . meta l4proto . th dport @hairpin-connections masquerade fully-random',
  ]);
  expect(about(lines, 'cluster-ips-check')).toEqual([
    'ip daddr @cluster-ips reject comment "Reject traffic to invalid ports of ClusterIPs"',
    'ip daddr { 172.30.0.0/16 } drop comment "Drop traffic to unallocated ClusterIPs"',
  ]);
  expect(about(lines, 'nodeport-ips').slice(1)).toEqual(['{ 192.168.0.2 }']);
});

test('nothing stands before what it needs', () => {
  const lines = written([
    service('a/b', { endpoints: two, affinitySeconds: 60, ingress: vip('1.2.3.4'), sourceRanges: ['1.0.0.0/8'] }),
  ]);
  const known = new Set<string>();
  for (const line of lines) {
    const [, what, , , name = ''] = line.split(' ');
    if (what !== 'rule' && what !== 'element') known.add(name);
    else expect(known).toContain(name);
    for (const [, used = ''] of line.replace(/comment "[^"]*"/, '').matchAll(/(?:jump|goto|@)\s?(\S+)/g))
      expect(known).toContain(used);
  }
});

test('affinity: a set and a chain for each endpoint', () => {
  const lines = written([service('ns5/svc5', { affinitySeconds: 10800, endpoints: [{ address: '10.180.0.3' }] })]);
  const name = /^add chain ip kube-proxy endpoint-(.*)$/m.exec(lines.join('\n'))?.[1] ?? '';
  expect(name).toBe('GTK6MW7G-ns5/svc5/tcp/p80__10.180.0.3/80');
  expect(about(lines, `affinity-${name}`)).toEqual(['{ type ipv4_addr ; flags dynamic,timeout ; timeout 10800s ; }']);
  expect(about(lines, `endpoint-${name}`)).toEqual([
    `update @affinity-${name} { ip saddr }`,
    'meta l4proto tcp dnat to 10.180.0.3:80',
  ]);
  const chain = /^add chain ip kube-proxy (service-[A-Z2-7]{8}-.*)$/m.exec(lines.join('\n'))?.[1] ?? '';
  expect(about(lines, chain)).toEqual([
    `ip saddr @affinity-${name} goto endpoint-${name}`,
    `numgen random mod 1 vmap { 0 : goto endpoint-${name} }`,
  ]);
});

test('without endpoints it rejects; without local ones it drops, but for pods and the node itself', () => {
  const none = written([
    service('ns6/svc6', { clusterIPs: ['172.30.0.46'], ports: [{ name: 'p80', port: 80, nodePort: 3001 }] }),
  ]);
  expect(about(none, 'no-endpoint-services').slice(1)).toEqual([
    '{ 172.30.0.46 . tcp . 80 comment "ns6/svc6:p80" : goto reject-chain }',
  ]);
  expect(about(none, 'no-endpoint-nodeports').slice(1)).toEqual([
    '{ tcp . 3001 comment "ns6/svc6:p80" : goto reject-chain }',
  ]);
  expect(about(none, 'service-nodeports').slice(1)).toEqual([]);
  const local = written([
    service('ns2/svc2', {
      ...{
        clusterIPs: ['172.30.0.42'],
        externalTrafficPolicy: 'Local',
        ports: [{ name: 'p80', port: 80, nodePort: 3001 }],
      },
      endpoints: [{ address: '10.180.0.2', node: 'node2' }],
    }),
  ]);
  expect(about(local, 'no-endpoint-nodeports').slice(1)).toEqual(['{ tcp . 3001 comment "ns2/svc2:p80" : drop }']);
  expect(about(local, 'external-\\S+').map((line) => line.replace(/-[A-Z2-7]{8}-/, '-HASH-'))).toEqual([
    'ip saddr 10.0.0.0/8 goto service-HASH-ns2/svc2/tcp/p80 comment "short-circuit pod traffic"',
    'fib saddr type local mark set mark or 0x00004000 comment "masquerade local traffic"',
    'fib saddr type local goto service-HASH-ns2/svc2/tcp/p80 comment "short-circuit local traffic"',
  ]);
});

test('source ranges: a chain that drops all others', () => {
  const balanced = (sourceRanges: string[]) =>
    about(written([service('a/b', { ingress: vip('5.6.7.8'), sourceRanges, endpoints: two })]), 'firewall-\\S+/\\S+');
  expect(balanced(['203.0.113.0/25', '10.1.0.0/16'])).toEqual(['ip saddr != { 203.0.113.0/25 , 10.1.0.0/16 } drop']);
  // A node within them has the address itself, perhaps.
  expect(balanced(['192.168.0.0/16'])).toEqual(['ip saddr != { 192.168.0.0/16 , 5.6.7.8 } drop']);
});

test('IPv6 in a table of its own', () => {
  const at = situation({}, node('node1', { internalIPs: ['fd00::2'], podCIDRs: ['fd00:10::/64'] }), 'IPv6');
  const lines = written(
    [
      service('a/six', {
        families: ['IPv6'],
        clusterIPs: ['fd00:172:30::41'],
        affinitySeconds: 5,
        endpoints: [{ address: 'fd00:10::7' }],
      }),
    ],
    at,
  );
  expect(lines.every((line) => line.includes(' ip6 kube-proxy'))).toBe(true);
  expect(lines.some((line) => line.includes('__fd00.10..7/80'))).toBe(true);
  expect(lines.some((line) => line.endsWith('dnat to [fd00:10::7]:80'))).toBe(true);
});

test('node ports everywhere, when told', () => {
  const lines = written([], situation({ nodePortAddresses: ['0.0.0.0/0'] }));
  expect(about(lines, 'nodeport-ips')).toEqual([]);
  expect(about(lines, 'services').at(-1)).toBe(
    'fib daddr type local ip daddr != 127.0.0.0/8 meta l4proto . th dport vmap @service-nodeports',
  );
});

describe('a partial sync', () => {
  const other = service('a/other', { clusterIPs: ['172.30.0.99'], endpoints: two });

  test('writes nothing of others', () => {
    const proxy = NFTABLES.start(situation());
    proxy.sync([other, service('a/web', { endpoints: two })]);
    const { input, touched } = proxy.syncService('a/web', service('a/web', { endpoints: two.slice(0, 1) }));
    expect(input[0]?.text).not.toContain('a/other');
    expect(input[0]?.text.trimEnd().split('\n')).toHaveLength(3);
    expect(touched).toEqual([{ action: 'change', what: expect.stringContaining('/web/'), detail: '1 rule' }]);
  });

  test('an element stays as long as another service needs it', () => {
    const proxy = NFTABLES.start(situation());
    proxy.sync([other, service('a/web', { endpoints: two })]);
    const { input } = proxy.syncService('a/web', undefined);
    const deleted = (input[0]?.text ?? '').split('\n').filter((line) => line.startsWith('delete'));
    expect(deleted).toEqual([
      'delete element ip kube-proxy cluster-ips { 172.30.0.41 }',
      'delete element ip kube-proxy service-ips { 172.30.0.41 . tcp . 80 }',
    ]);
    const rest = proxy.syncService('a/other', undefined);
    expect(rest.input[0]?.text).toContain('delete element ip kube-proxy hairpin-connections');
    expect(proxy.counts()['elements']).toBe(1);
  });
});
