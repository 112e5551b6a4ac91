/** A rule of nftables as kube-proxy writes them: what it matches, and what becomes of a packet then. */
import type { Backend, Family } from '../../network/model';

import type { Container } from './chains';

export const TABLE = 'kube-proxy';

export type Match =
  | { readonly kind: 'new' }
  | { readonly kind: 'in-set'; readonly field: 'daddr'; readonly set: Container }
  /** The client was sent to an endpoint within so many seconds: it is in the endpoint's set, from which it falls out by itself. */
  | { readonly kind: 'remembered'; readonly set: string; readonly key: string; readonly seconds: number }
  | { readonly kind: 'in-range'; readonly field: 'saddr' | 'daddr'; readonly range: string; readonly not?: boolean }
  /** In one of these, or in none of them. */
  | {
      readonly kind: 'in-ranges';
      readonly field: 'saddr' | 'daddr';
      readonly ranges: readonly string[];
      readonly not?: boolean;
    }
  | { readonly kind: 'local'; readonly field: 'saddr' | 'daddr' }
  | { readonly kind: 'marked'; readonly mark: string }
  /** Translated, and from an endpoint to itself. */
  | { readonly kind: 'hairpin' }
  | { readonly kind: 'protocol'; readonly protocol: string };

export type Action =
  | { readonly kind: 'jump' | 'goto'; readonly chain: string }
  | { readonly kind: 'drop' | 'reject' }
  | { readonly kind: 'mark'; readonly mark: string }
  /** By address, protocol and port, or by protocol and port alone. */
  | { readonly kind: 'vmap'; readonly by: 'address' | 'port'; readonly map: Container }
  /** One of these by chance. */
  | { readonly kind: 'choose-chain'; readonly chains: readonly string[] }
  | { readonly kind: 'choose-backend'; readonly backends: readonly Backend[] }
  | { readonly kind: 'dnat'; readonly backend: Backend }
  /** Notes in a set that the client was sent here. */
  | { readonly kind: 'remember'; readonly set: string; readonly key: string }
  /** The mark is taken off before, where there is one. */
  | { readonly kind: 'masquerade'; readonly unmark: string };

export interface Rule {
  readonly chain: string;
  readonly matches: readonly Match[];
  readonly action: Action;
  readonly comment?: string;
}

/** `ip kube-proxy`, `ip6 kube-proxy` */
export function tableOf(family: Family): string {
  return `${ipOf(family)} ${TABLE}`;
}

export function ipOf(family: Family): string {
  return family === 'IPv6' ? 'ip6' : 'ip';
}

/** What stands behind `add rule ip kube-proxy CHAIN`. */
export function ruleText({ matches, action, comment }: Rule, family: Family): string {
  const ip = ipOf(family);
  const parts = matches.map((match) => matchText(match, ip));
  parts.push(actionText(action, ip));
  if (comment !== undefined) parts.push(`comment "${comment}"`);
  return parts.join(' ');
}

function matchText(match: Match, ip: string): string {
  switch (match.kind) {
    case 'new':
      return 'ct state new';
    case 'in-set':
      return `${ip} ${match.field} @${match.set}`;
    case 'remembered':
      return `${ip} saddr @${match.set}`;
    case 'in-range':
      return `${ip} ${match.field} ${match.not ? '!= ' : ''}${match.range}`;
    case 'in-ranges':
      return `${ip} ${match.field} ${match.not ? '!= ' : ''}{ ${match.ranges.join(' , ')} }`;
    case 'local':
      return `fib ${match.field} type local`;
    case 'marked':
      return `mark and ${match.mark} != 0`;
    case 'hairpin':
      return `ct status dnat ${ip} saddr . ${ip} daddr . meta l4proto . th dport @hairpin-connections`;
    case 'protocol':
      return `meta l4proto ${match.protocol}`;
  }
}

function actionText(action: Action, ip: string): string {
  switch (action.kind) {
    case 'jump':
    case 'goto':
      return `${action.kind} ${action.chain}`;
    case 'mark':
      return `mark set mark or ${action.mark}`;
    case 'vmap':
      return action.by === 'address'
        ? `${ip} daddr . meta l4proto . th dport vmap @${action.map}`
        : `meta l4proto . th dport vmap @${action.map}`;
    case 'choose-chain': {
      const elements = action.chains.map((chain, i) => `${i} : goto ${chain}`).join(' , ');
      return `numgen random mod ${action.chains.length} vmap { ${elements} }`;
    }
    case 'choose-backend': {
      const elements = action.backends.map((backend, i) => `${i} : ${backend.ip} . ${backend.port}`).join(' , ');
      return `dnat ${ip} addr . port to numgen random mod ${action.backends.length} map { ${elements} }`;
    }
    case 'dnat':
      return `dnat to ${action.backend.id}`;
    case 'remember':
      return `update @${action.set} { ${ip} saddr }`;
    case 'masquerade':
      return action.unmark === ''
        ? 'masquerade fully-random'
        : `mark set mark xor ${action.unmark} masquerade fully-random`;
    default:
      return action.kind;
  }
}
