/** The order of the output: as it came, or namespaces first and webhooks last (SortOrderTransformer). */
import { compareText, formatGvk, ORDER_FIRST, ORDER_LAST, type ResId, sameGvk, sortText, typeOrder } from '../ids';
import type { SortOptions } from '../kustomization';
import { ResourceList } from '../resource-list';
import type { Transformer } from './transformer';

/** @throws Error for an order that is none. */
export function sortResources(options: SortOptions): Transformer {
  const order = options.order ?? '';
  return (list) => {
    if (order !== 'fifo' && order !== 'legacy')
      throw new Error("the field 'sortOptions.order' must be one of [fifo, legacy]");
    const legacy = options.legacySortOptions;
    if (order === 'fifo') {
      if (legacy) {
        throw new Error(
          "the field 'sortOptions.legacySortOptions' is set but the selected sort order is 'fifo', not 'legacy'",
        );
      }
      return;
    }
    const first = legacy ? (legacy.orderFirst ?? []) : ORDER_FIRST;
    const last = legacy ? (legacy.orderLast ?? []) : ORDER_LAST;
    const sorted = list.resources.map((resource) => ({ resource, id: resource.id }));
    sorted.sort((a, b) => compareIds(a.id, b.id, first, last));
    const result = new ResourceList();
    result.appendAll(sorted.map(({ resource }) => resource));
    list.resources = result.resources;
  };
}

function compareIds(a: ResId, b: ResId, first: readonly string[], last: readonly string[]): number {
  if (sameGvk(a, b)) return compareText(idText(a), idText(b));
  const order = typeOrder(a.kind, first, last) - typeOrder(b.kind, first, last);
  if (order !== 0) return order;
  const bothNamespaces = a.kind === 'Namespace' && b.kind === 'Namespace' && (a.group === '' || b.group === '');
  return bothNamespaces ? compareText(sortText(b), sortText(a)) : compareText(sortText(a), sortText(b));
}

function idText(id: ResId): string {
  return `${formatGvk(id)}|${id.namespace || '~X'}|${id.name || '~N'}`;
}
