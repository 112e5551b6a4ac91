/** `events -w`: those that are there, and then those that come while time passes (EventsOptions.runWatch). */
import type { KubeObject } from '../../apimachinery/meta';
import type { Query } from '../../client/client';
import { CommandError, type Invocation } from '../command';
import { WatchReader } from '../watch-reader';

const EVENTS = { group: '', version: 'v1', resource: 'events' };
/** How far time may go in one step while nothing happens. */
const STEP = 3_600_000;

export async function watchEvents(
  invocation: Invocation,
  namespace: string,
  query: Query,
  show: (event: KubeObject) => void,
): Promise<void> {
  const client = await invocation.client();
  const abort = new AbortController();
  const events = await client.watch(EVENTS, namespace, query, abort.signal);
  const reader = new WatchReader(events, async (event) => {
    if (event.type === 'ERROR') {
      const { message } = event.object as { message?: string };
      throw new CommandError(message ?? 'the watch failed');
    }
    // Events end after an hour; that is nothing to tell.
    if (event.type === 'DELETED' || event.type === 'BOOKMARK') return;
    show({ ...event.object, kind: 'Event', apiVersion: 'v1' });
    await invocation.release();
  });
  const time = await invocation.time();
  try {
    await reader.caughtUp();
    while (!reader.ended && (await time.pass(STEP))) await reader.caughtUp();
  } finally {
    abort.abort();
  }
}
