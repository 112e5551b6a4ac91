/**
 * How objects lie in the store: under which keys, and without their resourceVersion, which is the revision of the commit that
 * wrote them. Whoever reads the store's entries or changes makes objects of them here.
 */
import { compacted, frozenInPlace } from '../apimachinery/compact';
import { deepFreeze, type Json } from '../apimachinery/json';
import { copyWith } from '../apimachinery/late-member';
import { asJson, asObject, type KubeObject } from '../apimachinery/meta';
import type { Revision } from '../store/store';
import type { Conversion } from './conversion/conversion';
import type { ServedResource } from './served-resource';

/** `/registry/apps/deployments/`; the core group is written `core`. */
export function resourcePrefix(group: string, resource: string): string {
  return `/registry/${group === '' ? 'core' : group}/${resource}/`;
}

/** The key of one object; '' as namespace for what has none. */
export function objectKey(prefix: string, namespace: string, name: string): string {
  return namespace === '' ? prefix + name : `${prefix}${namespace}/${name}`;
}

/** What is known of a value. */
interface Known {
  /** Every part of it is. */
  frozen: boolean;
  /** Values are shared, so the object made of one is made once. */
  object: KubeObject | undefined;
  revision: Revision;
  /** The object as its deletion tells it: all who watch are told the same. */
  deleted: KubeObject | undefined;
  /** See object-size.ts; 0 where nobody has looked. */
  size: number;
}

/** Makes nothing: gives back what it is given, so that a class derived from it gives its private members to any object. */
class Given {
  constructor(value: object) {
    // biome-ignore lint/correctness/noConstructorReturn: that is what it is for
    return value;
  }
}

/**
 * Keeps what is known of a value with the value, in a private member: not even its owner sees it, and no copy has it. A WeakMap
 * of a hundred thousand values would be many times slower, and a burden on every collection of garbage.
 */
class KnownValue extends Given {
  #known: Known = { frozen: false, object: undefined, revision: 0, deleted: undefined, size: 0 };

  static of(value: object): Known {
    const known = #known in value ? value : (new KnownValue(value) as KnownValue);
    return known.#known;
  }
}

/** About how large a value was found to be when it was stored; 0 where that was not by this process. */
export function sizeOf(value: Json): number {
  return knownOf(value).size;
}

export function rememberSize(value: Json, size: number): void {
  knownOf(value).size = size;
}

function knownOf(value: Json): Known {
  return KnownValue.of(value as object);
}

/** The object that a stored value stands for: the same, with `metadata.resourceVersion`. Frozen; equal values give the same one. */
export function objectOf(value: Json, revision: Revision): KubeObject {
  const known = knownOf(value);
  if (known.object !== undefined && known.revision === revision) return known.object;
  known.object = withResourceVersion(asObject(value), String(revision));
  known.revision = revision;
  return known.object;
}

/** A deletion changes no value, but its event carries the revision of the deletion. */
export function deletedObjectOf(value: Json, revision: Revision): KubeObject {
  const known = knownOf(value);
  const resourceVersion = String(revision);
  if (known.deleted?.metadata.resourceVersion !== resourceVersion)
    known.deleted = withResourceVersion(asObject(value), resourceVersion);
  return known.deleted as KubeObject;
}

/** The object in the version that a resource serves it in. */
export function objectIn(resource: ServedResource, value: Json, revision: Revision): KubeObject {
  const { conversion } = resource;
  const object = objectOf(value, revision);
  if (conversion === undefined) return object;
  let known = converted.get(conversion);
  if (!known) {
    known = new WeakMap();
    converted.set(conversion, known);
  }
  let result = known.get(object);
  if (!result) {
    result = deepFreeze(conversion.fromStored(object));
    known.set(object, result);
  }
  return result;
}

/** As objectIn, of a value that is the caller's own: it becomes the object itself. */
export function ownObjectIn({ conversion }: ServedResource, value: Json, revision: Revision): KubeObject {
  const object = ownObjectOf(value, revision);
  return conversion ? conversion.fromStored(object) : object;
}

/** As objectOf, of a value that is the caller's own: frozen, and as small as it gets, for who keeps many. */
export function compactObjectOf(value: Json, revision: Revision): KubeObject {
  return asObject(compacted(asJson(ownObjectOf(value, revision))));
}

function ownObjectOf(value: Json, revision: Revision): KubeObject {
  const object = asObject(value);
  object.metadata.resourceVersion = String(revision);
  return object;
}

let isSmall = false;

/**
 * From now on what is stored is made as small as it gets, which takes a fifth of all the time that writes take. What is not made
 * small costs a kilobyte: a cluster that is nowhere near too large need not be slower for it, however long it runs.
 */
export function storeSmall(): void {
  isSmall = true;
}

/** A value as it is stored: frozen, with all it holds. The argument is used up. */
export function freezeForStore(value: Json): Json {
  const frozen = isSmall ? compacted(value) : frozenInPlace(value);
  knownOf(frozen).frozen = true;
  return frozen;
}

/** As freezeForStore, of a value whose parts are frozen. Nothing is kept with it: of many that are stored so few are ever asked for. */
export function freezeOutermost(value: Json): Json {
  return isSmall ? compacted(value) : (Object.freeze(value) as Json);
}

/**
 * As objectIn, for whoever is about to write: a store may spare itself the freezing of what is only read, but a strategy that
 * writes into what is stored must fail at once, whatever the store.
 */
export function objectForUpdate(resource: ServedResource, value: Json, revision: Revision): KubeObject {
  return objectIn(resource, frozenValue(value), revision);
}

/** The value itself, every part of it frozen. */
export function frozenValue(value: Json): Json {
  const known = knownOf(value);
  if (!known.frozen) {
    known.frozen = true;
    freezeParts(value);
  }
  return value;
}

/** Unlike deepFreeze it looks into what is frozen already: the outermost object may be, and its parts not. */
function freezeParts(value: Json): void {
  if (typeof value !== 'object' || value === null) return;
  for (const inner of Object.values(value)) freezeParts(inner);
  Object.freeze(value);
}

const converted = new WeakMap<Conversion, WeakMap<KubeObject, KubeObject>>();

/** As objectIn, for an object that has just been deleted. */
export function deletedObjectIn({ conversion }: ServedResource, value: Json, revision: Revision): KubeObject {
  const object = deletedObjectOf(value, revision);
  return conversion ? deepFreeze(conversion.fromStored(object)) : object;
}

function withResourceVersion(value: KubeObject, resourceVersion: string): KubeObject {
  const metadata = Object.freeze(copyWith(value.metadata, { resourceVersion }));
  return Object.freeze(copyWith<KubeObject>(value, { metadata }));
}
