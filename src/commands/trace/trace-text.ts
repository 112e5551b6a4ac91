/** A trace in words. */
import { recordData } from '../../apimachinery/dns-message';
import type { TraceAnswer } from '../../cluster/trace';
import type { DirectionVerdict } from '../../sim/network/policy/decide';
import type { Step } from '../../sim/proxy/mode';

/** So many rules in a row that are passed by are told one by one; more are counted. */
const ONE_BY_ONE = 3;

export function traceText(answer: TraceAnswer, how: { rules: boolean; all: boolean }): string {
  const { trace, mode } = answer;
  const lines = [...dnsLines(answer), ...endLines(answer), ...trace.route.map((hop) => `ROUTE   ${hop}`)];
  if (trace.walk && trace.node !== '') {
    lines.push('', `kube-proxy on ${trace.node}, in mode ${mode}, ${trace.walk.lookups} looks:`);
    lines.push(...stepLines(trace.walk.steps, how));
  }
  const told = resultLines(answer);
  return `${[...lines, '', ...told].join('\n')}\n`;
}

function dnsLines({ source, target: { dns } }: TraceAnswer): string[] {
  if (!dns) return [];
  return dns.attempts.map(({ name, type, server, code, noData, answers }) => {
    const said = answers.length > 0 ? answers.map(recordData).join(', ') : noData ? 'no data' : code;
    return `DNS     ${source.text} asks ${server} for ${name} ${type}: ${said}`;
  });
}

function endLines({ source, target }: TraceAnswer): string[] {
  const { ip, port, protocol, meaning } = target;
  const who = source.kind === 'outside' ? 'outside of the cluster' : (source.pod ?? source.node);
  const where = source.kind === 'pod' ? ` on ${source.node}` : '';
  const kind = source.kind === 'outside' ? '' : `${source.kind} `;
  return [
    `FROM    ${source.ip}, ${kind}${who}${where}`,
    `TO      ${ip.includes(':') ? `[${ip}]` : ip}:${port}/${protocol}, ${meaning}`,
  ];
}

function stepLines(steps: readonly Step[], { rules, all }: { rules: boolean; all: boolean }): string[] {
  const lines: string[] = [];
  for (let i = 0; i < steps.length; ) {
    let end = i;
    while (end < steps.length && !steps[end]?.matched && steps[end]?.place === steps[i]?.place) end++;
    if (!all && end - i > ONE_BY_ONE) {
      const { hook, place } = steps[i] as Step;
      lines.push(line('no', hook, place, `${end - i} rules, for others`));
      i = end;
      continue;
    }
    const { hook, place, matched, why, effect, rule } = steps[i] as Step;
    lines.push(line(matched ? 'yes' : 'no', hook, place, effect === '' ? why : `${why} → ${effect}`));
    if (rules) lines.push(`        ${rule}`);
    i++;
  }
  return lines;
}

function line(answer: string, hook: string, place: string, text: string): string {
  return `  ${answer.padEnd(3)}   ${hook.padEnd(11)} ${place}: ${text}`;
}

function resultLines({ trace, source }: TraceAnswer): string[] {
  const { outcome, why, walk, policies, back } = trace;
  const lines: string[] = [];
  if (walk?.backend) lines.push(`BACKEND ${walk.backend.id}${placeOf(trace)}`);
  if (walk && outcome !== 'rejected' && outcome !== 'dropped')
    lines.push(
      walk.masqueraded
        ? `SOURCE  masqueraded: the backend sees ${walk.source} instead of ${source.ip}`
        : `SOURCE  kept: the backend sees ${walk.source}`,
    );
  if (policies) lines.push(`EGRESS  ${verdictText(policies.egress)}`, `INGRESS ${verdictText(policies.ingress)}`);
  for (const hop of back) lines.push(`BACK    ${hop}`);
  lines.push(`RESULT  ${outcome}: ${why}`);
  return lines;
}

function placeOf({ walk, answeredBy }: TraceAnswer['trace']): string {
  const { pod, node } = walk?.backend?.endpoint ?? {};
  const parts = [pod ? `pod ${pod}` : '', node || answeredBy?.node ? `on ${node || answeredBy?.node}` : ''].filter(
    Boolean,
  );
  return parts.length === 0 ? '' : `, ${parts.join(' ')}`;
}

function verdictText({ allowed, reason, policy, rule, direction, isolatedBy }: DirectionVerdict): string {
  switch (reason) {
    case 'outside':
      return 'allowed: that end is no pod with policies';
    case 'not-isolated':
      return 'allowed: no NetworkPolicy selects the pod';
    case 'node':
      return 'allowed: a pod and its own node always reach each other';
    case 'rule':
      return `allowed: by NetworkPolicy ${policy}, spec.${direction.toLowerCase()}[${rule}]`;
    case 'default-deny':
      return `${allowed ? 'allowed' : 'denied'}: NetworkPolicy ${isolatedBy.join(', ')} selects the pod, and no rule lets it through`;
  }
}

export function spreadText(
  { source, target, mode, trace }: TraceAnswer,
  spread: NonNullable<TraceAnswer['spread']>,
  columns: number,
): string {
  const total = spread.reduce((sum, { count }) => sum + count, 0);
  const head = `${total} connections from ${source.text} to ${target.text}, ${target.meaning}${trace.node === '' ? '' : `, in mode ${mode}`}:\n\n`;
  const names = spread.map(({ outcome, address, pod, node }) =>
    outcome === 'answered' ? `${address}${pod === '' ? '' : ` ${pod}`}${node === '' ? '' : ` on ${node}`}` : outcome,
  );
  const width = Math.max(...names.map((name) => name.length));
  const most = Math.max(...spread.map(({ count }) => count));
  const digits = String(most).length;
  const room = Math.max(10, Math.min(40, columns - width - digits - 12));
  const bars = spread.map(({ count }, i) => {
    const bar = '█'.repeat(Math.max(1, Math.round((count / most) * room)));
    const share = `${((100 * count) / total).toFixed(0)}%`.padStart(4);
    return `${(names[i] as string).padEnd(width)}  ${String(count).padStart(digits)} ${share}  ${bar}\n`;
  });
  return head + bars.join('');
}
