/**
 * A small interpreter of what iptables-restore is given, word by word: it knows nothing of the code that wrote it. Of chance it
 * takes every turn; nobody was remembered before.
 */
import { endOf, isIn, isLocal, type Kernel, type OnItsWay, type TextPacket, wordsOf } from './packets';

type Rules = Map<string, string[][]>;
type Verdict = 'on' | 'accept' | 'drop' | 'reject' | 'return';
type Way = [Verdict, OnItsWay];

export function readIptables(texts: readonly string[]): Rules {
  const rules: Rules = new Map();
  let table = '';
  for (const line of texts.join('').split('\n')) {
    if (line.startsWith('*')) table = line.slice(1);
    const words = wordsOf(line);
    const [how, chain] = words;
    if (how !== '-A' && how !== '-I') continue;
    const key = `${table} ${chain}`;
    const list = rules.get(key) ?? [];
    rules.set(key, how === '-A' ? [...list, words.slice(2)] : [words.slice(2), ...list]);
  }
  return rules;
}

export function endsOf(rules: Rules, kernel: Kernel, packet: TextPacket): Set<string> {
  const start: OnItsWay = { ...packet, marked: false, translated: false, masqueraded: false };
  const run = (table: string, chain: string) => (way: Way) =>
    way[0] === 'on' ? through(rules, kernel, `${table} ${chain}`, way[1]) : [way];
  const on = ([verdict, at]: Way): Way => [verdict === 'accept' || verdict === 'return' ? 'on' : verdict, at];
  let ways: Way[] = [['on', start]];
  const step = (next: (way: Way) => Way[]) => {
    ways = ways.flatMap(next).map(on);
  };
  if (packet.hook === 'output') {
    step(run('nat', 'OUTPUT'));
    step(run('filter', 'OUTPUT'));
    step(run('nat', 'POSTROUTING'));
    step((way) => (isLocal(kernel, way[1].destination) ? run('filter', 'INPUT')(way) : [way]));
  } else {
    step(run('nat', 'PREROUTING'));
    step((way) => run('filter', isLocal(kernel, way[1].destination) ? 'INPUT' : 'FORWARD')(way));
    step((way) => (isLocal(kernel, way[1].destination) ? [way] : run('nat', 'POSTROUTING')(way)));
  }
  return new Set(ways.map(([verdict, at]) => endOf(verdict === 'on' ? 'accept' : (verdict as 'drop'), at)));
}

function through(rules: Rules, kernel: Kernel, chain: string, start: OnItsWay): Way[] {
  let here: OnItsWay[] = [start];
  const done: Way[] = [];
  for (const words of rules.get(chain) ?? []) {
    const stay: OnItsWay[] = [];
    for (const packet of here) {
      const match = matches(words, kernel, packet);
      if (match !== 'yes') stay.push(packet);
      if (match === 'no') continue;
      for (const [verdict, after] of target(rules, kernel, chain, words, packet))
        if (verdict === 'on') stay.push(after);
        else done.push([verdict === 'return' ? 'on' : verdict, after]);
    }
    here = stay;
    if (here.length === 0) break;
  }
  return [...done, ...here.map((packet): Way => ['on', packet])];
}

function target(rules: Rules, kernel: Kernel, chain: string, words: readonly string[], packet: OnItsWay): Way[] {
  const at = words.indexOf('-j');
  if (at < 0) return [['on', packet]];
  const [name = '', option = '', value = ''] = words.slice(at + 1);
  switch (name) {
    case 'ACCEPT':
    case 'DROP':
    case 'REJECT':
    case 'RETURN':
      return [[name.toLowerCase() as Verdict, packet]];
    case 'MASQUERADE':
      return [['accept', { ...packet, masqueraded: true }]];
    case 'MARK':
      return [['on', { ...packet, marked: option === '--or-mark' ? true : !packet.marked }]];
    case 'DNAT': {
      const [, bracketed, plain, port] = /^(?:\[(.+)\]|([^[:]+)):(\d+)$/.exec(value) ?? [];
      const destination = bracketed ?? plain ?? '';
      return [['accept', { ...packet, destination, port: Number(port), translated: true }]];
    }
    default:
      return through(rules, kernel, `${chain.split(' ')[0]} ${name}`, packet);
  }
}

function matches(words: readonly string[], kernel: Kernel, packet: OnItsWay): 'yes' | 'no' | 'maybe' {
  let not = false;
  let maybe = false;
  for (let i = 0; i < words.length && words[i] !== '-j'; i++) {
    const value = words[i + 1] ?? '';
    let holds = true;
    switch (words[i]) {
      case '!':
        not = true;
        continue;
      case '-m':
      case '--comment':
      case '--mode':
      case '--name':
      case '--nfacct-name':
        i++;
        continue;
      case '--set':
      case '--reap':
        continue;
      case '-p':
        holds = packet.protocol === value;
        break;
      case '-s':
        holds = isIn(value, packet.source);
        break;
      case '-d':
        holds = isIn(value, packet.destination);
        break;
      case '--dport':
        holds = packet.port === Number(value);
        break;
      case '--src-type':
        holds = isLocal(kernel, packet.source);
        break;
      case '--dst-type':
        holds = isLocal(kernel, packet.destination);
        break;
      case '--mark':
        holds = packet.marked;
        break;
      case '--ctstate':
        holds = value.split(',').some((state) => state === 'NEW' || (state === 'DNAT' && packet.translated));
        break;
      case '--probability':
        maybe = true;
        break;
      case '--rcheck':
        holds = false;
        break;
      case '--seconds':
        break;
      default:
        throw new Error(`${words[i]} of ${words.join(' ')} is not known`);
    }
    if (words[i] !== '--rcheck') i++;
    if (holds === not) return 'no';
    not = false;
  }
  return maybe ? 'maybe' : 'yes';
}
