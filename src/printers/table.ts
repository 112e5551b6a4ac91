/** Prints the tables that the API server prepares, for `get` (cli-runtime printers/tableprinter.go). */
import { compareStrings } from '../apimachinery/json-text';
import type { Table, TableCell, TableColumnDefinition, TableRow } from '../apimachinery/table';
import { newGetTabWriter, type TabWriter } from './tabwriter';

export interface TableOptions {
  noHeaders?: boolean;
  /** -A: a first column NAMESPACE. */
  withNamespace?: boolean;
  /** --show-kind, or several kinds asked for: names are `deployment.apps/web`. Needs `kind`. */
  withKind?: boolean;
  kind?: { group: string; kind: string };
  /** -o wide: columns of every priority. */
  wide?: boolean;
  /** --show-labels: a last column LABELS. */
  showLabels?: boolean;
  /** -L: a column for each of these labels. */
  columnLabels?: readonly string[];
}

/**
 * One printer per group of tables of the same kind: headers are printed once and again only when the columns change, and
 * columns keep their widths, as a watch needs (HumanReadablePrinter). Where a writer is given, it holds the text until it is
 * flushed; several printers may share it.
 */
export class TablePrinter {
  private lastColumns: TableColumnDefinition[] = [];
  private printedHeaders = false;

  constructor(
    private readonly options: TableOptions,
    readonly writer: TabWriter = newGetTabWriter(),
  ) {}

  /** Writes a table to the writer; `eventType` (ADDED, …) becomes the first column EVENT. */
  write(table: Table, eventType?: string): void {
    let { columnDefinitions } = table;
    let { noHeaders } = this.options;
    // Watch events leave the columns out after the first.
    const given = columnDefinitions.length > 0;
    const same = given && sameColumns(columnDefinitions, this.lastColumns);
    if (this.printedHeaders && (!given || same)) noHeaders = true;
    if (!given) columnDefinitions = this.lastColumns;
    else if (!same) {
      this.lastColumns = columnDefinitions;
      this.printedHeaders = false;
    }
    if (table.rows.length > 0) this.printedHeaders = true;
    const decorated = decorate(columnDefinitions, table.rows, this.options, eventType);
    writeTable(decorated, this.writer, { ...this.options, noHeaders: noHeaders === true });
  }

  /** Writes a table and returns its text. */
  print(table: Table, eventType?: string): string {
    this.write(table, eventType);
    return this.writer.flush();
  }
}

/**
 * The text of tables of one kind after each other: one set of headers, one set of widths. Empty for tables without rows
 * (`No resources found` is the caller's to say).
 */
export function printTables(tables: readonly Table[], options: TableOptions = {}): string {
  const printer = new TablePrinter(options);
  for (const table of tables) printer.write(table);
  return printer.writer.flush();
}

interface Decorated {
  names: string[];
  priorities: number[];
  rows: TableCell[][];
}

/** Adds the columns that the client knows: event, namespace, labels; and the kind before each name (decorateTable). */
function decorate(
  columns: readonly TableColumnDefinition[],
  rows: readonly TableRow[],
  options: TableOptions,
  eventType: string | undefined,
): Decorated {
  const labels = options.columnLabels ?? [];
  const names = columns.map((column) => column.name);
  const priorities = columns.map((column) => column.priority ?? 0);
  let nameColumn = -1;
  if (options.withKind && options.kind)
    nameColumn = columns.findIndex((column) => column.format === 'name' && column.type === 'string');
  const prefix = options.kind ? `${groupKind(options.kind).toLowerCase()}/` : '';

  const width = columns.length + labels.length + (options.withNamespace ? 1 : 0) + (options.showLabels ? 1 : 0);
  const decorated = rows.map((row) => {
    let cells = row.cells.slice();
    if (nameColumn >= 0) cells[nameColumn] = `${prefix}${cells[nameColumn] ?? '<nil>'}`;
    const metadata = row.object?.metadata;
    if (options.withNamespace) cells = [metadata ? (metadata.namespace ?? '') : null, ...cells];
    if (metadata) {
      for (const label of labels) cells.push(ownLabel(metadata.labels, label));
      if (options.showLabels) cells.push(formatLabels(metadata.labels));
    } else if (width > columns.length) {
      // A row without an object gets empty cells; upstream's loop grows what it counts against, and stops half way.
      for (let i = 0; i < width - cells.length; i++) cells.push(null);
    }
    if (eventType !== undefined) cells.unshift(formatEventType(eventType));
    return cells;
  });

  if (options.withNamespace) {
    names.unshift('Namespace');
    priorities.unshift(0);
  }
  for (const label of labels) {
    names.push(label.slice(label.lastIndexOf('/') + 1));
    priorities.push(0);
  }
  if (options.showLabels) {
    names.push('Labels');
    priorities.push(0);
  }
  if (eventType !== undefined) {
    names.unshift('Event');
    priorities.unshift(0);
  }
  return { names, priorities, rows: decorated };
}

function writeTable(table: Decorated, writer: TabWriter, options: TableOptions): void {
  const shown: number[] = [];
  for (let i = 0; i < table.names.length; i++) if (options.wide || table.priorities[i] === 0) shown.push(i);
  if (!options.noHeaders) {
    if (table.rows.length === 0) return;
    writeRow(
      shown.map((i) => (table.names[i] as string).toUpperCase()),
      writer,
    );
  }
  for (const cells of table.rows) {
    // A server may send more or fewer cells than columns.
    const texts: string[] = [];
    for (const i of shown) if (i < cells.length) texts.push(String(cells[i] ?? ''));
    writeRow(texts, writer);
  }
}

/** Looks at a row as a whole whether a cell of it needs care: most need none. */
function writeRow(cells: readonly string[], writer: TabWriter): void {
  const text = cells.join(' ');
  if (CONTROL.test(text) || text.includes('\x1b')) writer.write(`${cells.map(cellText).join('\t')}\n`);
  else writer.writeRow(cells);
}

const CONTROL = /[\t-\r]/;
const BREAK = /[\f\n\r]/;

function cellText(cell: string): string {
  const end = cell.search(BREAK);
  return end < 0 ? escapeTerminal(cell) : `${escapeTerminal(cell.slice(0, end))}...`;
}

/** Escape sequences made visible, so that a name can't command the terminal (printers.EscapeTerminal). */
export function escapeTerminal(text: string): string {
  return text.includes('\x1b') || text.includes('\r') ? text.replaceAll('\x1b', '^[').replaceAll('\r', '\\r') : text;
}

/** `a=b,c=d` sorted by key, or `<none>` (labels.FormatLabels). */
export function formatLabels(labels: Record<string, string> | undefined): string {
  const keys = Object.keys(labels ?? {}).sort(compareStrings);
  return keys.length === 0 ? '<none>' : keys.map((key) => `${key}=${labels?.[key]}`).join(',');
}

function ownLabel(labels: Record<string, string> | undefined, key: string): string {
  return labels && Object.hasOwn(labels, key) ? (labels[key] as string) : '';
}

/** `Deployment.apps`, `Pod` (schema.GroupKind.String). */
function groupKind(kind: { group: string; kind: string }): string {
  return kind.group === '' ? kind.kind : `${kind.kind}.${kind.group}`;
}

function formatEventType(type: string): string {
  return ['ADDED', 'MODIFIED', 'DELETED', 'ERROR'].includes(type) ? type.padEnd(8) : type;
}

function sameColumns(a: readonly TableColumnDefinition[], b: readonly TableColumnDefinition[]): boolean {
  return (
    a === b ||
    (a.length === b.length &&
      a.every((column, i) => {
        const other = b[i] as TableColumnDefinition;
        return (
          column.name === other.name &&
          column.type === other.type &&
          (column.format ?? '') === (other.format ?? '') &&
          (column.description ?? '') === (other.description ?? '') &&
          (column.priority ?? 0) === (other.priority ?? 0)
        );
      }))
  );
}
