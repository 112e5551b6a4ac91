/** A rule of iptables as kube-proxy writes them: what it matches, and what becomes of a packet then. */

export type Table = 'filter' | 'nat';

export type Match =
  | { readonly kind: 'comment'; readonly text: string }
  /** `-m tcp -p tcp`, or as the proxies of other modes write it: `-p tcp`, `-p tcp -m tcp`. */
  | { readonly kind: 'protocol'; readonly protocol: string; readonly written?: 'plain' | 'module-last' }
  | { readonly kind: 'source' | 'destination'; readonly range: string; readonly not?: boolean }
  | { readonly kind: 'port'; readonly port: number }
  | { readonly kind: 'source-type' | 'destination-type'; readonly not?: boolean }
  | { readonly kind: 'mark'; readonly mark: string; readonly not?: boolean }
  /** `old`: by the module `state`, before there was `conntrack`. */
  | { readonly kind: 'state'; readonly states: string; readonly not?: boolean; readonly written?: 'old' }
  /** Once in `of` times. */
  | { readonly kind: 'chance'; readonly of: number }
  /** The client was sent there within so many seconds. */
  | { readonly kind: 'recent'; readonly name: string; readonly key: string; readonly seconds: number }
  /** Always; and notes that the client was sent there. `key` is what AffinityMemory knows it by. */
  | { readonly kind: 'remember'; readonly name: string; readonly key: string }
  | { readonly kind: 'counter'; readonly name: string }
  /** It came by no port of a bridge, so not from a pod of this node. */
  | { readonly kind: 'not-bridged' }
  /** A set of ipset has it; `by` says what of it is looked up: `dst,dst,src`. */
  | { readonly kind: 'set'; readonly set: string; readonly by: string }
  /** IPVS translated it for this virtual server. */
  | { readonly kind: 'virtual'; readonly address: string; readonly protocol: string; readonly port: number };

export type Target =
  | { readonly kind: 'jump'; readonly chain: string }
  | { readonly kind: 'ACCEPT' | 'DROP' | 'REJECT' | 'RETURN' }
  | { readonly kind: 'MASQUERADE'; readonly randomly?: false }
  | { readonly kind: 'mark'; readonly how: 'or' | 'xor'; readonly mark: string }
  | { readonly kind: 'DNAT'; readonly to: string }
  /** To a port of the node itself. */
  | { readonly kind: 'REDIRECT'; readonly port: number }
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
      if (match.written === 'plain') parts.push(' -p ', match.protocol);
      else if (match.written === 'module-last') parts.push(' -p ', match.protocol, ' -m ', match.protocol);
      else parts.push(' -m ', match.protocol, ' -p ', match.protocol);
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
      parts.push(match.not ? ' -m addrtype ! --src-type LOCAL' : ' -m addrtype --src-type LOCAL');
      return;
    case 'destination-type':
      parts.push(match.not ? ' -m addrtype ! --dst-type LOCAL' : ' -m addrtype --dst-type LOCAL');
      return;
    case 'mark':
      parts.push(match.not ? ' -m mark ! --mark ' : ' -m mark --mark ', match.mark, '/', match.mark);
      return;
    case 'state':
      if (match.written === 'old') parts.push(' -m state --state ', match.states);
      else parts.push(match.not ? ' -m conntrack ! --ctstate ' : ' -m conntrack --ctstate ', match.states);
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
      return;
    case 'not-bridged':
      parts.push(' -m physdev ! --physdev-is-in');
      return;
    case 'set':
      parts.push(' -m set --match-set ', match.set, ' ', match.by);
      return;
    case 'virtual':
      parts.push(' -m ipvs --vaddr ', match.address, ' --vproto ', match.protocol, ' --vport ', String(match.port));
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
      parts.push(target.randomly === false ? ' -j MASQUERADE' : ' -j MASQUERADE --random-fully');
      return;
    case 'REDIRECT':
      parts.push(' -j REDIRECT --to-ports ', String(target.port));
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
