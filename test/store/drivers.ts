/** The drivers of the store as the tests open them. */
import { LowdbStore } from '../../src/store/lowdb/lowdb';
import { MemoryStore } from '../../src/store/memory';
import type { Store } from '../../src/store/store';
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
  {
    name: 'lowdb',
    async open(options) {
      const store = await LowdbStore.create(newFolder(), options);
      return { store, discard: () => store.close() };
    },
  },
];
