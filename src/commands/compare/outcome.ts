/** What a verb made of one object, told against the others: what it kept, what it lost, and where the results differ. */
import { deepEqual, type Json } from '../../apimachinery/json';
import type { ManagedFieldsEntry } from '../../apimachinery/meta';
import { lastAppliedText } from '../last-applied';
import { type FieldValues, fieldsOf, type Snapshot } from './snapshots';
import type { Step } from './steps';

/** A field that an earlier step wrote, and the last file does not name. */
export interface Fate {
  path: string;
  value: Json;
  /** The step that wrote it, from 1; 0: it was there before. */
  step: number;
  /** What is there instead, where it was lost. */
  now?: Json;
}

export interface ObjectOutcome {
  exists: boolean;
  /** Bytes of the last-applied annotation; undefined without one. */
  lastApplied: number | undefined;
  managers: ManagedFieldsEntry[];
  generation: number | undefined;
  kept: Fate[];
  lost: Fate[];
  fields: FieldValues;
}

/** `snapshots`: before the first step, and after each. */
export function outcomeOf(snapshots: readonly (Snapshot | undefined)[], steps: readonly Step[]): ObjectOutcome {
  const object = snapshots.at(-1)?.object;
  const text = lastAppliedText(object);
  return {
    exists: object !== undefined,
    lastApplied: text === undefined ? undefined : new TextEncoder().encode(text).length,
    managers: object?.metadata.managedFields ?? [],
    generation: object?.metadata.generation,
    ...fates(snapshots, steps),
    fields: fieldsOf(object),
  };
}

/** Follows each field through the steps. What the server fills in by itself belongs to nobody and is not followed. */
function fates(snapshots: readonly (Snapshot | undefined)[], steps: readonly Step[]): { kept: Fate[]; lost: Fate[] } {
  const written = new Map<string, Fate & { live: boolean; isBase: boolean }>();
  const lost: Fate[] = [];
  let before: FieldValues = new Map();
  snapshots.forEach((snapshot, i) => {
    const after = fieldsOf(snapshot?.object);
    const file = snapshot?.file;
    const byCommand = i > 0 && steps[i - 1]?.kind === 'then';
    // What was there before, or was made by a command: a live change is one to an object that is there.
    const isBase = i === 0 || (byCommand && before.size === 0);
    const live = byCommand && !isBase;
    for (const [path, value] of after) {
      const chosen = isBase || live ? !deepEqual(before.get(path), value) : file?.has(path);
      if (!chosen) continue;
      const earlier = written.get(path);
      if (earlier?.live && !live && !deepEqual(earlier.value, value)) lost.push({ ...plain(earlier), now: value });
      written.set(path, { path, value, step: i, live, isBase });
    }
    for (const [path, fate] of written) {
      const now = after.get(path);
      if (deepEqual(now, fate.value)) continue;
      // Taken away on purpose, by a command; or by a file that has it no more.
      if (!live) lost.push({ ...plain(fate), ...(now === undefined ? {} : { now }) });
      written.delete(path);
    }
    before = after;
  });
  const last = snapshots.findLast((snapshot) => snapshot?.file)?.file;
  const step = snapshots.findLastIndex((snapshot) => snapshot?.file);
  const kept = [...written.values()].filter((fate) => !fate.isBase && fate.step < step && !last?.has(fate.path));
  return { kept: kept.map(plain), lost };
}

function plain({ path, value, step }: Fate): Fate {
  return { path, value, step };
}

/** The paths whose values are not the same everywhere, in the order of the objects. */
export function differingPaths(outcomes: readonly ObjectOutcome[]): string[] {
  const there = outcomes.filter(({ exists }) => exists);
  const paths = new Set(there.flatMap(({ fields }) => [...fields.keys()]));
  return [...paths].filter((path) =>
    there.some(({ fields }) => !deepEqual(fields.get(path), there[0]?.fields.get(path))),
  );
}
