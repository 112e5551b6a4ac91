/** The objects that files name, as they stand in a throw-away cluster, field by field. */
import { deepEqual, type Json, type JsonObject } from '../../apimachinery/json';
import { asJson, gvkOf, type KubeObject } from '../../apimachinery/meta';
import { isReason } from '../../apimachinery/status';
import { explainMerge } from '../../merge/explain-merge';
import { kindSchema } from '../../schema/catalog';
import { findResources } from '../builder/builder';
import type { Info } from '../builder/info';
import type { Invocation } from '../command';
import { formatFieldPath } from '../explain-merge/field-path';
import { withoutLastApplied } from '../last-applied';
import type { Step } from './steps';
import type { ThrowAwayCluster } from './throw-away-cluster';

/** Values by path: `spec.replicas` → 2. */
export type FieldValues = ReadonlyMap<string, Json>;

export interface NamedObject {
  /** `deployment.apps/web`, with its namespace where that is not the one in use. */
  name: string;
  apiVersion: string;
  kind: string;
  namespace: string;
}

export interface Snapshot {
  named: NamedObject;
  /** Undefined where it is not there. */
  object: KubeObject | undefined;
  /** What the file of this step says; undefined where it does not name the object. */
  file: FieldValues | undefined;
}

/** The objects that the files of all steps name, as they are now; `step`: the one that was just gone. */
export async function takeSnapshots(
  invocation: Invocation,
  cluster: ThrowAwayCluster,
  steps: readonly Step[],
  step: Step | undefined,
): Promise<Map<string, Snapshot>> {
  const snapshots = new Map<string, Snapshot>();
  const { namespace } = await invocation.namespace();
  for (const each of steps) {
    if (each.kind !== 'file') continue;
    for (const info of await infosOf(invocation, cluster, each)) {
      const named = nameOf(info, namespace);
      const known = snapshots.get(named.name);
      const file = each === step && info.object ? fieldsOf(withoutLastApplied(info.object)) : known?.file;
      const object = known ? known.object : await read(info);
      snapshots.set(named.name, { named, object, file });
    }
  }
  return snapshots;
}

/** What a step's files name. What can't be read is told by the commands themselves. */
async function infosOf(invocation: Invocation, cluster: ThrowAwayCluster, { text }: Step): Promise<Info[]> {
  const there: Invocation = Object.assign(Object.create(invocation) as Invocation, {
    client: async () => cluster.client,
    mapper: () => cluster.mapper(),
  });
  try {
    const { namespace } = await invocation.namespace();
    const search = { filenames: text.split(','), namespace, flatten: true };
    const { infos } = await (await findResources(there, search)).infos();
    return infos.filter(({ name }) => name !== '');
  } catch {
    return [];
  }
}

async function read(info: Info): Promise<KubeObject | undefined> {
  const { client, mapping, namespace, name } = info.reachable();
  const path = { group: mapping.group, version: mapping.version, resource: mapping.plural };
  try {
    return await client.get(path, mapping.namespaced ? namespace : '', name);
  } catch (error) {
    if (isReason(error, 'NotFound')) return undefined;
    throw error;
  }
}

function nameOf(info: Info, inUse: string): NamedObject {
  const { mapping, namespace, name } = info.reachable();
  const kind = mapping.kind.toLowerCase();
  const elsewhere = mapping.namespaced && namespace !== inUse ? ` (${namespace})` : '';
  const { apiVersion } = info.object as KubeObject;
  return {
    name: `${kind}${mapping.group ? `.${mapping.group}` : ''}/${name}${elsewhere}`,
    apiVersion,
    kind: mapping.kind,
    namespace: mapping.namespaced ? namespace : '',
  };
}

/** What may be shown of a value: what a secret holds stays one. */
export function shownValue({ apiVersion, kind }: NamedObject, path: string, value: Json): Json {
  return apiVersion === 'v1' && kind === 'Secret' && /^(data|stringData)\b/.test(path) ? '***' : value;
}

/** The fields of an object without what the server alone keeps, each list's elements by their merge key. */
export function fieldsOf(object: KubeObject | undefined): FieldValues {
  const fields = new Map<string, Json>();
  if (!object) return fields;
  const { group, version, kind } = gvkOf(object);
  const { status: _, ...rest } = asJson(withoutLastApplied(object));
  const whole = rest as JsonObject;
  // An object merged with itself: each of its fields has one decision.
  for (const { path, result } of explainMerge({ live: whole, result: whole }, kindSchema(group, version, kind))) {
    if (path.length === 1 && (path[0] === 'apiVersion' || path[0] === 'kind')) continue;
    if (path[0] === 'metadata' && (path.length === 1 || OWN.has(path[1] as string))) continue;
    const [element, key] = [path.at(-2), path.at(-1)];
    // A list element's key is in the path of its other fields.
    if (typeof element === 'object' && typeof key === 'string' && Object.hasOwn(element, key)) continue;
    fields.set(formatFieldPath(path), result as Json);
  }
  return withoutEmptied(fields);
}

/** `metadata.annotations {}` says nothing. */
function withoutEmptied(fields: Map<string, Json>): FieldValues {
  for (const [path, value] of fields) {
    if ((path === 'metadata.annotations' || path === 'metadata.labels') && deepEqual(value, {})) fields.delete(path);
  }
  return fields;
}

const OWN = new Set([
  'name',
  'namespace',
  'uid',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'managedFields',
]);
