/** A packet's way through the chains of iptables: nat before routing, filter after it, nat again before it leaves. */
import type { Backend } from '../../network/model';
import type { Packet, ProxySituation, Step, Walk, WalkSurroundings } from '../mode';
import { isLocalAddress, isWithin, masqueradeAddress } from '../situation';
import { type Match, type Rule, ruleText, type Table, type Target } from './rule';

/** The chains as they stand in the kernel. */
export interface Chains {
  rules(table: Table, chain: string): readonly Rule[];
  /** The backend that a chain KUBE-SEP-… translates to. */
  backend(chain: string): Backend | undefined;
}

/** How a chain ends for a packet: on to the next chain, or not. */
export type Outcome = 'continue' | 'accept' | 'drop' | 'reject';

export function walkRules(
  situation: ProxySituation,
  chains: Chains,
  packet: Packet,
  surroundings: WalkSurroundings,
): Walk {
  return new RuleWalker(situation, chains, packet, surroundings).walk();
}

/** Proxies of other modes have rules too: they say what lies between, and what their matches mean. */
export class RuleWalker {
  protected readonly steps: Step[] = [];
  protected lookups = 0;
  protected hook = '';
  protected source: string;
  protected destination: string;
  protected port: number;
  private marked = false;
  protected masqueraded = false;
  protected translated = false;
  protected backend: Backend | undefined;
  protected servicePort: string | undefined;

  constructor(
    protected readonly situation: ProxySituation,
    protected readonly chains: Chains,
    protected readonly packet: Packet,
    protected readonly surroundings: WalkSurroundings,
  ) {
    this.source = packet.source;
    this.destination = packet.destination;
    this.port = packet.port;
  }

  walk(): Walk {
    const verdict = this.packet.hook === 'output' ? this.leave() : this.arrive();
    const { steps, destination, port, masqueraded, lookups, servicePort } = this;
    const refused = verdict === 'drop' || verdict === 'reject';
    const source = masqueraded ? masqueradeAddress(this.situation, destination) : this.source;
    return {
      verdict: refused ? verdict : 'accept',
      steps,
      servicePort,
      backend: this.backend,
      ...{ destination, port, source, masqueraded, lookups },
    };
  }

  /** From an interface. */
  protected arrive(): Outcome {
    this.run('prerouting', 'nat', 'PREROUTING');
    if (this.isLocal(this.destination)) return this.run('input', 'filter', 'INPUT');
    const filtered = this.run('forward', 'filter', 'FORWARD');
    if (filtered === 'drop' || filtered === 'reject') return filtered;
    return this.run('postrouting', 'nat', 'POSTROUTING');
  }

  /** From a process of the node. What it sends to itself comes in again. */
  protected leave(): Outcome {
    this.run('output', 'nat', 'OUTPUT');
    const filtered = this.run('output', 'filter', 'OUTPUT');
    if (filtered === 'drop' || filtered === 'reject') return filtered;
    this.run('postrouting', 'nat', 'POSTROUTING');
    return this.isLocal(this.destination) ? this.run('input', 'filter', 'INPUT') : 'continue';
  }

  protected run(hook: string, table: Table, chain: string): Outcome {
    this.hook = hook;
    const outcome = this.chain(table, chain);
    return outcome === 'return' ? 'continue' : outcome;
  }

  private chain(table: Table, chain: string): Outcome | 'return' {
    for (const rule of this.chains.rules(table, chain)) {
      this.lookups++;
      const failed = rule.matches.find((match) => !this.matches(match));
      this.tell(table, rule, failed);
      if (failed) continue;
      if (rule.target.kind === 'DNAT') this.backend = this.chains.backend(rule.chain);
      const outcome = this.act(table, rule.target);
      if (outcome === 'return') return 'continue';
      if (outcome !== 'continue') return outcome;
    }
    return 'continue';
  }

  private tell(table: Table, rule: Rule, failed: Match | undefined): void {
    if (!failed) this.servicePort ??= servicePortOf(rule);
    if (this.surroundings.quiet) return;
    this.steps.push({
      hook: this.hook,
      place: `${table} ${rule.chain}`,
      rule: ruleText(rule),
      matched: failed === undefined,
      why: failed ? this.whyNot(failed) : this.why(rule.matches),
      effect: failed ? '' : effectOf(rule.target),
    });
  }

  private act(table: Table, target: Target): Outcome | 'return' {
    switch (target.kind) {
      case 'jump':
        return this.chain(table, target.chain);
      case 'ACCEPT':
        return 'accept';
      case 'DROP':
        return 'drop';
      case 'REJECT':
        return 'reject';
      case 'RETURN':
        return 'return';
      case 'MASQUERADE':
        this.masqueraded = true;
        return 'accept';
      case 'mark':
        this.marked = target.how === 'or' ? true : !this.marked;
        return 'continue';
      case 'DNAT': {
        const colon = target.to.lastIndexOf(':');
        this.destination = target.to.slice(0, colon).replace(/^\[|\]$/g, '');
        this.port = Number(target.to.slice(colon + 1));
        this.translated = true;
        return 'accept';
      }
      case 'REDIRECT':
        // To the address of the interface by which it came; that of the node stands for all.
        this.destination = this.situation.nodeIP;
        this.port = target.port;
        this.translated = true;
        return 'accept';
      case 'none':
        return 'continue';
    }
  }

  private matches(match: Match): boolean {
    const { packet } = this;
    switch (match.kind) {
      case 'comment':
      case 'counter':
        return true;
      case 'protocol':
        return packet.protocol.toLowerCase() === match.protocol;
      case 'source':
        return isWithin(match.range, this.source) !== (match.not ?? false);
      case 'destination':
        return isWithin(match.range, this.destination) !== (match.not ?? false);
      case 'port':
        return match.port === this.port;
      case 'source-type':
        return this.isLocal(this.source) !== (match.not ?? false);
      case 'destination-type':
        return this.isLocal(this.destination) !== (match.not ?? false);
      case 'mark':
        return this.marked !== (match.not ?? false);
      case 'state':
        return this.isIn(match.states) !== (match.not ?? false);
      case 'chance':
        return this.surroundings.chance.below(match.of) === 0;
      case 'recent': {
        const age = this.surroundings.affinity?.age(match.key, this.source);
        return age !== undefined && age <= match.seconds * 1000;
      }
      case 'remember':
        this.surroundings.affinity?.remember(match.key, this.source);
        return true;
      case 'not-bridged':
        return packet.hook === 'output' || !this.isPodHere(this.source);
      case 'set':
      case 'virtual':
        return this.matchesMore(match);
    }
  }

  /** Matches that rules of iptables mode do not have. */
  protected matchesMore(_: Match): boolean {
    return false;
  }
  protected whyNotMore(_: Match): string {
    return '';
  }
  protected reasonMore(_: Match): string | undefined {
    return undefined;
  }

  protected isLocal(ip: string): boolean {
    return isLocalAddress(this.situation, ip);
  }

  private isPodHere(ip: string): boolean {
    return this.situation.node.podCIDRs.some((block) => isWithin(block, ip));
  }

  /** The first packet of a connection is NEW, and DNAT once it was translated. */
  protected isIn(states: string): boolean {
    const list = states.split(',');
    return list.includes('NEW') || (list.includes('DNAT') && this.translated);
  }

  private whyNot(match: Match): string {
    const { packet } = this;
    switch (match.kind) {
      case 'protocol':
        return `it is ${packet.protocol}, not ${match.protocol.toUpperCase()}`;
      case 'source':
        return `it comes from ${this.source}, ${match.not ? 'within' : 'not from'} ${match.range}`;
      case 'destination':
        return `it goes to ${this.destination}, not to ${match.not ? 'others than ' : ''}${match.range}`;
      case 'port':
        return `it goes to port ${this.port}, not ${match.port}`;
      case 'source-type':
        return `${this.source} is ${match.not ? 'an' : 'no'} address of this node`;
      case 'destination-type':
        return `${this.destination} is ${match.not ? 'an' : 'no'} address of this node`;
      case 'mark':
        return this.marked ? 'it is marked for masquerading' : 'it is not marked for masquerading';
      case 'state':
        return `the connection is new${this.translated ? ' and translated' : ''}, ${match.not ? 'as is left alone' : `not ${match.states}`}`;
      case 'chance':
        return `chance, 1 in ${match.of}, passed it by`;
      case 'recent':
        return `${this.source} was not sent there within ${match.seconds} seconds`;
      case 'not-bridged':
        return `it comes from ${this.source}, a pod of this node`;
      default:
        return this.whyNotMore(match);
    }
  }

  private why(matches: readonly Match[]): string {
    const reasons = matches.flatMap((match) => this.reason(match) ?? []);
    if (reasons.length > 0) return reasons.join(', ');
    const [note] = matches;
    return note?.kind === 'comment' ? `every packet: ${note.text}` : 'every packet';
  }

  private reason(match: Match): string | undefined {
    const { packet } = this;
    switch (match.kind) {
      case 'protocol':
        return packet.protocol;
      case 'source':
        return match.not ? `from ${this.source}, outside of ${match.range}` : `from ${this.source}`;
      case 'destination':
        return match.not ? `not to ${match.range}` : `to ${this.destination}`;
      case 'port':
        return `port ${match.port}`;
      case 'source-type':
        return `from ${this.source}, ${match.not ? 'not ' : ''}this node`;
      case 'destination-type':
        return match.not ? 'not to this node' : 'to this node';
      case 'mark':
        return match.not ? 'not marked for masquerading' : 'marked for masquerading';
      case 'state':
        return match.not ? `neither of ${match.states}` : 'a new connection';
      case 'chance':
        return `chance, 1 in ${match.of}, chose it`;
      case 'recent':
        return `${this.source} was sent there before`;
      case 'not-bridged':
        return 'not from a pod of this node';
      default:
        return this.reasonMore(match);
    }
  }
}

/** Comments of rules by which a service takes a packet name its port: `default/web:http cluster IP`. */
function servicePortOf({ chain, matches }: Rule): string | undefined {
  if (!/^KUBE-(SERVICES|NODEPORTS|EXTERNAL-SERVICES|PROXY-FIREWALL)$/.test(chain)) return undefined;
  const [note] = matches;
  if (note?.kind !== 'comment' || note.text.startsWith('kubernetes ')) return undefined;
  return note.text.split(' ')[0];
}

function effectOf(target: Target): string {
  switch (target.kind) {
    case 'jump':
      return `jump to ${target.chain}`;
    case 'mark':
      return target.how === 'or' ? 'marked for masquerading' : 'the mark is taken off';
    case 'DNAT':
      return `DNAT to ${target.to}`;
    case 'REDIRECT':
      return `to port ${target.port} of this node`;
    case 'MASQUERADE':
      return 'masqueraded';
    case 'REJECT':
      return 'rejected';
    case 'DROP':
      return 'dropped';
    case 'ACCEPT':
      return 'accepted';
    case 'RETURN':
      return 'back to the chain that it came from';
    case 'none':
      return '';
  }
}
