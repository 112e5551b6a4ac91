/** Waiting on a cluster in a folder: time does not pass by itself, so whoever waits moves it, one step at a time. */
import type { Client } from '../client/client';
import type { Instant } from '../sim/clock';
import type { StepReport } from '../sim/controller';
import type { TimePassing } from './command';

/** What `POST /kubetick/tick` answers to a single step. */
type Step = Pick<StepReport, 'from' | 'to' | 'actions'> & { reached?: boolean };

/** `before` runs before each step: what a command has to say, it says before time moves. */
export function tickingTime(client: Client, now: Instant, before: () => Promise<void>): TimePassing {
  let instant = now;
  return {
    now: () => instant,
    async pass(limit) {
      await before();
      const step = await client.request<never>({
        method: 'POST',
        path: '/kubetick/tick',
        body: { once: true, limit },
      });
      const { to, reached } = step as Step;
      const moved = to > instant;
      instant = to;
      return moved || reached === true;
    },
  };
}
