/** What `get` asks for and how it prints what comes back. */
import { itemOf, type KubeList, type KubeObject } from '../../apimachinery/meta';
import type { Table } from '../../apimachinery/table';
import type { Printer } from '../../printers/printer';
import type { ResourceInfo } from '../../schema/schema';
import { findResources, isList, isNotFoundError } from '../builder/builder';
import type { Info } from '../builder/info';
import type { Search } from '../builder/result';
import { CommandError, type Invocation, UsageError } from '../command';
import { ErrorList, messageOf, throwCollected } from '../errors';
import { printerFor } from '../print-objects';

export interface GetOptions {
  raw: string;
  watch: boolean;
  watchOnly: boolean;
  outputWatchEvents: boolean;
  ignoreNotFound: boolean;
  output: string;
  /** A table: no -o, or -o wide. */
  humanReadable: boolean;
  noHeaders: boolean;
  sortBy: string;
  allNamespaces: boolean;
  namespace: string;
  search: Search;
}

/** Accepts a table, or the object itself from servers that make none. */
const TABLE =
  'application/json;as=Table;v=v1;g=meta.k8s.io,application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json';

/** Completes and validates the options (GetOptions.Complete, Validate). */
export async function readGetOptions(invocation: Invocation): Promise<GetOptions> {
  const { flags, args, streams, program } = invocation;
  const raw = flags.string('raw');
  const output = flags.string('output');
  const watch = flags.bool('watch');
  const watchOnly = flags.bool('watch-only');
  const sortBy = flags.string('sort-by');
  const filenames = flags.strings('filename');
  const kustomize = flags.string('kustomize');
  const selector = flags.string('selector');
  if (raw && args.length > 0) throw new CommandError('arguments may not be passed when --raw is specified');
  if (!raw && watch && sortBy) {
    streams.err('warning: --watch requested, --sort-by will be ignored for watch events received\n');
  } else if (!raw && watchOnly && sortBy) {
    streams.err('warning: --watch-only requested, --sort-by will be ignored\n');
  } else if (!raw && !watch && !watchOnly && args.length === 0 && filenames.length === 0 && kustomize === '') {
    streams.err(
      `You must specify the type of resource to get. Use "${program} api-resources" for a complete list of supported resources.\n\n`,
    );
    throw new UsageError(
      `Required resource not specified.\nUse "${program} explain <resource>" for a detailed description of that resource (e.g. ${program} explain pods).`,
    );
  }
  if (raw) {
    if (watch || watchOnly || selector) {
      throw new CommandError(
        '--raw may not be specified with other flags that filter the server request or alter the output',
      );
    }
    if (output) throw new CommandError('--raw and --output are mutually exclusive');
  }
  if (flags.bool('show-labels') && output !== '' && output !== 'wide') {
    throw new CommandError(`--show-labels option cannot be used with ${output} printer`);
  }
  if (flags.bool('output-watch-events') && !watch && !watchOnly) {
    throw new CommandError('--output-watch-events option can only be used with --watch or --watch-only');
  }
  const { namespace, explicit } = raw ? { namespace: '', explicit: false } : await invocation.namespace();
  const allNamespaces = flags.bool('all-namespaces');
  const humanReadable = (output === '' && flags.string('template') === '') || output === 'wide';
  return {
    raw,
    watch,
    watchOnly,
    output,
    humanReadable,
    sortBy,
    allNamespaces,
    namespace,
    outputWatchEvents: flags.bool('output-watch-events'),
    ignoreNotFound: flags.bool('ignore-not-found'),
    noHeaders: flags.bool('no-headers'),
    search: {
      filenames,
      kustomize,
      recursive: flags.bool('recursive'),
      args,
      namespace,
      enforceNamespace: explicit && !allNamespaces,
      allNamespaces,
      selector,
      fieldSelector: flags.string('field-selector'),
      subresource: flags.string('subresource'),
      chunkSize: sortBy ? 0 : flags.int('chunk-size'),
      allowEmptySelector: true,
      latest: true,
      flatten: true,
      ...(humanReadable ? { headers: { accept: TABLE } } : {}),
      ...(humanReadable && sortBy ? { query: { includeObject: 'Object' } } : {}),
    },
  };
}

/** Lists and prints (GetOptions.Run). */
export async function runGet(invocation: Invocation, options: GetOptions): Promise<void> {
  const search = options.ignoreNotFound ? { ...options.search, ignore: isNotFoundError } : options.search;
  const result = await findResources(invocation, search);
  const { infos, error } = await result.infos();
  if (options.humanReadable) await printTables(invocation, options, infos, error);
  else await printGeneric(invocation, options, infos, error, result.singleItemImplied);
}

async function printTables(
  invocation: Invocation,
  options: GetOptions,
  infos: readonly Info[],
  error: unknown,
): Promise<void> {
  const { TablePrinter } = await import('../../printers/table');
  const { newGetTabWriter } = await import('../../printers/tabwriter');
  const { flags, streams } = invocation;
  const ordered = options.sortBy ? await sorted(infos, options.sortBy) : infos;
  const withKind = flags.bool('show-kind') || severalKinds(infos);
  let allNamespaced = !options.allNamespaces;
  let written = false;
  let separate = false;
  let writer = newGetTabWriter();
  let printer: InstanceType<typeof TablePrinter> | undefined;
  let mapping: ResourceInfo | undefined;
  const flush = () => {
    const text = writer.flush();
    if (text === '') return;
    streams.out(separate ? `\n${text}` : text);
    separate = false;
    written = true;
  };
  for (const info of ordered) {
    allNamespaced &&= info.namespaced;
    if (!printer || !sameResource(mapping, info.mapping)) {
      flush();
      writer = newGetTabWriter();
      if (mapping && !options.noHeaders && written) separate = true;
      printer = new TablePrinter(tableOptions(invocation, options, info.mapping, withKind), writer);
      mapping = info.mapping;
    }
    printer.write(await asTable(info.object as KubeObject, invocation));
  }
  flush();
  if (!written && !options.ignoreNotFound && error === undefined) {
    streams.err(allNamespaced ? `No resources found in ${options.namespace} namespace.\n` : 'No resources found\n');
  }
  if (error !== undefined) throw error;
}

/** How tables of one kind are decorated by the client. */
export function tableOptions(
  { flags }: Invocation,
  options: GetOptions,
  mapping: ResourceInfo | undefined,
  withKind: boolean,
) {
  return {
    noHeaders: options.noHeaders,
    withNamespace: options.allNamespaces && mapping?.namespaced !== false,
    withKind,
    ...(mapping ? { kind: { group: mapping.group, kind: mapping.kind } } : {}),
    wide: options.output === 'wide',
    showLabels: flags.bool('show-labels'),
    columnLabels: flags.strings('label-columns'),
  };
}

/** A table as the server made it; a plain object of a server that makes none gets name and age. */
export async function asTable(object: KubeObject, invocation: Invocation): Promise<Table> {
  if (object.kind === 'Table') return object as unknown as Table;
  const { plainTable } = await import('./plain-table');
  return plainTable(object, (await invocation.time()).now());
}

async function printGeneric(
  invocation: Invocation,
  options: GetOptions,
  infos: readonly Info[],
  error: unknown,
  singleItemImplied: boolean,
): Promise<void> {
  if (error !== undefined && singleItemImplied) throw error;
  if (infos.length === 0 && options.ignoreNotFound) {
    if (error !== undefined) throw error;
    return;
  }
  const errors = error === undefined ? [] : [error];
  const printer = await printerFor(invocation, '', { columns: true, noHeaders: options.noHeaders });
  const first = infos[0]?.object;
  if (singleItemImplied && infos.length === 1 && first && !isList(first)) {
    print(first, printer, invocation, errors);
  } else {
    let items =
      singleItemImplied && infos.length === 1 && first
        ? listItems(first)
        : infos.map((info) => info.object as KubeObject);
    if (options.sortBy && items.length > 0) {
      const { sortObjects } = await import('./sort');
      items = sortObjects(items, options.sortBy, (item) => item);
    }
    const list: KubeList = { apiVersion: 'v1', kind: 'List', metadata: { resourceVersion: '' }, items };
    print(list, printer, invocation, errors);
  }
  throwCollected(errors.flatMap((each) => (each instanceof ErrorList ? each.errors : [each])));
}

function print(object: KubeObject | KubeList, printer: Printer, { streams }: Invocation, errors: unknown[]): void {
  try {
    streams.out(printer.print(object));
  } catch (error) {
    const output = (error as { output?: string }).output;
    if (output) streams.out(output);
    errors.push(new CommandError(messageOf(error)));
  }
}

function listItems(object: KubeObject): KubeObject[] {
  return isList(object) ? (object.items as KubeObject[]).map((item) => itemOf(object, item)) : [object];
}

/** The infos in the order that --sort-by asks for; tables have their rows sorted (RuntimeSorter.Sort). */
async function sorted(infos: readonly Info[], sortBy: string): Promise<readonly Info[]> {
  const { sortObjects, sortTable } = await import('./sort');
  let tables = 0;
  for (const info of infos) {
    if (info.object?.kind !== 'Table') continue;
    tables++;
    info.object = sortTable(info.object as unknown as Table, sortBy) as unknown as KubeObject;
  }
  if (tables > 0 && tables < infos.length) {
    throw new CommandError('sorting is not supported on mixed Table and non-Table object lists');
  }
  return tables > 0 || infos.length < 2 ? infos : sortObjects([...infos], sortBy, (info) => info.object as KubeObject);
}

function severalKinds(infos: readonly Info[]): boolean {
  return infos.some((info) => !sameResource(info.mapping, infos[0]?.mapping));
}

function sameResource(a: ResourceInfo | undefined, b: ResourceInfo | undefined): boolean {
  return (
    a === b ||
    (a !== undefined && b !== undefined && a.plural === b.plural && a.group === b.group && a.version === b.version)
  );
}
