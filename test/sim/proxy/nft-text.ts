/** A small interpreter of what `nft -f` is given, word by word: it knows nothing of the code that wrote it. Of chance it takes every turn. */
import { endOf, isIn, isLocal, type Kernel, type OnItsWay, type TextPacket, wordsOf } from './packets';

interface Table {
  base: { name: string; hook: string; priority: number }[];
  rules: Map<string, string[][]>;
  /** Sets and maps: key → verdict, '' in sets. */
  containers: Map<string, Map<string, string>>;
}

/** `over`: nothing more of this base chain is for it. */
type Verdict = 'on' | 'over' | 'drop' | 'reject';
type Way = [Verdict, OnItsWay];

export function readNft(text: string): Table {
  const table: Table = { base: [], rules: new Map(), containers: new Map() };
  for (const line of text.split('\n')) {
    const [, what, , , name = '', ...rest] = wordsOf(line);
    if (what === 'chain' && rest.includes('hook'))
      table.base.push({
        name,
        hook: rest[rest.indexOf('hook') + 1] as string,
        priority: Number(rest[rest.indexOf('priority') + 1]),
      });
    if (what === 'rule') table.rules.set(name, [...(table.rules.get(name) ?? []), rest]);
    if (what === 'set' || what === 'map') table.containers.set(name, new Map());
    if (what === 'element') {
      const inside = rest.slice(1, -1);
      const comment = inside.indexOf('comment');
      if (comment >= 0) inside.splice(comment, 2);
      const [key = '', verdict = ''] = inside.join(' ').split(' : ');
      const container = table.containers.get(name);
      if (!container) throw new Error(`there is no ${name}`);
      container.set(key, verdict);
    }
  }
  return table;
}

export function endsOf(table: Table, kernel: Kernel, packet: TextPacket): Set<string> {
  let ways: Way[] = [['on', { ...packet, marked: false, translated: false, masqueraded: false }]];
  const hook = (name: string) => (way: Way) => {
    const chains = table.base.filter((one) => one.hook === name).sort((a, b) => a.priority - b.priority);
    let here: Way[] = [way];
    for (const chain of chains)
      here = here.flatMap(([verdict, at]) =>
        verdict === 'on'
          ? through(table, kernel, chain.name, at).map(([v, p]): Way => [v === 'over' ? 'on' : v, p])
          : [[verdict, at] as Way],
      );
    return here;
  };
  const step = (next: (way: Way) => Way[]) => {
    ways = ways.flatMap((way) => (way[0] === 'on' ? next(way) : [way]));
  };
  if (packet.hook === 'output') {
    step(hook('output'));
    step(hook('postrouting'));
    step((way) => (isLocal(kernel, way[1].destination) ? hook('input')(way) : [way]));
  } else {
    step(hook('prerouting'));
    step((way) => hook(isLocal(kernel, way[1].destination) ? 'input' : 'forward')(way));
    step((way) => (isLocal(kernel, way[1].destination) ? [way] : hook('postrouting')(way)));
  }
  return new Set(ways.map(([verdict, at]) => endOf(verdict === 'on' ? 'accept' : (verdict as 'drop'), at)));
}

function through(table: Table, kernel: Kernel, chain: string, start: OnItsWay): Way[] {
  let here: OnItsWay[] = [start];
  const done: Way[] = [];
  for (const words of table.rules.get(chain) ?? []) {
    const stay: OnItsWay[] = [];
    for (const packet of here)
      for (const [verdict, after] of new Statement(table, kernel, words, packet).run())
        if (verdict === 'on') stay.push(after);
        else done.push([verdict, after]);
    here = stay;
  }
  return [...done, ...here.map((packet): Way => ['on', packet])];
}

/** One rule for one packet, read from left to right. */
class Statement {
  private at = 0;
  private packet: OnItsWay;

  constructor(
    private readonly table: Table,
    private readonly kernel: Kernel,
    private readonly words: readonly string[],
    packet: OnItsWay,
  ) {
    this.packet = { ...packet };
  }

  run(): Way[] {
    while (this.at < this.words.length) {
      const word = this.next();
      switch (word) {
        case 'comment':
          this.next();
          continue;
        case 'ct': {
          const what = this.next();
          const value = this.next();
          if (what === 'status' && value === 'dnat' && !this.packet.translated) return this.passedBy();
          continue;
        }
        case 'fib': {
          const field = this.next();
          this.take('type', 'local');
          if (!isLocal(this.kernel, this.field(field))) return this.passedBy();
          continue;
        }
        case 'mark':
          if (this.next() === 'and') {
            this.next();
            this.take('!=', '0');
            if (!this.packet.marked) return this.passedBy();
          } else {
            this.take('mark');
            this.packet.marked = this.next() === 'or' ? true : !this.packet.marked;
            this.next();
          }
          continue;
        case 'ip':
        case 'ip6':
        case 'meta': {
          this.at--;
          const ended = this.expression();
          if (ended) return ended;
          continue;
        }
        case 'update':
          this.at += 5;
          continue;
        case 'numgen': {
          const lists = this.numgen();
          return lists.flatMap(([, , chain = '']) => this.goTo(chain));
        }
        case 'dnat':
          return this.translate();
        case 'jump':
          return through(this.table, this.kernel, this.next(), this.packet);
        case 'goto':
          return this.goTo(this.next());
        case 'drop':
        case 'reject':
          return [[word, this.packet]];
        case 'masquerade':
          return [['over', { ...this.packet, masqueraded: true }]];
        default:
          throw new Error(`${word} of ${this.words.join(' ')} is not known`);
      }
    }
    return [['on', this.packet]];
  }

  /** What is compared with something, or looked up; undefined where the rule goes on. */
  private expression(): Way[] | undefined {
    const key: string[] = [this.operand()];
    while (this.words[this.at] === '.') {
      this.at++;
      key.push(this.operand());
    }
    const text = key.join(' . ');
    const word = this.next();
    if (word === 'vmap') {
      const verdict = this.container(this.next()).get(text);
      if (verdict === undefined) return undefined;
      return verdict === 'drop' ? [['drop', this.packet]] : this.goTo(verdict.replace('goto ', ''));
    }
    if (word.startsWith('@')) return this.container(word).has(text) ? undefined : this.passedBy();
    const not = word === '!=';
    const first = not ? this.next() : word;
    const values: string[] = [];
    if (first === '{') for (let one = this.next(); one !== '}'; one = this.next()) values.push(one);
    else values.push(first);
    const holds = values.some(
      (value) => value !== ',' && (value === text || (/[.:]/.test(value) && isIn(value, text))),
    );
    return holds === not ? this.passedBy() : undefined;
  }

  private operand(): string {
    const word = this.next();
    const field = this.next();
    if (word === 'th') return String(this.packet.port);
    return word === 'meta' ? this.packet.protocol : this.field(field);
  }

  private field(name: string): string {
    return name === 'saddr' ? this.packet.source : this.packet.destination;
  }

  private container(name: string): Map<string, string> {
    const found = this.table.containers.get(name.slice(1));
    if (!found) throw new Error(`there is no ${name}`);
    return found;
  }

  /** `random mod 2 vmap { 0 : goto a , 1 : goto b }` → its parts. */
  private numgen(): string[][] {
    this.take('random', 'mod');
    const count = Number(this.next());
    this.at++;
    this.take('{');
    const inside: string[] = [];
    for (let one = this.next(); one !== '}'; one = this.next()) inside.push(one);
    const parts = inside
      .join(' ')
      .split(' , ')
      .map((part) => part.split(/ : | /));
    if (parts.length !== count) throw new Error(`${count} are chosen from, and there are ${parts.length}`);
    parts.forEach(([number], i) => {
      if (number !== String(i)) throw new Error(`${number} stands where ${i} should`);
    });
    return parts.map((part) => [part[0] as string, part[1] as string, part.at(-1) as string]);
  }

  private translate(): Way[] {
    const to = (destination: string, port: string): Way => [
      'over',
      { ...this.packet, destination, port: Number(port), translated: true },
    ];
    if (this.words[this.at] === 'to') {
      const [, bracketed, plain, port = ''] = /^(?:\[(.+)\]|([^[:]+)):(\d+)$/.exec(this.words[this.at + 1] ?? '') ?? [];
      return [to(bracketed ?? plain ?? '', port)];
    }
    this.at++;
    this.take('addr', '.', 'port', 'to', 'numgen');
    return this.numgen().map(([, ip = '', port = '']) => to(ip, port));
  }

  private goTo(chain: string): Way[] {
    return through(this.table, this.kernel, chain, this.packet).map(
      ([verdict, at]): Way => [verdict === 'on' ? 'over' : verdict, at],
    );
  }

  private passedBy(): Way[] {
    return [['on', this.packet]];
  }

  private next(): string {
    const word = this.words[this.at++];
    if (word === undefined) throw new Error(`${this.words.join(' ')} ends too early`);
    return word;
  }

  private take(...words: string[]): void {
    for (const word of words)
      if (this.next() !== word) throw new Error(`${word} is missing in ${this.words.join(' ')}`);
  }
}
