/**
 * Watches: the changes of the store as events (apiserver `storage/etcd3/watcher.go`, `storage/cacher`). An object that comes
 * to match the selectors is ADDED, one that ceases to is DELETED.
 */
import type { Json } from '../apimachinery/json';
import type { KubeObject } from '../apimachinery/meta';
import type { ApiResponse, WatchEvent } from '../client/transport';
import { type Change, CompactedError, type Revision } from '../store/store';
import { expired, listObjects, listPrefix, parseResourceVersion, tooLargeResourceVersion } from './list';
import { type ListOptions, listOptions, selects } from './list-options';
import type { RequestContext } from './request-context';
import { deletedObjectIn, objectIn } from './stored';

export async function handleWatch(context: RequestContext): Promise<ApiResponse> {
  const { core } = context;
  const options = listOptions(context);
  const since = parseResourceVersion(options.resourceVersion);
  const now = await core.store.revision();
  if (since > now) throw tooLargeResourceVersion(since, now);
  // Without a version, and from '0', a watch begins with what there is; so it does when asked to.
  const initial = options.sendInitialEvents ?? since === 0;
  const begin = initial ? await everything(context, options) : { since, events: [] };
  const { signal } = context.request;
  const events: AsyncIterable<WatchEvent> = {
    [Symbol.asyncIterator]: () => new WatchReader(context, options, begin.since, [...begin.events], signal),
  };
  return { code: 200, headers: { 'content-type': 'application/json' }, body: null, warnings: context.warnings, events };
}

/** What there is, as events, and the revision that this is the state of. */
async function everything(
  context: RequestContext,
  options: ListOptions,
): Promise<{ since: Revision; events: WatchEvent[] }> {
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
  private done = false;
  private turn: Promise<unknown> = Promise.resolve();

  /** @param ready what is told before the changes after `since`; used up. */
  constructor(
    private readonly context: RequestContext,
    private readonly options: ListOptions,
    private readonly since: Revision,
    private readonly ready: WatchEvent[],
    private readonly signal: AbortSignal | undefined,
  ) {
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

  private readonly stop = (): void => {
    this.done = true;
    this.signal?.removeEventListener('abort', this.stop);
    void this.changes?.return?.();
  };

  private async take(): Promise<IteratorResult<WatchEvent>> {
    for (;;) {
      if (this.done) return { done: true, value: undefined };
      const event = this.ready.shift();
      if (event) return { done: false, value: event };
      const next = await this.nextChange();
      if (next) return { done: false, value: next };
    }
  }

  private async nextChange(): Promise<WatchEvent | undefined> {
    try {
      this.changes ??= this.context.core.store
        .changes(this.since, listPrefix(this.context, this.options))
        [Symbol.asyncIterator]();
      const { done, value } = await this.changes.next();
      if (!done) return eventOf(this.context, this.options, value);
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
  const object: KubeObject = {
    kind: resource.info.kind,
    apiVersion: resource.apiVersion,
    metadata: { resourceVersion, creationTimestamp: null, ...(annotations ? { annotations } : {}) },
  };
  return { type: 'BOOKMARK', object };
}
