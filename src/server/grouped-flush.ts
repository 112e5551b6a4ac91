/** Makes what was acknowledged durable: all who ask in one turn of the event loop share one write to the disk. */
import type { Transport } from '../client/transport';

export class GroupedFlush {
  private next: Promise<void> | undefined;

  constructor(private readonly transport: Transport) {}

  /** Resolves when everything acknowledged before the call is durable. */
  flush(): Promise<void> {
    this.next ??= new Promise((resolve, reject) => {
      setImmediate(() => {
        this.next = undefined;
        this.transport.flush().then(resolve, reject);
      });
    });
    return this.next;
  }
}
