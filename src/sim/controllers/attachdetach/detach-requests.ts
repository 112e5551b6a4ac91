/**
 * Since when volumes should be off a node that is ill. Upstream keeps that in memory (actual_state_of_world.go
 * SetDetachRequestTime); here it lies in the cluster's state beside the objects.
 */
import type { Json } from '../../../apimachinery/json';
import { formatTime, parseTime } from '../../../apimachinery/time';
import type { Client } from '../../../client/client';
import type { Instant } from '../../clock';
import type { Context } from '../../controller';
import { recalled } from '../../controller-memory';

const PATH = '/kubetick/memory/attachdetach-controller/';

export class DetachRequests {
  private isChanged = false;

  private constructor(
    private readonly client: Client,
    private readonly now: Instant,
    private readonly path: string,
    private readonly since: Map<string, Instant>,
  ) {}

  static async of(nodeName: string, { client, clock }: Context): Promise<DetachRequests> {
    const path = PATH + nodeName;
    const since = new Map<string, Instant>();
    for (const [name, time] of Object.entries(await recalled(client, path)))
      since.set(name, parseTime(String(time)) ?? clock.now());
    return new DetachRequests(client, clock.now(), path, since);
  }

  /** Since when the attachment of this name should be gone: since now, if nobody asked before. */
  request(name: string): Instant {
    const before = this.since.get(name);
    if (before !== undefined) return before;
    this.since.set(name, this.now);
    this.isChanged = true;
    return this.now;
  }

  /** It is wanted again, or gone. */
  withdraw(name: string): void {
    if (this.since.delete(name)) this.isChanged = true;
  }

  async keep(): Promise<void> {
    if (!this.isChanged) return;
    const body: Json = Object.fromEntries([...this.since].map(([name, at]) => [name, formatTime(at)]));
    if (this.since.size === 0) await this.client.request({ method: 'DELETE', path: this.path });
    else await this.client.request({ method: 'PUT', path: this.path, body });
  }
}
