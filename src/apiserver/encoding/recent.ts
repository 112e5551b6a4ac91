/** What was made of objects lately, kept while it is small enough: objects that can't change are asked for again and again. */

/** @param limit what all values together may weigh */
export class Recent<V> {
  private readonly known = new Map<object, V>();
  private weight = 0;

  constructor(
    private readonly limit: number,
    private readonly weigh: (value: V) => number,
  ) {}

  /** The value of an object, made when it is not there. Of what may still change nothing is kept. */
  of(object: object, make: () => V): V {
    const found = this.known.get(object);
    if (found !== undefined) return found;
    const value = make();
    if (Object.isFrozen(object)) this.keep(object, value);
    return value;
  }

  private keep(object: object, value: V): void {
    this.known.set(object, value);
    this.weight += this.weigh(value);
    for (const [oldest, old] of this.known) {
      if (this.weight <= this.limit) break;
      this.known.delete(oldest);
      this.weight -= this.weigh(old);
    }
  }
}
