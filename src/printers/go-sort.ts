/**
 * Go's sort.Sort: a pattern-defeating quicksort that is not stable, so that what compares as equal stands where kubectl
 * would put it (sort/zsortinterface.go). Deterministic: its random numbers begin with the length.
 */

/** Sorts in place. `less` need not be a proper order; nothing is assumed of it. */
export function goSort<T>(items: T[], less: (a: T, b: T) => boolean): T[] {
  if (items.length > 1) new Sorter(items, less).sort(0, items.length, 32 - Math.clz32(items.length));
  return items;
}

type Hint = 'increasing' | 'decreasing' | 'unknown';

const MAX_INSERTION = 12;

class Sorter<T> {
  private swaps = 0;

  constructor(
    private readonly items: T[],
    private readonly order: (a: T, b: T) => boolean,
  ) {}

  sort(from: number, to: number, limit: number): void {
    let a = from;
    let b = to;
    let left = limit;
    let wasBalanced = true;
    let wasPartitioned = true;
    for (;;) {
      const length = b - a;
      if (length <= MAX_INSERTION) {
        this.insertionSort(a, b);
        return;
      }
      if (left === 0) {
        this.heapSort(a, b);
        return;
      }
      if (!wasBalanced) {
        this.breakPatterns(a, b);
        left--;
      }
      let { pivot, hint } = this.choosePivot(a, b);
      if (hint === 'decreasing') {
        for (let i = a, j = b - 1; i < j; i++, j--) this.swap(i, j);
        pivot = b - 1 - (pivot - a);
        hint = 'increasing';
      }
      if (wasBalanced && wasPartitioned && hint === 'increasing' && this.partialInsertionSort(a, b)) return;
      // Everything left of here is no greater than the pivot: then the pivot is the least, and its equals go first.
      if (a > 0 && !this.less(a - 1, pivot)) {
        a = this.partitionEqual(a, b, pivot);
        continue;
      }
      const { middle, already } = this.partition(a, b, pivot);
      wasPartitioned = already;
      const threshold = Math.floor(length / 8);
      if (middle - a < b - middle) {
        wasBalanced = middle - a >= threshold;
        this.sort(a, middle, left);
        a = middle + 1;
      } else {
        wasBalanced = b - middle >= threshold;
        this.sort(middle + 1, b, left);
        b = middle;
      }
    }
  }

  private less(i: number, j: number): boolean {
    return this.order(this.items[i] as T, this.items[j] as T);
  }

  private swap(i: number, j: number): void {
    const item = this.items[i] as T;
    this.items[i] = this.items[j] as T;
    this.items[j] = item;
  }

  private insertionSort(a: number, b: number): void {
    for (let i = a + 1; i < b; i++) for (let j = i; j > a && this.less(j, j - 1); j--) this.swap(j, j - 1);
  }

  private heapSort(a: number, b: number): void {
    const size = b - a;
    for (let i = Math.floor((size - 1) / 2); i >= 0; i--) this.siftDown(i, size, a);
    for (let i = size - 1; i >= 0; i--) {
      this.swap(a, a + i);
      this.siftDown(0, i, a);
    }
  }

  private siftDown(from: number, size: number, first: number): void {
    let root = from;
    for (;;) {
      let child = 2 * root + 1;
      if (child >= size) return;
      if (child + 1 < size && this.less(first + child, first + child + 1)) child++;
      if (!this.less(first + root, first + child)) return;
      this.swap(first + root, first + child);
      root = child;
    }
  }

  private partition(a: number, b: number, pivot: number): { middle: number; already: boolean } {
    this.swap(a, pivot);
    let i = a + 1;
    let j = b - 1;
    const close = (): void => {
      while (i <= j && this.less(i, a)) i++;
      while (i <= j && !this.less(j, a)) j--;
    };
    close();
    const already = i > j;
    while (i <= j) {
      this.swap(i++, j--);
      close();
    }
    this.swap(j, a);
    return { middle: j, already };
  }

  private partitionEqual(a: number, b: number, pivot: number): number {
    this.swap(a, pivot);
    let i = a + 1;
    let j = b - 1;
    for (;;) {
      while (i <= j && !this.less(a, i)) i++;
      while (i <= j && this.less(a, j)) j--;
      if (i > j) return i;
      this.swap(i++, j--);
    }
  }

  private partialInsertionSort(a: number, b: number): boolean {
    let i = a + 1;
    for (let step = 0; step < 5; step++) {
      while (i < b && !this.less(i, i - 1)) i++;
      if (i === b) return true;
      if (b - a < 50) return false;
      this.swap(i, i - 1);
      if (i - a >= 2) for (let j = i - 1; j >= 1 && this.less(j, j - 1); j--) this.swap(j, j - 1);
      if (b - i >= 2) for (let j = i + 1; j < b && this.less(j, j - 1); j++) this.swap(j, j - 1);
    }
    return false;
  }

  private breakPatterns(a: number, b: number): void {
    const length = b - a;
    if (length < 8) return;
    let random = BigInt(length);
    const mask = 2 ** (32 - Math.clz32(length)) - 1;
    const middle = a + Math.floor(length / 4) * 2 - 1;
    for (let i = 0; i < 3; i++) {
      random ^= BigInt.asUintN(64, random << 13n);
      random ^= random >> 7n;
      random ^= BigInt.asUintN(64, random << 17n);
      let other = Number(random & BigInt(mask));
      if (other >= length) other -= length;
      this.swap(middle + i, a + other);
    }
  }

  private choosePivot(a: number, b: number): { pivot: number; hint: Hint } {
    const length = b - a;
    const quarter = Math.floor(length / 4);
    let [i, j, k] = [a + quarter, a + quarter * 2, a + quarter * 3];
    this.swaps = 0;
    if (length >= 8) {
      if (length >= 50) {
        i = this.median(i - 1, i, i + 1);
        j = this.median(j - 1, j, j + 1);
        k = this.median(k - 1, k, k + 1);
      }
      j = this.median(i, j, k);
    }
    return { pivot: j, hint: this.swaps === 0 ? 'increasing' : this.swaps === 12 ? 'decreasing' : 'unknown' };
  }

  private median(first: number, second: number, third: number): number {
    let [a, b] = this.ordered(first, second);
    [b] = this.ordered(b, third);
    [a, b] = this.ordered(a, b);
    return b;
  }

  private ordered(a: number, b: number): [number, number] {
    if (!this.less(b, a)) return [a, b];
    this.swaps++;
    return [b, a];
  }
}
