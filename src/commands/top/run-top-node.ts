/** Runs `top node` (TopNodeOptions). */
import type { KubeObject } from '../../apimachinery/meta';
import { quantityOf } from '../../apimachinery/quantity';
import { CommandError, type Invocation, UsageError } from '../command';
import {
  type Amounts,
  fetchMetrics,
  labelSelectorOf,
  type MetricsQuery,
  type NodeMetrics,
  requireSortKey,
  selectorQuery,
} from './metrics-api';
import { nodeTable } from './usage-table';

const NODES = { group: '', version: 'v1', resource: 'nodes' };

export async function topNodes(invocation: Invocation, use: string): Promise<void> {
  const { args, flags, streams } = invocation;
  if (args.length > 1) throw new UsageError(use);
  const name = args[0] ?? '';
  requireSortKey(invocation);
  if (name && flags.string('selector')) throw new CommandError('only one of NAME or --selector can be provided');
  const labelSelector = labelSelectorOf(invocation);
  const query: MetricsQuery = { resource: 'nodes', namespace: '', name, labelSelector };
  const metrics = await fetchMetrics<NodeMetrics>(invocation, query);
  if (metrics.length === 0) throw new CommandError('metrics not available yet');
  const client = await invocation.client();
  const nodes = name ? [await client.get(NODES, '', name)] : (await client.list(NODES, '', selectorQuery(query))).items;
  const available = new Map<string, Amounts>();
  const swapless = new Set<string>();
  for (const node of nodes) {
    const swap = swapOf(node);
    if (swap === undefined) swapless.add(node.metadata.name ?? '');
    const amounts: Amounts = node.status?.[flags.bool('show-capacity') ? 'capacity' : 'allocatable'] ?? {};
    available.set(node.metadata.name ?? '', swap === undefined ? amounts : { ...amounts, swap });
  }
  streams.out(
    nodeTable(metrics, available, swapless, {
      noHeaders: flags.bool('no-headers'),
      sortBy: flags.string('sort-by'),
      showSwap: flags.bool('show-swap'),
    }),
  );
}

function swapOf({ status }: KubeObject): string | undefined {
  const capacity = status?.nodeInfo?.swap?.capacity;
  return capacity === undefined || capacity === null ? undefined : quantityOf(capacity, 'BinarySI').toString();
}
