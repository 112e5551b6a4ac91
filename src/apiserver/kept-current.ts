/** What is made of all that lies under a prefix of the store: made when it is first asked for, and anew after any of it has changed. */
import { CompactedError, type Revision, type Store } from '../store/store';

export class KeptCurrent<T extends object> {
  private made: T | undefined;
  private revision: Revision = 0;

  /** @param make reads what lies there, and says at which revision */
  constructor(
    private readonly store: Store,
    private readonly prefix: string,
    private readonly make: (store: Store, prefix: string) => Promise<{ made: T; revision: Revision }>,
  ) {}

  /** The same until something changes. At once where the store can tell at once that nothing has: every request asks. */
  current(): T | Promise<T> {
    const until = this.made && this.store.untouchedUntil?.(this.revision, this.prefix);
    if (!this.made || until === undefined) return this.read();
    this.revision = until;
    return this.made;
  }

  private async read(): Promise<T> {
    if (this.made && (await this.isCurrent())) return this.made;
    const { made, revision } = await this.make(this.store, this.prefix);
    this.made = made;
    this.revision = revision;
    return made;
  }

  private async isCurrent(): Promise<boolean> {
    if ((await this.store.revision()) === this.revision) return true;
    try {
      const { changes, revision } = await this.store.changesUntilNow(this.revision, this.prefix);
      if (changes.length > 0) return false;
      this.revision = revision;
      return true;
    } catch (error) {
      if (error instanceof CompactedError) return false;
      throw error;
    }
  }
}
