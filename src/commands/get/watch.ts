/** `get -w`: what is there, and then what becomes of it while time passes (GetOptions.watch). */
import { itemOf, type KubeObject } from '../../apimachinery/meta';
import type { Table } from '../../apimachinery/table';
import type { WatchEvent } from '../../client/transport';
import { findResources, isList, isNotFoundError } from '../builder/builder';
import { CommandError, type Invocation } from '../command';
import { printerFor } from '../print-objects';
import { WatchReader } from '../watch-reader';
import { asTable, type GetOptions, tableOptions } from './run-get';

/** How far time may go in one step while nothing happens. */
const STEP = 3_600_000;

/** Prints events until nothing more will happen: on a cluster whose time stands still, watching is what moves it. */
export async function watchResources(invocation: Invocation, options: GetOptions): Promise<void> {
  const { subresource: _, flatten: __, ...search } = options.search;
  const result = await findResources(invocation, { ...search, singleResourceType: true, continueOnError: false });
  const { infos, error } = await result.infos();
  if (error !== undefined) {
    if (options.ignoreNotFound && isNotFoundError(error)) return;
    throw error;
  }
  const info = infos[0];
  if (!info) throw new CommandError('no objects passed to watch');
  const [source] = result.sources;
  if (!source || result.sources.length !== 1) {
    throw new CommandError('you may only watch a single resource or type of resource at a time');
  }
  const single = result.singleItemImplied && !isList(info.object);
  const printer = await eventPrinter(invocation, options, info.mapping);
  for (const each of infos) {
    const whole = each.object as KubeObject;
    const objects = isList(whole) ? (whole['items'] as KubeObject[]) : [whole];
    for (const object of objects.map((item) => (item === whole ? item : itemOf(whole, item))))
      await printer.show(options.outputWatchEvents ? 'ADDED' : '', object, !options.watchOnly);
  }
  await invocation.release();
  const abort = new AbortController();
  // A watch of one object from "0" begins with the object itself, which has been shown already.
  const events = await (source.watch ?? watchOf(info))(single ? '0' : info.resourceVersion, abort.signal);
  const reader = new WatchReader(events, async (event, first) => {
    if (event.type === 'ERROR') throw new CommandError(watchFailure(event));
    if (event.type === 'BOOKMARK') return;
    await printer.show(options.outputWatchEvents ? event.type : '', event.object, !(single && first));
    await invocation.release();
  });
  const time = await invocation.time();
  try {
    await reader.caughtUp();
    while (!reader.ended && !invocation.streams.closed && (await time.pass(STEP))) await reader.caughtUp();
  } finally {
    abort.abort();
  }
}

function watchOf(info: { client?: unknown; reachable(): unknown; mapping?: unknown; name: string }): never {
  throw new CommandError(`watch is only supported on individual resources and resource collections: ${info.name}`);
}

function watchFailure(event: WatchEvent): string {
  const { message } = event.object as { message?: string };
  return message ?? 'the watch failed';
}

/** Prints objects or tables, as rows of one table that goes on. */
async function eventPrinter(
  invocation: Invocation,
  options: GetOptions,
  mapping: Parameters<typeof tableOptions>[2],
): Promise<{ show(type: string, object: KubeObject, visible: boolean): Promise<void> }> {
  const { streams } = invocation;
  if (!options.humanReadable) {
    const printer = await printerFor(invocation, '', { columns: true, noHeaders: options.noHeaders });
    return {
      async show(type, object, visible) {
        if (visible) streams.out(type ? printer.printEvent(type, object) : printer.print(object));
      },
    };
  }
  const { TablePrinter } = await import('../../printers/table');
  const printer = new TablePrinter(tableOptions(invocation, options, mapping, invocation.flags.bool('show-kind')));
  return {
    async show(type, object, visible) {
      const table: Table = await asTable(object, invocation);
      // What is not to be seen still says what the columns are.
      streams.out(printer.print(visible ? table : { ...table, rows: [] }, type || undefined));
    },
  };
}
