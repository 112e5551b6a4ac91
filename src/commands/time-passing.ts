/** How time passes for a command that waits: on a cluster in a folder by its own doing, one step at a time; on a live server by itself. */
import type { Json } from '../apimachinery/json';
import type { Client } from '../client/client';
import { sleep, wallClockNow } from '../host/wall-clock';
import type { Instant } from '../sim/clock';
import type { TickReport, TickRequest } from '../sim/controller';
import type { TimePassing } from './command';

/** Whether nothing happened when time last passed for a command. */
export interface Stillness {
  lately: boolean;
}

/** `before` runs before each step: what a command has to say, it says before time moves. `stillness` is one for a whole command. */
export async function tickingTime(
  client: Client,
  before: () => Promise<void>,
  stillness: Stillness,
): Promise<TimePassing> {
  const { now } = await client.request<{ now: string }>({ method: 'GET', path: '/kubetick/clock' });
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
      const isStill = report.idle && report.actions.length === 0 && report.to === report.from;
      // A server's own clock, or another process, may have done since the last look what there was to do: it is worth another.
      const goesOn = !isStill || !stillness.lately;
      stillness.lately = isStill;
      return goesOn;
    },
  };
}

/** How often a live server is asked whether what is waited for has come, in milliseconds. */
const POLL_INTERVAL = 500;

/** The machine's own time. Something may always still change. */
export async function liveTime(before: () => Promise<void>): Promise<TimePassing> {
  return {
    now: wallClockNow,
    async pass(limit) {
      await before();
      await sleep(Math.min(limit, POLL_INTERVAL));
      return true;
    },
  };
}
