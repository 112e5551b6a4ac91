/** Finds what may mean a pod by one label that it must have, so that few selectors are tried where there are many. */
import type { LabelSelector } from '../../../apimachinery/labels';

/** `key=value` that every object must have that the selector matches; undefined where there is none. */
export function anchorOf(selector: LabelSelector): string | undefined {
  for (const { key, operator, values } of selector.requirements)
    if (operator === '=' || operator === '==' || (operator === 'in' && values.length === 1))
      return `${key}=${values[0]}`;
  return undefined;
}

/** Things with a selector each, by their anchors. */
export class Anchored<T> {
  private readonly byAnchor = new Map<string, Set<T>>();
  private readonly others = new Set<T>();

  add(anchor: string | undefined, item: T): void {
    if (anchor === undefined) {
      this.others.add(item);
      return;
    }
    const items = this.byAnchor.get(anchor);
    if (items) items.add(item);
    else this.byAnchor.set(anchor, new Set([item]));
  }

  remove(anchor: string | undefined, item: T): void {
    if (anchor === undefined) {
      this.others.delete(item);
      return;
    }
    const items = this.byAnchor.get(anchor);
    items?.delete(item);
    if (items?.size === 0) this.byAnchor.delete(anchor);
  }

  get empty(): boolean {
    return this.byAnchor.size === 0 && this.others.size === 0;
  }

  /** Calls back for each that may match labels, given as `key=value`. */
  forEachCandidate(labels: readonly string[], call: (item: T) => void): void {
    if (this.byAnchor.size > 0)
      for (const label of labels) {
        const items = this.byAnchor.get(label);
        if (items) for (const item of items) call(item);
      }
    for (const item of this.others) call(item);
  }
}
