/**
 * A packet's way in IPVS mode. The address of a service is one of the node's own (on kube-ipvs0), so what goes there comes in; rules of
 * nat mark it for masquerading before, rules of filter look at it, and then the virtual server gives it to a real one.
 */

import type { Json } from '../../../apimachinery/json';
import { joinHostPort } from '../../network/addresses';
import type { Match } from '../iptables/rule';
import { type Chains, type Outcome, RuleWalker } from '../iptables/walk';
import { affinityKey, type BalancerMemory, type Packet, type ProxySituation, type WalkSurroundings } from '../mode';
import { isLocalAddress } from '../situation';
import { type Asked, type Destination, SCHEDULERS } from './schedulers';
import { kernelName, SET_NAMES, type SetContents, type SetName } from './sets';
import { flagsText, type RealServer, serviceArgument, type VirtualServer } from './virtual-servers';

/** What is in the kernel. */
export interface IPVSView {
  readonly chains: Chains;
  readonly sets: SetContents;
  virtualServer(id: string): VirtualServer | undefined;
  /** Whether kube-ipvs0 has the address. */
  isBound(address: string): boolean;
}

export class IPVSWalker extends RuleWalker {
  private server: VirtualServer | undefined;

  constructor(
    situation: ProxySituation,
    private readonly view: IPVSView,
    packet: Packet,
    surroundings: WalkSurroundings,
  ) {
    super(situation, view.chains, packet, surroundings);
  }

  protected override arrive(): Outcome {
    this.run('prerouting', 'nat', 'PREROUTING');
    if (!this.isLocal(this.destination)) {
      const filtered = this.run('forward', 'filter', 'FORWARD');
      if (isRefused(filtered)) return filtered;
      return this.run('postrouting', 'nat', 'POSTROUTING');
    }
    const filtered = this.run('input', 'filter', 'INPUT');
    if (isRefused(filtered)) return filtered;
    return this.balance('input') ?? 'accept';
  }

  protected override leave(): Outcome {
    this.chooseSource();
    this.run('output', 'nat', 'OUTPUT');
    const balanced = this.balance('output');
    if (balanced !== undefined) return balanced;
    const filtered = this.run('output', 'filter', 'OUTPUT');
    if (isRefused(filtered)) return filtered;
    this.run('postrouting', 'nat', 'POSTROUTING');
    return this.isLocal(this.destination) ? this.run('input', 'filter', 'INPUT') : 'continue';
  }

  /** The kernel connects to an address of its own from that address. */
  private chooseSource(): void {
    if (!this.view.isBound(this.destination)) return;
    this.note(
      `local ${this.destination} dev kube-ipvs0`,
      true,
      `${this.destination} is an address of kube-ipvs0`,
      `it comes from ${this.destination}, not ${this.source}`,
      'routing',
    );
    this.source = this.destination;
  }

  /** undefined where no virtual server is there for it. */
  private balance(hook: string): Outcome | undefined {
    this.hook = hook;
    const { protocol } = this.packet;
    const id = `${joinHostPort(this.destination, this.port)}/${protocol}`;
    this.lookups++;
    const server = this.view.virtualServer(id);
    if (!server) {
      this.note(`virtual server ${id}`, false, 'there is none for this address and port', '');
      return undefined;
    }
    this.server = server;
    this.servicePort = server.servicePort;
    const rule = `-A ${serviceArgument(server)} -s ${server.scheduler}${flagsText(server)}`;
    const { chosen, why } = chooseServer(server, this.asked(), this.surroundings);
    if (!chosen) {
      this.note(rule, true, why, 'refused: destination port unreachable');
      return 'reject';
    }
    this.note(rule, true, why, `to real server ${chosen.id}`);
    this.backend = chosen.backend;
    this.destination = chosen.ip;
    this.port = chosen.port;
    this.translated = true;
    // To the node itself it goes as it is.
    if (hook === 'input' && isLocalAddress(this.situation, chosen.ip)) return 'accept';
    const filtered = this.run('output', 'filter', 'OUTPUT');
    if (isRefused(filtered)) return filtered;
    return this.run('postrouting', 'nat', 'POSTROUTING');
  }

  private asked(): Asked {
    const { source, destination, packet, surroundings } = this;
    return { source, sourcePort: packet.sourcePort, destination, now: surroundings.balancers?.now ?? 0 };
  }

  private note(rule: string, matched: boolean, why: string, effect: string, place = 'ipvs'): void {
    if (this.surroundings.quiet) return;
    this.steps.push({ hook: this.hook === '' ? 'output' : this.hook, place, rule, matched, why, effect });
  }

  protected override isLocal(ip: string): boolean {
    return super.isLocal(ip) || this.view.isBound(ip);
  }

  protected override matchesMore(match: Match): boolean {
    if (match.kind === 'set') return this.isInSet(match.set, match.by);
    return (
      match.kind === 'virtual' &&
      this.server?.address === match.address &&
      this.server.port === match.port &&
      this.server.protocol === match.protocol
    );
  }

  private isInSet(name: string, by: string): boolean {
    const set = setNamed(name, this.situation.family === 'IPv6');
    const protocol = this.packet.protocol.toLowerCase();
    const { sets } = this.view;
    const target = `${this.destination},${protocol}:${this.port}`;
    switch (by) {
      case 'dst':
        return sets.has(set, set === 'KUBE-IPVS-IPS' ? this.destination : String(this.port));
      case 'dst,dst':
        return sets.has(set, target);
      case 'src,dst':
        return sets.has(set, `${this.source},${protocol}:${this.port}`);
      default:
        return set === 'KUBE-LOAD-BALANCER-SOURCE-CIDR'
          ? sets.hasSource(set, target, this.source)
          : sets.has(set, `${target},${this.source}`);
    }
  }

  protected override whyNotMore(match: Match): string {
    if (match.kind === 'set') return `${match.set} has no ${this.lookedUp(match.set, match.by)}`;
    return match.kind === 'virtual' ? `it was not sent to ${joinHostPort(match.address, match.port)} by IPVS` : '';
  }

  protected override reasonMore(match: Match): string | undefined {
    if (match.kind === 'set') return `${match.set} has ${this.lookedUp(match.set, match.by)}`;
    return match.kind === 'virtual' ? `sent to ${joinHostPort(match.address, match.port)}` : undefined;
  }

  private lookedUp(set: string, by: string): string {
    const protocol = this.packet.protocol.toLowerCase();
    if (by === 'dst') return set.endsWith('IPVS-IPS') ? this.destination : `port ${this.port}`;
    const address = by.startsWith('src') ? this.source : this.destination;
    return `${address},${protocol}:${this.port}${by === 'dst,dst,src' ? `,${this.source}` : ''}`;
  }
}

const NAMES: ReadonlyMap<string, SetName> = new Map(SET_NAMES.map((set) => [kernelName(set, true), set]));

function setNamed(name: string, isIPv6: boolean): SetName {
  return isIPv6 ? (NAMES.get(name) as SetName) : (name as SetName);
}

function isRefused(outcome: Outcome): boolean {
  return outcome === 'drop' || outcome === 'reject';
}

/** ip_vs_schedule, ip_vs_sched_persist: whom the client had, if persistence says so, or whom the scheduler chooses. */
function chooseServer(
  server: VirtualServer,
  asked: Asked,
  { affinity, balancers, chance }: WalkSurroundings,
): { chosen: RealServer | undefined; why: string } {
  const { persistence, servers, scheduler, id } = server;
  const keyOf = (one: RealServer) => affinityKey(id, server.protocol, one.id);
  if (persistence !== undefined && affinity) {
    // Templates of real servers of weight 0 are forgotten (sysctl expire_quiescent_template is 1).
    const ages = servers.flatMap((one) => {
      const age = one.weight > 0 ? affinity.age(keyOf(one), asked.source) : undefined;
      return age !== undefined && age < persistence * 1000 ? [{ one, age }] : [];
    });
    const latest = ages.sort((a, b) => a.age - b.age)[0];
    if (latest) {
      affinity.remember(keyOf(latest.one), asked.source);
      return { chosen: latest.one, why: `${asked.source} keeps its real server for ${persistence} seconds` };
    }
  }
  const choose = SCHEDULERS[scheduler];
  if (!choose) throw new Error(`there is no scheduler ${scheduler}`);
  const all = destinationsOf(server, balancers);
  const state = balancers ? balancers.state(id) : anyState(scheduler, all, chance.below.bind(chance));
  const choice = choose(all, asked, state);
  if (choice.state !== undefined) balancers?.leave(id, choice.state);
  const chosen = servers.find((one) => one.id === choice.chosen?.id);
  if (!chosen) return { chosen, why: servers.length === 0 ? 'it has no real server' : 'no real server can be chosen' };
  if (persistence !== undefined) affinity?.remember(keyOf(chosen), asked.source);
  return { chosen, why: `${scheduler} chose among ${servers.length}${loadsText(scheduler, all, balancers)}` };
}

const BY_CONNECTIONS: ReadonlySet<string> = new Set(['lc', 'wlc', 'sed', 'nq', 'lblc', 'lblcr']);

/** `, with 2, 0 and 1 connections open` */
function loadsText(scheduler: string, all: readonly Destination[], balancers: BalancerMemory | undefined): string {
  if (!balancers || !BY_CONNECTIONS.has(scheduler) || all.length > 10) return '';
  const loads = all.map(({ active, inactive }) => `${active}+${inactive}`);
  return `, with connections open and ended ${loads.join(', ')}`;
}

function destinationsOf({ servers, id }: VirtualServer, balancers: BalancerMemory | undefined): Destination[] {
  const counts = balancers?.connections(id);
  return servers.map((one) => {
    const { active = 0, inactive = 0 } = counts?.get(one.id) ?? {};
    return { id: one.id, ip: one.ip, port: one.port, weight: one.weight, lastWeight: 1, active, inactive };
  });
}

/** Where round robin stands, nobody knows who doesn't know what came before. */
function anyState(scheduler: string, all: readonly Destination[], below: (bound: number) => number): Json | undefined {
  if (all.length < 2 || (scheduler !== 'rr' && scheduler !== 'wrr')) return undefined;
  const { id } = all[below(all.length)] as Destination;
  if (scheduler === 'rr') return id;
  return { at: id, currentWeight: 1, servers: all.map((one) => `${one.id}=${one.weight}`).join(' ') };
}
