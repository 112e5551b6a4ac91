/**
 * The table of a custom kind: additionalPrinterColumns (apiextensions-apiserver
 * `pkg/registry/customresource/tableconvertor/tableconvertor.go`).
 */
import { humanDuration } from '../../apimachinery/human-duration';
import type { Json } from '../../apimachinery/json';
import { asJson, type KubeObject } from '../../apimachinery/meta';
import { parseTime } from '../../apimachinery/time';
import { formatResult, JsonPath } from '../../printers/jsonpath/evaluate';
import type { Cell, Column, ResourceView } from '../resource';
import { AGE, NAME } from '../resources/columns';
import type { PrinterColumn } from './definition';

const DEFAULT_COLUMNS: readonly PrinterColumn[] = [
  { name: 'Age', type: 'date', description: AGE.description, jsonPath: '.metadata.creationTimestamp' },
];

/** Columns end before the first path that can't be understood. */
export function customColumns(
  declared: readonly PrinterColumn[] | undefined,
): Required<Pick<ResourceView, 'columns' | 'cells'>> {
  const columns: Column[] = [NAME];
  const paths: JsonPath[] = [];
  for (const { name, type, format, description, priority, jsonPath } of declared?.length ? declared : DEFAULT_COLUMNS) {
    try {
      paths.push(new JsonPath(`{${jsonPath}}`, { allowMissingKeys: true }));
    } catch {
      break;
    }
    columns.push({
      name,
      type: type as Column['type'],
      description: description || `Custom resource definition column (in JSONPath format): ${jsonPath}`,
      priority: priority ?? 0,
      ...(format ? { format } : {}),
    });
  }
  const cells = (object: KubeObject, now: number): Cell[] => [
    object.metadata.name ?? '',
    ...paths.map((path, i) => cell((columns[i + 1] as Column).type, path, object, now)),
  ];
  return { columns, cells };
}

function cell(type: Column['type'], path: JsonPath, object: KubeObject, now: number): Cell {
  let found: Json | undefined;
  try {
    found = path.findResults(asJson(object))[0]?.[0] as Json | undefined;
  } catch {
    return null;
  }
  if (found === undefined) return null;
  if (type === 'string') return formatResult(found);
  return cellOf(type, found, now);
}

/** cellForJSONValue: what is not of its column's type is left out. */
function cellOf(type: Column['type'], value: Json, now: number): Cell {
  switch (type) {
    case 'integer':
      return typeof value === 'number' ? Math.trunc(value) : typeof value === 'bigint' ? Number(value) : null;
    case 'number':
      return typeof value === 'number' || typeof value === 'bigint' ? Number(value) : null;
    case 'boolean':
      return typeof value === 'boolean' ? value : null;
    case 'date': {
      if (typeof value !== 'string') return null;
      const instant = value === '' || value === 'null' ? undefined : parseTime(value);
      if (instant === undefined) return value === '' || value === 'null' ? '<unknown>' : '<invalid>';
      return humanDuration(now - instant);
    }
    default:
      return null;
  }
}
