import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Json } from '../../src/apimachinery/json';
import type { Table, TableColumnDefinition, TableRow } from '../../src/apimachinery/table';
import { goSort } from '../../src/printers/go-sort';
import { sortByField } from '../../src/printers/sort-by';
import { printTables, type TableOptions, TablePrinter } from '../../src/printers/table';
import { TabWriter } from '../../src/printers/tabwriter';

function testdata<T>(name: string): T {
  return JSON.parse(readFileSync(join(__dirname, 'testdata', name), 'utf8'));
}

interface Tables {
  columns: TableColumnDefinition[];
  variants: Record<string, TableRow[]>;
  /** What `kubectl get pods <flags>` made of the variant. */
  cases: { name: string; variant: string; flags: string[]; stdout: string }[];
}

const { columns, variants, cases } = testdata<Tables>('tables.json');

function tableOf(rows: TableRow[], columnDefinitions = columns): Table {
  return { kind: 'Table', apiVersion: 'meta.k8s.io/v1', metadata: {}, columnDefinitions, rows };
}

function optionsOf(flags: readonly string[]): TableOptions {
  return {
    noHeaders: flags.includes('--no-headers'),
    withNamespace: flags.includes('-A'),
    wide: flags.includes('wide'),
    showLabels: flags.includes('--show-labels'),
    columnLabels: flags.includes('-L') ? (flags[flags.indexOf('-L') + 1] as string).split(',') : [],
    withKind: flags.includes('--show-kind'),
    kind: { group: '', kind: 'Pod' },
  };
}

test.each(cases)('kubectl 1.36 printed: $name', ({ variant, flags, stdout }) => {
  expect(printTables([tableOf(variants[variant] as TableRow[])], optionsOf(flags))).toBe(stdout);
});

interface Sorted {
  mode: string;
  path?: string;
  keys: Json[];
  order?: number[];
  error?: string;
}

const sorted = testdata<Sorted[]>('sort.json');

test.each(sorted.filter((c) => c.order !== undefined))(
  'kubectl 1.36 sorted $keys.length $mode',
  ({ keys, path, order }) => {
    const rows = keys.map((k, i) => ({ i, object: { spec: (k === '<none>' ? {} : { k }) as Json } }));
    expect(sortByField(rows, path ?? '.spec.k', ({ object }) => object).map(({ i }) => i)).toEqual(order);
  },
);

test.each(sorted.filter((c) => c.error?.includes('err: ')))('unsortable: $keys', ({ keys, error }) => {
  const why = /err: (.*)/.exec(error as string)?.[1] as string;
  expect(() => sortByField(keys, '.spec.k', (k) => ({ spec: { k } }))).toThrow(why);
});

test('a field that nothing has', () => {
  expect(() => sortByField([1, 2], 'spec.nosuch', (k) => ({ spec: { k } }))).toThrow(
    'couldn\'t find any field with path "{.spec.nosuch}" in the list of objects',
  );
});

test('goSort sorts', () => {
  const items = Array.from({ length: 1000 }, (_, i) => (i * 7919) % 1009);
  expect(goSort([...items], (a, b) => a < b)).toEqual([...items].sort((a, b) => a - b));
});

describe('a watch', () => {
  const one = [columns[0] as TableColumnDefinition, { ...(columns[0] as TableColumnDefinition), name: 'Status' }];

  test('prints headers once and keeps its widths', () => {
    const printer = new TablePrinter({});
    expect(printer.print(tableOf([{ cells: ['a-long-name', 'x'] }], one))).toBe(
      'NAME          STATUS\na-long-name   x\n',
    );
    expect(printer.print(tableOf([{ cells: ['b', 'y'] }], []))).toBe('b             y\n');
    expect(printer.print(tableOf([{ cells: ['c', 'z'] }], structuredClone(one)))).toBe('c             z\n');
  });

  test('tells the type of an event', () => {
    const printer = new TablePrinter({});
    expect(printer.print(tableOf([{ cells: ['a', 'x'] }], one), 'ADDED')).toBe(
      'EVENT      NAME   STATUS\nADDED      a      x\n',
    );
    expect(printer.print(tableOf([{ cells: ['a', 'x'] }], []), 'DELETED')).toBe('DELETED    a      x\n');
  });

  test('prints headers again when the columns change', () => {
    const printer = new TablePrinter({});
    printer.print(tableOf([{ cells: ['a', 'x'] }], one));
    expect(printer.print(tableOf([{ cells: ['a'] }], one.slice(0, 1)))).toBe('NAME\na\n');
  });
});

describe('text/tabwriter', () => {
  // From the examples of its own documentation and of describe's use of it.
  const write = (options: ConstructorParameters<typeof TabWriter>[0], text: string) => {
    const writer = new TabWriter(options);
    writer.write(text);
    return writer.flush();
  };

  test('columns are as wide as their block needs', () => {
    const text = 'a\tb\tc\naaa\tbbbb\tc\naaaaa\tb\n\nx\ty\n';
    expect(write({ minWidth: 0, tabWidth: 8, padding: 2 }, text)).toBe(
      'a      b     c\naaa    bbbb  c\naaaaa  b\n\nx  y\n',
    );
  });

  test('right alignment with bars', () => {
    const text = 'a\tb\tc\t\naa\tbb\tcc\t\naaa\t\n';
    expect(write({ minWidth: 5, tabWidth: 0, padding: 1, alignRight: true, debug: true }, text)).toBe(
      '    a|    b|    c|\n   aa|   bb|   cc|\n  aaa|\n',
    );
  });

  test('padding with tabs', () => {
    expect(write({ minWidth: 8, tabWidth: 8, padding: 0, padChar: '\t' }, 'a\tb\nlonger than\tc\n')).toBe(
      'a\t\tb\nlonger than\tc\n',
    );
  });

  test('empty columns', () => {
    expect(write({ minWidth: 0, tabWidth: 8, padding: 1, discardEmptyColumns: true }, 'a\v\vb\nc\v\vd\n')).toBe(
      'a b\nc d\n',
    );
    expect(write({ minWidth: 0, tabWidth: 8, padding: 1 }, 'a\t\tb\nc\t\td\n')).toBe('a  b\nc  d\n');
  });

  test('characters count, not bytes', () => {
    expect(write({ minWidth: 0, tabWidth: 8, padding: 1 }, 'ü😀\tb\naaa\tc\n')).toBe('ü😀  b\naaa c\n');
  });

  test('leading empty cells indented with tabs', () => {
    expect(write({ minWidth: 0, tabWidth: 4, padding: 1, tabIndent: true }, '\ta\tb\n\taaa\tc\n')).toBe(
      '\ta   b\n\taaa c\n',
    );
  });
});
