/** What an informer does (client-go `tools/cache/reflector.go`): lists, or watches what there is, then follows; begins again when told that its past is gone. */
import type { KubeObject } from '../../src/apimachinery/meta';
import { ApiError } from '../../src/apimachinery/status';
import type { Client, Query, ResourcePath } from '../../src/client/client';
import type { WatchEvent, WatchEvents } from '../../src/client/transport';

export class Informer {
  readonly objects = new Map<string, KubeObject>();
  /** How often it had to begin anew. */
  relists = 0;
  private version = '';
  private events: AsyncIterator<WatchEvent> | undefined;
  private watched: WatchEvents | undefined;
  /** The event that was asked for and has not come yet. */
  private next: Promise<IteratorResult<WatchEvent>> | undefined;

  constructor(
    private readonly client: Client,
    private readonly path: ResourcePath,
    private readonly namespace: string,
    private readonly query: Query,
    private readonly mode: { watchList: boolean; limit: number },
  ) {}

  /** Takes all events up to a revision, and may lose its connection before. */
  async follow(revision: number, loseConnection: boolean): Promise<void> {
    if (loseConnection) await this.disconnect();
    for (;;) {
      try {
        if (this.version === '') await this.begin();
        if (!this.events) await this.connect(this.version);
        if (await this.takeUntil(revision)) return;
      } catch (error) {
        if (!(error instanceof ApiError) || error.code !== 410) throw error;
      }
      this.relists++;
      this.version = '';
      await this.disconnect();
    }
  }

  async disconnect(): Promise<void> {
    await this.events?.return?.();
    this.events = undefined;
    this.next = undefined;
  }

  private async begin(): Promise<void> {
    this.objects.clear();
    if (this.mode.watchList) {
      await this.connect('', { sendInitialEvents: 'true', resourceVersionMatch: 'NotOlderThan' });
      for (;;) {
        const event = await this.take();
        if (event?.type !== 'BOOKMARK') continue;
        if (event.object.metadata.annotations?.['k8s.io/initial-events-end'] === 'true') return;
      }
    }
    let token: string | undefined;
    do {
      const { limit } = this.mode;
      const list = await this.client.list(this.path, this.namespace, {
        ...this.query,
        ...(limit ? { limit: String(limit) } : {}),
        ...(token ? { continue: token } : {}),
      });
      for (const object of list.items) this.objects.set(keyOf(object), object);
      this.version = list.metadata.resourceVersion as string;
      token = list.metadata.continue;
    } while (token);
  }

  private async connect(resourceVersion: string, more: Query = {}): Promise<void> {
    const query = { ...this.query, ...more, allowWatchBookmarks: 'true', resourceVersion };
    this.watched = (await this.client.watch(this.path, this.namespace, query)) as WatchEvents;
    this.events = this.watched[Symbol.asyncIterator]();
  }

  /** False when the past is gone. */
  private async takeUntil(revision: number): Promise<boolean> {
    for (;;) {
      const bookmark = await this.watched?.bookmark?.();
      if (bookmark?.type === 'BOOKMARK') this.version = bookmark.object.metadata.resourceVersion as string;
      if (Number(this.version) >= revision) return true;
      // What happens may be nothing of what was asked for: then there is a bookmark, by and by.
      this.next ??= (this.events as AsyncIterator<WatchEvent>).next();
      const waited = await Promise.race([
        this.next,
        new Promise<'waited'>((resolve) => setImmediate(resolve, 'waited')),
      ]);
      if (waited !== 'waited' && !(await this.take())) return false;
    }
  }

  private async take(): Promise<WatchEvent | undefined> {
    const { value, done } = await (this.next ?? (this.events as AsyncIterator<WatchEvent>).next());
    this.next = undefined;
    if (done || value.type === 'ERROR') return undefined;
    this.version = value.object.metadata.resourceVersion as string;
    if (value.type === 'DELETED') {
      if (!this.objects.delete(keyOf(value.object))) throw new Error(`${keyOf(value.object)} was never there`);
    } else if (value.type !== 'BOOKMARK') this.objects.set(keyOf(value.object), value.object);
    return value;
  }
}

export function keyOf({ metadata }: KubeObject): string {
  return `${metadata.namespace}/${metadata.name}`;
}
