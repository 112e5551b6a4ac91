/**
 * What the fields of a kind are: the one description that validation, strategic merge, server-side apply, pruning, decoding
 * and `explain` read. Built-in kinds get it compiled (see compiled.ts); custom ones from their CRD.
 */
import type { Json, JsonObject } from '../apimachinery/json';

export type SchemaType =
  | 'object' // a struct: named fields
  | 'map' // any keys, values of one schema (`items`)
  | 'array' // `items`
  | 'string'
  | 'integer'
  | 'number'
  | 'boolean'
  | 'int-or-string'
  | 'quantity' // a number or a string such as 1.5Gi
  | 'any'; // arbitrary JSON (RawExtension, FieldsV1, JSON)

/** How a list or map merges under strategic merge patch and under server-side apply. */
export interface MergeFacts {
  /** x-kubernetes-patch-strategy, e.g. ['merge'], ['merge', 'retainKeys'], ['replace']; absent: lists replaced, maps merged. */
  patchStrategy?: readonly string[];
  /** x-kubernetes-patch-merge-key */
  patchMergeKey?: string;
  /** x-kubernetes-list-type; absent: atomic. */
  listType?: 'atomic' | 'set' | 'map';
  /** x-kubernetes-list-map-keys */
  listMapKeys?: readonly string[];
  /** x-kubernetes-map-type or struct type `atomic`: the value has one owner as a whole. */
  atomic?: boolean;
}

/** How a field of a built-in kind stands in Go: what a round trip through its type does to a value. Absent in custom kinds. */
export interface GoFacts {
  /** The type as reflection names it, without the pointer: `int32`, `v1.PodSpec`, `[]v1.Container`, `map[string]string`. */
  readonly goType?: string;
  /** A pointer: null and absent are one, zero is a value. */
  readonly pointer?: boolean;
  /** Written even when empty: its tag has no `omitempty`. */
  readonly always?: boolean;
  /** Left out when zero even where it is a struct: `omitzero`. */
  readonly omitZero?: boolean;
  /** Structs that embed the field, outermost first: `VolumeSource`, `TypeMeta`. */
  readonly embedded?: readonly string[];
}

/** A schema node. Properties of the field (merge facts, description, default) stand on the node that the field leads to. */
export interface Schema extends MergeFacts, GoFacts {
  readonly type: SchemaType;
  /** `core/v1.PodSpec`, `meta/v1.ObjectMeta`, for structs that have a name. */
  readonly name?: string;
  /** `int32`, `int64`, `byte`, `date-time`, `double`, … */
  readonly format?: string;
  readonly enum?: readonly string[];
  readonly default?: Json;
  readonly nullable?: boolean;
  /** Of the field. Loaded with the schema only when asked for (explain). */
  readonly description?: string;
  /** Of its type, where that has a name; loaded likewise. */
  readonly typeDescription?: string;
  /** Names of the fields that must be there. */
  readonly required?: readonly string[];
  /** Names of an object's fields, in declared order. */
  readonly fieldNames?: readonly string[];
  /** True where unknown fields stay (x-kubernetes-preserve-unknown-fields). */
  readonly preserveUnknownFields?: boolean;
  /** The schema of a field of an object, or `undefined` where it has none of that name. Resolved when first asked: types refer to themselves. */
  field?(name: string): Schema | undefined;
  /** Of a custom kind: the schema as its CustomResourceDefinition writes it. */
  readonly openAPI?: JsonObject;
  /** The schema of a list's items or a map's values. */
  readonly items?: Schema;
}

/** One resource as discovery tells it. */
export interface ResourceInfo {
  group: string;
  version: string;
  kind: string;
  /** `pods`, `deployments` */
  plural: string;
  singular: string;
  shortNames: readonly string[];
  categories: readonly string[];
  namespaced: boolean;
  verbs: readonly string[];
  /** What it is stored as, told by a hash (apiserver `endpoints/discovery/storageversionhash.go`); absent for what is not stored. */
  storageVersionHash?: string;
  /** Of a custom kind: the version that is stored, if it is served; its hash is made when it is asked for. */
  storageVersion?: string;
  /** `status`, `scale`, `log`, …: with their own kind and verbs. */
  subresources: readonly SubresourceInfo[];
}

export interface SubresourceInfo {
  name: string;
  group: string;
  version: string;
  kind: string;
  verbs: readonly string[];
}
