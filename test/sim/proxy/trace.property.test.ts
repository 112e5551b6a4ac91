/**
 * Whole connections: what `trace` says of random services and NetworkPolicies is what the text of the rules does, walked by the
 * small interpreters, and what the policies say, read by a small reader of their own. `KUBETICK_PROXY_CASES=5000` runs more.
 */
import fc from 'fast-check';
import type { KubeObject } from '../../../src/apimachinery/meta';
import type { PodView, ServiceView } from '../../../src/sim/network/model';
import type { Network } from '../../../src/sim/network/network';
import { policyView } from '../../../src/sim/network/policy/views';
import { IPTABLES } from '../../../src/sim/proxy/iptables/proxy';
import type { Packet } from '../../../src/sim/proxy/mode';
import { NFTABLES } from '../../../src/sim/proxy/nftables/proxy';
import type { TraceSource, TraceTarget } from '../../../src/sim/proxy/trace/ends';
import { traceConnection } from '../../../src/sim/proxy/trace/trace';
import { endsOf as iptablesEnds, readIptables } from './iptables-text';
import { endsOf as nftEnds, readNft } from './nft-text';
import { everyEnd, isIn } from './packets';
import { type Case, caseArbitrary, packetsOf, servicesOf, situationOfCase } from './random-cases';

const CASES = Number(process.env['KUBETICK_PROXY_CASES'] ?? 150);
const APPS = ['a', 'b'] as const;
type App = (typeof APPS)[number];

interface Rule {
  /** Labels of pods that may, `node` and `world` as networks; none: everybody. */
  peers: ({ app: App } | { cidr: string; except?: string })[];
  ports: { port: number; endPort?: number }[];
}
interface Policy {
  app: App | 'all';
  ingress: Rule[] | undefined;
  egress: Rule[] | undefined;
}

const ruleArbitrary: fc.Arbitrary<Rule> = fc.record({
  peers: fc.array(
    fc.oneof(
      fc.record({ app: fc.constantFrom(...APPS) }),
      fc.constantFrom<{ cidr: string; except?: string }>(
        { cidr: '10.0.1.0/24', except: '10.0.1.2/32' },
        { cidr: '192.168.0.0/16' },
        { cidr: 'fd00:10::/64' },
      ),
    ),
    { maxLength: 2 },
  ),
  ports: fc.array(fc.constantFrom({ port: 8080 }, { port: 8081, endPort: 8082 }, { port: 80 }), { maxLength: 2 }),
});
const policyArbitrary: fc.Arbitrary<Policy> = fc.record({
  app: fc.constantFrom('a' as const, 'b' as const, 'all' as const),
  ingress: fc.option(fc.array(ruleArbitrary, { maxLength: 2 }), { nil: undefined }),
  egress: fc.option(fc.array(ruleArbitrary, { maxLength: 2 }), { nil: undefined }),
});

/** Of pods by the last part of their address: 2 is a, 3 is b, … */
const appOf = (ip: string): App => APPS[Number(ip.slice(-1)) % 2] as App;
const isPod = (ip: string) => /^(10\.0\.1\.|fd00:10::)[2-6]$/.test(ip);

function policyObject({ app, ingress, egress }: Policy, i: number): KubeObject {
  const rules = (list: Rule[] | undefined, side: 'from' | 'to') =>
    list?.map(({ peers, ports }) => ({
      ...(peers.length > 0
        ? {
            [side]: peers.map((peer) =>
              'app' in peer
                ? { podSelector: { matchLabels: { app: peer.app } } }
                : { ipBlock: { cidr: peer.cidr, ...(peer.except ? { except: [peer.except] } : {}) } },
            ),
          }
        : {}),
      ...(ports.length > 0 ? { ports: ports.map((port) => ({ protocol: 'TCP', ...port })) } : {}),
    }));
  return {
    ...{ apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata: { namespace: 'ns', name: `p${i}` } },
    spec: {
      podSelector: app === 'all' ? {} : { matchLabels: { app } },
      policyTypes: [...(ingress ? ['Ingress'] : []), ...(egress ? ['Egress'] : [])],
      ...(ingress ? { ingress: rules(ingress, 'from') } : {}),
      ...(egress ? { egress: rules(egress, 'to') } : {}),
    },
  };
}

/** Whether a pod is let speak with an address, in one direction. */
function lets(
  policies: readonly Policy[],
  way: 'ingress' | 'egress',
  pod: string,
  other: string,
  end: { port: number; protocol: string; own: boolean },
): boolean {
  const isolating = policies.filter(
    ({ app, [way]: rules }) => rules !== undefined && (app === 'all' || app === appOf(pod)),
  );
  if (isolating.length === 0 || end.own) return true;
  return isolating.some(({ [way]: rules = [] }) =>
    rules.some(
      ({ peers, ports }) =>
        (peers.length === 0 ||
          peers.some((peer) =>
            'app' in peer
              ? isPod(other) && appOf(other) === peer.app
              : isIn(peer.cidr, other) && !(peer.except !== undefined && isIn(peer.except, other)),
          )) &&
        (ports.length === 0 ||
          (end.protocol === 'TCP' &&
            ports.some(({ port, endPort = port }) => port <= end.port && end.port <= endPort))),
    ),
  );
}

/** As much of a network as a trace asks of it: five pods, all on this node, and another node. */
function networkOf(one: Case, services: readonly ServiceView[], policies: readonly Policy[]): Network {
  const { node } = situationOfCase(one);
  const prefix = one.six ? 'fd00:10::' : '10.0.1.';
  const pods = [2, 3, 4, 5, 6].map((place): PodView => {
    const ip = `${prefix}${place}`;
    const name = `pod${place}`;
    return {
      ...{
        key: `ns/${name}`,
        namespace: 'ns',
        name,
        uid: name,
        labels: { app: appOf(ip) },
        node: node.name,
        ips: [ip],
      },
      ...{ hostNetwork: false, running: true, serving: true, ready: true, terminating: false, ports: [] },
      ...{ hostname: '', subdomain: '', dnsPolicy: 'ClusterFirst', dnsConfig: undefined, hostAliases: [] },
    };
  });
  const views = policies.map((policy, i) => policyView(policyObject(policy, i)));
  const known: Partial<Network> = {
    node: (name) => (name === node.name ? node : undefined),
    nodes: () => [node],
    nodeAt: (ip) => (node.internalIPs.includes(ip) ? node : undefined),
    pod: (namespace, name) => pods.find(({ key }) => key === `${namespace}/${name}`),
    podsAt: (ip) => pods.filter(({ ips }) => ips.includes(ip)),
    namespace: (name) => ({ name, labels: {} }),
    servicesAt: (ip) =>
      services.filter(
        ({ clusterIPs, externalIPs, ingress }) =>
          clusterIPs.includes(ip) || externalIPs.includes(ip) || ingress.some((point) => point.ip === ip),
      ),
    policies: () => views,
  };
  return known as Network;
}

/** Pods of this node, and the node itself, to what kube-proxy may translate. */
function isAsked({ source, destination, hook }: Packet, services: readonly ServiceView[]): boolean {
  const proxied = services.some(({ ingress }) =>
    ingress.some(({ ip, mode }) => ip === destination && mode === 'Proxy'),
  );
  const isLoopback = [source, destination].some((ip) => ip === '::1' || ip.startsWith('127.'));
  return !proxied && !isLoopback && (hook === 'output' || isPod(source));
}

test.each([IPTABLES, NFTABLES])('$name', (mode) => {
  let compared = 0;
  const kinds = new Set<string>();
  fc.assert(
    fc.property(caseArbitrary, fc.array(policyArbitrary, { maxLength: 3 }), (one, policies) => {
      const at = situationOfCase(one);
      const services = servicesOf(one);
      const proxy = mode.start(at);
      proxy.sync(services);
      const texts = proxy.rules().map(({ text }) => text);
      const rules = mode === IPTABLES ? readIptables(texts) : undefined;
      const table = mode === NFTABLES ? readNft(texts[0] ?? '') : undefined;
      const network = networkOf(one, services, policies);
      const world = { network, proxy: () => proxy, isInside: () => true, entry: at.node };
      for (const packet of packetsOf(one, services)) {
        if (!isAsked(packet, services)) continue;
        const given = { ...packet, protocol: packet.protocol.toLowerCase() };
        const ends = rules ? iptablesEnds(rules, at, given) : nftEnds(table as NonNullable<typeof table>, at, given);
        const expected = [...ends].map((end) => judged(end, packet, policies));
        if (expected.includes('')) continue;
        compared++;
        for (const outcome of expected) kinds.add(outcome.split(' ')[0] as string);
        const said = everyEnd((chance) => {
          const trace = traceConnection(world, sourceOf(packet, at.node.name), targetOf(packet), {
            chance,
            quiet: true,
          });
          return trace.outcome === 'answered' ? `answered ${trace.answeredBy?.address}` : trace.outcome;
        });
        expect({ packet, policies, outcomes: [...said].sort() }).toEqual({
          packet,
          policies,
          outcomes: [...new Set(expected)].sort(),
        });
      }
    }),
    { numRuns: CASES, seed: 5 },
  );
  expect(compared).toBeGreaterThan(CASES / 2);
  expect(kinds).toEqual(new Set(['answered', 'denied', 'rejected', 'dropped']));
});

/** What an end of the text comes to once policies are asked; '' for what is of no interest here: nobody translated it. */
function judged(end: string, { source, protocol, destination }: Packet, policies: readonly Policy[]): string {
  if (end === 'drop') return 'dropped';
  if (end === 'reject') return 'rejected';
  const [, ip = '', port = '', masqueraded] = /^(.*)\|(\d+)( masqueraded)?$/.exec(end) ?? [];
  if (ip === destination && !isPod(ip)) return '';
  // The pods of this node, and the node itself, hold no one up; masqueraded, the node stands for whoever asks.
  const fromNode = !isPod(source) || masqueraded !== undefined;
  const asked = { port: Number(port), protocol };
  const toNode = !isPod(ip) && (ip === '192.168.0.2' || ip === 'fd00::2');
  const out = !isPod(source) || lets(policies, 'egress', source, ip, { ...asked, own: toNode });
  const into = !isPod(ip) || lets(policies, 'ingress', ip, source, { ...asked, own: fromNode });
  return out && into ? `answered ${ip.includes(':') ? `[${ip}]` : ip}:${port}` : 'denied';
}

function sourceOf({ source, hook }: Packet, node: string): TraceSource {
  const kind = hook === 'output' ? 'node' : 'pod';
  return { kind, text: source, ip: source, ips: [source], pod: undefined, node, hook };
}

function targetOf({ destination, port, protocol }: Packet): TraceTarget {
  const none = { service: undefined, ingressHost: undefined, path: '/', dns: undefined };
  return { text: '', ip: destination, port, protocol, meaning: '', ...none };
}
