/**
 * The managers of an object and what each owns: read from `metadata.managedFields` and written back (apimachinery
 * `util/managedfields/internal/managedfields.go`, `capmanagers.go`, `buildmanagerinfo.go`). Entries are immutable: one that
 * does not change is the very entry that was read.
 */
import { deepEqual, type Json } from '../../apimachinery/json';
import type { ManagedFieldsEntry } from '../../apimachinery/meta';
import { type FieldSet, parseFieldSet, union } from './field-set';

/** Who writes: the same manager owns separately by operation, version (for updates) and subresource. */
export interface ManagerIdentity {
  manager: string;
  operation: 'Apply' | 'Update';
  apiVersion: string;
  subresource?: string | undefined;
}

export interface Manager {
  readonly entry: ManagedFieldsEntry;
  readonly fields: FieldSet;
}

/** By key of identity. */
export type Managers = Map<string, Manager>;

/** Many writes come one after another from managers of one name. */
let last: { identity: ManagerIdentity; key: string } | undefined;

/** As upstream's identifiers, in their order of fields, so that what is sorted by them comes out alike. */
export function identityKey(identity: ManagerIdentity): string {
  if (last !== undefined && isSameIdentity(last.identity, identity)) return last.key;
  const key = keyFor(identity);
  const { manager, operation, apiVersion, subresource } = identity;
  last = { identity: { manager, operation, apiVersion, subresource }, key };
  return key;
}

function isSameIdentity(a: ManagerIdentity, b: ManagerIdentity): boolean {
  return (
    a.manager === b.manager &&
    a.subresource === b.subresource &&
    a.operation === b.operation &&
    a.apiVersion === b.apiVersion
  );
}

function keyFor({ manager, operation, apiVersion, subresource }: ManagerIdentity): string {
  const version = operation === 'Apply' ? '' : apiVersion;
  let text = manager ? `{"manager":${quoted(manager)},` : '{';
  text += `"operation":"${operation}"`;
  if (version) text += `,"apiVersion":${quoted(version)}`;
  if (subresource) text += `,"subresource":${quoted(subresource)}`;
  return `${text}}`;
}

function quoted(text: string): string {
  return PLAIN.test(text) ? `"${text}"` : JSON.stringify(text);
}

/** What JSON writes as it stands. */
const PLAIN = /^[\w ./:@=,;*+-]*$/;

/** `"kubectl-client-side-apply" using apps/v1`: a manager as conflicts name it (printManager). */
export function formatManager({ manager, operation, apiVersion, subresource }: ManagerIdentity): string {
  const name = JSON.stringify(manager) + (subresource ? ` with subresource ${JSON.stringify(subresource)}` : '');
  return operation === 'Update' ? `${name} using ${apiVersion}` : name;
}

// The key of an entry that was seen before: entries live long and are read with every write.
const keys = new WeakMap<ManagedFieldsEntry, string>();

function keyOf(entry: ManagedFieldsEntry): string {
  let key = keys.get(entry);
  if (key === undefined) {
    key = identityKey(entry);
    keys.set(entry, key);
  }
  return key;
}

/** Entries that this program wrote itself. */
export function readManagers(entries: readonly ManagedFieldsEntry[] | undefined): Managers {
  const managers: Managers = new Map();
  for (const entry of entries ?? []) {
    managers.set(keyOf(entry), { entry, fields: (entry.fieldsV1 ?? {}) as FieldSet });
  }
  return managers;
}

/**
 * Why these entries, which a client sent, can't be taken; undefined when they can (ValidateManagedFields).
 * The text is what DecodeManagedFields says.
 */
export function invalidManagedFields(entries: readonly ManagedFieldsEntry[]): string | undefined {
  for (const [i, entry] of entries.entries()) {
    if (entry?.operation !== 'Apply' && entry?.operation !== 'Update') return 'operation must be `Apply` or `Update`';
    if (!entry.apiVersion) return 'apiVersion must not be empty';
    if (!entry.fieldsType) return `missing fieldsType in managed fields entry ${i}`;
    if (entry.fieldsType !== 'FieldsV1') {
      return `invalid fieldsType ${JSON.stringify(entry.fieldsType)} in managed fields entry ${i}`;
    }
    try {
      parseFieldSet(entry.fieldsV1);
    } catch (error) {
      return `error decoding set: ${(error as Error).message}`;
    }
  }
  return undefined;
}

/**
 * The managers to go on with: those that the client sent if they are any good, else those of the live object. To send an
 * empty list, or one empty entry, is to reset them (decodeLiveOrNew).
 */
export function managersOf(
  live: readonly ManagedFieldsEntry[] | undefined,
  sent: readonly ManagedFieldsEntry[] | undefined,
): Managers {
  if (sent === undefined || sent === live) return readManagers(live);
  const [first] = sent;
  if (first === undefined || (sent.length === 1 && Object.keys(first).length === 0)) return new Map();
  if (deepEqual(sent as unknown as Json, live as unknown as Json)) return readManagers(live);
  if (invalidManagedFields(sent) !== undefined) return readManagers(live);
  return readManagers(
    sent.map((entry) => ({ ...entry, fieldsV1: parseFieldSet(entry.fieldsV1) as ManagedFieldsEntry['fieldsV1'] })),
  );
}

/** The entry of a manager that owns these fields since `time`; without a time where it has taken over no value. */
export function entryOf(
  { manager, operation, apiVersion, subresource }: ManagerIdentity,
  fields: FieldSet,
  time: string | undefined,
): Manager {
  const entry: ManagedFieldsEntry = {
    manager,
    operation,
    apiVersion,
    ...(time ? { time } : {}),
    fieldsType: 'FieldsV1',
    fieldsV1: fields as ManagedFieldsEntry['fieldsV1'],
    ...(subresource ? { subresource } : {}),
  };
  return { entry, fields };
}

/** The same manager with other fields; itself when they are the same. */
export function withFields(manager: Manager, fields: FieldSet): Manager {
  if (fields === manager.fields) return manager;
  return { entry: { ...manager.entry, fieldsV1: fields as ManagedFieldsEntry['fieldsV1'] }, fields };
}

/** The entries to store, in upstream's order: by operation, time, manager, version, subresource (sortEncodedManagedFields). */
export function writeManagers(managers: Managers): ManagedFieldsEntry[] | undefined {
  if (managers.size === 0) return undefined;
  // A list that was pushed together keeps room for sixteen more, and every object has one.
  const entries = [...managers.values()].map(({ entry }) => entry);
  return entries.length < 2 ? entries : sorted(entries);
}

/** An object has few managers, as a rule in order already: the language's own sort begins with making lists of its own. */
function sorted(entries: ManagedFieldsEntry[]): ManagedFieldsEntry[] {
  for (let i = 1; i < entries.length; i++) {
    const entry = entries[i] as ManagedFieldsEntry;
    let at = i;
    for (; at > 0 && compareEntries(entry, entries[at - 1] as ManagedFieldsEntry) < 0; at--)
      entries[at] = entries[at - 1] as ManagedFieldsEntry;
    entries[at] = entry;
  }
  return entries;
}

function compareEntries(a: ManagedFieldsEntry, b: ManagedFieldsEntry): number {
  return (
    order(a.operation, b.operation) ||
    order(a.time ?? '', b.time ?? '') ||
    order(a.manager ?? '', b.manager ?? '') ||
    order(a.apiVersion, b.apiVersion) ||
    order(a.subresource ?? '', b.subresource ?? '')
  );
}

function order(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1;
}

/** How many managers from updates an object may have before the oldest are put together. */
const MAX_UPDATE_MANAGERS = 10;
const BUCKET = 'ancient-changes';

/** Puts the oldest update managers, per version, into one called ancient-changes until no more than ten are left (capUpdateManagers). */
export function capUpdateManagers(managers: Managers): void {
  if (managers.size <= MAX_UPDATE_MANAGERS) return;
  const updaters = [...managers.entries()].filter(([, { entry }]) => entry.operation !== 'Apply');
  if (updaters.length <= MAX_UPDATE_MANAGERS) return;
  updaters.sort(([a, one], [b, other]) => order(one.entry.time ?? '', other.entry.time ?? '') || order(a, b));
  const firsts = new Map<string, string>();
  let count = updaters.length;
  for (const [key, { entry, fields }] of updaters) {
    if (count <= MAX_UPDATE_MANAGERS) break;
    const identity = { manager: BUCKET, operation: 'Update', apiVersion: entry.apiVersion } as const;
    const bucket = identityKey(identity);
    const first = firsts.get(entry.apiVersion);
    if (first === undefined) {
      firsts.set(entry.apiVersion, key);
      continue;
    }
    const held = managers.get(bucket) ?? managers.get(first);
    if (!managers.has(bucket)) managers.delete(first);
    managers.set(bucket, entryOf(identity, union(fields, held?.fields), entry.time));
    managers.delete(key);
    count--;
  }
}
