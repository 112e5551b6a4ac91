/** `events -w`: those that are there, and then those that come while time passes (EventsOptions.runWatch). */
import type { KubeObject } from '../../apimachinery/meta';
import type { Query } from '../../client/client';
import { CommandError, type Invocation, type TimePassing } from '../command';
import { WatchReader } from '../watch-reader';

const EVENTS = { group: '', version: 'v1', resource: 'events' };
/** How far time may go in one step while nothing happens. */
const STEP = 3_600_000;

export async function watchEvents(
  invocation: Invocation,
  time: TimePassing,
  namespace: string,
  query: Query,
  show: (event: KubeObject) => void,
): Promise<void> {
  const client = await invocation.client();
  const abort = new AbortController();
  const events = await client.watch(EVENTS, namespace, query, abort.signal);
  const came: KubeObject[] = [];
  const reader = new WatchReader(events, async (event) => {
    if (event.type === 'ERROR') {
      const { message } = event.object as { message?: string };
      throw new CommandError(message ?? 'the watch failed');
    }
    // Events end after an hour; that is nothing to tell.
    if (event.type === 'DELETED' || event.type === 'BOOKMARK') return;
    came.push({ ...event.object, kind: 'Event', apiVersion: 'v1' });
  });
  // Shown when the step that brought them is over: until then it is earlier than they say.
  const showWhatCame = async () => {
    await reader.caughtUp();
    if (came.length === 0) return;
    for (const event of came.splice(0)) show(event);
    await invocation.release();
  };
  try {
    await showWhatCame();
    while (!reader.ended && (await time.pass(STEP))) await showWhatCame();
  } finally {
    abort.abort();
  }
}
