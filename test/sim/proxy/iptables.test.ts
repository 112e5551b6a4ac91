/** What kube-proxy writes in iptables mode. The large table is upstream's own (TestOverallIPTablesRules), fact for fact. */
import type { ServiceView } from '../../../src/sim/network/model';
import { IPTABLES } from '../../../src/sim/proxy/iptables/proxy';
import type { ProxySituation } from '../../../src/sim/proxy/mode';
import { type EndpointLike, node, type ServiceLike, service, situation, vip } from './views';

/** Mode for mode as upstream's fake proxier: counters by nfacct, no --random-fully, a short mark. */
function written(services: readonly ServiceView[], at: ProxySituation = situation({ nfacct: true })): string {
  const proxy = IPTABLES.start(at);
  proxy.sync(services);
  const text = proxy.rules().at(-1)?.text ?? '';
  return text.replaceAll('0x00004000', '0x4000').replaceAll(' --random-fully', '');
}

function linesOf(text: string): string[] {
  return text.split('\n').filter((line) => line.startsWith('-A'));
}

const OVERALL: readonly ServiceView[] = [
  service('ns1/svc1', { clusterIPs: ['172.30.0.41'], endpoints: [{ address: '10.180.0.1' }] }),
  service('ns2/svc2', {
    type: 'LoadBalancer',
    externalTrafficPolicy: 'Local',
    clusterIPs: ['172.30.0.42'],
    ports: [{ name: 'p80', port: 80, nodePort: 3001 }],
    ingress: vip('1.2.3.4'),
    externalIPs: ['192.168.99.22'],
    healthCheckNodePort: 30000,
    endpoints: [{ address: '10.180.0.2' }],
  }),
  service('ns3/svc3', {
    type: 'NodePort',
    clusterIPs: ['172.30.0.43'],
    ports: [{ name: 'p80', port: 80, nodePort: 3003 }],
    endpoints: [{ address: '10.180.0.3' }],
  }),
  service('ns4/svc4', {
    type: 'NodePort',
    clusterIPs: ['172.30.0.44'],
    externalIPs: ['192.168.99.33'],
    endpoints: [{ address: '10.180.0.4' }, { address: '10.180.0.5', node: 'node1' }],
  }),
  service('ns5/svc5', {
    type: 'LoadBalancer',
    clusterIPs: ['172.30.0.45'],
    ports: [{ name: 'p80', port: 80, nodePort: 3002 }],
    ingress: vip('5.6.7.8'),
    sourceRanges: ['203.0.113.0/25'],
    affinitySeconds: 10800,
    endpoints: [{ address: '10.180.0.3' }],
  }),
  service('ns6/svc6', { clusterIPs: ['172.30.0.46'] }),
];

/** The same rules, by what they say of services; the chains that are always there are looked at by themselves. */
const EXPECTED = `
-A KUBE-NODEPORTS -m comment --comment "ns2/svc2:p80 health check node port" -m tcp -p tcp --dport 30000 -j ACCEPT
-A KUBE-SERVICES -m comment --comment "ns6/svc6:p80 has no endpoints" -m tcp -p tcp -d 172.30.0.46 --dport 80 -j REJECT
-A KUBE-EXTERNAL-SERVICES -m comment --comment "ns2/svc2:p80 has no local endpoints" -m tcp -p tcp -d 192.168.99.22 --dport 80 -j DROP
-A KUBE-EXTERNAL-SERVICES -m comment --comment "ns2/svc2:p80 has no local endpoints" -m tcp -p tcp -d 1.2.3.4 --dport 80 -j DROP
-A KUBE-EXTERNAL-SERVICES -m comment --comment "ns2/svc2:p80 has no local endpoints" -m addrtype --dst-type LOCAL -m tcp -p tcp --dport 3001 -j DROP
-A KUBE-FIREWALL -m comment --comment "block incoming localnet connections" -d 127.0.0.0/8 ! -s 127.0.0.0/8 -m conntrack ! --ctstate RELATED,ESTABLISHED,DNAT -j DROP
-A KUBE-FORWARD -m conntrack --ctstate INVALID -m nfacct --nfacct-name ct_state_invalid_dropped_pkts -j DROP
-A KUBE-FORWARD -m comment --comment "kubernetes forwarding rules" -m mark --mark 0x4000/0x4000 -j ACCEPT
-A KUBE-FORWARD -m comment --comment "kubernetes forwarding conntrack rule" -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A KUBE-PROXY-FIREWALL -m comment --comment "ns5/svc5:p80 traffic not accepted by KUBE-FW-NUKIZ6OKUXPJNT4C" -m tcp -p tcp -d 5.6.7.8 --dport 80 -j DROP
-A KUBE-NODEPORTS -m comment --comment ns2/svc2:p80 -m tcp -p tcp -d 127.0.0.0/8 --dport 3001 -m nfacct --nfacct-name localhost_nps_accepted_pkts -j KUBE-EXT-GNZBNJ2PO5MGZ6GT
-A KUBE-NODEPORTS -m comment --comment ns2/svc2:p80 -m tcp -p tcp --dport 3001 -j KUBE-EXT-GNZBNJ2PO5MGZ6GT
-A KUBE-NODEPORTS -m comment --comment ns3/svc3:p80 -m tcp -p tcp -d 127.0.0.0/8 --dport 3003 -m nfacct --nfacct-name localhost_nps_accepted_pkts -j KUBE-EXT-X27LE4BHSL4DOUIK
-A KUBE-NODEPORTS -m comment --comment ns3/svc3:p80 -m tcp -p tcp --dport 3003 -j KUBE-EXT-X27LE4BHSL4DOUIK
-A KUBE-NODEPORTS -m comment --comment ns5/svc5:p80 -m tcp -p tcp -d 127.0.0.0/8 --dport 3002 -m nfacct --nfacct-name localhost_nps_accepted_pkts -j KUBE-EXT-NUKIZ6OKUXPJNT4C
-A KUBE-NODEPORTS -m comment --comment ns5/svc5:p80 -m tcp -p tcp --dport 3002 -j KUBE-EXT-NUKIZ6OKUXPJNT4C
-A KUBE-SERVICES -m comment --comment "ns1/svc1:p80 cluster IP" -m tcp -p tcp -d 172.30.0.41 --dport 80 -j KUBE-SVC-XPGD46QRK7WJZT7O
-A KUBE-SERVICES -m comment --comment "ns2/svc2:p80 cluster IP" -m tcp -p tcp -d 172.30.0.42 --dport 80 -j KUBE-SVC-GNZBNJ2PO5MGZ6GT
-A KUBE-SERVICES -m comment --comment "ns2/svc2:p80 external IP" -m tcp -p tcp -d 192.168.99.22 --dport 80 -j KUBE-EXT-GNZBNJ2PO5MGZ6GT
-A KUBE-SERVICES -m comment --comment "ns2/svc2:p80 loadbalancer IP" -m tcp -p tcp -d 1.2.3.4 --dport 80 -j KUBE-EXT-GNZBNJ2PO5MGZ6GT
-A KUBE-SERVICES -m comment --comment "ns3/svc3:p80 cluster IP" -m tcp -p tcp -d 172.30.0.43 --dport 80 -j KUBE-SVC-X27LE4BHSL4DOUIK
-A KUBE-SERVICES -m comment --comment "ns4/svc4:p80 cluster IP" -m tcp -p tcp -d 172.30.0.44 --dport 80 -j KUBE-SVC-4SW47YFZTEDKD3PK
-A KUBE-SERVICES -m comment --comment "ns4/svc4:p80 external IP" -m tcp -p tcp -d 192.168.99.33 --dport 80 -j KUBE-EXT-4SW47YFZTEDKD3PK
-A KUBE-SERVICES -m comment --comment "ns5/svc5:p80 cluster IP" -m tcp -p tcp -d 172.30.0.45 --dport 80 -j KUBE-SVC-NUKIZ6OKUXPJNT4C
-A KUBE-SERVICES -m comment --comment "ns5/svc5:p80 loadbalancer IP" -m tcp -p tcp -d 5.6.7.8 --dport 80 -j KUBE-FW-NUKIZ6OKUXPJNT4C
-A KUBE-SERVICES -m comment --comment "kubernetes service nodeports; NOTE: this must be the last rule in this chain" -m addrtype --dst-type LOCAL -j KUBE-NODEPORTS
-A KUBE-EXT-4SW47YFZTEDKD3PK -m comment --comment "masquerade traffic for ns4/svc4:p80 external destinations" -j KUBE-MARK-MASQ
-A KUBE-EXT-4SW47YFZTEDKD3PK -j KUBE-SVC-4SW47YFZTEDKD3PK
-A KUBE-EXT-GNZBNJ2PO5MGZ6GT -m comment --comment "pod traffic for ns2/svc2:p80 external destinations" -s 10.0.0.0/8 -j KUBE-SVC-GNZBNJ2PO5MGZ6GT
-A KUBE-EXT-GNZBNJ2PO5MGZ6GT -m comment --comment "masquerade LOCAL traffic for ns2/svc2:p80 external destinations" -m addrtype --src-type LOCAL -j KUBE-MARK-MASQ
-A KUBE-EXT-GNZBNJ2PO5MGZ6GT -m comment --comment "route LOCAL traffic for ns2/svc2:p80 external destinations" -m addrtype --src-type LOCAL -j KUBE-SVC-GNZBNJ2PO5MGZ6GT
-A KUBE-EXT-NUKIZ6OKUXPJNT4C -m comment --comment "masquerade traffic for ns5/svc5:p80 external destinations" -j KUBE-MARK-MASQ
-A KUBE-EXT-NUKIZ6OKUXPJNT4C -j KUBE-SVC-NUKIZ6OKUXPJNT4C
-A KUBE-EXT-X27LE4BHSL4DOUIK -m comment --comment "masquerade traffic for ns3/svc3:p80 external destinations" -j KUBE-MARK-MASQ
-A KUBE-EXT-X27LE4BHSL4DOUIK -j KUBE-SVC-X27LE4BHSL4DOUIK
-A KUBE-FW-NUKIZ6OKUXPJNT4C -m comment --comment "ns5/svc5:p80 loadbalancer IP" -s 203.0.113.0/25 -j KUBE-EXT-NUKIZ6OKUXPJNT4C
-A KUBE-FW-NUKIZ6OKUXPJNT4C -m comment --comment "other traffic to ns5/svc5:p80 will be dropped by KUBE-PROXY-FIREWALL"
-A KUBE-MARK-MASQ -j MARK --or-mark 0x4000
-A KUBE-POSTROUTING -m mark ! --mark 0x4000/0x4000 -j RETURN
-A KUBE-POSTROUTING -j MARK --xor-mark 0x4000
-A KUBE-POSTROUTING -m comment --comment "kubernetes service traffic requiring SNAT" -j MASQUERADE
-A KUBE-SEP-C6EBXVWJJZMIWKLZ -m comment --comment ns4/svc4:p80 -s 10.180.0.5 -j KUBE-MARK-MASQ
-A KUBE-SEP-C6EBXVWJJZMIWKLZ -m comment --comment ns4/svc4:p80 -m tcp -p tcp -j DNAT --to-destination 10.180.0.5:80
-A KUBE-SEP-I77PXRDZVX7PMWMN -m comment --comment ns5/svc5:p80 -s 10.180.0.3 -j KUBE-MARK-MASQ
-A KUBE-SEP-I77PXRDZVX7PMWMN -m comment --comment ns5/svc5:p80 -m recent --name KUBE-SEP-I77PXRDZVX7PMWMN --set -m tcp -p tcp -j DNAT --to-destination 10.180.0.3:80
-A KUBE-SEP-OYPFS5VJICHGATKP -m comment --comment ns3/svc3:p80 -s 10.180.0.3 -j KUBE-MARK-MASQ
-A KUBE-SEP-OYPFS5VJICHGATKP -m comment --comment ns3/svc3:p80 -m tcp -p tcp -j DNAT --to-destination 10.180.0.3:80
-A KUBE-SEP-RS4RBKLTHTF2IUXJ -m comment --comment ns2/svc2:p80 -s 10.180.0.2 -j KUBE-MARK-MASQ
-A KUBE-SEP-RS4RBKLTHTF2IUXJ -m comment --comment ns2/svc2:p80 -m tcp -p tcp -j DNAT --to-destination 10.180.0.2:80
-A KUBE-SEP-SXIVWICOYRO3J4NJ -m comment --comment ns1/svc1:p80 -s 10.180.0.1 -j KUBE-MARK-MASQ
-A KUBE-SEP-SXIVWICOYRO3J4NJ -m comment --comment ns1/svc1:p80 -m tcp -p tcp -j DNAT --to-destination 10.180.0.1:80
-A KUBE-SEP-UKSFD7AGPMPPLUHC -m comment --comment ns4/svc4:p80 -s 10.180.0.4 -j KUBE-MARK-MASQ
-A KUBE-SEP-UKSFD7AGPMPPLUHC -m comment --comment ns4/svc4:p80 -m tcp -p tcp -j DNAT --to-destination 10.180.0.4:80
-A KUBE-SVC-4SW47YFZTEDKD3PK -m comment --comment "ns4/svc4:p80 cluster IP" -m tcp -p tcp -d 172.30.0.44 --dport 80 ! -s 10.0.0.0/8 -j KUBE-MARK-MASQ
-A KUBE-SVC-4SW47YFZTEDKD3PK -m comment --comment "ns4/svc4:p80 -> 10.180.0.4:80" -m statistic --mode random --probability 0.5000000000 -j KUBE-SEP-UKSFD7AGPMPPLUHC
-A KUBE-SVC-4SW47YFZTEDKD3PK -m comment --comment "ns4/svc4:p80 -> 10.180.0.5:80" -j KUBE-SEP-C6EBXVWJJZMIWKLZ
-A KUBE-SVC-GNZBNJ2PO5MGZ6GT -m comment --comment "ns2/svc2:p80 cluster IP" -m tcp -p tcp -d 172.30.0.42 --dport 80 ! -s 10.0.0.0/8 -j KUBE-MARK-MASQ
-A KUBE-SVC-GNZBNJ2PO5MGZ6GT -m comment --comment "ns2/svc2:p80 -> 10.180.0.2:80" -j KUBE-SEP-RS4RBKLTHTF2IUXJ
-A KUBE-SVC-NUKIZ6OKUXPJNT4C -m comment --comment "ns5/svc5:p80 cluster IP" -m tcp -p tcp -d 172.30.0.45 --dport 80 ! -s 10.0.0.0/8 -j KUBE-MARK-MASQ
-A KUBE-SVC-NUKIZ6OKUXPJNT4C -m comment --comment "ns5/svc5:p80 -> 10.180.0.3:80" -m recent --name KUBE-SEP-I77PXRDZVX7PMWMN --rcheck --seconds 10800 --reap -j KUBE-SEP-I77PXRDZVX7PMWMN
-A KUBE-SVC-NUKIZ6OKUXPJNT4C -m comment --comment "ns5/svc5:p80 -> 10.180.0.3:80" -j KUBE-SEP-I77PXRDZVX7PMWMN
-A KUBE-SVC-X27LE4BHSL4DOUIK -m comment --comment "ns3/svc3:p80 cluster IP" -m tcp -p tcp -d 172.30.0.43 --dport 80 ! -s 10.0.0.0/8 -j KUBE-MARK-MASQ
-A KUBE-SVC-X27LE4BHSL4DOUIK -m comment --comment "ns3/svc3:p80 -> 10.180.0.3:80" -j KUBE-SEP-OYPFS5VJICHGATKP
-A KUBE-SVC-XPGD46QRK7WJZT7O -m comment --comment "ns1/svc1:p80 cluster IP" -m tcp -p tcp -d 172.30.0.41 --dport 80 ! -s 10.0.0.0/8 -j KUBE-MARK-MASQ
-A KUBE-SVC-XPGD46QRK7WJZT7O -m comment --comment "ns1/svc1:p80 -> 10.180.0.1:80" -j KUBE-SEP-SXIVWICOYRO3J4NJ
`;

/** Upstream compares chain by chain too: within a chain the order counts. */
function byChain(lines: readonly string[]): Record<string, string[]> {
  const chains: Record<string, string[]> = {};
  for (const line of lines) {
    const chain = line.split(' ')[1] as string;
    chains[chain] = [...(chains[chain] ?? []), line];
  }
  return chains;
}

test('writes for services of all kinds what upstream writes', () => {
  expect(byChain(linesOf(written(OVERALL)))).toEqual(byChain(linesOf(EXPECTED)));
});

test('node ports come last in KUBE-SERVICES, whatever services there are', () => {
  const services = linesOf(written(OVERALL)).filter((line) => line.startsWith('-A KUBE-SERVICES'));
  expect(services.at(-1)).toContain('this must be the last rule in this chain');
});

test('declares each chain before a rule stands in it', () => {
  for (const table of written(OVERALL).split('*').slice(1)) {
    const declared = new Set([...table.matchAll(/^:(\S+) - \[0:0\]$/gm)].map(([, chain]) => chain));
    for (const [, chain] of table.matchAll(/^-A (\S+)/gm)) expect(declared).toContain(chain);
    for (const [, chain = ''] of table.matchAll(/-j (KUBE-\S+)/gm)) expect(declared).toContain(chain);
  }
});

describe('as many rules as upstream writes', () => {
  const endpoints = (count: number): EndpointLike[] =>
    Array.from({ length: count }, (_, i) => ({ address: `172.16.${i >> 8}.${(i & 255) + 1}`, port: 8080 }));
  const many = (count: number, each: number, like: (i: number) => ServiceLike = () => ({})) =>
    Array.from({ length: count }, (_, i) =>
      service(`namespace/svc${i}`, {
        ...{ clusterIPs: [`10.0.0.${i + 1}`], ports: [{ name: '8080', port: 80 + i, targetPort: 8080 }] },
        ...{ endpoints: endpoints(each), ...like(i) },
      }),
    );
  const counted = (services: readonly ServiceView[]) => {
    const proxy = IPTABLES.start(situation({ localhostNodePorts: false }));
    proxy.sync(services);
    const text = proxy.rules().at(-1)?.text ?? '';
    const [filter = '', nat = ''] = text.split('*nat');
    const counts = proxy.counts();
    expect(counts['filter rules']).toBe(linesOf(filter).length);
    expect(counts['nat rules']).toBe(linesOf(nat).length);
    return [counts['filter rules'], counts['nat rules']];
  };

  test.each([
    [0, 0],
    [1, 1],
    [1, 2],
    [1, 10],
    [10, 1],
    [10, 2],
    [10, 10],
  ])('ClusterIP: %i services of %i endpoints', (n, e) => {
    expect(counted(many(n, e))).toEqual([3, 5 + n * (2 + 3 * e)]);
  });

  test('ClusterIP without endpoints: one that rejects each', () => {
    expect(counted(many(10, 0))).toEqual([3 + 10, 5]);
  });

  const balanced = (i: number): ServiceLike => ({
    ...{ type: 'LoadBalancer', ingress: vip('1.2.3.4'), sourceRanges: ['1.2.3.0/28'] },
    ports: [{ name: '8080', port: 80 + i, targetPort: 8080, nodePort: 30000 + i }],
  });

  test.each([
    [1, 1],
    [1, 10],
    [10, 2],
    [10, 10],
  ])('LoadBalancer with node port and source range: %i services of %i endpoints', (n, e) => {
    expect(counted(many(n, e, balanced))).toEqual([3 + n, 5 + n * (8 + 3 * e)]);
  });

  test('an external IP is one more', () => {
    const services = many(10, 2, (i) => ({ ...balanced(i), externalIPs: ['1.2.3.5'] }));
    expect(counted(services)).toEqual([3 + 10, 5 + 10 * (9 + 3 * 2)]);
  });

  test('with localhost node ports, as they are unless told, one more filters', () => {
    const proxy = IPTABLES.start(situation());
    proxy.sync([]);
    expect(proxy.counts()['filter rules']).toBe(4);
  });
});

test('probabilities have ten digits, and the last endpoint takes what is left', () => {
  const text = written([service('a/b', { endpoints: [1, 2, 3, 4].map((i) => ({ address: `10.1.0.${i}` })) })]);
  expect([...text.matchAll(/--probability (\S+)/g)].map(([, digits]) => digits)).toEqual([
    '0.2500000000',
    '0.3333333333',
    '0.5000000000',
  ]);
});

test('in large clusters endpoints have no comments', () => {
  const services = Array.from({ length: 11 }, (_, s) =>
    service(`a/s${s}`, {
      clusterIPs: [`172.30.1.${s}`],
      endpoints: Array.from({ length: 100 }, (_, e) => ({ address: `10.${s}.0.${e}` })),
    }),
  );
  const endpointRules = linesOf(written(services)).filter((line) => line.startsWith('-A KUBE-SEP'));
  expect(endpointRules).toHaveLength(2200);
  expect(endpointRules.some((line) => line.includes('comment'))).toBe(false);
});

test('IPv6: addresses in brackets, and no node ports at loopback', () => {
  const at = situation({}, node('node1', { internalIPs: ['fd00::2'], podCIDRs: ['fd00:10::/64'] }), 'IPv6');
  const text = written(
    [
      service('a/six', {
        ...{ families: ['IPv6'], clusterIPs: ['fd00:172:30::41'], type: 'NodePort' },
        ports: [{ name: 'p80', port: 80, nodePort: 30080 }],
        endpoints: [{ address: 'fd00:10::7' }, { address: '10.0.0.7' }],
      }),
    ],
    at,
  );
  expect(text).toContain('-d fd00:172:30::41 --dport 80 ! -s fd00:10::/64 -j KUBE-MARK-MASQ');
  expect(text).toContain('-j DNAT --to-destination [fd00:10::7]:80');
  expect(text).not.toContain('10.0.0.7');
  expect(text).toContain('-m addrtype --dst-type LOCAL ! -d ::1/128 -j KUBE-NODEPORTS');
  expect(text).not.toContain('KUBE-FIREWALL');
});

test('what proxies pass by leaves no trace', () => {
  const none = written([]);
  const services = [
    service('a/headless', { headless: true, clusterIPs: [], endpoints: [{ address: '10.0.0.1' }] }),
    service('a/name', { type: 'ExternalName', externalName: 'example.com', clusterIPs: [] }),
    service('a/other', { proxyName: 'another', endpoints: [{ address: '10.0.0.1' }] }),
    service('a/six', { clusterIPs: ['fd00::1'], families: ['IPv6'] }),
  ];
  expect(written(services)).toBe(none);
});

test('masquerades everything when told, and nothing by source where pods have no range', () => {
  const one = [service('a/b', { endpoints: [{ address: '10.0.0.9' }] })];
  const chain = (text: string) => linesOf(text).find((line) => /^-A KUBE-SVC-\S+ .*MARK-MASQ/.test(line));
  expect(chain(written(one, situation({ masqueradeAll: true })))).not.toContain('-s');
  expect(chain(written(one, { ...situation(), podRange: '' }))).toBeUndefined();
  const byNode = situation({ detectLocalMode: 'NodeCIDR' });
  expect(chain(written(one, byNode))).toContain('! -s 10.0.1.0/24');
});

test('node ports only at the addresses that were named', () => {
  const last = (settings: Parameters<typeof situation>[0]) =>
    linesOf(written([], situation(settings))).filter((line) => line.endsWith('-j KUBE-NODEPORTS'));
  expect(last({ nodePortAddresses: ['192.168.0.0/16'] })).toEqual([
    expect.stringContaining('-d 192.168.0.2 -j KUBE-NODEPORTS'),
  ]);
  expect(last({ nodePortAddresses: ['primary'] })).toHaveLength(1);
  expect(last({ nodePortAddresses: ['0.0.0.0/0'] })).toEqual([expect.stringContaining('--dst-type LOCAL')]);
});

describe('a partial sync', () => {
  const web = (endpoints: EndpointLike[]) => service('a/web', { endpoints });
  const other = service('a/other', { clusterIPs: ['172.30.0.99'], endpoints: [{ address: '10.9.0.1' }] });

  test('leads to the same rules as a full one', () => {
    const before = web([{ address: '10.0.0.1' }, { address: '10.0.0.2' }]);
    const now = web([{ address: '10.0.0.2' }, { address: '10.0.0.3' }]);
    const partial = IPTABLES.start(situation());
    partial.sync([other, before]);
    partial.syncService('a/web', now);
    const full = IPTABLES.start(situation());
    full.sync([other, now]);
    expect(partial.rules()).toEqual(full.rules());
    partial.syncService('a/web', undefined);
    full.sync([other]);
    expect(partial.rules()).toEqual(full.rules());
  });

  test('hands over the shared chains whole, its own chains, and those to be deleted', () => {
    const proxy = IPTABLES.start(situation());
    proxy.sync([other, web([{ address: '10.0.0.1' }, { address: '10.0.0.2' }])]);
    const { input, touched, full } = proxy.syncService('a/web', web([{ address: '10.0.0.2' }]));
    expect(full).toBe(false);
    const text = input[0]?.text ?? '';
    expect(text).toContain('a/other:p80 cluster IP" -m tcp -p tcp -d 172.30.0.99 --dport 80 -j KUBE-SVC');
    expect(text).not.toContain('a/other:p80 -> ');
    const [gone] = [...text.matchAll(/^-X (KUBE-SEP-\S+)$/gm)].map(([, chain]) => chain);
    expect(text).toContain(`:${gone} - [0:0]`);
    expect(touched).toContainEqual({ action: 'remove', what: `chain ${gone}`, detail: '2 rules' });
    expect(touched).toContainEqual(
      expect.objectContaining({ action: 'change', detail: expect.stringContaining('3 rules before, 2 now') }),
    );
  });
});
