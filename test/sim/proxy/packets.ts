/** What both small interpreters of generated text share: a packet on its way, and every end that it may come to. */

export interface TextPacket {
  protocol: string;
  source: string;
  destination: string;
  port: number;
  hook: 'prerouting' | 'output';
}

/** The node as its kernel knows it. */
export interface Kernel {
  localIPs: readonly string[];
}

/** A packet within the kernel. Copies are made where it may go two ways. */
export interface OnItsWay extends TextPacket {
  marked: boolean;
  translated: boolean;
  masqueraded: boolean;
}

export function isLocal({ localIPs }: Kernel, ip: string): boolean {
  return localIPs.includes(ip) || ip.startsWith('127.') || ip === '::1';
}

/** An address in a network, worked out on bits; neither of the parsers of src is used. */
export function isIn(range: string, ip: string): boolean {
  const [base = '', length] = range.split('/');
  if (base.includes(':') !== ip.includes(':')) return false;
  const total = ip.includes(':') ? 128 : 32;
  const shift = BigInt(total - (length === undefined ? total : Number(length)));
  return bits(base) >> shift === bits(ip) >> shift;
}

function bits(ip: string): bigint {
  if (!ip.includes(':')) return ip.split('.').reduce((sum, part) => (sum << 8n) | BigInt(part), 0n);
  const [head = '', tail] = ip.split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? [] : Array<string>(8 - left.length - right.length).fill('0');
  return [...left, ...zeros, ...right].reduce((sum, part) => (sum << 16n) | BigInt(`0x${part}`), 0n);
}

/** `10.0.0.1:80 masqueraded`, `drop`, `reject`: what can be compared. */
export function endOf(
  verdict: 'accept' | 'drop' | 'reject',
  packet: Pick<OnItsWay, 'destination' | 'port' | 'masqueraded'>,
): string {
  return verdict === 'accept'
    ? `${packet.destination}|${packet.port}${packet.masqueraded ? ' masqueraded' : ''}`
    : verdict;
}

/** Words of a line; what stands in quotes is one. */
export function wordsOf(line: string): string[] {
  return [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare ?? '');
}

/** Calls `run` until chance has given each of its answers: all that may happen. */
export function everyEnd(run: (chance: { below(bound: number): number }) => string): Set<string> {
  const ends = new Set<string>();
  let plan: { answer: number; bound: number }[] = [];
  for (;;) {
    let asked = 0;
    const chance = {
      below(bound: number): number {
        if (asked === plan.length) plan.push({ answer: 0, bound });
        return (plan[asked++] as { answer: number }).answer;
      },
    };
    ends.add(run(chance));
    while (
      plan.length > 0 &&
      (plan.at(-1) as { answer: number; bound: number }).answer + 1 >= (plan.at(-1) as { bound: number }).bound
    )
      plan.pop();
    const last = plan.at(-1);
    if (!last) return ends;
    plan = [...plan.slice(0, -1), { answer: last.answer + 1, bound: last.bound }];
  }
}
