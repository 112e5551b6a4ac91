/** A rule of iptables as kube-proxy writes them: what it matches, and what becomes of a packet then. */

export type Table = 'filter' | 'nat';

export type Match =
  | { readonly kind: 'comment'; readonly text: string }
  /** `-m tcp -p tcp` */
  | { readonly kind: 'protocol'; readonly protocol: string }
  | { readonly kind: 'source' | 'destination'; readonly range: string; readonly not?: boolean }
  | { readonly kind: 'port'; readonly port: number }
  | { readonly kind: 'source-type' | 'destination-type' }
  | { readonly kind: 'mark'; readonly mark: string; readonly not?: boolean }
  | { readonly kind: 'state'; readonly states: string; readonly not?: boolean }
  /** Once in `of` times. */
  | { readonly kind: 'chance'; readonly of: number }
  /** The client was sent there within so many seconds. */
  | { readonly kind: 'recent'; readonly name: string; readonly key: string; readonly seconds: number }
  /** Always; and notes that the client was sent there. `key` is what AffinityMemory knows it by. */
  | { readonly kind: 'remember'; readonly name: string; readonly key: string }
  | { readonly kind: 'counter'; readonly name: string };

export type Target =
  | { readonly kind: 'jump'; readonly chain: string }
  | { readonly kind: 'ACCEPT' | 'DROP' | 'REJECT' | 'RETURN' | 'MASQUERADE' }
  | { readonly kind: 'mark'; readonly how: 'or' | 'xor'; readonly mark: string }
  | { readonly kind: 'DNAT'; readonly to: string }
  | { readonly kind: 'none' };

export interface Rule {
  readonly chain: string;
  readonly matches: readonly Match[];
  readonly target: Target;
}

/** As iptables-restore reads it. */
export function ruleText(rule: Rule): string {
  const parts: string[] = [];
  writeRule(parts, rule);
  return parts.join('');
}

/** Rules, a line each. */
export function rulesText(rules: readonly Rule[]): string {
  const parts: string[] = [];
  for (const rule of rules) {
    writeRule(parts, rule);
    parts.push('\n');
  }
  return parts.join('');
}

/** Parts of many rules are joined at once: there may be hundreds of thousands. */
function writeRule(parts: string[], { chain, matches, target }: Rule): void {
  parts.push('-A ', chain);
  for (const match of matches) writeMatch(parts, match);
  writeTarget(parts, target);
}

function writeMatch(parts: string[], match: Match): void {
  switch (match.kind) {
    case 'comment':
      if (match.text.includes(' ')) parts.push(' -m comment --comment "', match.text, '"');
      else parts.push(' -m comment --comment ', match.text);
      return;
    case 'protocol':
      parts.push(' -m ', match.protocol, ' -p ', match.protocol);
      return;
    case 'source':
      parts.push(match.not ? ' ! -s ' : ' -s ', match.range);
      return;
    case 'destination':
      parts.push(match.not ? ' ! -d ' : ' -d ', match.range);
      return;
    case 'port':
      parts.push(' --dport ', String(match.port));
      return;
    case 'source-type':
      parts.push(' -m addrtype --src-type LOCAL');
      return;
    case 'destination-type':
      parts.push(' -m addrtype --dst-type LOCAL');
      return;
    case 'mark':
      parts.push(match.not ? ' -m mark ! --mark ' : ' -m mark --mark ', match.mark, '/', match.mark);
      return;
    case 'state':
      parts.push(match.not ? ' -m conntrack ! --ctstate ' : ' -m conntrack --ctstate ', match.states);
      return;
    case 'chance':
      parts.push(' -m statistic --mode random --probability ', probability(match.of));
      return;
    case 'recent':
      parts.push(' -m recent --name ', match.name, ' --rcheck --seconds ', String(match.seconds), ' --reap');
      return;
    case 'remember':
      parts.push(' -m recent --name ', match.name, ' --set');
      return;
    case 'counter':
      parts.push(' -m nfacct --nfacct-name ', match.name);
  }
}

function writeTarget(parts: string[], target: Target): void {
  switch (target.kind) {
    case 'jump':
      parts.push(' -j ', target.chain);
      return;
    case 'mark':
      parts.push(' -j MARK --', target.how, '-mark ', target.mark);
      return;
    case 'DNAT':
      parts.push(' -j DNAT --to-destination ', target.to);
      return;
    case 'MASQUERADE':
      parts.push(' -j MASQUERADE --random-fully');
      return;
    case 'none':
      return;
    default:
      parts.push(' -j ', target.kind);
  }
}

const probabilities: string[] = [];

/** Go's %0.10f of 1/n (computeProbability). */
function probability(of: number): string {
  let text = probabilities[of];
  if (text === undefined) {
    text = (1 / of).toFixed(10);
    probabilities[of] = text;
  }
  return text;
}

export const comment = (text: string): Match => ({ kind: 'comment', text });
export const jump = (chain: string): Target => ({ kind: 'jump', chain });
