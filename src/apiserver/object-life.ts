/** What the server itself writes into an object's metadata (apiserver `registry/rest/meta.go`, `storage/names/generate.go`). */
import type { KubeObject, ObjectMeta } from '../apimachinery/meta';
import { badRequest } from '../apimachinery/status';
import { formatTime } from '../apimachinery/time';
import type { Clock } from '../sim/clock';
import type { NamedUuids, Random } from '../sim/random';
import type { Revision } from '../store/store';

/** How many characters generateName adds. */
const SUFFIX_LENGTH = 5;
const MAX_GENERATED_NAME_LENGTH = 63 - SUFFIX_LENGTH;

/** SimpleNameGenerator: the prefix, cut so that the name stays within 63 characters, and a random suffix. */
export function generateName(prefix: string, random: Random): string {
  return prefix.slice(0, MAX_GENERATED_NAME_LENGTH) + random.suffix(SUFFIX_LENGTH);
}

/**
 * A uid drawn from who is created when: the object's key and the revision of the store before it. A generator starts from 32
 * bits, too few for a cluster of many thousand objects, so two independent ones give half each.
 */
export function newUid(random: Random, key: string, revision: Revision): string {
  let uids = uidsOf.get(random);
  if (!uids) {
    uids = random.uuids('uid/high', 'uid/low');
    uidsOf.set(random, uids);
  }
  return uids.of(key, revision);
}

const uidsOf = new WeakMap<Random, NamedUuids>();

/** WipeObjectMetaSystemFields: what a client may not say of a new object. */
export function wipeSystemFields(object: KubeObject): void {
  const { metadata } = object;
  for (const name of SYSTEM_FIELDS) if (Object.hasOwn(metadata, name)) delete metadata[name as keyof ObjectMeta];
}

const SYSTEM_FIELDS = ['creationTimestamp', 'uid', 'deletionTimestamp', 'deletionGracePeriodSeconds', 'selfLink'];

/** FillObjectMetaSystemFields. */
export function fillSystemFields(object: KubeObject, clock: Clock, uid: string): void {
  object.metadata.creationTimestamp = formatTime(clock.now());
  object.metadata.uid = uid;
}

/**
 * EnsureObjectNamespaceMatchesRequestNamespace: takes the namespace from the request where the object has none.
 * @throws ApiError 400 where the two differ.
 */
export function ensureNamespace(object: KubeObject, requestNamespace: string): void {
  const { metadata } = object;
  const own = metadata.namespace ?? '';
  if (own === requestNamespace) return;
  if (requestNamespace === '') delete metadata.namespace;
  else if (own === '') metadata.namespace = requestNamespace;
  else throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
}

/** checkName: the name in the body must be the name in the path. @throws ApiError 400. */
export function checkName(object: KubeObject, name: string): void {
  const own = object.metadata.name ?? '';
  if (own === '')
    throw badRequest(`the name of the object (${name} based on URL) was undeterminable: name must be provided`);
  if (own !== name) throw badRequest(`the name of the object (${own}) does not match the name on the URL (${name})`);
}
