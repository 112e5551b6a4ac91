/** What a partial sync of iptables changes: the chains of one service, and every shared chain whole, for a chain is flushed before it is written. */
import type { Touched } from '../mode';
import { NODE_PORTS, SERVICES } from './chains';
import { type Rule, ruleText } from './rule';
import type { PortRules } from './service-rules';

export function touchedBy(before: readonly PortRules[], now: readonly PortRules[], sharedCount: number): Touched[] {
  const touched: Touched[] = [];
  for (const [table, of] of [
    ['filter', (port: PortRules) => port.filter],
    ['nat', (port: PortRules) => port.shared],
  ] as const) {
    const old = new Set(before.flatMap(of).map(ruleText));
    const young = new Set(now.flatMap(of).map(ruleText));
    for (const text of young)
      if (!old.has(text)) touched.push({ action: 'add', what: `rule in ${table}`, detail: text });
    for (const text of old)
      if (!young.has(text)) touched.push({ action: 'remove', what: `rule in ${table}`, detail: text });
  }
  const old = chainsOf(before);
  const young = chainsOf(now);
  for (const [chain, rules] of young) {
    const was = old.get(chain);
    if (was === undefined) touched.push({ action: 'add', what: `chain ${chain}`, detail: countText(rules.length) });
    else if (was.join('\n') !== rules.join('\n'))
      touched.push({ action: 'change', what: `chain ${chain}`, detail: changedText(was, rules) });
    else
      touched.push({ action: 'rewrite', what: `chain ${chain}`, detail: `${countText(rules.length)}, as they were` });
  }
  for (const [chain, rules] of old)
    if (!young.has(chain)) touched.push({ action: 'remove', what: `chain ${chain}`, detail: countText(rules.length) });
  touched.push({
    action: 'rewrite',
    what: `chains ${SERVICES} and ${NODE_PORTS} of nat`,
    detail: `${countText(sharedCount + 1)}, those of all services`,
  });
  return touched;
}

function chainsOf(ports: readonly PortRules[]): Map<string, string[]> {
  const chains = new Map<string, string[]>();
  for (const { chains: names, own } of ports) {
    for (const name of names) chains.set(name, []);
    for (const rule of own as readonly Rule[]) chains.get(rule.chain)?.push(ruleText(rule));
  }
  return chains;
}

function countText(count: number): string {
  return `${count} rule${count === 1 ? '' : 's'}`;
}

function changedText(was: readonly string[], now: readonly string[]): string {
  const fresh = now.filter((text) => !was.includes(text)).length;
  return `${countText(was.length)} before, ${now.length} now, ${fresh} of them new`;
}
