/**
 * The patch of `kubectl apply`: what the file adds and changes against the live object, and what it has dropped since it
 * was last applied (apimachinery `util/strategicpatch/patch.go`, CreateThreeWayMergePatch).
 */
import type { JsonObject } from '../apimachinery/json';
import type { Schema } from '../schema/schema';
import type { Decision } from './decision';
import { explainMerge } from './explain-merge';
import { strategicPatchesConflict } from './patch-conflicts';
import { mergeConflict } from './patch-error';
import { checkPreconditions, diffMaps, type Precondition } from './strategic-diff';
import { applyStrategicPatch, combineStrategicPatches } from './strategic-patch';

/** The three sides of a merge. */
export interface ThreeWay {
  /** What the file held when it was last applied; undefined where no annotation tells. */
  lastApplied: JsonObject | undefined;
  /** What the file holds now. */
  modified: JsonObject;
  /** The live object. */
  current: JsonObject;
}

export interface ThreeWayOptions {
  /** False to refuse a patch that undoes what others did to the same fields since. Default: true. */
  overwrite?: boolean;
  preconditions?: readonly Precondition[];
  /** Writes the YAML that the refusal quotes. Default: JSON, which is YAML too. */
  toYaml?(value: JsonObject): string;
}

export interface ThreeWayResult {
  patch: JsonObject;
  /** Field by field, what became of it and why. Worked out when first read. */
  readonly decisions: Decision[];
}

/**
 * The strategic merge patch that brings `current` to what the file says, leaving what neither the file nor last-applied has.
 * @throws PatchError: 'Conflict' when `overwrite` is false and others changed the same fields; 'Precondition'; or a schema's.
 */
export function createThreeWayStrategicPatch(
  { lastApplied = {}, modified, current }: ThreeWay,
  schema: Schema,
  options: ThreeWayOptions = {},
): ThreeWayResult {
  const additions = diffMaps(current, modified, schema, { ignoreDeletions: true, setElementOrder: true });
  const deletions = diffMaps(lastApplied, modified, schema, { ignoreChangesAndAdditions: true, setElementOrder: true });
  const patch = combineStrategicPatches(deletions, additions, schema);
  checkPreconditions(patch, options.preconditions);
  if (options.overwrite === false) {
    const changes = diffMaps(lastApplied, current, schema, {});
    if (strategicPatchesConflict(patch, changes, schema)) {
      const { toYaml = (value: JsonObject) => `${JSON.stringify(value)}\n` } = options;
      throw mergeConflict(toYaml(patch), toYaml(changes));
    }
  }
  return explained(patch, () => {
    const result = applyStrategicPatch(current, patch, schema);
    return explainMerge({ lastApplied, live: current, wanted: modified, result }, schema);
  });
}

/** A patch whose decisions are worked out only for who asks. */
export function explained(patch: JsonObject, explain: () => Decision[]): ThreeWayResult {
  let decisions: Decision[] | undefined;
  return {
    patch,
    get decisions() {
      decisions ??= explain();
      return decisions;
    },
  };
}
