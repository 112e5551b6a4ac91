/** The drivers of the store as the tests open them. */
import { MemoryStore } from '../../src/store/memory';
import { createStore, openStore } from '../../src/store/state-folder';
import type { RangeOptions, Store, Visit, Write } from '../../src/store/store';
import { newFolder } from './child';

export interface Opened {
  store: Store;
  /** Closes it and removes what it left. */
  discard(): Promise<void>;
}

export interface Driver {
  name: string;
  open(options?: { history?: number }): Promise<Opened>;
}

export const DRIVERS: Driver[] = [
  {
    name: 'memory',
    async open(options) {
      const store = new MemoryStore(options);
      return { store, discard: () => store.close() };
    },
  },
  ...(['lowdb', 'lmdb'] as const).map((name) => ({
    name,
    async open(options?: { history?: number }) {
      const store = await createStore(newFolder(), name, options);
      return { store, discard: () => store.close() };
    },
  })),
  ...(['lowdb', 'lmdb'] as const).map((name) => ({
    name: `${name}, every commit written`,
    async open(options?: { history?: number }) {
      const store = await createStore(newFolder(), name, options);
      return { store: flushing(store), discard: () => store.close() };
    },
  })),
  {
    name: 'lmdb, opened twice',
    async open(options) {
      const folder = newFolder();
      const first = await createStore(folder, 'lmdb', options);
      await first.flush();
      const second = (await openStore(folder, options)) as Store;
      return {
        store: new Twins(flushing(first), flushing(second)),
        async discard() {
          await first.close();
          await second.close();
        },
      };
    },
  },
];

/** A store whose every commit is on disk before it is acknowledged. */
function flushing(store: Store): Store {
  return {
    get: (key) => store.get(key),
    range: (prefix, options) => store.range(prefix, options),
    scan: (prefix, options, visit) => store.scan(prefix, options, visit),
    async commit(writes) {
      const revision = await store.commit(writes);
      await store.flush();
      return revision;
    },
    changes: (since, prefix) => store.changes(since, prefix),
    changesUntilNow: (since, prefix) => store.changesUntilNow(since, prefix),
    revision: () => store.revision(),
    flush: () => store.flush(),
    close: () => store.close(),
  };
}

/** Two stores on one folder that take turns, so that each sees what the other did. */
class Twins implements Store {
  #turn = 0;
  constructor(
    private readonly first: Store,
    private readonly second: Store,
  ) {}
  #next(): Store {
    return this.#turn++ % 2 === 0 ? this.first : this.second;
  }
  get(key: string) {
    return this.#next().get(key);
  }
  range(prefix: string, options?: RangeOptions) {
    return this.#next().range(prefix, options);
  }
  scan(prefix: string, options: RangeOptions, visit: Visit) {
    return this.#next().scan(prefix, options, visit);
  }
  commit(writes: Write[]) {
    return this.#next().commit(writes);
  }
  changes(since: number, prefix: string) {
    return this.#next().changes(since, prefix);
  }
  changesUntilNow(since: number, prefix: string) {
    return this.#next().changesUntilNow(since, prefix);
  }
  revision() {
    return this.#next().revision();
  }
  async flush() {}
  async close() {
    await this.first.close();
    await this.second.close();
  }
}
