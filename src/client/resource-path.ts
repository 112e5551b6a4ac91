/** The paths of resources, and requests for what they address. */
import type { Json } from '../apimachinery/json';
import type { ApiRequest } from './transport';

/** Where a resource lives: what a REST mapping or a controller knows of it. */
export interface ResourcePath {
  group: string;
  version: string;
  resource: string;
}

/** `/apis/apps/v1/namespaces/default/deployments/web/scale`; '' as namespace means cluster-scoped or all namespaces. */
export function resourcePath(at: ResourcePath, namespace: string, name = '', subresource = ''): string {
  return pathBelow(collectionOf(at, namespace), name, PLAIN.test(name), subresource);
}

/** A request for such a path; '' for what it is not about. */
export function requestFor(
  method: ApiRequest['method'],
  at: ResourcePath,
  namespace: string,
  name = '',
  subresource = '',
  query?: ApiRequest['query'],
  body?: Json,
): ApiRequest {
  const collection = collectionOf(at, namespace);
  const isPlain = name === '' || PLAIN.test(name);
  const path = pathBelow(collection, name, isPlain, subresource);
  const { group, version, resource } = at;
  const isTarget =
    isPlain && collection.saysWhatItIs && (subresource === '' || (name !== '' && PLAIN.test(subresource)));
  const target = isTarget ? { group, version, resource, namespace, name, subresource } : undefined;
  return { method, path, target, query, body };
}

/** What is written in a path as it is. */
const PLAIN = /^[-.\w]+$/;

/** Where all objects of a resource are, everywhere or in a namespace. */
interface Collection extends ResourcePath {
  namespace: string;
  path: string;
  /** Whoever reads the path finds in it what it was made of. */
  saysWhatItIs: boolean;
}

function pathBelow(collection: Collection, name: string, isPlain: boolean, subresource: string): string {
  let { path } = collection;
  if (name) path += `/${isPlain ? name : encodeURIComponent(name)}`;
  if (subresource) path += `/${subresource}`;
  return path;
}

function collectionOf({ group, version, resource }: ResourcePath, namespace: string): Collection {
  const isLatest =
    latest !== undefined &&
    latest.resource === resource &&
    latest.namespace === namespace &&
    latest.group === group &&
    latest.version === version;
  if (isLatest) return latest as Collection;
  const root = group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
  const path = `${root}${namespace ? `/namespaces/${encodeURIComponent(namespace)}` : ''}/${resource}`;
  const saysWhatItIs =
    PLAIN.test(version) &&
    PLAIN.test(resource) &&
    !LEADING.has(resource) &&
    (group === '' || PLAIN.test(group)) &&
    (namespace === '' || PLAIN.test(namespace));
  latest = { group, version, resource, namespace, path, saysWhatItIs };
  return latest;
}

/** Steps that may mean something else than a resource of this name. */
const LEADING: ReadonlySet<string> = new Set(['finalize', 'namespaces', 'status', 'watch']);

/** Who writes much writes it in one place. */
let latest: Collection | undefined;
