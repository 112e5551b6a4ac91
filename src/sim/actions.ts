/** What controllers did to the cluster, seen where their requests pass: for the table of `kubetick tick`. */
import { isObject, type Json } from '../apimachinery/json';
import { asObject, type KubeObject } from '../apimachinery/meta';
import type { ApiRequest, ApiResponse, Transport } from '../client/transport';
import type { Clock } from './clock';
import type { Action, IndexedCache, ResourceName } from './controller';

/** Transports that note every write that changed something. */
export class ActionLog {
  private actions: Action[] = [];

  constructor(
    private readonly cache: IndexedCache,
    private readonly clock: Clock,
  ) {}

  /** How much was noted since. */
  get size(): number {
    return this.actions.length;
  }

  /** What was noted since the last time. */
  take(): Action[] {
    const { actions } = this;
    this.actions = [];
    return actions;
  }

  /** The same transport, with what this controller does through it noted. */
  watch(transport: Transport, controller: string): Transport {
    const noted = (request: ApiRequest, response: ApiResponse): ApiResponse => {
      if (request.method !== 'GET' && response.code < 400) this.note(controller, request, response);
      return response;
    };
    return {
      send(request) {
        const answer = transport.send(request);
        return answer instanceof Promise ? answer.then((late) => noted(request, late)) : noted(request, answer);
      },
      flush: () => transport.flush(),
      close: () => transport.close(),
    };
  }

  private note(controller: string, request: ApiRequest, response: ApiResponse): void {
    const target = changedBy(request);
    if (!target || target.resource === 'events') return;
    const { resource, namespace, name, subresource } = target;
    const verb = verbOf(request.method, subresource);
    const at = this.clock.now();
    if (!name && verb === 'delete') {
      for (const item of itemsOf(response.body)) {
        const kind =
          item.kind ?? this.cache.get(resource, item.metadata.namespace ?? '', item.metadata.name ?? '')?.kind;
        const object = inOnePiece(typeName(kind ?? '', resource), item.metadata.name ?? '');
        this.actions.push({ at, controller, verb, object, namespace: item.metadata.namespace ?? '' });
      }
      return;
    }
    const before = name ? this.cache.get(resource, namespace, name) : undefined;
    const after = isObject(response.body) && isObject(response.body['metadata']) ? asObject(response.body) : undefined;
    // A delete may answer with the object as it was when it went.
    const left = verb === 'delete' && after?.metadata.deletionTimestamp === undefined;
    const isSame = before && after && before.metadata.resourceVersion === after.metadata.resourceVersion;
    if (isSame && verb !== 'bind' && !left) return;
    const isStatus = !after || after.kind === 'Status';
    const kind = before?.kind ?? (isStatus ? '' : after.kind);
    // Names are taken from objects where they can be: cut out of a path they would keep all of it.
    const named = before ?? (isStatus ? undefined : after);
    const object = inOnePiece(typeName(kind, resource), named?.metadata.name ?? name);
    this.actions.push({ at, controller, verb, object, namespace: named?.metadata.namespace ?? namespace });
  }
}

/** `deployment.apps`, as `-o name` prints types. */
function typeName(kind: string, resource: ResourceName): string {
  if (kind !== latestType.kind || resource !== latestType.resource) {
    const dot = resource.indexOf('.');
    const group = dot < 0 ? '' : resource.slice(dot);
    latestType = { kind, resource, name: kind ? `${kind.toLowerCase()}${group}` : resource };
  }
  return latestType.name;
}

let latestType = { kind: '', resource: '', name: '' };

/** Not of two parts that hang together: all are kept until they are told. */
function inOnePiece(type: string, name: string): string {
  return [type, name].join('/');
}

function verbOf(method: ApiRequest['method'], subresource: string): string {
  if (method === 'DELETE') return 'delete';
  if (method === 'PATCH') return 'patch';
  if (method === 'PUT') return 'update';
  return subresource === 'binding' ? 'bind' : subresource === 'eviction' ? 'evict' : 'create';
}

function itemsOf(body: Json): KubeObject[] {
  const items = isObject(body) ? body['items'] : undefined;
  return Array.isArray(items) ? items.map(asObject) : [];
}

interface Changed {
  resource: ResourceName;
  namespace: string;
  name: string;
  subresource: string;
}

/** What a request is about; undefined for one that is about no resource. */
function changedBy({ path, target }: ApiRequest): Changed | undefined {
  if (!target) return parsePath(path);
  const { group, resource, namespace, name, subresource } = target;
  if (group !== latestResource.group || resource !== latestResource.plural)
    latestResource = { group, plural: resource, name: group ? `${resource}.${group}` : resource };
  return { resource: latestResource.name, namespace, name, subresource };
}

let latestResource = { group: '', plural: '', name: '' };

/** What a path of the API addresses; undefined for one that is no resource's. */
export function parsePath(path: string): Changed | undefined {
  const split = path.split('/');
  const steps = path.includes('%') ? split.map(decodeURIComponent) : split;
  const root = steps[1];
  if (root !== 'api' && root !== 'apis') return undefined;
  const group = root === 'api' ? '' : (steps[2] ?? '');
  let at = root === 'api' ? 3 : 4;
  // Below `namespaces/x/` is a resource, but for the subresources of Namespace itself.
  let namespace = '';
  const below = steps[at + 2];
  if (steps[at] === 'namespaces' && below !== undefined && below !== 'finalize' && below !== 'status') {
    namespace = steps[at + 1] as string;
    at += 2;
  }
  const plural = steps[at];
  const name = steps[at + 1] ?? '';
  const subresource = steps[at + 2] ?? '';
  if (!plural) return undefined;
  return { resource: group ? `${plural}.${group}` : plural, namespace, name, subresource };
}
