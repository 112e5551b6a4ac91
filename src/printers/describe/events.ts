/** Events of an object as a table at the end of its description (kubectl describe.go DescribeEvents). */
import { ageSince } from '../../apimachinery/human-duration';
import { parseTime } from '../../apimachinery/time';
import { goSort } from '../go-sort';
import type { Described, DescriptionWriter, Related } from './writer';

/** Nothing at all where events are not to be shown. */
export function writeEvents(writer: DescriptionWriter, { events, now }: Related): void {
  if (!events) return;
  if (events.length === 0) {
    writer.write(0, 'Events:\t<none>\n');
    return;
  }
  writer.flush();
  writer.write(0, 'Events:\n  Type\tReason\tAge\tFrom\tMessage\n');
  writer.write(1, '----\t------\t----\t----\t-------\n');
  for (const event of goSort([...events], (a, b) => lastTimestamp(a) < lastTimestamp(b))) {
    const from = event.source?.component || event.reportingComponent || '';
    const fieldPath = event.involvedObject?.fieldPath;
    const message = `${fieldPath ? `${fieldPath}: ` : ''}${(event.message ?? '').trim()}`;
    writer.write(1, `${event.type ?? ''}\t${event.reason ?? ''}\t${seen(event, now)}\t${from}\t${message}\n`);
  }
}

function lastTimestamp(event: Described): number {
  return (event.lastTimestamp ? parseTime(event.lastTimestamp) : undefined) ?? Number.NEGATIVE_INFINITY;
}

/** `5s`; of an event that came again `5s (x3 over 2m)` (event_printer.go getInterval). */
export function seen(event: Described, now: number): string {
  const first = ageSince(event.eventTime || event.firstTimestamp, now);
  if (event.series) {
    return `${ageSince(event.series.lastObservedTime, now)} (x${event.series.count ?? 0} over ${first})`;
  }
  return event.count > 1 ? `${ageSince(event.lastTimestamp, now)} (x${event.count} over ${first})` : first;
}
