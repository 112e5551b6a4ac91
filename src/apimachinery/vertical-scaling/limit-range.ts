/** What the LimitRanges of a namespace come to (autoscaler `pkg/utils/limitrange/limit_range_calculator.go`). */
import type { KubeObject } from '../meta';
import type { Quantity } from '../quantity';
import { type ResourceTotals, totalsOf, type WrittenList } from '../resource-lists';

export interface Range {
  min: ResourceTotals | undefined;
  max: ResourceTotals | undefined;
  default: ResourceTotals | undefined;
}

/** Those of containers, and those of whole pods. */
export interface LimitRanges {
  container: Range | undefined;
  pod: Range | undefined;
}

interface Item {
  type: string;
  min?: WrittenList;
  max?: WrittenList;
  default?: WrittenList;
}

export function limitRangesOf(objects: readonly KubeObject[]): LimitRanges {
  const items = objects.flatMap((object): Item[] => object['spec']?.limits ?? []);
  return { container: rangeOf(items, 'Container'), pod: rangeOf(items, 'Pod') };
}

/** getLimitRangeItem: the lowest maximum and the highest minimum, of cpu and memory. */
function rangeOf(items: readonly Item[], type: string): Range | undefined {
  const range: Range = { min: undefined, max: undefined, default: undefined };
  for (const item of items) {
    if (item.type !== type) continue;
    if (item.default) range.default = totalsOf(item.default);
    range.max = narrowed(range.max, item.max, (a, b) => a.cmp(b) < 0);
    range.min = narrowed(range.min, item.min, (a, b) => a.cmp(b) > 0);
  }
  return range.min || range.max || range.default ? range : undefined;
}

function narrowed(
  before: ResourceTotals | undefined,
  written: WrittenList,
  keeps: (a: Quantity, b: Quantity) => boolean,
): ResourceTotals | undefined {
  if (!written) return before;
  const amounts = totalsOf(written);
  if (!before) return amounts;
  for (const resource of ['cpu', 'memory']) {
    const [old, fresh] = [before.get(resource), amounts.get(resource)];
    if (fresh && !(old && keeps(old, fresh))) before.set(resource, fresh);
  }
  return before;
}
