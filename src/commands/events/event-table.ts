/** Events as rows of a table, tabs between its cells (event_printer.go). */
import type { KubeList, KubeObject } from '../../apimachinery/meta';
import { seen } from '../../printers/describe/events';
import { escapeTerminal } from '../../printers/table';
import type { Instant } from '../../sim/clock';

export interface EventTableOptions {
  noHeaders: boolean;
  withNamespace: boolean;
  now(): Instant;
}

export class EventTable {
  private headed = false;

  constructor(private readonly options: EventTableOptions) {}

  /** The head, the first time, and a line for each event. */
  print(object: KubeObject | KubeList): string {
    const { noHeaders, withNamespace } = this.options;
    let text = '';
    if (!noHeaders && !this.headed)
      text = `${withNamespace ? 'NAMESPACE\t' : ''}LAST SEEN\tTYPE\tREASON\tOBJECT\tMESSAGE\n`;
    this.headed = true;
    const events = object.kind === 'EventList' ? (object.items as KubeObject[]) : [object as KubeObject];
    for (const event of events) text += this.row(event);
    return text;
  }

  private row(event: KubeObject): string {
    const { metadata, type = '', reason = '', message = '', involvedObject = {} } = event;
    const cells = [
      seen(event, this.options.now()),
      escapeTerminal(type),
      escapeTerminal(reason),
      `${escapeTerminal(involvedObject.kind ?? '')}/${escapeTerminal(involvedObject.name ?? '')}`,
      escapeTerminal(message.trim()),
    ];
    if (this.options.withNamespace) cells.unshift(metadata.namespace ?? '');
    return `${cells.join('\t')}\n`;
  }
}
