/**
 * What can be wrong with a patch: upstream's texts (apimachinery `util/mergepatch/errors.go`), and how the API server
 * answers them (apiserver `endpoints/handlers/patch.go`, interpretStrategicMergePatchError and applyJSPatch).
 */
import type { Json, JsonObject } from '../apimachinery/json';
import { type ApiError, apiError, badRequest } from '../apimachinery/status';
import { formatGo, formatGoString, type GoKind, goKind, goTypeName } from './go-value';

/**
 * - BadRequest: the patch itself is malformed (400)
 * - Unprocessable: it does not fit the object (422; the answer does not tell the text)
 * - TooLarge: more operations than allowed (413)
 * - Unknown: upstream has no code for it and answers 500
 * - Conflict, Precondition: client-side outcomes of a three-way merge
 */
export type PatchErrorCode = 'BadRequest' | 'Unprocessable' | 'TooLarge' | 'Unknown' | 'Conflict' | 'Precondition';

export class PatchError extends Error {
  constructor(
    message: string,
    readonly code: PatchErrorCode = 'Unknown',
  ) {
    super(message);
    this.name = 'PatchError';
  }
}

/** True for a PatchError of this code. */
export function isPatchError(error: unknown, code: PatchErrorCode): error is PatchError {
  return error instanceof PatchError && error.code === code;
}

export function noListOfLists(): PatchError {
  return new PatchError('lists of lists are not supported', 'Unprocessable');
}
export function badPrimitiveList(): PatchError {
  return new PatchError('invalid patch format of primitive list', 'BadRequest');
}
export function badRetainKeys(): PatchError {
  return new PatchError('invalid patch format of retainKeys', 'BadRequest');
}
export function badSetElementOrder(): PatchError {
  return new PatchError('invalid patch format of setElementOrder list', 'BadRequest');
}
export function noMergeKey(element: Json | undefined, mergeKey: string): PatchError {
  return new PatchError(`map: ${formatGo(element)} does not contain declared merge key: ${mergeKey}`);
}
export function badArgType(expected: GoKind, actual: Json | undefined): PatchError {
  return new PatchError(`expected a ${goTypeName(expected)}, but received a ${goTypeName(goKind(actual))}`);
}
export function badPatchType(directive: Json | undefined, patch: JsonObject): PatchError {
  return new PatchError(`unknown patch type: ${formatGoString(directive)} in map: ${formatGo(patch)}`);
}
export function preconditionFailed(patch: JsonObject): PatchError {
  return new PatchError(`precondition failed for: ${formatGo(patch)}`, 'Precondition');
}
/** `patch` and `changes` are YAML texts (mergepatch.NewErrConflict). */
export function mergeConflict(patch: string, changes: string): PatchError {
  return new PatchError(
    `patch:\n${patch}\nconflicts with changes made from original to current:\n${changes}\n`,
    'Conflict',
  );
}

/** encoding/json's complaint about a value of the wrong kind: `json: cannot unmarshal array into Go value of type …`. */
export function cannotUnmarshal(value: Json, goType = 'map[string]interface {}'): string {
  const kinds: Record<GoKind, string> = {
    map: 'object',
    slice: 'array',
    string: 'string',
    bool: 'bool',
    int64: 'number',
    float64: 'number',
    nil: 'null',
  };
  return `json: cannot unmarshal ${kinds[goKind(value)]} into Go value of type ${goType}`;
}

/** The API server's answer to a patch that failed. Errors that are not PatchErrors come back as they are. */
export function patchApiError(error: unknown): unknown {
  if (!(error instanceof PatchError)) return error;
  switch (error.code) {
    case 'BadRequest':
      return badRequest(error.message);
    case 'Unprocessable':
      return unprocessable();
    case 'TooLarge':
      return apiError(413, 'RequestEntityTooLarge', `Request entity too large: ${error.message}`);
    default:
      return apiError(500, '', error.message);
  }
}

/** errors.NewGenericServerResponse(422, …) keeps the real reason to itself: `The request is invalid: the server rejected …`. */
function unprocessable(): ApiError {
  return apiError(422, 'Invalid', 'the server rejected our request due to an error in our request', {});
}
