/** A timeline for programs: `-o json`, `-o csv`. */
import { stringifyGo } from '../../apimachinery/json-text';
import { formatTime } from '../../apimachinery/time';
import type { Timeline } from '../../apimachinery/timeline';
import { boundsOf, turnsOf } from './panels';

export function timelineJson({ from, to, series }: Timeline): string {
  const object = {
    apiVersion: 'kubetick.dev/v1',
    kind: 'Timeline',
    from: formatTime(from),
    to: formatTime(to),
    series: series.map(({ resource, namespace, name, line, unit, target, of, points }) => {
      const bounds = boundsOf(points);
      return {
        resource,
        ...(namespace === '' ? {} : { namespace }),
        ...(name === '' ? {} : { name }),
        line,
        unit,
        ...(of === undefined ? {} : { of }),
        ...(target === undefined ? {} : { target }),
        ...(bounds ?? {}),
        turns: turnsOf(points),
        points: points.map(([at, value]) => [formatTime(at), value]),
      };
    }),
  };
  return `${stringifyGo(object, { indent: '    ' })}\n`;
}

/** A row for each change, in the order of time. */
export function timelineCsv({ series }: Timeline): string {
  const rows = series.flatMap(({ resource, namespace, name, line, unit, points }, i) =>
    points.map(([at, value]) => ({
      at,
      i,
      cells: [formatTime(at), resource, namespace, name, line, unit, value === null ? '' : String(value)],
    })),
  );
  rows.sort((a, b) => a.at - b.at || a.i - b.i);
  const head = ['time', 'resource', 'namespace', 'name', 'line', 'unit', 'value'];
  return [head, ...rows.map(({ cells }) => cells)].map((cells) => `${cells.map(csvCell).join(',')}\n`).join('');
}

/** RFC 4180 */
function csvCell(text: string): string {
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
