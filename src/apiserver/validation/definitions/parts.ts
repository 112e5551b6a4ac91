/** Columns, subresources and selectable fields (apiextensions-apiserver `pkg/apis/apiextensions/validation`). */
import { duplicate, type FieldError, invalid, required, tooMany } from '../../../apimachinery/field-error';
import type { JsonSchema } from '../../../schema/json-schema';
import { resolveFieldPath } from '../../custom/field-path';
import type { PrinterColumn, ScaleSubresource, SelectableField } from './spec';
import { structuralObstacle } from './structural';

const COLUMN_TYPES = ['boolean', 'date', 'integer', 'number', 'string'];
const COLUMN_FORMATS = ['byte', 'date', 'date-time', 'double', 'float', 'int32', 'int64', 'password'];

export function validateColumns(path: string, columns: readonly PrinterColumn[] = []): FieldError[] {
  return columns.flatMap((column, i) => columnErrors(`${path}.additionalPrinterColumns[${i}]`, column));
}

function columnErrors(path: string, { name, type, format, jsonPath }: PrinterColumn): FieldError[] {
  const errors: FieldError[] = [];
  const types = `must be one of ${COLUMN_TYPES.join(',')}`;
  if (!name) errors.push(required(`${path}.name`));
  if (!type) errors.push(required(`${path}.type`, types));
  else if (!COLUMN_TYPES.includes(type)) errors.push(invalid(`${path}.type`, type, types));
  if (format && !COLUMN_FORMATS.includes(format))
    errors.push(invalid(`${path}.format`, format, `must be one of ${COLUMN_FORMATS.join(',')}`));
  if (!jsonPath) errors.push(required(`${path}.JSONPath`));
  else if (!jsonPath.startsWith('.'))
    errors.push(invalid(`${path}.JSONPath`, jsonPath, 'must be a simple json path starting with .'));
  return errors;
}

export function validateScale(path: string, scale: ScaleSubresource | undefined): FieldError[] {
  if (!scale) return [];
  const errors: FieldError[] = [];
  const check = (field: keyof ScaleSubresource, roots: readonly string[], text: string, optional: boolean) => {
    const value = scale[field];
    const at = `${path}.subresources.scale.${field}`;
    if (!value) {
      if (!optional) errors.push(required(at));
    } else if (!value.startsWith('.')) errors.push(invalid(at, value, 'must be a simple json path starting with .'));
    else if (!roots.some((root) => value.startsWith(root))) errors.push(invalid(at, value, text));
  };
  check('specReplicasPath', ['.spec.'], 'should be a json path under .spec', false);
  check('statusReplicasPath', ['.status.'], 'should be a json path under .status', false);
  check('labelSelectorPath', ['.spec.', '.status.'], 'should be a json path under either .spec or .status', true);
  return errors;
}

const MOST_SELECTABLE = 8;
const SELECTABLE_TYPES = ['string', 'boolean', 'integer'];

/**
 * @param path of the definition or version that they belong to
 * @param anyNumber too many were accepted before
 */
export function validateSelectableFields(
  path: string,
  fields: readonly SelectableField[] = [],
  schema: JsonSchema | undefined,
  anyNumber: boolean,
): FieldError[] {
  if (fields.length === 0) return [];
  const at = `${path}.selectableFields`;
  if (!schema) {
    const detail =
      path === 'spec'
        ? 'may only be set when validations.schema is included'
        : 'may only be set when `version.schema.openAPIV3Schema` is not included';
    return [invalid(at, '', detail)];
  }
  const errors: FieldError[] = [];
  const obstacle = structuralObstacle(schema);
  if (obstacle !== undefined) errors.push(invalid(`${path}.schema.openAPIV3Schema`, '', obstacle));
  const paths = new Set<string>();
  for (const [i, { jsonPath = '' }] of fields.entries())
    errors.push(...selectableErrors(`${at}[${i}].jsonPath`, jsonPath, schema, paths));
  if (paths.size > MOST_SELECTABLE && !anyNumber) errors.push(tooMany(at, paths.size, MOST_SELECTABLE));
  return errors;
}

function selectableErrors(at: string, jsonPath: string, schema: JsonSchema, paths: Set<string>): FieldError[] {
  if (jsonPath === '') return [required(at)];
  const errors: FieldError[] = [];
  try {
    const found = resolveFieldPath(jsonPath, schema, { brackets: false });
    if (/^metadata(?![^.[])/.test(found.path))
      errors.push(invalid(at, jsonPath, 'must not point to fields in metadata'));
    if (!SELECTABLE_TYPES.includes(found.schema.type ?? ''))
      errors.push(
        invalid(
          at,
          jsonPath,
          'must point to a field of type string, boolean or integer. Enum string fields and strings with formats are allowed.',
        ),
      );
    if (paths.has(found.path)) errors.push(duplicate(at, jsonPath));
    else paths.add(found.path);
  } catch (error) {
    errors.push(invalid(at, jsonPath, `is an invalid path: ${(error as Error).message}`));
  }
  return errors;
}
