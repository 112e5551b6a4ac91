/** The parts that every Kubernetes object shares (apimachinery `meta/v1`). */
import { firstWhere } from './first-where';
import type { Json, JsonObject } from './json';

export interface GroupVersionKind {
  group: string;
  version: string;
  kind: string;
}

export interface GroupVersionResource {
  group: string;
  version: string;
  resource: string;
}

export interface OwnerReference {
  apiVersion: string;
  kind: string;
  name: string;
  uid: string;
  controller?: boolean;
  blockOwnerDeletion?: boolean;
}

export interface ManagedFieldsEntry {
  manager: string;
  operation: 'Apply' | 'Update';
  apiVersion: string;
  time?: string;
  fieldsType: 'FieldsV1';
  fieldsV1: JsonObject;
  subresource?: string;
}

export interface ObjectMeta {
  name?: string;
  generateName?: string;
  namespace?: string;
  uid?: string;
  resourceVersion?: string;
  generation?: number;
  creationTimestamp?: string | null;
  deletionTimestamp?: string;
  deletionGracePeriodSeconds?: number;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  ownerReferences?: OwnerReference[];
  finalizers?: string[];
  managedFields?: ManagedFieldsEntry[];
}

/** Any Kubernetes object as the API carries it. `spec`, `status` and the rest are reached by key. */
export interface KubeObject {
  apiVersion: string;
  kind: string;
  metadata: ObjectMeta;
  // biome-ignore lint/suspicious/noExplicitAny: the fields beside metadata differ by kind; each kind's module narrows them
  [field: string]: any;
}

export interface KubeList<T extends KubeObject = KubeObject> {
  apiVersion: string;
  kind: string;
  metadata: { resourceVersion?: string; continue?: string; remainingItemCount?: number };
  items: T[];
}

/** `apps/v1` → {group: 'apps', version: 'v1'}; `v1` → the core group, written ''. */
export function parseGroupVersion(apiVersion: string): { group: string; version: string } {
  const slash = apiVersion.indexOf('/');
  return slash < 0
    ? { group: '', version: apiVersion }
    : { group: apiVersion.slice(0, slash), version: apiVersion.slice(slash + 1) };
}

/** {group: 'apps', version: 'v1'} → `apps/v1`. */
export function formatGroupVersion(gv: { group: string; version: string }): string {
  return gv.group === '' ? gv.version : `${gv.group}/${gv.version}`;
}

/** The group, version and kind that an object claims. */
export function gvkOf(object: { apiVersion: string; kind: string }): GroupVersionKind {
  return { ...parseGroupVersion(object.apiVersion), kind: object.kind };
}

/** `deployments.apps`, `pods`: how messages name a resource (schema.GroupResource.String). */
export function formatGroupResource(gr: { group: string; resource: string }): string {
  return gr.group === '' ? gr.resource : `${gr.resource}.${gr.group}`;
}

/** The owner that manages this object, if any (metav1.GetControllerOf). */
export function controllerOf(object: KubeObject): OwnerReference | undefined {
  return firstWhere(object.metadata.ownerReferences, (owner) => owner.controller === true);
}

/** A KubeObject seen as plain JSON, for merging and printing. */
export function asJson(object: KubeObject): JsonObject {
  return object as unknown as JsonObject;
}

/** Plain JSON seen as a KubeObject; the caller has checked that it is one. */
export function asObject(value: Json): KubeObject {
  return value as unknown as KubeObject;
}

/** An item of a list; lists of one kind may leave it to the list to say what its items are. */
export function itemOf(list: { apiVersion?: string; kind?: string }, item: KubeObject): KubeObject {
  if (item.kind) return item;
  return { ...item, apiVersion: list.apiVersion ?? '', kind: (list.kind ?? '').replace(/List$/, '') };
}

/** metav1.Condition */
export interface Condition {
  type: string;
  status: string;
  observedGeneration?: number;
  lastTransitionTime: string;
  reason: string;
  message: string;
}
