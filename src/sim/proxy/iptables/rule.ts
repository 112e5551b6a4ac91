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
export function ruleText({ chain, matches, target }: Rule): string {
  let text = `-A ${chain}`;
  for (const match of matches) text += matchText(match);
  return text + targetText(target);
}

function matchText(match: Match): string {
  switch (match.kind) {
    case 'comment':
      return ` -m comment --comment ${match.text.includes(' ') ? `"${match.text}"` : match.text}`;
    case 'protocol':
      return ` -m ${match.protocol} -p ${match.protocol}`;
    case 'source':
      return `${match.not ? ' !' : ''} -s ${match.range}`;
    case 'destination':
      return `${match.not ? ' !' : ''} -d ${match.range}`;
    case 'port':
      return ` --dport ${match.port}`;
    case 'source-type':
      return ' -m addrtype --src-type LOCAL';
    case 'destination-type':
      return ' -m addrtype --dst-type LOCAL';
    case 'mark':
      return ` -m mark${match.not ? ' !' : ''} --mark ${match.mark}/${match.mark}`;
    case 'state':
      return ` -m conntrack${match.not ? ' !' : ''} --ctstate ${match.states}`;
    case 'chance':
      return ` -m statistic --mode random --probability ${probability(match.of)}`;
    case 'recent':
      return ` -m recent --name ${match.name} --rcheck --seconds ${match.seconds} --reap`;
    case 'remember':
      return ` -m recent --name ${match.name} --set`;
    case 'counter':
      return ` -m nfacct --nfacct-name ${match.name}`;
  }
}

function targetText(target: Target): string {
  switch (target.kind) {
    case 'jump':
      return ` -j ${target.chain}`;
    case 'mark':
      return ` -j MARK --${target.how}-mark ${target.mark}`;
    case 'DNAT':
      return ` -j DNAT --to-destination ${target.to}`;
    case 'MASQUERADE':
      return ' -j MASQUERADE --random-fully';
    case 'none':
      return '';
    default:
      return ` -j ${target.kind}`;
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
