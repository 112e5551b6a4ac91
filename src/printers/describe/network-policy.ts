/** A NetworkPolicy described (kubectl describe.go describeNetworkPolicy). */
import { parseTime } from '../../apimachinery/time';
import { selectorText } from './values';
import { writeLabelsAndAnnotations, writeName } from './workload';
import { type Described, type DescriptionWriter, described } from './writer';

interface Direction {
  /** `From`, `To` */
  peers: string;
  peerField: 'from' | 'to';
  traffic: 'ingress' | 'egress';
  restricted: 'source' | 'destination';
}

const INGRESS: Direction = { peers: 'From', peerField: 'from', traffic: 'ingress', restricted: 'source' };
const EGRESS: Direction = { peers: 'To', peerField: 'to', traffic: 'egress', restricted: 'destination' };

export function describeNetworkPolicy(policy: Described): string {
  const { metadata, spec = {} } = policy;
  const types: readonly string[] = spec.policyTypes ?? [];
  return described((writer) => {
    writeName(writer, policy);
    writer.field(0, 'Created on', createdText(metadata.creationTimestamp));
    writeLabelsAndAnnotations(writer, policy);
    writer.write(0, 'Spec:\n');
    writer.write(1, 'PodSelector: ');
    const selector = selectorText(spec.podSelector ?? {});
    writer.write(
      2,
      selector === '<none>'
        ? '<none> (Allowing the specific traffic to all pods in this namespace)\n'
        : `${selector}\n`,
    );
    for (const [type, direction, rules] of [
      ['Ingress', INGRESS, spec.ingress],
      ['Egress', EGRESS, spec.egress],
    ] as const) {
      const affected = types.includes(type);
      writer.write(
        1,
        affected ? `Allowing ${direction.traffic} traffic:\n` : `Not affecting ${direction.traffic} traffic\n`,
      );
      if (affected) writeRules(writer, rules ?? [], direction);
    }
    writer.write(1, `Policy Types: ${types.join(', ') || '<none>'}\n`);
  });
}

/** As Go prints a time: `2026-01-01 00:00:00 +0000 UTC`. */
function createdText(time: string | null | undefined): string {
  const instant = time ? parseTime(time) : undefined;
  if (instant === undefined) return '0001-01-01 00:00:00 +0000 UTC';
  return `${new Date(instant).toISOString().slice(0, 19).replace('T', ' ')} +0000 UTC`;
}

function writeRules(writer: DescriptionWriter, rules: readonly Described[], direction: Direction): void {
  const { peers: title, peerField, traffic, restricted } = direction;
  const line = (level: number, text: string) => writer.write(level, `    ${text}\n`);
  if (rules.length === 0) line(0, `<none> (Selected pods are isolated for ${traffic} connectivity)`);
  for (const [i, rule] of rules.entries()) {
    if (i > 0) line(0, '----------');
    const ports: readonly Described[] = rule.ports ?? [];
    if (ports.length === 0) line(0, 'To Port: <any> (traffic allowed to all ports)');
    for (const { port = '<nil>', endPort, protocol = 'TCP' } of ports)
      line(0, endPort === undefined ? `To Port: ${port}/${protocol}` : `To Port Range: ${port}-${endPort}/${protocol}`);
    const peers: readonly Described[] = rule[peerField] ?? [];
    if (peers.length === 0) line(0, `${title}: <any> (traffic not restricted by ${restricted})`);
    for (const { podSelector, namespaceSelector, ipBlock } of peers) {
      line(0, `${title}:`);
      if (namespaceSelector) line(1, `NamespaceSelector: ${selectorText(namespaceSelector)}`);
      if (podSelector) line(1, `PodSelector: ${selectorText(podSelector)}`);
      if (podSelector || namespaceSelector || !ipBlock) continue;
      line(1, 'IPBlock:');
      line(2, `CIDR: ${ipBlock.cidr}`);
      line(2, `Except: ${(ipBlock.except ?? []).join(', ')}`);
    }
  }
}
