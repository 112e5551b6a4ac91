/** What a tick did, for people and for programs. */
import { formatDuration } from '../../apimachinery/duration';
import type { Json } from '../../apimachinery/json';
import { formatTime } from '../../apimachinery/time';
import type { Action, TickReport } from '../../sim/controller';
import type { Streams } from '../command';
import { ownTable } from '../own-table';

/** How many objects of one kind are named before they are only counted. */
const NAMED = 3;

/** In `endpointslice.discovery.k8s.io/web-x7k2p`: its group, and all that is not its kind. */
const GROUP = /\.[^/]*(?=\/)/;
const AFTER_KIND = /[./].*/;

/** A table of who did what, and a line of what time it is. `wide`: each action, with its time and namespace. */
export async function tickReportText(report: TickReport, streams: Streams, wide: boolean): Promise<string> {
  const { actions } = report;
  const table =
    actions.length === 0
      ? ''
      : wide
        ? await ownTable(
            streams,
            ['TIME', 'COMPONENT', 'DID', 'NAMESPACE', 'OBJECT'],
            actions.map((action) => [
              `+${formatDuration(action.at - report.from)}`,
              action.controller,
              action.verb,
              action.namespace,
              action.object,
            ]),
          )
        : await ownTable(streams, ['COMPONENT', 'DID', 'OBJECTS'], summary(actions));
  return table + lastLine(report);
}

/** One row for what a component did to objects of one kind. */
function summary(actions: readonly Action[]): string[][] {
  const rows = new Map<string, { controller: string; verb: string; kind: string; objects: Set<string> }>();
  for (const { controller, verb, object, namespace } of actions) {
    const kind = object.replace(AFTER_KIND, '');
    const key = `${controller} ${verb} ${kind}`;
    let row = rows.get(key);
    if (!row) {
      row = { controller, verb, kind, objects: new Set() };
      rows.set(key, row);
    }
    row.objects.add(namespace && namespace !== 'default' ? `${object} (${namespace})` : object);
  }
  return [...rows.values()].map(({ controller, verb, kind, objects }) => {
    const inShort = (object: string) => object.replace(GROUP, '');
    const told = objects.size <= NAMED ? [...objects].map(inShort).join(', ') : `${objects.size} ${plural(kind)}`;
    return [controller, verb, told];
  });
}

/** `pods`, `ingresses`, `networkpolicies`, `endpoints`. */
function plural(kind: string): string {
  if (kind === 'endpoints') return kind;
  return kind.endsWith('s') ? `${kind}es` : kind.endsWith('y') ? `${kind.slice(0, -1)}ies` : `${kind}s`;
}

/** `2026-01-01T00:00:05Z: 5s passed in 6 steps, 12 actions` */
function lastLine({ from, to, steps, actions }: TickReport): string {
  const count = (number: number, what: string) => `${number} ${what}${number === 1 ? '' : 's'}`;
  const did = actions.length === 0 ? 'nothing happened' : count(actions.length, 'action');
  return `${formatTime(to)}: ${formatDuration(to - from)} passed in ${count(steps, 'step')}, ${did}\n`;
}

/** The report with times that can be read. */
export function reportObject(report: TickReport): Json {
  const { from, to, steps, actions, reached, why, idle, failures } = report;
  return {
    apiVersion: 'kubetick.dev/v1',
    kind: 'Tick',
    from: formatTime(from),
    to: formatTime(to),
    steps,
    reached,
    ...(why === undefined ? {} : { why }),
    idle,
    actions: actions.map(({ at, ...action }) => ({ at: formatTime(at), ...action })),
    failures: failures.map(({ at, ...failure }) => ({ at: formatTime(at), ...failure })),
  } as Json;
}
