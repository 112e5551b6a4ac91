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
type Outcome = 'continue' | 'accept' | 'drop' | 'reject';

export function walkRules(
  situation: ProxySituation,
  chains: Chains,
  packet: Packet,
  surroundings: WalkSurroundings,
): Walk {
  return new Walker(situation, chains, packet, surroundings).walk();
}

class Walker {
  private readonly steps: Step[] = [];
  private lookups = 0;
  private hook = '';
  private destination: string;
  private port: number;
  private marked = false;
  private masqueraded = false;
  private translated = false;
  private backend: Backend | undefined;
  private servicePort: string | undefined;

  constructor(
    private readonly situation: ProxySituation,
    private readonly chains: Chains,
    private readonly packet: Packet,
    private readonly surroundings: WalkSurroundings,
  ) {
    this.destination = packet.destination;
    this.port = packet.port;
  }

  walk(): Walk {
    const verdict = this.packet.hook === 'output' ? this.leave() : this.arrive();
    const { steps, destination, port, masqueraded, lookups, servicePort } = this;
    const refused = verdict === 'drop' || verdict === 'reject';
    const source = masqueraded ? masqueradeAddress(this.situation, destination) : this.packet.source;
    return {
      verdict: refused ? verdict : 'accept',
      steps,
      servicePort,
      backend: this.backend,
      ...{ destination, port, source, masqueraded, lookups },
    };
  }

  /** From an interface. */
  private arrive(): Outcome {
    this.run('prerouting', 'nat', 'PREROUTING');
    if (isLocalAddress(this.situation, this.destination)) return this.run('input', 'filter', 'INPUT');
    const filtered = this.run('forward', 'filter', 'FORWARD');
    if (filtered === 'drop' || filtered === 'reject') return filtered;
    return this.run('postrouting', 'nat', 'POSTROUTING');
  }

  /** From a process of the node. What it sends to itself comes in again. */
  private leave(): Outcome {
    this.run('output', 'nat', 'OUTPUT');
    const filtered = this.run('output', 'filter', 'OUTPUT');
    if (filtered === 'drop' || filtered === 'reject') return filtered;
    this.run('postrouting', 'nat', 'POSTROUTING');
    return isLocalAddress(this.situation, this.destination) ? this.run('input', 'filter', 'INPUT') : 'continue';
  }

  private run(hook: string, table: Table, chain: string): Outcome {
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
        return isWithin(match.range, packet.source) !== (match.not ?? false);
      case 'destination':
        return isWithin(match.range, this.destination) !== (match.not ?? false);
      case 'port':
        return match.port === this.port;
      case 'source-type':
        return isLocalAddress(this.situation, packet.source);
      case 'destination-type':
        return isLocalAddress(this.situation, this.destination);
      case 'mark':
        return this.marked !== (match.not ?? false);
      case 'state':
        return this.isIn(match.states) !== (match.not ?? false);
      case 'chance':
        return this.surroundings.chance.below(match.of) === 0;
      case 'recent': {
        const age = this.surroundings.affinity?.age(match.key, packet.source);
        return age !== undefined && age <= match.seconds * 1000;
      }
      case 'remember':
        this.surroundings.affinity?.remember(match.key, packet.source);
        return true;
    }
  }

  /** The first packet of a connection is NEW, and DNAT once it was translated. */
  private isIn(states: string): boolean {
    const list = states.split(',');
    return list.includes('NEW') || (list.includes('DNAT') && this.translated);
  }

  private whyNot(match: Match): string {
    const { packet } = this;
    switch (match.kind) {
      case 'protocol':
        return `it is ${packet.protocol}, not ${match.protocol.toUpperCase()}`;
      case 'source':
        return `it comes from ${packet.source}, ${match.not ? 'within' : 'not from'} ${match.range}`;
      case 'destination':
        return `it goes to ${this.destination}, not to ${match.not ? 'others than ' : ''}${match.range}`;
      case 'port':
        return `it goes to port ${this.port}, not ${match.port}`;
      case 'source-type':
        return `${packet.source} is no address of this node`;
      case 'destination-type':
        return `${this.destination} is no address of this node`;
      case 'mark':
        return this.marked ? 'it is marked for masquerading' : 'it is not marked for masquerading';
      case 'state':
        return `the connection is new${this.translated ? ' and translated' : ''}, ${match.not ? 'as is left alone' : `not ${match.states}`}`;
      case 'chance':
        return `chance, 1 in ${match.of}, passed it by`;
      case 'recent':
        return `${packet.source} was not sent there within ${match.seconds} seconds`;
      default:
        return '';
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
        return match.not ? `from ${packet.source}, outside of ${match.range}` : `from ${packet.source}`;
      case 'destination':
        return match.not ? `not to ${match.range}` : `to ${this.destination}`;
      case 'port':
        return `port ${match.port}`;
      case 'source-type':
        return `from ${packet.source}, this node`;
      case 'destination-type':
        return 'to this node';
      case 'mark':
        return match.not ? 'not marked for masquerading' : 'marked for masquerading';
      case 'state':
        return match.not ? `neither of ${match.states}` : 'a new connection';
      case 'chance':
        return `chance, 1 in ${match.of}, chose it`;
      case 'recent':
        return `${packet.source} was sent there before`;
      default:
        return undefined;
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
