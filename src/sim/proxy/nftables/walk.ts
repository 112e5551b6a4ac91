/** A packet's way through the table of nftables: chain after chain of each hook, in the order of their priorities. */
import type { Backend } from '../../network/model';
import type { Packet, ProxySituation, Step, Walk, WalkSurroundings } from '../mode';
import { isLocalAddress, isWithin, masqueradeAddress } from '../situation';
import { BASE_CHAINS, type BaseChain, type Container } from './chains';
import { type Action, type Match, type Rule, ruleText, TABLE } from './rule';
import type { Element } from './service-rules';

/** The table as it stands in the kernel. */
export interface TableView {
  rules(chain: string): readonly Rule[];
  element(container: Container, key: string): Element | undefined;
  /** The port of a service that a chain was written for. */
  servicePort(chain: string): string | undefined;
}

/** How a chain ends for a packet. `done`: nothing more of this base chain is for it. */
type Outcome = 'continue' | 'done' | 'drop' | 'reject';

export function walkTable(
  situation: ProxySituation,
  table: TableView,
  packet: Packet,
  surroundings: WalkSurroundings,
): Walk {
  return new Walker(situation, table, packet, surroundings).walk();
}

class Walker {
  private readonly steps: Step[] = [];
  private lookups = 0;
  private hook: BaseChain['hook'] = 'prerouting';
  private destination: string;
  private port: number;
  private marked = false;
  private masqueraded = false;
  private backend: Backend | undefined;
  private servicePort: string | undefined;

  constructor(
    private readonly situation: ProxySituation,
    private readonly table: TableView,
    private readonly packet: Packet,
    private readonly surroundings: WalkSurroundings,
  ) {
    this.destination = packet.destination;
    this.port = packet.port;
  }

  walk(): Walk {
    const verdict = this.packet.hook === 'output' ? this.leave() : this.arrive();
    const { steps, destination, port, masqueraded, lookups, servicePort, backend } = this;
    return {
      verdict,
      ...{ steps, servicePort, backend, destination, port },
      source: masqueraded ? masqueradeAddress(this.situation, destination) : this.packet.source,
      ...{ masqueraded, lookups },
    };
  }

  private arrive(): Walk['verdict'] {
    const before = this.run('prerouting');
    if (before !== 'accept') return before;
    if (isLocalAddress(this.situation, this.destination)) return this.run('input');
    const forwarded = this.run('forward');
    return forwarded === 'accept' ? this.run('postrouting') : forwarded;
  }

  /** From a process of the node. What it sends to itself comes in again. */
  private leave(): Walk['verdict'] {
    const sent = this.run('output');
    if (sent !== 'accept') return sent;
    this.run('postrouting');
    return isLocalAddress(this.situation, this.destination) ? this.run('input') : 'accept';
  }

  private run(hook: BaseChain['hook']): Walk['verdict'] {
    this.hook = hook;
    for (const { name, hook: at } of BASE_CHAINS) {
      if (at !== hook) continue;
      const outcome = this.chain(name);
      if (outcome === 'drop' || outcome === 'reject') return outcome;
    }
    return 'accept';
  }

  private chain(name: string): Outcome {
    for (const rule of this.table.rules(name)) {
      this.lookups++;
      const failed = rule.matches.find((match) => !this.matches(match));
      if (failed) {
        this.tell(rule, false, this.whyNot(failed), '');
        continue;
      }
      const outcome = this.act(rule);
      if (outcome !== 'continue') return outcome;
    }
    return 'continue';
  }

  private tell(rule: Rule, matched: boolean, why: string, effect: string): void {
    if (this.surroundings.quiet) return;
    const { family } = this.situation;
    const place = `${TABLE} ${rule.chain}`;
    this.steps.push({ hook: this.hook, place, rule: ruleText(rule, family), matched, why, effect });
  }

  private act(rule: Rule): Outcome {
    const { action } = rule;
    const tell = (effect: string) => this.tell(rule, true, this.why(rule.matches), effect);
    switch (action.kind) {
      case 'vmap':
        return this.lookUp(rule, action);
      case 'jump':
        tell(`jump to ${action.chain}`);
        return this.chain(action.chain);
      case 'goto':
        tell(`on to ${action.chain}`);
        return this.goTo(action.chain);
      case 'choose-chain': {
        const chain = action.chains[this.surroundings.chance.below(action.chains.length)] as string;
        tell(`chance, 1 in ${action.chains.length}: on to ${chain}`);
        return this.goTo(chain);
      }
      case 'choose-backend': {
        const backend = action.backends[this.surroundings.chance.below(action.backends.length)] as Backend;
        tell(`chance, 1 in ${action.backends.length}: DNAT to ${backend.id}`);
        return this.translate(backend);
      }
      case 'dnat':
        tell(`DNAT to ${action.backend.id}`);
        return this.translate(action.backend);
      case 'drop':
        tell('dropped');
        return 'drop';
      case 'reject':
        tell('rejected');
        return 'reject';
      case 'mark':
        this.marked = true;
        tell('marked for masquerading');
        return 'continue';
      case 'remember':
        this.surroundings.affinity?.remember(action.key, this.packet.source);
        tell(`${this.packet.source} is noted`);
        return 'continue';
      case 'masquerade':
        tell('masqueraded');
        this.masqueraded = true;
        return 'done';
    }
  }

  /** A chain that was gone to does not come back to where it was left: the base chain is over with it. */
  private goTo(chain: string): Outcome {
    const outcome = this.chain(chain);
    return outcome === 'continue' ? 'done' : outcome;
  }

  private translate(backend: Backend): Outcome {
    this.backend = backend;
    this.destination = backend.ip;
    this.port = backend.port;
    return 'done';
  }

  private lookUp(rule: Rule, { by, map }: Extract<Action, { kind: 'vmap' }>): Outcome {
    const protocol = this.packet.protocol.toLowerCase();
    const key = `${by === 'address' ? `${this.destination} . ` : ''}${protocol} . ${this.port}`;
    const found = this.table.element(map, key);
    if (!found) {
      this.tell(rule, false, `${key} is not in ${map}`, '');
      return 'continue';
    }
    this.tell(rule, true, `${key} is in ${map}`, found.verdict);
    if (found.verdict === 'drop') {
      this.servicePort ??= found.comment;
      return 'drop';
    }
    const chain = found.verdict.slice('goto '.length);
    this.servicePort ??= found.comment || this.table.servicePort(chain);
    return this.goTo(chain);
  }

  private matches(match: Match): boolean {
    const { packet } = this;
    switch (match.kind) {
      case 'new':
        return true;
      case 'in-set':
        return this.table.element(match.set, this.destination) !== undefined;
      case 'remembered': {
        const age = this.surroundings.affinity?.age(match.key, packet.source);
        return age !== undefined && age < match.seconds * 1000;
      }
      case 'in-range':
        return isWithin(match.range, this.field(match.field)) !== (match.not ?? false);
      case 'in-ranges':
        return match.ranges.some((range) => isWithin(range, this.field(match.field))) !== (match.not ?? false);
      case 'local':
        return isLocalAddress(this.situation, this.field(match.field));
      case 'marked':
        return this.marked;
      case 'hairpin': {
        const key = `${packet.source} . ${this.destination} . ${packet.protocol.toLowerCase()} . ${this.port}`;
        return this.backend !== undefined && this.table.element('hairpin-connections', key) !== undefined;
      }
      case 'protocol':
        return packet.protocol.toLowerCase() === match.protocol;
    }
  }

  private field(field: 'saddr' | 'daddr'): string {
    return field === 'saddr' ? this.packet.source : this.destination;
  }

  private whyNot(match: Match): string {
    const { packet } = this;
    switch (match.kind) {
      case 'in-set':
        return `it goes to ${this.destination}, which is not in ${match.set}`;
      case 'remembered':
        return `${packet.source} was not sent there within ${match.seconds} seconds`;
      case 'in-range':
        return `${phrase(match.field, this.field(match.field))}, ${match.not ? 'within' : 'not within'} ${match.range}`;
      case 'in-ranges':
        return `${phrase(match.field, this.field(match.field))}, ${match.not ? 'within' : 'not within'} ${match.ranges.join(', ')}`;
      case 'local':
        return `${this.field(match.field)} is no address of this node`;
      case 'marked':
        return 'it is not marked for masquerading';
      case 'hairpin':
        return this.backend ? 'it does not go back to where it comes from' : 'it was not translated';
      case 'protocol':
        return `it is ${packet.protocol}, not ${match.protocol.toUpperCase()}`;
      default:
        return '';
    }
  }

  private why(matches: readonly Match[]): string {
    const reasons = matches.map((match) => this.reason(match));
    return reasons.length === 0 ? 'every packet' : reasons.join(', ');
  }

  private reason(match: Match): string {
    switch (match.kind) {
      case 'new':
        return 'a new connection';
      case 'in-set':
        return `${this.destination} is in ${match.set}`;
      case 'remembered':
        return `${this.packet.source} was sent there before`;
      case 'in-range':
        return `${phrase(match.field, this.field(match.field))}, ${match.not ? 'outside of' : 'within'} ${match.range}`;
      case 'in-ranges':
        return `${phrase(match.field, this.field(match.field))}, ${match.not ? 'outside of' : 'within'} ${match.ranges.join(', ')}`;
      case 'local':
        return `${this.field(match.field)} is this node's`;
      case 'marked':
        return 'marked for masquerading';
      case 'hairpin':
        return 'it goes back to where it comes from';
      case 'protocol':
        return this.packet.protocol;
    }
  }
}

function phrase(field: 'saddr' | 'daddr', ip: string): string {
  return field === 'saddr' ? `it comes from ${ip}` : `it goes to ${ip}`;
}
