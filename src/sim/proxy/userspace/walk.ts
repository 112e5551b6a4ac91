/**
 * A packet's way in userspace mode: a rule sends it to a port at which the proxy itself listens. The proxy takes the connection, makes
 * one of its own to a backend, and copies what comes, both ways (kubernetes 1.25 `pkg/proxy/userspace/proxysocket.go`, `roundrobin.go`).
 */

import type { Backend } from '../../network/model';
import { type Chains, type Outcome, RuleWalker } from '../iptables/walk';
import { affinityKey, type Packet, type ProxySituation, type Walk, type WalkSurroundings } from '../mode';
import { masqueradeAddress } from '../situation';
import type { Portal } from './portals';

export class PortalWalker extends RuleWalker {
  private hops = 0;
  private proxyPort = 0;
  /** The proxy's own connection. */
  private own: Walk | undefined;

  constructor(
    situation: ProxySituation,
    chains: Chains,
    private readonly portalAt: (proxyPort: number) => Portal | undefined,
    packet: Packet,
    surroundings: WalkSurroundings,
  ) {
    super(situation, chains, packet, surroundings);
  }

  override walk(): Walk {
    const walk = super.walk();
    if (this.hops === 0 || !this.own) return walk;
    const { own } = this;
    return {
      ...walk,
      verdict: walk.verdict === 'accept' ? own.verdict : walk.verdict,
      steps: [...walk.steps, ...own.steps],
      source: masqueradeAddress(this.situation, own.destination),
      masqueraded: true,
      lookups: walk.lookups + own.lookups,
      userspaceHops: this.hops,
      proxyPort: this.proxyPort,
    };
  }

  protected override arrive(): Outcome {
    this.run('prerouting', 'nat', 'PREROUTING');
    if (!this.isLocal(this.destination)) {
      const filtered = this.run('forward', 'filter', 'FORWARD');
      return filtered === 'continue' ? this.run('postrouting', 'nat', 'POSTROUTING') : filtered;
    }
    return this.deliver();
  }

  protected override leave(): Outcome {
    this.run('output', 'nat', 'OUTPUT');
    this.run('output', 'filter', 'OUTPUT');
    this.run('postrouting', 'nat', 'POSTROUTING');
    return this.isLocal(this.destination) ? this.deliver() : 'continue';
  }

  private deliver(): Outcome {
    const outcome = this.run('input', 'filter', 'INPUT');
    if (outcome === 'drop' || outcome === 'reject') return outcome;
    const portal = this.destination === this.situation.nodeIP ? this.portalAt(this.port) : undefined;
    if (!portal || !this.translated) return outcome;
    return this.accept(portal);
  }

  /** tryConnect: what is accepted first, and only then a backend looked for. */
  private accept(portal: Portal): Outcome {
    const { name, protocol } = portal.servicePort;
    this.servicePort = name;
    this.hops = 2;
    this.proxyPort = portal.proxyPort;
    const rule = `kube-proxy listens at port ${portal.proxyPort} for ${name}`;
    const { chosen, why } = nextEndpoint(portal, this.source, this.surroundings);
    if (!chosen) {
      const effect = protocol === 'udp' ? 'nothing is sent on' : 'accepted, and closed at once';
      this.note(rule, `Couldn't find an endpoint for ${name}: missing endpoints`, effect);
      return protocol === 'udp' ? 'drop' : 'reject';
    }
    this.note(rule, why, `a connection of its own to ${chosen.id}`);
    this.backend = chosen;
    this.destination = chosen.ip;
    this.port = chosen.port;
    const packet: Packet = {
      ...this.packet,
      ...{ hook: 'output', source: masqueradeAddress(this.situation, chosen.ip) },
      ...{ destination: chosen.ip, port: chosen.port },
    };
    this.own = new RuleWalker(this.situation, this.chains, packet, this.surroundings).walk();
    return 'accept';
  }

  private note(rule: string, why: string, effect: string): void {
    if (this.surroundings.quiet) return;
    this.steps.push({ hook: 'input', place: 'kube-proxy', rule, matched: true, why, effect });
  }
}

/** NextEndpoint: whom the client had, within the time of its affinity, or the next one in turn. */
function nextEndpoint(
  { servicePort: { name, protocol, service }, backends }: Portal,
  client: string,
  { affinity, balancers, chance }: WalkSurroundings,
): { chosen: Backend | undefined; why: string } {
  if (backends.length === 0) return { chosen: undefined, why: '' };
  const { affinitySeconds } = service;
  const keyOf = (one: Backend) => affinityKey(name, protocol, one.id);
  if (affinitySeconds !== undefined && affinity) {
    const known = backends
      .map((one) => ({ one, age: affinity.age(keyOf(one), client) ?? Number.POSITIVE_INFINITY }))
      .filter(({ age }) => Math.floor(age / 1000) < affinitySeconds)
      .sort((a, b) => a.age - b.age)[0];
    if (known) {
      affinity.remember(keyOf(known.one), client);
      return { chosen: known.one, why: `${client} was sent there before` };
    }
  }
  const balancer = `${name}/${protocol}`;
  const ids = backends.map(({ id }) => id).join(' ');
  const left = balancers?.state(balancer) as { index: number; endpoints: string } | undefined;
  // Other endpoints than before: it begins anew.
  let index = left?.endpoints === ids ? left.index : 0;
  if (!balancers) index = chance.below(backends.length);
  const chosen = backends[index] as Backend;
  balancers?.leave(balancer, { index: (index + 1) % backends.length, endpoints: ids });
  if (affinitySeconds !== undefined) affinity?.remember(keyOf(chosen), client);
  return { chosen, why: `the next one in turn of ${backends.length}` };
}
