/** Runs `proxy connections`. */
import type { ProxyConnections } from '../../cluster/connections';
import { type Invocation, UsageError } from '../command';
import { ownTable } from '../own-table';
import { askProxy, checkOutput, printAnswer } from './ask';

type NodeConnections = ProxyConnections['nodes'][number];

export async function runConnections(invocation: Invocation): Promise<void> {
  const { flags, args, streams } = invocation;
  if (args.length > 0) throw new UsageError(`Unexpected args: [${args.join(' ')}]`);
  if (flags.bool('affinity') && flags.bool('ipvs'))
    throw new UsageError('only one of --affinity and --ipvs can be given');
  checkOutput(invocation);
  const query = { node: flags.string('node'), ipvs: flags.bool('ipvs') ? 'true' : '' };
  const answer = await askProxy<ProxyConnections>(invocation, 'proxy/connections', query);
  if (await printAnswer(invocation, answer)) return;
  const textOf = flags.bool('affinity') ? affinityText : flags.bool('ipvs') ? ipvsText : conntrackText;
  const texts: string[] = [];
  for (const node of answer.nodes) {
    const text = await textOf(node, invocation);
    if (text !== '') texts.push(`# ${node.node}\n${text}`);
  }
  streams.out(texts.length === 0 ? 'Nothing is remembered.\n' : texts.join('\n'));
}

function conntrackText({ connections }: NodeConnections): string {
  return connections.flatMap(({ lines }) => lines.map((line) => `${line}\n`)).join('');
}

async function affinityText({ affinity }: NodeConnections, { streams }: Invocation): Promise<string> {
  if (affinity.length === 0) return '';
  const rows = affinity.map(({ key, client, seconds }) => [client, ...key.split(' '), `${seconds}s ago`]);
  return ownTable(streams, ['CLIENT', 'OF', 'BACKEND', 'SENT THERE'], rows);
}

/** The columns of ipvsadm -Ln. */
function ipvsText({ virtualServers = [] }: NodeConnections): string {
  if (virtualServers.length === 0) return '';
  const lines = [
    'Prot LocalAddress:Port Scheduler Flags',
    '  -> RemoteAddress:Port           Forward Weight ActiveConn InActConn',
  ];
  for (const { id, scheduler, servers } of virtualServers) {
    const slash = id.lastIndexOf('/');
    lines.push(`${id.slice(slash + 1).padEnd(4)} ${id.slice(0, slash)} ${scheduler}`);
    for (const { id: server, weight, active, inactive } of servers)
      lines.push(
        `  -> ${server.padEnd(28)} Masq    ${String(weight).padEnd(6)} ${String(active).padEnd(10)} ${inactive}`,
      );
  }
  return `${lines.join('\n')}\n`;
}
