/** What kube-proxy writes in IPVS mode, and how connections are balanced that know of others. */
import fc from 'fast-check';
import type { ServiceView } from '../../../src/sim/network/model';
import { ConnectionTable } from '../../../src/sim/proxy/connections/table';
import { IPVS } from '../../../src/sim/proxy/ipvs/proxy';
import type { NodeProxy, ProxySituation } from '../../../src/sim/proxy/mode';
import { readIpset, readIpvsadm } from './ipvs-text';
import { caseArbitrary, servicesOf, situationOfCase } from './random-cases';
import { node, service, situation, vip } from './views';

const TWO = [
  { address: '10.0.1.5', node: 'node1' },
  { address: '10.0.2.6', node: 'node2' },
];
const web = service('ns/web', { clusterIPs: ['172.30.0.10'], endpoints: TWO });

function started(services: readonly ServiceView[], at: ProxySituation = situation()): NodeProxy {
  const proxy = IPVS.start(at);
  proxy.sync(services);
  return proxy;
}

function textFor(proxy: NodeProxy, tool: string): string {
  return proxy.rules().find((one) => one.tool.startsWith(tool))?.text ?? '';
}

const entriesOf = (proxy: NodeProxy, set: string) => [...(readIpset(textFor(proxy, 'ipset')).get(set)?.entries ?? [])];

test('a cluster IP: one virtual server, an address of kube-ipvs0, entries of sets', () => {
  const proxy = started([web]);
  expect(textFor(proxy, 'ipvsadm')).toBe(
    [
      '-A -t 172.30.0.10:80 -s rr',
      '-a -t 172.30.0.10:80 -r 10.0.1.5:80 -m -w 1',
      '-a -t 172.30.0.10:80 -r 10.0.2.6:80 -m -w 1',
      '',
    ].join('\n'),
  );
  expect(textFor(proxy, 'ip -batch')).toBe(
    'link add kube-ipvs0 type dummy\naddress add 172.30.0.10/32 dev kube-ipvs0\n',
  );
  expect(entriesOf(proxy, 'KUBE-CLUSTER-IP')).toEqual(['172.30.0.10,tcp:80']);
  expect(entriesOf(proxy, 'KUBE-LOOP-BACK')).toEqual(['10.0.1.5,tcp:80,10.0.1.5']);
  expect(entriesOf(proxy, 'KUBE-IPVS-IPS')).toEqual(['172.30.0.10']);
});

test('a load balancer with source ranges, Local policy and affinity', () => {
  const balanced = service('ns/lb', {
    ...{ type: 'LoadBalancer', clusterIPs: ['172.30.0.11'], ingress: vip('1.2.3.4'), endpoints: TWO },
    ...{ externalTrafficPolicy: 'Local', healthCheckNodePort: 32000, affinitySeconds: 10800 },
    ...{ sourceRanges: ['203.0.113.0/25', '192.168.0.0/24'], ports: [{ name: 'p', port: 80, nodePort: 30080 }] },
  });
  const proxy = started([balanced]);
  const servers = readIpvsadm(textFor(proxy, 'ipvsadm'));
  expect([...servers.keys()].sort()).toEqual(
    ['1.2.3.4:80/TCP', '10.0.1.1:30080/TCP', '172.30.0.11:80/TCP', '192.168.0.2:30080/TCP'].sort(),
  );
  expect(servers.get('1.2.3.4:80/TCP')).toMatchObject({ persistence: 10800, servers: new Map([['10.0.1.5:80', 1]]) });
  expect(servers.get('172.30.0.11:80/TCP')?.servers.size).toBe(2);
  expect(entriesOf(proxy, 'KUBE-LOAD-BALANCER-LOCAL')).toEqual(['1.2.3.4,tcp:80']);
  expect(entriesOf(proxy, 'KUBE-LOAD-BALANCER-FW')).toEqual(['1.2.3.4,tcp:80']);
  expect(entriesOf(proxy, 'KUBE-LOAD-BALANCER-SOURCE-CIDR')).toEqual([
    ...['1.2.3.4,tcp:80,192.168.0.0/24', '1.2.3.4,tcp:80,203.0.113.0/25'],
  ]);
  // The node is within a range, so its own connections may pass, which come from the address itself.
  expect(entriesOf(proxy, 'KUBE-LOAD-BALANCER-SOURCE-IP')).toEqual(['1.2.3.4,tcp:80,1.2.3.4']);
  expect(entriesOf(proxy, 'KUBE-NODE-PORT-LOCAL-TCP')).toEqual(['30080']);
  expect(entriesOf(proxy, 'KUBE-HEALTH-CHECK-NODE-PORT')).toEqual(['32000']);
  const closed = started([{ ...balanced, sourceRanges: ['203.0.113.0/25'] }]);
  expect(textFor(closed, 'iptables')).toContain(
    '-A KUBE-IPVS-OUT-FILTER -s 1.2.3.4 -m ipvs --vaddr 1.2.3.4 --vproto tcp --vport 80 -j DROP\n',
  );
});

test('rules do not grow with services', () => {
  const many = Array.from({ length: 200 }, (_, i) =>
    service(`ns/s${i}`, { clusterIPs: [`172.30.1.${i}`], endpoints: TWO }),
  );
  const { 'nat rules': nat, 'filter rules': filter } = started(many).counts();
  const one = started([web]).counts();
  expect({ nat, filter }).toEqual({ nat: one['nat rules'], filter: one['filter rules'] });
});

test('names of sets of the other family have at most 31 letters', () => {
  const six = service('ns/six', {
    families: ['IPv6'],
    clusterIPs: ['fd00:172:30::10'],
    endpoints: [{ address: 'fd00:10::5' }],
  });
  const at = situation({}, node('node1', { internalIPs: ['fd00::2'], podCIDRs: ['fd00:10::/120'] }), 'IPv6');
  const proxy = started([six], at);
  const names = [...readIpset(textFor(proxy, 'ipset')).keys()];
  expect(names).toContain('KUBE-6-LOAD-BALANCER-SOURCE-CID');
  expect(names.every((name) => name.startsWith('KUBE-6-') && name.length <= 31)).toBe(true);
  expect(textFor(proxy, 'ipvsadm')).toContain('-a -t [fd00:172:30::10]:80 -r [fd00:10::5]:80 -m -w 1\n');
  expect(textFor(proxy, 'ip6tables')).toContain('-s ::1/128 -j RETURN');
});

test('mh asks for ports to be hashed too', () => {
  expect(textFor(started([web], situation({ ipvsScheduler: 'mh' })), 'ipvsadm')).toContain('-s mh -b mh-port\n');
});

test('whatever there is, the tools could read it, and it hangs together', () => {
  fc.assert(
    fc.property(caseArbitrary, (one) => {
      const at = situationOfCase(one);
      const proxy = started(servicesOf(one), at);
      const servers = readIpvsadm(textFor(proxy, 'ipvsadm'));
      const sets = readIpset(textFor(proxy, 'ipset'));
      const prefix = one.six ? 'KUBE-6-' : 'KUBE-';
      const bound = sets.get(`${prefix}IPVS-IPS`)?.entries ?? new Set();
      // Every virtual server stands at an address that is the node's own by then.
      for (const id of servers.keys()) {
        const address = id.slice(0, id.lastIndexOf(':')).replace(/^\[|\]$/g, '');
        expect(bound.has(address) || at.localIPs.includes(address)).toBe(true);
      }
      const rules = textFor(proxy, one.six ? 'ip6tables' : 'iptables');
      for (const [, set = ''] of rules.matchAll(/--match-set (\S+)/g)) expect(sets.has(set)).toBe(true);
      expect(proxy.counts()['virtual servers']).toBe(servers.size);
    }),
    { numRuns: 150, seed: 29 },
  );
});

const chance = { below: () => 0 };
const toWeb = (source: string, sourcePort: number) =>
  ({ protocol: 'TCP', source, sourcePort, destination: '172.30.0.10', port: 80, hook: 'prerouting' }) as const;

test('least connections: by those that last, and a little by those that ended', () => {
  const at = situation({ ipvsScheduler: 'lc' });
  const proxy = started([web], at);
  const table = new ConnectionTable(undefined, 0);
  const open = (seconds: number, memory = table) => {
    const packet = toWeb('10.0.1.9', memory.takePort());
    const walk = proxy.walk(packet, { chance, balancers: memory });
    memory.keep(packet, walk, { mode: 'ipvs', client: '', milliseconds: seconds * 1000 });
    return walk.backend?.ip;
  };
  expect([open(10), open(60), open(10), open(60)]).toEqual(['10.0.1.5', '10.0.2.6', '10.0.1.5', '10.0.2.6']);
  // Ten seconds later those to the first have ended; they are remembered, but weigh little.
  const later = new ConnectionTable(table.record(), 10_000);
  expect(Object.fromEntries(later.connections('172.30.0.10:80/TCP'))).toEqual({
    '10.0.1.5:80': { active: 0, inactive: 2 },
    '10.0.2.6:80': { active: 2, inactive: 0 },
  });
  expect([open(60, later), open(60, later), open(60, later)]).toEqual(['10.0.1.5', '10.0.1.5', '10.0.2.6']);
});

test('persistence: a client keeps its real server for its time, counted from its last connection', () => {
  const sticky = { ...web, affinitySeconds: 60 };
  const proxy = started([sticky]);
  let record = new ConnectionTable(undefined, 0).record();
  const open = (at: number, client: string) => {
    const table = new ConnectionTable(record, at * 1000);
    const packet = toWeb(client, table.takePort());
    const walk = proxy.walk(packet, { chance, affinity: table, balancers: table });
    table.keep(packet, walk, { mode: 'ipvs', client: '', milliseconds: 0 });
    record = table.record();
    return walk.backend?.ip;
  };
  expect(open(0, '10.0.1.8')).toBe('10.0.1.5');
  expect(open(0, '10.0.1.9')).toBe('10.0.2.6');
  expect(open(1, '10.0.1.9')).toBe('10.0.2.6');
  expect(open(59, '10.0.1.9')).toBe('10.0.2.6');
  // What has ended is known for two minutes, and holds the template for as long.
  expect(open(118, '10.0.1.9')).toBe('10.0.2.6');
  expect(open(118 + 121 + 60, '10.0.1.9')).toBe('10.0.1.5');
});

test('a real server that is gone gets weight 0 while it has connections, of TCP only', () => {
  const lasting = () => new Map([['10.0.2.6:80', { active: 1, inactive: 0 }]]);
  const at = { ...situation(), lasting };
  const proxy = started([web], at);
  const one = { ...web, endpoints: web.endpoints.slice(0, 1) };
  const { input, touched } = proxy.syncService('ns/web', one);
  expect(input.find(({ tool }) => tool === 'ipvsadm -R')?.text).toBe('-e -t 172.30.0.10:80 -r 10.0.2.6:80 -m -w 0\n');
  expect(touched).toContainEqual({
    ...{ action: 'change', what: 'real server 10.0.2.6:80', detail: 'of 172.30.0.10:80/TCP: weight 0' },
  });
  expect(textFor(started([one], at), 'ipvsadm')).toContain('-r 10.0.2.6:80 -m -w 0\n');
  const chosen = [0, 1, 2].map(
    (draw) => proxy.walk(toWeb('10.0.1.9', 1), { chance: { below: () => draw % 2 } }).backend?.ip,
  );
  expect(new Set(chosen)).toEqual(new Set(['10.0.1.5']));
  const udp = service('ns/dns', {
    clusterIPs: ['172.30.0.53'],
    ports: [{ port: 53, protocol: 'UDP' }],
    endpoints: TWO.slice(0, 1),
  });
  expect(textFor(started([udp], at), 'ipvsadm')).not.toContain('-w 0');
  // Without connections it goes at once.
  expect(
    started([web])
      .syncService('ns/web', one)
      .input.find(({ tool }) => tool === 'ipvsadm -R')?.text,
  ).toBe('-d -t 172.30.0.10:80 -r 10.0.2.6:80\n');
});
