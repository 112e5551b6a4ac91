/** Taints as users write them, and what a change makes of those that a node has (kubectl pkg/cmd/taint/utils.go). */
import { isQualifiedName, isValidLabelValue } from '../../apimachinery/names';
import { CommandError } from '../command';

export interface Taint {
  key: string;
  value?: string;
  /** '' only among those to remove: any effect. */
  effect: string;
  timeAdded?: string;
}

export interface TaintChanges {
  add: Taint[];
  remove: Taint[];
}

const EFFECTS = ['NoSchedule', 'PreferNoSchedule', 'NoExecute'];

/** Reads `key=value:effect`, `key:effect`, `key-` … Throws in kubectl's words. */
export function parseTaints(specs: readonly string[]): TaintChanges {
  const changes: TaintChanges = { add: [], remove: [] };
  for (const spec of specs) {
    if (spec.endsWith('-')) {
      const { key, effect } = parseTaint(spec.slice(0, -1));
      changes.remove.push({ key, effect });
      continue;
    }
    const taint = parseTaint(spec);
    if (taint.effect === '') throw new CommandError(`invalid taint spec: ${spec}`);
    if (changes.add.some((other) => sameTaint(other, taint))) {
      throw new CommandError(
        `duplicated taints with the same key and effect: {${taint.key} ${taint.value ?? ''} ${taint.effect} <nil>}`,
      );
    }
    changes.add.push(taint);
  }
  return changes;
}

function parseTaint(spec: string): Taint {
  const parts = spec.split(':');
  if (parts.length > 2) throw new CommandError(`invalid taint spec: ${spec}`);
  let key = parts[0] as string;
  let value: string | undefined;
  const effect = parts[1] ?? '';
  if (parts.length === 2) {
    if (!EFFECTS.includes(effect)) {
      throw new CommandError(`invalid taint effect: ${effect}, unsupported taint effect`);
    }
    const pair = key.split('=');
    if (pair.length > 2) throw new CommandError(`invalid taint spec: ${spec}`);
    [key, value] = pair as [string, string | undefined];
    if (value !== undefined) refuse(spec, isValidLabelValue(value));
  }
  refuse(spec, isQualifiedName(key));
  return value ? { key, value, effect } : { key, effect };
}

function refuse(spec: string, complaints: readonly string[]): void {
  if (complaints.length > 0) throw new CommandError(`invalid taint spec: ${spec}, ${complaints.join('; ')}`);
}

/** `key=effect` of what is both added and removed. */
export function conflictsOf({ add, remove }: TaintChanges): string[] {
  return add.flatMap(({ key, effect }) =>
    remove
      .filter((gone) => gone.key === key && (gone.effect === '' || gone.effect === effect))
      .map((gone) => `${gone.key}=${gone.effect}`),
  );
}

/** The keys of what is to be added and is there already, with whatever value. */
export function existingKeys(current: readonly Taint[], add: readonly Taint[]): string[] {
  return add.flatMap((taint) => current.filter((old) => sameTaint(old, taint)).map(() => taint.key));
}

/** What a node has afterwards, what to call the change, and what was to be removed and was not there (reorganizeTaints). */
export function reorganizeTaints(
  current: readonly Taint[],
  { add, remove }: TaintChanges,
  overwrite: boolean,
): { operation: 'modified' | 'tainted' | 'untainted'; taints: Taint[]; errors: Error[] } {
  let taints = [...add, ...current.filter((old) => !add.some((taint) => sameTaint(taint, old)))];
  const added = taints.length !== current.length;
  const errors: Error[] = [];
  // Upstream remembers of the removals only the last one's success.
  let deleted = false;
  for (const gone of remove) {
    const left = taints.filter((taint) => (gone.effect ? !sameTaint(taint, gone) : taint.key !== gone.key));
    deleted = left.length !== taints.length;
    taints = left;
    if (!deleted) {
      const name = gone.effect ? `${gone.key}:${gone.effect}` : gone.key;
      errors.push(new CommandError(`taint ${JSON.stringify(name)} not found`));
    }
  }
  const operation = (added && deleted) || overwrite ? 'modified' : added ? 'tainted' : 'untainted';
  return { operation, taints, errors };
}

function sameTaint(a: Taint, b: Taint): boolean {
  return a.key === b.key && a.effect === b.effect;
}
