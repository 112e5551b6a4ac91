/**
 * The model and the text agree: for random services, endpoints, policies and packets a small interpreter of the generated text
 * finds the same ends that walks through the model find, of backends, masquerading and refusals. `KUBETICK_PROXY_CASES=5000`
 * runs more of them.
 */
import fc from 'fast-check';
import { IPTABLES } from '../../../src/sim/proxy/iptables/proxy';
import type { NodeProxy, Packet, ProxySituation } from '../../../src/sim/proxy/mode';
import { NFTABLES } from '../../../src/sim/proxy/nftables/proxy';
import { isLocalAddress } from '../../../src/sim/proxy/situation';
import { endsOf as iptablesEnds, readIptables } from './iptables-text';
import { endsOf as nftEnds, readNft } from './nft-text';
import { endOf, everyEnd, type Kernel, type TextPacket } from './packets';
import { type Case, caseArbitrary, packetsOf, servicesOf, situationOfCase } from './random-cases';

const CASES = Number(process.env['KUBETICK_PROXY_CASES'] ?? 60);

function modelEnds(proxy: NodeProxy, packet: Packet): Set<string> {
  return everyEnd((chance) => {
    const walk = proxy.walk(packet, { chance, quiet: true });
    return endOf(walk.verdict, walk);
  });
}

function check(
  six: Case,
  proxy: NodeProxy,
  at: ProxySituation,
  textEnds: (kernel: Kernel, packet: TextPacket) => Set<string>,
): void {
  const services = servicesOf(six);
  const kernel: Kernel = { localIPs: at.localIPs };
  for (const packet of packetsOf(six, services)) {
    const found = textEnds(kernel, { ...packet, protocol: packet.protocol.toLowerCase() });
    const said = modelEnds(proxy, packet);
    if (isLocalAddress(at, packet.destination)) expect(said.size).toBeGreaterThan(0);
    expect({ packet, ends: [...said].sort() }).toEqual({ packet, ends: [...found].sort() });
  }
}

test('iptables', () => {
  fc.assert(
    fc.property(caseArbitrary, (one) => {
      const at = situationOfCase(one);
      const proxy = IPTABLES.start(at);
      proxy.sync(servicesOf(one));
      const rules = readIptables(proxy.rules().map(({ text }) => text));
      check(one, proxy, at, (kernel, packet) => iptablesEnds(rules, kernel, packet));
    }),
    { numRuns: CASES, seed: 7 },
  );
});

test('nftables', () => {
  fc.assert(
    fc.property(caseArbitrary, (one) => {
      const at = situationOfCase(one);
      const proxy = NFTABLES.start(at);
      proxy.sync(servicesOf(one));
      const table = readNft(proxy.rules()[0]?.text ?? '');
      check(one, proxy, at, (kernel, packet) => nftEnds(table, kernel, packet));
    }),
    { numRuns: CASES, seed: 7 },
  );
});

test('a partial sync leads where a full one does, in both modes', () => {
  fc.assert(
    fc.property(caseArbitrary, caseArbitrary, (one, other) => {
      const before = servicesOf({ ...one, six: false });
      const now = servicesOf({ ...other, six: false });
      const at = situationOfCase({ ...one, six: false });
      for (const mode of [IPTABLES, NFTABLES]) {
        const partial = mode.start(at);
        partial.sync(before);
        const keys = new Set([...before, ...now].map(({ key }) => key));
        for (const key of keys)
          partial.syncService(
            key,
            now.find((view) => view.key === key),
          );
        const full = mode.start(at);
        full.sync(now);
        const lines = (proxy: NodeProxy) => proxy.rules().map(({ text }) => text.split('\n').sort());
        expect(lines(partial)).toEqual(lines(full));
      }
    }),
    { numRuns: Math.ceil(CASES / 3), seed: 11 },
  );
});
