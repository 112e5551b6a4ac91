/**
 * The objects of the cluster in memory, indexed: loaded from the store once, kept current by its changes. It moves only when
 * `refresh` is called, so between two calls it is one revision of the store. The objects that it hands out are frozen.
 */
import { compacted } from '../apimachinery/compact';
import { firstWhere } from '../apimachinery/first-where';
import type { Json } from '../apimachinery/json';
import { asObject, type KubeObject, type OwnerReference } from '../apimachinery/meta';
import { compactObjectOf, objectKey, objectOf, resourcePrefix, storeSmall } from '../apiserver/stored';
import { keepHeapTight } from '../host/large-heap';
import { compileLean } from '../host/lean-compiling';
import { mainThreadFirst } from '../host/main-thread-first';
import { type Change, CompactedError, type Entry, type Revision, type Store, visitPage } from '../store/store';
import { ANYTHING, changedParts, OWNERS, type Parts } from './changed-parts';
import type { IndexedCache, Kind, KindOf, Located, ResourceName } from './controller';
import { EventShelf } from './event-shelf';
import { INDEXERS, type Indexer } from './indices';
import { Bucket, type Place } from './place-bucket';
import { REGISTRY, resourceOfKey } from './resource-names';

/** What happened to an object since the last look. `object` is the last value of one that is gone. */
export class CacheChange implements Located {
  constructor(
    readonly resource: ResourceName,
    readonly object: KubeObject,
    readonly previous: KubeObject | undefined,
    readonly gone: boolean,
    readonly parts: Parts,
  ) {}
}

/** A change of the store that is not shown yet. Of an object only what it is now: what it was the cache has itself. */
interface Noted {
  key: string;
  revision: Revision;
  object: KubeObject | undefined;
  /** What an event was before: it is found by what it is about. */
  previous: KubeObject | undefined;
  /** What lies outside the registry. */
  value: Json | undefined;
}

/** By how many hundredths the heap may grow before garbage is collected. The first was found to take no more time than V8's own way. */
const TIGHT = 15;
const TIGHTER = 10;

/** From so many objects on there is enough to do for it to matter who does it and how it is compiled, */
const SOME = 500;
/** from so many on what is loaded is made small, */
const MANY = 10_000;
/** from so many on memory counts for more than time, */
const LARGE = 20_000;
/** and from so many on for much more: what is written is made small too. */
const HUGE = 100_000;

/** They have a shelf like no other: see event-shelf.ts. */
const EVENTS = 'events';
const EVENT_PREFIX = resourcePrefix('', EVENTS);

const NO_OBJECTS: readonly KubeObject[] = Object.freeze([]);
const NO_LOCATED: readonly Located[] = Object.freeze([]);

/** The objects of one resource. */
class Shelf {
  /** By namespace ('' for none) and name: two short keys are found faster than one that has to be put together. */
  readonly names = new Map<string, Map<string, Place>>();
  readonly all = new Bucket();
  readonly byNamespace = new Map<string, Bucket>();
  readonly indices: readonly { indexer: Indexer; buckets: Map<string, Bucket> }[];
  /** The parts of an object that tell where it is listed. */
  readonly tellingParts: Parts;
  readonly indexByName = new Map<string, Map<string, Bucket>>();

  constructor(resource: ResourceName) {
    const indexers = Object.hasOwn(INDEXERS, resource) ? INDEXERS[resource] : undefined;
    let parts = OWNERS;
    this.indices = Object.entries(indexers ?? {}).map(([name, indexer]) => {
      const buckets = new Map<string, Bucket>();
      this.indexByName.set(name, buckets);
      parts |= indexer.of;
      return { indexer, buckets };
    });
    this.tellingParts = parts;
  }
}

export class ObjectCache implements IndexedCache {
  private readonly shelves = new Map<ResourceName, Shelf>();
  /** By key of the store. */
  private readonly places = new Map<string, Place>();
  private readonly uids = new Map<string, Place>();
  private readonly owners = new Map<string, Bucket>();
  private events = new EventShelf();
  private seen: Revision = 0;
  private loaded = false;
  /** What happened after `seen` and is not shown yet, and up to which revision that is all. */
  private noted: Noted[] = [];
  private notedUntil: Revision = 0;

  constructor(private readonly store: Store) {}

  /** The revision of the store that this shows. */
  get revision(): Revision {
    return this.seen;
  }

  /**
   * Looks at the store again. The first time, and when the store has forgotten what happened since, every object is a change.
   * `others` hears of keys outside the registry (the cluster's clock).
   */
  async refresh(others?: (key: string, value: Json | undefined, revision: Revision) => void): Promise<CacheChange[]> {
    await this.note();
    if (!this.loaded) return this.load(others);
    const { noted } = this;
    this.noted = [];
    this.seen = this.notedUntil;
    const seen: CacheChange[] = [];
    for (let i = 0; i < noted.length; i++) {
      const { key, revision, object, previous, value } = noted[i] as Noted;
      if (!key.startsWith(REGISTRY)) others?.(key, value, revision);
      else if (key.startsWith(EVENT_PREFIX)) this.moveEvent(key, object, previous && this.events.take(previous), seen);
      else if (object) this.put(key, object, seen);
      else this.drop(key, seen);
    }
    this.tighten(this.places.size + this.events.size);
    return seen;
  }

  /**
   * Notes what has happened, to be shown by the next `refresh`. To be called now and then where much happens between two of
   * them: the store remembers only so much, and what it has forgotten makes `refresh` begin anew.
   */
  async note(): Promise<void> {
    if (!this.loaded) return;
    try {
      const { changes, revision } = await this.store.changesUntilNow(this.notedUntil, '/');
      this.notedUntil = revision;
      for (const change of changes) this.noted.push(notedOf(change));
    } catch (error) {
      if (!(error instanceof CompactedError)) throw error;
      this.loaded = false;
    }
  }

  get(resource: ResourceName, namespace: string, name: string): KubeObject | undefined {
    if (resource === EVENTS) return firstWhere(this.events.list(namespace), ({ metadata }) => metadata.name === name);
    return this.shelves.get(resource)?.names.get(namespace)?.get(name)?.object;
  }

  list(resource: ResourceName, namespace?: string): readonly KubeObject[] {
    if (resource === EVENTS) return this.events.list(namespace);
    const shelf = this.shelves.get(resource);
    if (!shelf) return NO_OBJECTS;
    return (namespace ? shelf.byNamespace.get(namespace) : shelf.all)?.list() ?? NO_OBJECTS;
  }

  count(resource: ResourceName, namespace?: string): number {
    if (resource === EVENTS) return namespace ? this.events.list(namespace).length : this.events.size;
    const shelf = this.shelves.get(resource);
    return (namespace ? shelf?.byNamespace.get(namespace) : shelf?.all)?.size ?? 0;
  }

  resources(): readonly ResourceName[] {
    return [...this.shelves.keys(), EVENTS].filter((resource) => this.count(resource) > 0).sort();
  }

  ownedBy(resource: ResourceName, uid: string): readonly KubeObject[] {
    return this.owners.get(uid)?.only(resource) ?? NO_OBJECTS;
  }

  ownedKinds<K extends Kind>(uid: string, kindOf: KindOf<K>): ReadonlyMap<K, number> {
    return this.owners.get(uid)?.kinds(kindOf) ?? new Map();
  }

  dependents(uid: string): readonly Located[] {
    return this.owners.get(uid)?.locate() ?? NO_LOCATED;
  }

  byUid(uid: string): KubeObject | undefined {
    return this.uids.get(uid)?.object;
  }

  locate(uid: string): Located | undefined {
    const place = this.uids.get(uid);
    return place && { resource: place.resource, object: place.object };
  }

  index(resource: ResourceName, index: string, value: string): readonly KubeObject[] {
    if (resource === EVENTS) return this.events.index(index, value) ?? noIndex(resource, index);
    return this.bucketsOf(resource, index)?.get(value)?.list() ?? NO_OBJECTS;
  }

  any(resource: ResourceName, index: string): boolean {
    if (resource === EVENTS) return this.events.size > 0;
    return (this.bucketsOf(resource, index)?.size ?? 0) > 0;
  }

  private bucketsOf(resource: ResourceName, index: string): ReadonlyMap<string, Bucket> | undefined {
    const buckets = this.shelves.get(resource)?.indexByName.get(index);
    if (buckets) return buckets;
    const indexers = Object.hasOwn(INDEXERS, resource) ? INDEXERS[resource] : undefined;
    return indexers && Object.hasOwn(indexers, index) ? undefined : noIndex(resource, index);
  }

  private async load(others?: (key: string, value: Json, revision: Revision) => void): Promise<CacheChange[]> {
    const changes: CacheChange[] = [];
    const gone = new Set<string>();
    for (const { key, resource } of this.places.values()) if (resource !== EVENTS) gone.add(key);
    const events = new Map(this.events.list().map((event) => [eventKey(event), event]));
    this.events = new EventShelf();
    const take = ({ key, value, revision }: Entry, own: boolean) => {
      if (!key.startsWith(REGISTRY)) {
        others?.(key, value, revision);
        return;
      }
      const object = shown(key, value, revision, own);
      if (!key.startsWith(EVENT_PREFIX)) {
        gone.delete(key);
        this.put(key, object, changes);
        return;
      }
      this.moveEvent(key, object, events.get(key), changes);
      events.delete(key);
    };
    // The store would hold another copy of what it read, which is worth its memory only as long as there is little.
    const { remaining: count } = await this.store.range('/', { limit: 0 });
    this.tighten(count);
    const { revision } =
      count > MANY ? await this.store.scan('/', {}, take) : visitPage(await this.store.range('/'), take);
    for (const key of gone) this.drop(key, changes);
    for (const [key, event] of events) this.moveEvent(key, undefined, event, changes);
    this.noted = [];
    this.seen = this.notedUntil = revision;
    this.loaded = true;
    return changes;
  }

  private tighten(count: number): void {
    if (count > SOME) {
      mainThreadFirst();
      compileLean();
    }
    if (count > HUGE) {
      storeSmall();
      keepHeapTight(TIGHTER);
    } else if (count > LARGE) keepHeapTight(TIGHT);
  }

  private put(key: string, object: KubeObject, changes: CacheChange[]): void {
    const at = this.places.get(key);
    if (!at) {
      this.add(key, object, changes);
      return;
    }
    const previous = at.object;
    at.object = object;
    const parts = changedParts(previous, object);
    if (previous.metadata.uid !== object.metadata.uid) {
      this.unshelve(at, previous);
      this.shelve(at);
    } else {
      this.reindex(at, previous, parts);
      const { buckets } = at;
      for (let i = 0; i < buckets.length; i++) (buckets[i] as Bucket).stale(at);
    }
    changes.push(new CacheChange(at.resource, object, previous, false, parts));
  }

  /** Puts what is not there. */
  private add(key: string, object: KubeObject, changes: CacheChange[]): void {
    const resource = resourceOfKey(key);
    if (resource === undefined) return;
    const place: Place = { key, resource, object, buckets: [] };
    this.places.set(key, place);
    this.shelve(place);
    changes.push(new CacheChange(resource, object, undefined, false, ANYTHING));
  }

  private drop(key: string, changes: CacheChange[]): void {
    const place = this.places.get(key);
    if (!place) return;
    this.places.delete(key);
    this.unshelve(place, place.object);
    changes.push(new CacheChange(place.resource, place.object, place.object, true, ANYTHING));
  }

  /** @param previous what was shown of the event, and is not on the shelf any more */
  private moveEvent(
    key: string,
    event: KubeObject | undefined,
    previous: KubeObject | undefined,
    changes: CacheChange[],
  ): void {
    if (previous?.metadata.ownerReferences) this.disown(key);
    if (event) {
      this.events.add(event);
      // Only among what its owners have it has a place.
      if (event.metadata.ownerReferences) this.own({ key, resource: EVENTS, object: event, buckets: [] });
      const parts = previous ? changedParts(previous, event) : ANYTHING;
      changes.push(new CacheChange(EVENTS, event, previous, false, parts));
    } else if (previous) changes.push(new CacheChange(EVENTS, previous, previous, true, ANYTHING));
  }

  private own(place: Place): void {
    this.places.set(place.key, place);
    this.listWithOwners(place);
  }

  private disown(key: string): void {
    const place = this.places.get(key) as Place;
    this.places.delete(key);
    this.unlist(place, place.object);
  }

  private shelve(place: Place): void {
    const shelf = this.shelf(place.resource);
    const { namespace } = place.object.metadata;
    this.name(place, shelf);
    shelf.all.add(place);
    if (namespace) bucket(shelf.byNamespace, namespace).add(place);
    this.listWithOwners(place);
    const { indices } = shelf;
    for (let i = 0; i < indices.length; i++) {
      const { indexer, buckets } = indices[i] as (typeof indices)[number];
      const values = indexer.values(place.object);
      for (let k = 0; k < values.length; k++) bucket(buckets, values[k] as string).add(place);
    }
    // Where it is listed changes rarely: no room to grow.
    place.buckets = place.buckets.slice();
  }

  private listWithOwners(place: Place): void {
    const { ownerReferences } = place.object.metadata;
    if (ownerReferences)
      for (let i = 0; i < ownerReferences.length; i++)
        bucket(this.owners, (ownerReferences[i] as OwnerReference).uid).add(place);
  }

  private name(place: Place, shelf: Shelf): void {
    const { namespace = '', name = '', uid } = place.object.metadata;
    let names = shelf.names.get(namespace);
    if (!names) {
      names = new Map();
      shelf.names.set(namespace, names);
    }
    names.set(name, place);
    if (uid) this.uids.set(uid, place);
  }

  private unshelve(place: Place, object: KubeObject): void {
    const { uid } = object.metadata;
    if (uid && this.uids.get(uid) === place) this.uids.delete(uid);
    this.unlist(place, object);
    const shelf = this.shelf(place.resource);
    shelf.names.get(object.metadata.namespace ?? '')?.delete(object.metadata.name ?? '');
    for (const { indexer, buckets } of shelf.indices) for (const value of indexer.values(object)) prune(buckets, value);
    if (object.metadata.namespace) prune(shelf.byNamespace, object.metadata.namespace);
  }

  private unlist(place: Place, object: KubeObject): void {
    for (const from of [...place.buckets]) from.remove(place);
    for (const owner of object.metadata.ownerReferences ?? []) prune(this.owners, owner.uid);
  }

  /** Moves a place between the buckets of owners and indices where what its object's change touched asks for it. */
  private reindex(place: Place, previous: KubeObject, parts: Parts): void {
    const { indices, tellingParts } = this.shelf(place.resource);
    if ((parts & tellingParts) === 0) return;
    const { object } = place;
    if (parts & OWNERS)
      move(this.owners, place, uidsOf(previous.metadata.ownerReferences), uidsOf(object.metadata.ownerReferences));
    for (let i = 0; i < indices.length; i++) {
      const { indexer, buckets } = indices[i] as (typeof indices)[number];
      if ((parts & indexer.of) === 0 || indexer.same?.(previous, object)) continue;
      move(buckets, place, indexer.values(previous), indexer.values(object));
    }
  }

  private shelf(resource: ResourceName): Shelf {
    let shelf = this.shelves.get(resource);
    if (!shelf) {
      shelf = new Shelf(resource);
      this.shelves.set(resource, shelf);
    }
    return shelf;
  }
}

function notedOf({ type, key, value, previous, revision }: Change): Noted {
  const before = key.startsWith(EVENT_PREFIX) && previous ? asObject(previous) : undefined;
  if (type === 'delete') return { key, revision, object: undefined, previous: before, value: undefined };
  return key.startsWith(REGISTRY)
    ? { key, revision, object: shown(key, value, revision, false), previous: before, value: undefined }
    : { key, revision, object: undefined, previous: undefined, value };
}

/**
 * The object that the cache shows for a value of the store. Of an event it is the value itself, which has no resourceVersion: nobody
 * asks for it, and half of all objects need not be there twice.
 * @param own whether the value is nobody else's
 */
function shown(key: string, value: Json, revision: Revision, own: boolean): KubeObject {
  if (key.startsWith(EVENT_PREFIX)) return asObject(own ? compacted(value) : value);
  return own ? compactObjectOf(value, revision) : objectOf(value, revision);
}

function eventKey({ metadata: { namespace = '', name = '' } }: KubeObject): string {
  return objectKey(EVENT_PREFIX, namespace, name);
}

function noIndex(resource: ResourceName, index: string): never {
  throw new Error(`${resource} have no index ${index}`);
}

function bucket(buckets: Map<string, Bucket>, value: string): Bucket {
  let found = buckets.get(value);
  if (!found) {
    found = new Bucket();
    buckets.set(value, found);
  }
  return found;
}

function uidsOf(owners: readonly OwnerReference[] | undefined): readonly string[] {
  return owners ? owners.map((owner) => owner.uid) : [];
}

function prune(buckets: Map<string, Bucket>, value: string): void {
  if (buckets.get(value)?.size === 0) buckets.delete(value);
}

function move(buckets: Map<string, Bucket>, place: Place, was: readonly string[], is: readonly string[]): void {
  if (was === is || (was.length === is.length && was.every((value, i) => value === is[i]))) return;
  for (const value of was) {
    if (is.includes(value)) continue;
    buckets.get(value)?.remove(place);
    prune(buckets, value);
  }
  for (const value of is) if (!was.includes(value)) bucket(buckets, value).add(place);
}
