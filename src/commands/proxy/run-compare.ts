/** Runs `proxy compare`. */
import type { ProxyComparison } from '../../cluster/proxy-compare';
import { type Invocation, UsageError } from '../command';
import { ownTable } from '../own-table';
import { wrapText } from '../wrap-text';
import { askProxy, checkOutput, printAnswer } from './ask';

type Size = ProxyComparison['sizes'][number];
type Figures = Size['modes'][number];

export async function runCompare(invocation: Invocation): Promise<void> {
  const { flags, args, streams } = invocation;
  if (args.length > 0) throw new UsageError(`Unexpected args: [${args.join(' ')}]`);
  checkOutput(invocation);
  const answer = await askProxy<ProxyComparison>(invocation, 'proxy/compare', {
    node: flags.string('node'),
    services: flags.string('services') || ',',
    endpoints: String(flags.int('endpoints')),
    connections: String(flags.int('connections')),
  });
  if (await printAnswer(invocation, answer)) return;
  const { node, connections, sizes, endpoints } = answer;
  streams.out(
    `${connections} connections from pods of ${node}, every second one to the same service;\nmade-up services have ${endpoints} endpoints each.\n\n`,
  );
  const head = ['SERVICES', 'MODE', 'WRITTEN', 'LOOKUPS', 'MOST', 'CHANGE', 'PER BACKEND'];
  const rows = sizes.flatMap((size) => size.modes.map((figures, i) => row(size, figures, i === 0)));
  streams.out(await ownTable(streams, head, rows));
  const width = Math.min(streams.columns ?? 80, 80);
  const paragraphs = sentences(answer).map((text) => `\n${wrapText(text, width).join('\n')}\n`);
  streams.out(paragraphs.join(''));
}

function row({ services, madeUp }: Size, figures: Figures, isFirst: boolean): string[] {
  const { mode, written, lookups, change, spread } = figures;
  const { fewest, most } = spread;
  return [
    isFirst ? `${number(services)}${madeUp ? '' : ' here'}` : '',
    mode,
    number(written),
    number(lookups.median),
    number(lookups.most),
    number(change),
    fewest === most ? String(most) : `${fewest}-${most}`,
  ];
}

function number(value: number): string {
  return value.toLocaleString('en-US');
}

/** What the figures say, and why it is so. */
function sentences({ sizes, scheduler }: ProxyComparison): string[] {
  const made = sizes.filter(({ madeUp }) => madeUp);
  const [least, largest] = [made[0] ?? sizes[0], made.at(-1) ?? sizes[0]] as [Size, Size];
  const of = (size: Size, mode: string) => size.modes.find((one) => one.mode === mode) as Figures;
  const looks = (mode: string) => grown(of(least, mode).lookups.median, of(largest, mode).lookups.median);
  const told = [
    `iptables looks at one rule after the other until one fits: ${looks('iptables')} looks for a first packet. nftables asks a map for address, protocol and port, ${looks('nftables')}; IPVS asks sets and finds its virtual server by a hash, ${looks('ipvs')}. What comes after a first packet is known to conntrack and looks at nothing of this.`,
    `One endpoint's change: iptables is handed its shared chains whole, ${grown(of(least, 'iptables').change, of(largest, 'iptables').change)} lines; nftables and IPVS only what differs, ${number(of(largest, 'nftables').change)} and ${number(of(largest, 'ipvs').change)}, of which most of IPVS are its few rules of iptables. In userspace no rule changes: the proxy itself knows endpoints.`,
    `iptables and nftables draw a backend by chance for each connection, so the numbers differ as dice do; IPVS chooses by ${scheduler} with what it knows of connections, and userspace takes turns.`,
  ];
  for (const { services, modes } of sizes) {
    const refused = modes.filter(({ spread }) => spread.refused > 0);
    if (refused.length === 0) continue;
    const counts = refused.map(({ mode, spread }) => `${number(spread.refused)} in ${mode}`).join(', ');
    told.push(`With ${number(services)} services connections were refused, for want of endpoints: ${counts}.`);
  }
  const hops = of(largest, 'userspace').hops;
  if (hops > 0)
    told.push(
      `In userspace mode every packet goes through the proxy: ${hops} passages for one and its answer, two connections instead of one, and backends see the node instead of the client.`,
    );
  return told;
}

function grown(from: number, to: number): string {
  return from === to ? number(to) : `${number(from)} to ${number(to)}`;
}
