/** A comparison side by side: a column for each verb, as many as fit beside each other. */
import type { Json } from '../../apimachinery/json';
import { stringifyJson } from '../../apimachinery/json-text';
import type { ManagedFieldsEntry } from '../../apimachinery/meta';
import type { Streams } from '../command';
import { framedTable, plainColumns } from '../own-table';
import { shorten, wrapText } from '../wrap-text';
import { differingPaths, type Fate, type ObjectOutcome } from './outcome';
import type { Comparison, Trial } from './run-compare';
import { type NamedObject, shownValue } from './snapshots';

/** A column narrower than this can't be read. */
const NARROWEST = 24;
/** What stands at the left is not wider than this, or than a quarter of the terminal. */
const WIDEST_LABEL = 28;
/** Columns of a verb where there is no terminal. */
const PIPE_WIDTH = 46;
const LONGEST_VALUE = 80;

/** A row: what it is about, and what is to be said of each verb. */
type Row = { label: string; cells: string[] };

export async function comparisonText(streams: Streams, comparison: Comparison): Promise<string> {
  const columns = streams.isTerminal ? (streams.columns ?? 80) : undefined;
  const all = rowsOf(comparison, comparison.trials);
  const most = columns ? Math.min(WIDEST_LABEL, Math.floor(columns / 4)) : WIDEST_LABEL;
  const widest = Math.max(...all.flatMap(({ label }) => wrapText(label, most).map(({ length }) => length)));
  const beside = columns ? Math.max(1, Math.floor((columns - widest - 4) / (NARROWEST + 3))) : Number.MAX_SAFE_INTEGER;
  const parts: string[] = [];
  for (let i = 0; i < comparison.trials.length; i += beside) {
    const trials = comparison.trials.slice(i, i + beside);
    const rows = rowsOf(comparison, trials);
    const room = columns ? Math.floor((columns - widest - 4) / trials.length) - 3 : PIPE_WIDTH;
    const widths = trials.map((_, at) => widthOf(rows, at, room));
    const wrapped = rows.map(({ label, cells }) => [
      wrapText(label, widest).join('\n'),
      ...cells.map((cell, at) => wrapText(cell, widths[at] as number).join('\n')),
    ]);
    const head = [
      '',
      ...trials.map(({ verb }, at) => wrapText(verb.name, Math.max(widths[at] as number, 8)).join('\n')),
    ];
    parts.push(columns ? await framedTable(streams, head, wrapped) : plainRows([head, ...wrapped]));
  }
  return parts.join('\n');
}

/** What a column needs, at most its share of the room. */
function widthOf(rows: readonly Row[], at: number, room: number): number {
  const needed = Math.max(
    ...rows.flatMap(({ cells }) => (cells[at] as string).split('\n').map(({ length }) => length)),
  );
  return Math.min(needed, room);
}

function rowsOf({ steps, objects, trials: everyone }: Comparison, trials: readonly Trial[]): Row[] {
  const rows: Row[] = [];
  const row = (label: string, cells: string[]) => rows.push({ label, cells });
  steps.forEach(({ kind, text }, i) => {
    const said = trials.map(({ ran }) => ran[i]);
    row(
      `${i + 1}. ${kind === 'file' ? `-f ${text}` : text}`,
      said.map((ran) => {
        const printed = ran?.text.trimEnd() || '(printed nothing)';
        return `${printed}\nexit status ${ran?.exitCode}`;
      }),
    );
  });
  for (const named of objects) {
    const { name } = named;
    const outcomes = trials.map(({ outcomes: each }) => each.get(name));
    const everywhere = everyone.map(({ outcomes: each }) => each.get(name)).filter((outcome) => outcome !== undefined);
    const each = (label: string, tell: (outcome: ObjectOutcome) => string) =>
      row(
        label,
        outcomes.map((outcome) => (outcome?.exists ? tell(outcome) : '-')),
      );
    row(
      name,
      outcomes.map((outcome) => (outcome?.exists ? 'is there' : 'is not there')),
    );
    if (!outcomes.some((outcome) => outcome?.exists)) continue;
    each('last-applied annotation', ({ lastApplied }) => (lastApplied === undefined ? 'none' : `${lastApplied} bytes`));
    each('managed fields', ({ managers }) => managers.map(managerText).join('\n') || 'none');
    if (everywhere.some(({ generation }) => generation !== undefined)) {
      each('generation', ({ generation }) => String(generation ?? '-'));
    }
    if (everywhere.some(({ kept }) => kept.length > 0)) each('kept', ({ kept }) => fatesText(named, kept));
    if (everywhere.some(({ lost }) => lost.length > 0)) {
      row(
        'lost',
        outcomes.map((outcome) => fatesText(named, outcome?.lost ?? [])),
      );
    }
    for (const path of differingPaths(everywhere)) each(path, ({ fields }) => valueText(named, path, fields.get(path)));
  }
  return rows;
}

function managerText({ manager, operation, subresource }: ManagedFieldsEntry): string {
  return `${manager} (${operation}${subresource ? ` of ${subresource}` : ''})`;
}

function fatesText(named: NamedObject, fates: readonly Fate[]): string {
  if (fates.length === 0) return 'nothing';
  return fates
    .map(({ path, value, step, now }) => {
      const from = step === 0 ? 'from before' : `of step ${step}`;
      return `${path}: ${valueText(named, path, value)} ${from}${now === undefined ? '' : `, now ${valueText(named, path, now)}`}`;
    })
    .join('\n');
}

function valueText(named: NamedObject, path: string, given: Json | undefined): string {
  if (given === undefined) return '-';
  const value = shownValue(named, path, given);
  return shorten(typeof value === 'string' && value !== '' ? value : stringifyJson(value), LONGEST_VALUE);
}

/** Plain columns whose cells may have lines of their own. */
function plainRows(rows: readonly (readonly string[])[]): string {
  return plainColumns(
    rows.flatMap((row) => {
      const cells = row.map((cell) => cell.split('\n'));
      const height = Math.max(...cells.map(({ length }) => length));
      return Array.from({ length: height }, (_, line) => cells.map((cell) => cell[line] ?? ''));
    }),
  );
}
