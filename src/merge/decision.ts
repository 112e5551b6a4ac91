/** What a merge decided, one per path; `apply --explain` prints these (rule 4: there is no second implementation). */
import type { Json } from '../apimachinery/json';

/** A step into a value: a field name, a list index, or the merge keys of a list element (`{name: 'nginx'}`). */
export type PathElement = string | number | { readonly [mergeKey: string]: Json };
export type FieldPath = readonly PathElement[];

/** Which rule decided. */
export type Rule =
  | 'set-by-file' // the file has it
  | 'dropped-from-file' // last-applied had it, the file has not
  | 'kept-other-writer' // neither the file nor last-applied has it
  | 'merged-by-key' // list element matched by its merge key
  | 'merged-as-set' // primitive list merged
  | 'replaced-atomic' // the list or map is one value
  | 'retain-keys' // $retainKeys cleared what the file's union member excludes
  | 'directive' // $patch, $deleteFromPrimitiveList, $setElementOrder in the patch
  | 'unchanged'
  | 'owned-by-manager' // server-side apply: owner set
  | 'conflict' // server-side apply: another manager owns it
  | 'relinquished'; // server-side apply: the applier gave it up and nobody else owns it

export interface Decision {
  path: FieldPath;
  lastApplied?: Json;
  live?: Json;
  wanted?: Json;
  result?: Json;
  action: 'add' | 'change' | 'remove' | 'keep';
  rule: Rule;
  /** The field manager that owns it, where known. */
  owner?: string;
  /** Of a list whose elements are matched: the field that they are matched by. */
  mergeKey?: string;
}
