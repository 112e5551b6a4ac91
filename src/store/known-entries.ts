/** The entries of a database that one process has at hand. */
import type { Entry } from './store';

/** So many that were read are kept for the next reader. */
const MOST_READ = 50_000;

export class KnownEntries {
  readonly #read = new Map<string, Entry>();
  /**
   * Those that this process wrote: who writes keeps his objects, and what is made of them later shares their parts. Read again they
   * would be there twice.
   */
  readonly #own = new Map<string, Entry>();

  get(key: string): Entry | undefined {
    return this.#own.get(key) ?? this.#read.get(key);
  }

  read(key: string, entry: Entry): void {
    if (this.#read.size >= MOST_READ) this.#read.clear();
    this.#read.set(key, entry);
  }

  /** It is in the database now, or gone from it; undefined also where it is not worth keeping. */
  wrote(key: string, entry: Entry | undefined): void {
    this.forget(key);
    if (entry) this.#own.set(key, entry);
  }

  forget(key: string): void {
    this.#own.delete(key);
    this.#read.delete(key);
  }

  clear(): void {
    this.#own.clear();
    this.#read.clear();
  }
}
