/** Waiting on a cluster in a folder: time does not pass by itself, so whoever waits moves it, one step at a time. */
import type { Json } from '../apimachinery/json';
import type { Client } from '../client/client';
import type { Instant } from '../sim/clock';
import type { TickReport, TickRequest } from '../sim/controller';
import type { TimePassing } from './command';

/** `before` runs before each step: what a command has to say, it says before time moves. */
export async function tickingTime(client: Client, before: () => Promise<void>): Promise<TimePassing> {
  const { now } = await client.request<{ now: string }>({ method: 'GET', path: '/kubetick/status' });
  let instant: Instant = Date.parse(now);
  return {
    now: () => instant,
    async pass(limit) {
      await before();
      const request: TickRequest = { next: true, timeout: limit };
      const report = (await client.request({
        method: 'POST',
        path: '/kubetick/tick',
        body: request as unknown as Json,
      })) as unknown as TickReport;
      instant = report.to;
      return !report.idle || report.actions.length > 0 || report.to > report.from;
    },
  };
}
