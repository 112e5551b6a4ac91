/** Tables of what is used (kubectl pkg/metricsutil/metrics_printer.go, metrics_sorter.go). */
import { compareStrings } from '../../apimachinery/json-text';
import { type Quantity, toQuantity, ZERO } from '../../apimachinery/quantity';
import { newGetTabWriter, type TabWriter } from '../../printers/tabwriter';
import type { Amounts, ContainerMetrics, NodeMetrics, PodMetrics } from './metrics-api';

export interface TableOptions {
  noHeaders: boolean;
  /** cpu, memory, or '' for the order of names. */
  sortBy: string;
  showSwap: boolean;
}

const MEBIBYTE = 1024n * 1024n;
const UNKNOWN = '<unknown>';

/** `available`: what each node has to give; nodes without metrics are shown too. `swapless`: those that know of no swap. */
export function nodeTable(
  metrics: readonly NodeMetrics[],
  available: ReadonlyMap<string, Amounts>,
  swapless: ReadonlySet<string>,
  { noHeaders, sortBy, showSwap }: TableOptions,
): string {
  const resources = resourcesOf(showSwap);
  const writer = newGetTabWriter();
  if (!noHeaders) {
    const swap = showSwap ? ['SWAP(bytes)', 'SWAP(%)'] : [];
    writeRow(writer, ['NAME', 'CPU(cores)', 'CPU(%)', 'MEMORY(bytes)', 'MEMORY(%)', ...swap]);
  }
  const silent = new Set(available.keys());
  for (const { metadata, usage = {} } of sorted(metrics, sortBy, ({ usage: amounts = {} }) => amounts, nameOf)) {
    const name = metadata.name ?? '';
    silent.delete(name);
    const cells = resources.flatMap((resource) =>
      resource === 'swap' && swapless.has(name)
        ? [UNKNOWN, UNKNOWN]
        : usageCells(resource, usage, available.get(name) ?? {}),
    );
    writeRow(writer, [name, ...cells]);
  }
  for (const name of silent) writeRow(writer, [name, ...resources.flatMap(() => [UNKNOWN, UNKNOWN])]);
  return writer.flush();
}

export interface PodTableOptions extends TableOptions {
  containers: boolean;
  withNamespace: boolean;
  sum: boolean;
}

export function podTable(metrics: readonly PodMetrics[], options: PodTableOptions): string {
  const { containers: byContainer, withNamespace, noHeaders, sortBy, showSwap, sum } = options;
  const resources = resourcesOf(showSwap);
  const columns = ['NAME', 'CPU(cores)', 'MEMORY(bytes)', ...(showSwap ? ['SWAP(bytes)'] : [])];
  const before = [...(withNamespace ? ['NAMESPACE'] : []), ...(byContainer ? ['POD'] : [])];
  const writer = newGetTabWriter();
  if (!noHeaders) writeRow(writer, [...before, ...columns]);
  const namesOf = (pod: PodMetrics) => (withNamespace ? [pod.metadata.namespace ?? '', ...nameOf(pod)] : nameOf(pod));
  const amountsOf = (pod: PodMetrics) => podAmounts(pod, resources);
  for (const pod of sorted(metrics, sortBy, amountsOf, namesOf)) {
    const { name = '', namespace = '' } = pod.metadata;
    const head = withNamespace ? [namespace] : [];
    const line = (cells: string[], amounts: Amounts) =>
      writeRow(writer, [...head, ...cells, ...resources.flatMap((resource) => usageCells(resource, amounts, {}))]);
    if (!byContainer) line([name], amountsOf(pod));
    else for (const { name: own, usage = {} } of sortedContainers(pod, sortBy)) line([name, own], usage);
  }
  if (sum) writeSum(writer, metrics, resources, columns.length + (noHeaders ? 0 : before.length));
  return writer.flush();
}

function sortedContainers({ containers = [] }: PodMetrics, sortBy: string): ContainerMetrics[] {
  return sorted(
    containers,
    sortBy,
    ({ usage = {} }) => usage,
    ({ name }) => [name],
  );
}

/** Under a line, in the last columns. Without headers upstream counts fewer columns than there are (printPodResourcesSum). */
function writeSum(writer: TabWriter, pods: readonly PodMetrics[], resources: readonly string[], width: number): void {
  const empty = (count: number) => Array<string>(Math.max(0, count)).fill('');
  writeRow(writer, [...empty(width - 2), '________', '________']);
  const totals: Record<string, string> = {};
  for (const resource of resources) {
    totals[resource] = total(pods.map((pod) => podAmounts(pod, resources)[resource])).toString();
  }
  const cells = resources.flatMap((resource) => usageCells(resource, totals, {}));
  writeRow(writer, [...empty(width - 3), '', ...cells]);
}

function resourcesOf(showSwap: boolean): string[] {
  return ['cpu', 'memory', ...(showSwap ? ['swap'] : [])];
}

function podAmounts({ containers = [] }: PodMetrics, resources: readonly string[]): Amounts {
  return Object.fromEntries(
    resources.map((resource) => [resource, total(containers.map(({ usage }) => usage?.[resource])).toString()]),
  );
}

function total(amounts: readonly (string | undefined)[]): Quantity {
  return amounts.reduce((sum, amount) => sum.add(toQuantity(amount)), ZERO);
}

/** The largest first, or in the order of names. */
function sorted<T>(
  items: readonly T[],
  sortBy: string,
  amountsOf: (item: T) => Amounts,
  namesOf: (item: T) => readonly string[],
): T[] {
  if (sortBy === '') return [...items].sort((a, b) => compareNames(namesOf(a), namesOf(b)));
  const scale = sortBy === 'cpu' ? -3 : 0;
  const keyed = items.map((item) => ({ item, key: toQuantity(amountsOf(item)[sortBy]).scaled(scale) }));
  keyed.sort((a, b) => (a.key === b.key ? 0 : a.key > b.key ? -1 : 1));
  return keyed.map(({ item }) => item);
}

function nameOf({ metadata }: NodeMetrics | PodMetrics): string[] {
  return [metadata.name ?? ''];
}

function compareNames(a: readonly string[], b: readonly string[]): number {
  for (const [i, name] of a.entries()) {
    const order = compareStrings(name, b[i] as string);
    if (order !== 0) return order;
  }
  return 0;
}

/** How much, and what share that is of what is available, if that is known. */
function usageCells(resource: string, usage: Amounts, available: Amounts): string[] {
  const used = toQuantity(usage[resource]);
  const text = resource === 'cpu' ? `${used.scaled(-3)}m` : `${used.scaled(0) / MEBIBYTE}Mi`;
  if (available[resource] === undefined) return [text];
  const whole = toQuantity(available[resource]);
  const share = whole.isZero() ? 0 : (Number(used.scaled(-3)) / Number(whole.scaled(-3))) * 100;
  return [text, `${Math.trunc(share)}%`];
}

/** Upstream ends each cell with a tab, the last one too. */
function writeRow(writer: TabWriter, cells: readonly string[]): void {
  writer.write(`${cells.map((cell) => `${cell}\t`).join('')}\n`);
}
