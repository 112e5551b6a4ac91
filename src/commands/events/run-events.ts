/** Completes, validates and runs `events` (EventsOptions). */
import { formatGroupVersion, type KubeList, type KubeObject } from '../../apimachinery/meta';
import { parseTime } from '../../apimachinery/time';
import type { Query } from '../../client/client';
import { goSort } from '../../printers/go-sort';
import { newGetTabWriter } from '../../printers/tabwriter';
import { splitTypeName } from '../builder/arguments';
import { CommandError, type Invocation, type TimePassing } from '../command';
import { NoResourceMatchError } from '../errors';
import { printerFor } from '../print-objects';
import { typedObjects } from '../typed-objects';
import { EventTable } from './event-table';

const EVENTS = { group: '', version: 'v1', resource: 'events' };
const CHUNK = 500;

export async function runEvents(invocation: Invocation): Promise<void> {
  const { flags, streams } = invocation;
  const { namespace } = await invocation.namespace();
  const query = await aboutObject(invocation);
  const types = flags.strings('types').map((type) => type.toLowerCase());
  const time = await invocation.time();
  const print = await eventPrinter(invocation, time);
  if (types.some((type) => type !== 'normal' && type !== 'warning')) {
    throw new CommandError('valid --types are Normal or Warning');
  }
  const wanted = (event: KubeObject) => types.length === 0 || types.includes(String(event['type'] ?? '').toLowerCase());
  const allNamespaces = flags.bool('all-namespaces');
  const where = allNamespaces ? '' : namespace;
  if (flags.bool('watch')) {
    const { watchEvents } = await import('./watch-events');
    await watchEvents(invocation, time, where, query, (event) => {
      if (wanted(event)) print(event);
    });
    return;
  }
  const events = (await listAll(invocation, where, query)).filter(wanted);
  if (events.length === 0) {
    streams.err(allNamespaces ? 'No events found.\n' : `No events found in ${namespace} namespace.\n`);
    return;
  }
  goSort(events, (a, b) => lastSeen(a) < lastSeen(b));
  print({ kind: 'EventList', apiVersion: 'v1', metadata: {}, items: events });
}

/** Which events --for leaves: a field selector. */
async function aboutObject(invocation: Invocation): Promise<Query> {
  const text = invocation.flags.string('for');
  if (text === '') return {};
  if (!text.includes('/')) throw new CommandError('--for must be in resource/name form');
  const [type = '', name = '', ...more] = text.split('/');
  if (more.length > 0) splitTypeName(text);
  const [resource = '', ...group] = type.toLowerCase().split('.');
  const mapping = (await invocation.mapper()).resource(type.toLowerCase());
  if (!mapping) throw new NoResourceMatchError({ resource, group: group.join('.') });
  if (name === '') return {};
  const apiVersion = formatGroupVersion(mapping);
  return {
    fieldSelector: `involvedObject.kind=${mapping.kind},involvedObject.apiVersion=${apiVersion},involvedObject.name=${name}`,
  };
}

async function listAll(invocation: Invocation, namespace: string, query: Query): Promise<KubeObject[]> {
  const client = await invocation.client();
  const events: KubeObject[] = [];
  let next = '';
  do {
    const page: Query = { ...query, limit: String(CHUNK), ...(next ? { continue: next } : {}) };
    const list: KubeList = await client.list(EVENTS, namespace, page);
    for (const item of list.items) events.push({ ...item, kind: 'Event', apiVersion: 'v1' });
    next = list.metadata?.continue ?? '';
  } while (next);
  return events;
}

/** When it was last observed (eventTime); before all others where it doesn't say. */
function lastSeen({ series, lastTimestamp, eventTime }: KubeObject): number {
  const time = series ? series.lastObservedTime : lastTimestamp || eventTime;
  return (time ? parseTime(time) : undefined) ?? Number.NEGATIVE_INFINITY;
}

/** Prints an event or a list of them: a table that goes on, or what -o asks for. */
async function eventPrinter(
  invocation: Invocation,
  time: TimePassing,
): Promise<(object: KubeObject | KubeList) => void> {
  const { flags, streams } = invocation;
  const writer = newGetTabWriter();
  const show = (text: string) => {
    writer.write(text);
    streams.out(writer.flush());
  };
  const output = flags.string('output');
  if (output === '') {
    const table = new EventTable({
      noHeaders: flags.bool('no-headers'),
      withNamespace: flags.bool('all-namespaces'),
      now: () => time.now(),
    });
    return (object) => show(table.print(object));
  }
  const printer = await printerFor(invocation, 'events', { sortKeys: false });
  const types = await typedObjects();
  return (object) => {
    // Upstream can't name the items of a list, and takes no notice of what goes wrong while it prints.
    if (object.kind !== 'Event' && output === 'name') return;
    try {
      const typed =
        object.kind === 'Event'
          ? types.read(object as KubeObject)
          : { ...object, items: (object.items as KubeObject[]).map((item) => types.read(item)) };
      show(printer.print(typed));
    } catch (error) {
      show((error as { output?: string }).output ?? '');
    }
  };
}
