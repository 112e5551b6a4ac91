/** Objects as rows for people (apiserver `registry/rest/table.go`, printers `tablegenerator.go`). */

import { ageSince } from '../apimachinery/human-duration';
import type { Json } from '../apimachinery/json';
import type { KubeList, KubeObject } from '../apimachinery/meta';
import type { Table, TableColumnDefinition, TableRow } from '../apimachinery/table';
import { partialObjectMetadata } from './partial-object-metadata';
import type { Cell, Column, ResourceView } from './resource';
import type { ServedResource } from './served-resource';

export type IncludeObject = 'None' | 'Metadata' | 'Object';

/** For kinds that declare no columns. */
const DEFAULT_COLUMNS: readonly Column[] = [
  {
    name: 'Name',
    type: 'string',
    format: 'name',
    description: 'The name of the object, unique among those of its kind in its namespace.',
    priority: 0,
  },
  { name: 'Age', type: 'string', description: 'How long ago the object was created.', priority: 0 },
];

/** Of the subresource scale of built-in kinds (printers/internalversion printScale). */
const SCALE: ResourceView = {
  columns: [
    { ...(DEFAULT_COLUMNS[0] as Column), format: '' },
    { name: 'Desired', type: 'integer', description: 'How many replicas there are to be.', priority: 0 },
    { name: 'Available', type: 'integer', description: 'How many replicas there are.', priority: 0 },
    DEFAULT_COLUMNS[1] as Column,
  ],
  cells({ metadata, spec, status }, now) {
    const [replicas, current]: number[] = [spec?.replicas ?? 0, status?.replicas ?? 0];
    return [metadata.name ?? '', replicas as number, current as number, ageSince(metadata.creationTimestamp, now)];
  },
};

export interface TableOptions {
  /** `meta.k8s.io/v1` or v1beta1. */
  apiVersion: string;
  includeObject: IncludeObject;
  /** Left out of all events of a watch but the first. */
  headers: boolean;
  now: number;
}

/** A list, or one object, as a Table. */
export function tableOf(resource: ServedResource, value: KubeObject | KubeList, options: TableOptions): Table {
  const isScale = value.kind === 'Scale' && resource.info.kind !== 'Scale' && !resource.custom;
  const view: ResourceView = isScale ? SCALE : resource.definition;
  const row = (object: KubeObject) => rowOf(view, object, options);
  if (isList(value)) return table(view, value.metadata, value.items.map(row), options);
  const { resourceVersion } = value.metadata;
  return table(view, resourceVersion ? { resourceVersion } : {}, [row(value)], options);
}

/** A list as a Table, made row by row: as soon as its row is there, nobody needs an object's other parts. */
export function tableInRows(resource: ServedResource, options: TableOptions) {
  const view: ResourceView = resource.definition;
  return {
    row: (object: KubeObject) => rowOf(view, object, options),
    table: (metadata: Table['metadata'], rows: TableRow[]) => table(view, metadata, rows, options),
  };
}

function rowOf({ cells }: ResourceView, object: KubeObject, options: TableOptions): TableRow {
  const row = cells ? cells(object, options.now) : defaultCells(object, options.now);
  switch (options.includeObject) {
    case 'None':
      return { cells: row };
    case 'Object':
      return { cells: row, object };
    default:
      return { cells: row, object: partialObjectMetadata(object, options.apiVersion) };
  }
}

function table(
  { columns = DEFAULT_COLUMNS, rowOrder }: ResourceView,
  metadata: Table['metadata'],
  rows: TableRow[],
  { apiVersion, headers }: TableOptions,
): Table {
  if (rowOrder) rows.sort((a, b) => rowOrder(a.cells, b.cells));
  return { kind: 'Table', apiVersion, metadata, columnDefinitions: headers ? columns.map(columnDefinition) : [], rows };
}

function isList(value: KubeObject | KubeList): value is KubeList {
  return Array.isArray((value as { items?: Json }).items) && value.kind.endsWith('List');
}

function columnDefinition({ name, type, format = '', description, priority }: Column): TableColumnDefinition {
  return { name, type, format, description, priority };
}

function defaultCells(object: KubeObject, now: number): Cell[] {
  const { name = '', creationTimestamp } = object.metadata;
  return [name, ageSince(creationTimestamp, now)];
}
