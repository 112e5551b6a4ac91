/** GET of one object and of many (apiserver `endpoints/handlers/get.go`, `storage/etcd3/store.go` GetList, `storage/continue.go`). */
import type { Json } from '../apimachinery/json';
import { asJson, type KubeObject } from '../apimachinery/meta';
import { ApiError, apiError, badRequest, notFound } from '../apimachinery/status';
import type { ApiResponse } from '../client/transport';
import { CompactedError, type PageEnd, type Revision, type Store, type Visit, visitPage } from '../store/store';
import { decodeContinue, encodeContinue } from './continue-token';
import { type ListOptions, listOptions, selects } from './list-options';
import { type RequestContext, requireName } from './request-context';
import { param } from './request-info';
import { respond, respondObject } from './responses';
import { objectIn, objectKey, ownObjectIn } from './stored';
import { listedTable } from './transform';

const MAX_PAGE = 10_000;

export async function handleGet(context: RequestContext): Promise<ApiResponse> {
  const { core, info, resource } = context;
  const name = requireName(context);
  const entry = await core.store.get(objectKey(resource.prefix, resource.info.namespaced ? info.namespace : '', name));
  if (!entry) throw notFound(resource.groupResource, name);
  const wanted = parseResourceVersion(param(info.query, 'resourceVersion'));
  if (wanted > entry.revision) await requireRevision(wanted, core.store);
  const object = objectIn(resource, entry.value, entry.revision);
  return respondObject(200, object, context.warnings);
}

export async function handleList(context: RequestContext): Promise<ApiResponse> {
  const options = listOptions(context);
  const table = listedTable(context);
  if (!table) return respond(200, listBody(context, await listObjects(context, options)), context.warnings);
  const { items, ...metadata } = await list(context, options, { make: table.row });
  return respond(200, table.table(metadata, items) as unknown as Json, context.warnings);
}

export interface ObjectList<T = KubeObject> {
  resourceVersion: string;
  continue?: string;
  remainingItemCount?: number;
  items: T[];
}

/** @throws ApiError 400 for bad tokens and versions, 410 for a past that is gone, 504 for a future that is not yet. */
export function listObjects(context: RequestContext, options: ListOptions): Promise<ObjectList> {
  return list(context, options, {});
}

/** The objects, or what is made of each; who makes something of them keeps none, so the store need not remember them either. */
async function list<T = KubeObject>(
  context: RequestContext,
  options: ListOptions,
  { make }: { make?: (object: KubeObject) => T },
): Promise<ObjectList<T>> {
  const { core, resource } = context;
  const prefix = listPrefix(context, options);
  const { at, minimum, after } = await wantedRevision(context, options, prefix);
  const items: T[] = [];
  const all = options.labels.empty && options.fields.empty;
  const take = (object: KubeObject) => {
    if (all || selects(resource, options, object)) items.push(make ? make(object) : (object as T));
  };
  const single = options.fields.exactMatch('metadata.name');
  const isOne = single !== undefined && single !== '' && !single.includes('/') && at === undefined;
  // A list of at most one object needs no range, unless the namespace is open.
  if (isOne && !(resource.info.namespaced && prefix === resource.prefix)) {
    const entry = await core.store.get(prefix + single);
    if (entry) take(objectIn(resource, entry.value, entry.revision));
    return { resourceVersion: String(await core.store.revision()), items };
  }
  // From version 0 on any state will do, and a cache gives all of it (cacher.go computeListLimit).
  const limit = options.resourceVersion === '0' && options.continue === '' ? 0 : options.limit;
  let revision = at;
  let last = after;
  let pageSize = limit > 0 ? Math.min(limit, MAX_PAGE) : undefined;
  for (;;) {
    let left = 0;
    const visit: Visit = (entry, own) => {
      if (limit > 0 && items.length >= limit) {
        left++;
        return;
      }
      last = entry.key;
      take((own ? ownObjectIn : objectIn)(resource, entry.value, entry.revision));
    };
    const page = await readPage(context, options, prefix, { after: last, limit: pageSize, at: revision }, visit, make);
    revision ??= page.revision;
    if (minimum > page.revision) throw tooLargeResourceVersion(minimum, page.revision);
    const found: ObjectList<T> = { resourceVersion: String(revision), items };
    if (!page.more && left === 0) return found;
    if (limit > 0 && items.length >= limit && last !== undefined) {
      found.continue = encodeContinue(`${last}\0`, prefix, revision);
      if (all) found.remainingItemCount = left + page.remaining;
      return found;
    }
    // Selectors dropped objects: look further, in larger steps.
    if (pageSize !== undefined) pageSize = Math.min(pageSize * 2, MAX_PAGE);
  }
}

/** The store's prefix for what a request lists; a selector for one namespace narrows it. */
export function listPrefix({ info, resource }: RequestContext, options: ListOptions): string {
  if (!resource.info.namespaced) return resource.prefix;
  const namespace = info.namespace || (options.fields.exactMatch('metadata.namespace') ?? '');
  return namespace === '' || namespace.includes('/') ? resource.prefix : `${resource.prefix}${namespace}/`;
}

async function readPage(
  { core }: RequestContext,
  options: ListOptions,
  prefix: string,
  { after, limit, at }: { after: string | undefined; limit: number | undefined; at: Revision | undefined },
  visit: Visit,
  passing: unknown,
): Promise<PageEnd> {
  const range = {
    ...(after === undefined ? {} : { after }),
    ...(limit === undefined ? {} : { limit }),
    ...(at === undefined ? {} : { at }),
  };
  try {
    if (passing) return await core.store.scan(prefix, range, visit);
    return visitPage(await core.store.range(prefix, range), visit);
  } catch (error) {
    if (!(error instanceof CompactedError)) throw error;
    if (options.continue === '') throw expired('The resourceVersion for the provided list is too old.');
    throw expired(INCONSISTENT_CONTINUE, encodeContinue(`${after ?? prefix}\0`, prefix, -1));
  }
}

/** storage.ValidateListOptions: as of when to read, how new that has to be, and where to go on. */
async function wantedRevision(
  { core }: RequestContext,
  options: ListOptions,
  prefix: string,
): Promise<{ at?: Revision; minimum: Revision; after?: string }> {
  if (options.continue !== '') {
    const { key, revision } = decodeContinue(options.continue, prefix);
    if (options.resourceVersion !== '' && options.resourceVersion !== '0')
      throw badRequest('specifying resource version is not allowed when using continue');
    // Keys in tokens are the first that has not been seen: the last that was, and a NUL.
    const after = key.endsWith('\0') ? key.slice(0, -1) : key;
    if (revision < 0) return { minimum: 0, after };
    await requireRevision(revision, core.store);
    return { at: revision, minimum: 0, after };
  }
  const minimum = parseResourceVersion(options.resourceVersion);
  const exact =
    options.resourceVersionMatch === 'Exact' ||
    (options.resourceVersionMatch === '' && options.limit > 0 && minimum > 0);
  if (!exact) return { minimum };
  await requireRevision(minimum, core.store);
  return { at: minimum, minimum };
}

/** '' and '0' ask for nothing. @throws ApiError 400. */
export function parseResourceVersion(text: string): Revision {
  if (text === '' || text === '0') return 0;
  if (!/^[0-9]+$/.test(text))
    throw badRequest(
      `invalid resource version: resourceVersion: Invalid value: ${JSON.stringify(text)}: strconv.ParseUint: parsing ${JSON.stringify(text)}: invalid syntax`,
    );
  return Number(text);
}

async function requireRevision(wanted: Revision, store: Store): Promise<void> {
  const revision = await store.revision();
  if (wanted > revision) throw tooLargeResourceVersion(wanted, revision);
}

export function tooLargeResourceVersion(wanted: Revision, current: Revision): ApiError {
  return apiError(504, 'Timeout', `Timeout: Too large resource version: ${wanted}, current: ${current}`, {
    causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
    retryAfterSeconds: 1,
  });
}

const INCONSISTENT_CONTINUE =
  'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.';

/** 410 Gone (errors.NewResourceExpired). */
export function expired(message: string, token?: string): ApiError {
  const error = apiError(410, 'Expired', message);
  return token === undefined
    ? error
    : new ApiError({ ...error.status, metadata: { continue: token } as unknown as Record<string, never> });
}

export function listBody(context: RequestContext, list: ObjectList): Json {
  const { resource } = context;
  const { items, ...metadata } = list;
  return {
    kind: resource.listKind,
    apiVersion: resource.apiVersion,
    metadata: metadata as Json,
    items: items.map(asJson),
  };
}
