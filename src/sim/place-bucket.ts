/** Places of objects in the cache, and sets of them: listed and counted when somebody asks. */
import type { KubeObject } from '../apimachinery/meta';
import type { Kind, KindOf, Located, ResourceName } from './controller';

/** One object's place: it stays when the object changes, so that indices hold places and rarely move. */
export interface Place {
  key: string;
  resource: ResourceName;
  object: KubeObject;
  /** Where it is listed, to be told when its object changes; few. */
  buckets: Bucket[];
}

interface Count<K extends Kind = Kind> {
  total: Map<K, number>;
  /** As what each place was counted. */
  counted: Map<Place, K>;
  changed: Set<Place>;
}

function recount<K extends Kind>({ total, counted }: Count<K>, place: Place, kind: K | undefined): void {
  const before = counted.get(place);
  if (before === kind) return;
  if (before !== undefined) {
    const left = (total.get(before) ?? 0) - 1;
    if (left > 0) total.set(before, left);
    else total.delete(before);
  }
  if (kind === undefined) counted.delete(place);
  else {
    counted.set(place, kind);
    total.set(kind, (total.get(kind) ?? 0) + 1);
  }
}

/** Up to so many places a bucket has no room to grow. */
const FEW = 8;
/** So many places that were removed may lie about in a bucket, beside as many as are in it. */
const MOST_LEFTOVERS = 32;

/**
 * A set of places, listed in the order of their keys; sorted and listed only when asked for, and then once. Who is in it is
 * known to the places: they are in few buckets, and there are very many buckets. The lists are for reading, but not frozen: V8
 * goes through a frozen list five times more slowly.
 */
export class Bucket {
  private places: Place[] = [];
  private count = 0;
  /** Something was added since `places` were in order. */
  private unsorted = false;
  /** How many were removed that may still lie in `places`, and may have been added again behind. */
  private leftovers = 0;
  private objects: readonly KubeObject[] | undefined;
  private located: readonly Located[] | undefined;
  private ofResource: Map<ResourceName, readonly KubeObject[]> | undefined;
  private counts: Map<KindOf<Kind>, Count> | undefined;

  add(place: Place): void {
    if (place.buckets.includes(this)) return;
    place.buckets.push(this);
    // Sorting what was sorted before, with a few new ones behind it, is nearly linear.
    this.places.push(place);
    // What is pushed to has room for sixteen more, and most buckets hold few.
    if (this.places.length <= FEW) this.places = this.places.slice();
    this.count++;
    this.unsorted = true;
    this.stale(place);
  }
  remove(place: Place): void {
    place.buckets.splice(place.buckets.indexOf(this), 1);
    this.count--;
    this.leftovers++;
    if (this.leftovers > this.count + MOST_LEFTOVERS) this.sweep();
    this.stale(place);
  }
  /** The object of a place that is in it has changed, or it is in it since now, or no longer. */
  stale(place: Place): void {
    this.objects = undefined;
    this.located = undefined;
    this.ofResource = undefined;
    if (this.counts) for (const count of this.counts.values()) count.changed.add(place);
  }
  get size(): number {
    return this.count;
  }
  list(): readonly KubeObject[] {
    this.objects ??= this.inOrder().map((place) => place.object);
    return this.objects;
  }
  locate(): readonly Located[] {
    this.located ??= this.inOrder().map(({ resource, object }) => ({ resource, object }));
    return this.located;
  }

  /** Those of one resource. */
  only(resource: ResourceName): readonly KubeObject[] {
    this.ofResource ??= new Map();
    let objects = this.ofResource.get(resource);
    if (!objects) {
      const found: KubeObject[] = [];
      for (const place of this.inOrder()) if (place.resource === resource) found.push(place.object);
      objects = found;
      this.ofResource.set(resource, objects);
    }
    return objects;
  }

  /** How many there are of each kind. Only what has changed since it was last asked is looked at. */
  kinds<K extends Kind>(kindOf: KindOf<K>): ReadonlyMap<K, number> {
    this.counts ??= new Map();
    let count = this.counts.get(kindOf) as Count<K> | undefined;
    if (!count) {
      count = { total: new Map(), counted: new Map(), changed: new Set(this.inOrder()) };
      this.counts.set(kindOf, count as unknown as Count);
    }
    for (const place of count.changed) recount(count, place, place.buckets.includes(this) ? kindOf(place) : undefined);
    count.changed.clear();
    return count.total;
  }

  private inOrder(): Place[] {
    if (this.leftovers > 0) this.sweep();
    if (this.unsorted) this.places.sort(byKey);
    this.unsorted = false;
    return this.places;
  }

  /** Keeps what is in it, each once. */
  private sweep(): void {
    this.places = [...new Set(this.places)].filter((place) => place.buckets.includes(this));
    this.leftovers = 0;
  }
}

function byKey(a: Place, b: Place): number {
  if (a.key !== b.key) return a.key < b.key ? -1 : 1;
  return a.resource < b.resource ? -1 : a.resource > b.resource ? 1 : 0;
}
