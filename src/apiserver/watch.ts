/**
 * Watches: the changes of the store as events (apiserver `storage/etcd3/watcher.go`, `storage/cacher`). An object that comes
 * to match the selectors is ADDED, one that ceases to is DELETED.
 */
import type { Json } from '../apimachinery/json';
import type { KubeObject } from '../apimachinery/meta';
import type { ApiResponse, WatchEvent, WatchEvents } from '../client/transport';
import { decodeValue } from '../schema/decode';
import { type Change, CompactedError, type Revision } from '../store/store';
import { expired, listObjects, listPrefix, parseResourceVersion, tooLargeResourceVersion } from './list';
import { type ListOptions, listOptions, selects } from './list-options';
import type { RequestContext } from './request-context';
import { deletedObjectIn, objectIn } from './stored';

export async function handleWatch(context: RequestContext): Promise<ApiResponse> {
  const { core } = context;
  const options = watchDefaults(listOptions(context));
  const since = parseResourceVersion(options.resourceVersion);
  const now = await core.store.revision();
  const begin = await beginning(context, options, since, now);
  const { signal } = context.request;
  let latest: WatchReader | undefined;
  const events: WatchEvents = {
    [Symbol.asyncIterator]() {
      latest = new WatchReader(context, options, begin.since, [...begin.events], now, signal);
      return latest;
    },
    ...(options.allowWatchBookmarks ? { bookmark: async () => latest?.bookmark() } : {}),
  };
  return { code: 200, headers: { 'content-type': 'application/json' }, body: null, warnings: context.warnings, events };
}

/** Who names no version, or 0, and nothing else, gets what there is first (internalversion `defaults.go` SetListOptionsDefaults). */
function watchDefaults(options: ListOptions): ListOptions {
  const { resourceVersion, resourceVersionMatch, sendInitialEvents } = options;
  if (sendInitialEvents !== undefined || resourceVersionMatch !== '') return options;
  if (resourceVersion !== '' && resourceVersion !== '0') return options;
  return { ...options, sendInitialEvents: true, resourceVersionMatch: 'NotOlderThan' };
}

interface Beginning {
  /** Changes after this one follow. */
  since: Revision;
  /** What is told before. */
  events: WatchEvent[];
}

/** From where a watch goes on, and what it begins with. What is wrong with its version is told as an event (newErrWatcher). */
async function beginning(
  context: RequestContext,
  options: ListOptions,
  since: Revision,
  now: Revision,
): Promise<Beginning> {
  if (options.sendInitialEvents) {
    if (since <= now) return everything(context, options);
    const { status } = tooLargeResourceVersion(since, now);
    return { since: NEVER, events: [{ type: 'ERROR', object: status as unknown as Json }] };
  }
  // Told of no version, and not to begin with what there is: from now on.
  return { since: since === 0 ? now : since, events: [] };
}

/** Of a watch that has nothing to tell but its error. */
const NEVER: Revision = -1;

/** What there is, as events, and the revision that this is the state of. */
async function everything(context: RequestContext, options: ListOptions): Promise<Beginning> {
  const list = await listObjects(context, {
    ...options,
    limit: 0,
    continue: '',
    resourceVersion: '',
    resourceVersionMatch: '',
  });
  const events = list.items.map((object): WatchEvent => ({ type: 'ADDED', object }));
  if (options.sendInitialEvents && options.allowWatchBookmarks)
    events.push(bookmark(context, list.resourceVersion, { 'k8s.io/initial-events-end': 'true' }));
  return { since: Number(list.resourceVersion), events };
}

/**
 * One reading of a watch. Written out rather than as a generator, because a generator that waits for the next change can't be
 * told that nobody listens any more.
 */
class WatchReader implements AsyncIterator<WatchEvent> {
  private changes: AsyncIterator<Change> | undefined;
  /** Everything up to this revision has been told. */
  private told: Revision;
  private done = false;
  private turn: Promise<unknown> = Promise.resolve();

  /** @param ready what is told before the changes after `since`; used up. */
  constructor(
    private readonly context: RequestContext,
    private readonly options: ListOptions,
    private readonly since: Revision,
    private readonly ready: WatchEvent[],
    private readonly now: Revision,
    private readonly signal: AbortSignal | undefined,
  ) {
    this.told = since;
    if (signal?.aborted) this.stop();
    else signal?.addEventListener('abort', this.stop, { once: true });
  }

  next(): Promise<IteratorResult<WatchEvent>> {
    const result = this.turn.then(() => this.take());
    this.turn = result.catch(this.stop);
    return result;
  }

  async return(): Promise<IteratorResult<WatchEvent>> {
    this.stop();
    return { done: true, value: undefined };
  }

  /** How far the watch has come, when it has told everything that has happened. */
  async bookmark(): Promise<WatchEvent | undefined> {
    if (this.done || this.ready.length > 0) return undefined;
    const { told } = this;
    const prefix = listPrefix(this.context, this.options);
    try {
      const { changes, revision } = await this.context.core.store.changesUntilNow(told, prefix);
      if (changes.length > 0 || this.told !== told || this.done || revision < this.since) return undefined;
      return bookmark(this.context, String(revision));
    } catch (error) {
      if (error instanceof CompactedError) return undefined;
      throw error;
    }
  }

  private readonly stop = (): void => {
    this.done = true;
    this.signal?.removeEventListener('abort', this.stop);
    void this.changes?.return?.();
  };

  private async take(): Promise<IteratorResult<WatchEvent>> {
    for (;;) {
      if (this.done) return { done: true, value: undefined };
      const event = this.ready.shift();
      if (event) {
        if (this.since === NEVER) this.stop();
        return { done: false, value: event };
      }
      const next = await this.nextChange();
      if (next) return { done: false, value: next };
    }
  }

  private async nextChange(): Promise<WatchEvent | undefined> {
    try {
      this.changes ??= this.context.core.store
        .changes(Math.min(this.since, this.now), listPrefix(this.context, this.options))
        [Symbol.asyncIterator]();
      const { done, value } = await this.changes.next();
      if (!done) {
        this.told = Math.max(this.told, value.revision);
        // A watch from the future waits for it.
        return value.revision > this.since ? eventOf(this.context, this.options, value) : undefined;
      }
      this.done = true;
      return undefined;
    } catch (error) {
      if (!(error instanceof CompactedError)) throw error;
      this.done = true;
      const gone = expired(`too old resource version: ${error.requested} (${error.oldest})`);
      // The last thing that is said.
      return { type: 'ERROR', object: gone.status as unknown as Json };
    }
  }
}

function eventOf({ resource }: RequestContext, options: ListOptions, change: Change): WatchEvent | undefined {
  const all = options.labels.empty && options.fields.empty;
  if (change.type === 'delete') {
    const object = deletedObjectIn(resource, change.value, change.revision);
    return all || selects(resource, options, object) ? { type: 'DELETED', object } : undefined;
  }
  const object = objectIn(resource, change.value, change.revision);
  const { previous } = change;
  if (all) return { type: previous === undefined ? 'ADDED' : 'MODIFIED', object };
  const matches = selects(resource, options, object);
  const before = previous === undefined ? undefined : deletedObjectIn(resource, previous, change.revision);
  const matched = before !== undefined && selects(resource, options, before);
  if (matches) return { type: matched ? 'MODIFIED' : 'ADDED', object };
  // What has left the selection is shown as it last was in it.
  return matched ? { type: 'DELETED', object: before } : undefined;
}

/** An object with nothing but a resourceVersion: everything up to it has been told. */
function bookmark(
  { resource }: RequestContext,
  resourceVersion: string,
  annotations?: Record<string, string>,
): WatchEvent {
  const { object } = decodeValue(
    { metadata: { resourceVersion, ...(annotations ? { annotations } : {}) } },
    resource.schema,
  );
  return {
    type: 'BOOKMARK',
    object: { ...object, kind: resource.info.kind, apiVersion: resource.apiVersion } as KubeObject,
  };
}
