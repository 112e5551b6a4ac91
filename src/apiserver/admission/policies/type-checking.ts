/** What in a policy's expressions does not fit the kinds that it is about (apiserver `plugin/policy/validating/typechecking.go`). */
import { formatGroupVersion, type GroupVersionKind } from '../../../apimachinery/meta';
import type { StructTypes } from '../../../cel/environment';
import { unescapeName } from '../../../cel/property-names';
import {
  BOOL,
  BYTES,
  DOUBLE,
  DYN,
  INT,
  listOf,
  mapOf,
  STRING,
  structType,
  TIMESTAMP,
  type Type,
} from '../../../cel/types';
import type { Schema } from '../../../schema/schema';
import { ExpressionCompiler } from './expressions';
import type { PolicySpec } from './policy-objects';

export interface KnownKind {
  readonly gvk: GroupVersionKind;
  readonly schema: Schema;
}

export interface ExpressionWarning {
  fieldRef: string;
  warning: string;
}

const FAILED = 'compilation failed: ';

/** Nothing where all fits. @param params the kind of the parameters, if it is known */
export function checkTypes(
  spec: PolicySpec,
  kinds: readonly KnownKind[],
  params: KnownKind | undefined,
): ExpressionWarning[] {
  const warnings: ExpressionWarning[] = [];
  const check = (fieldRef: string, text: string | undefined) => {
    if (!text) return;
    const told = kinds.flatMap((kind) => {
      const wrong = complaintOf(spec, text, kind, params);
      const { group, version, kind: name } = kind.gvk;
      return wrong === undefined ? [] : [`${formatGroupVersion({ group, version })}, Kind=${name}: ${wrong}\n`];
    });
    if (told.length > 0) warnings.push({ fieldRef, warning: told.join('\n') });
  };
  for (const [i, { expression, messageExpression }] of (spec.validations ?? []).entries()) {
    check(`spec.validations[${i}].expression`, expression);
    check(`spec.validations[${i}].messageExpression`, messageExpression);
  }
  return warnings;
}

/** What is wrong with an expression about one kind. */
function complaintOf(
  spec: PolicySpec,
  text: string,
  kind: KnownKind,
  params: KnownKind | undefined,
): string | undefined {
  const types = new KindTypes();
  const declarations = {
    params: spec.paramKind !== undefined,
    authorizer: true,
    object: types.of(kind.schema, kind.gvk.kind),
    paramsType: params && types.of(params.schema, `params.${params.gvk.kind}`),
    structs: types,
  };
  const compiler = new ExpressionCompiler(true);
  for (const { name = '', expression = '' } of spec.variables ?? [])
    compiler.addVariable(name, expression, declarations);
  const { error } = compiler.compile(text, undefined, declarations);
  return error?.startsWith(FAILED) ? error.slice(FAILED.length) : undefined;
}

/** The structs of schemas, each named after the path to it; looked into when they are asked for. */
class KindTypes implements StructTypes {
  private readonly structs = new Map<string, Schema>();

  field(struct: string, field: string): Type | undefined | false {
    const schema = this.structs.get(struct);
    if (!schema) return false;
    const name = schema.field?.(field) ? field : (unescapeName(field) ?? field);
    const found = schema.field?.(name);
    return found && this.of(found, `${struct}.${name}`);
  }

  of(schema: Schema, path: string): Type {
    switch (schema.type) {
      case 'object':
        this.structs.set(path, schema);
        return structType(path);
      case 'map':
        return mapOf(STRING, schema.items ? this.of(schema.items, `${path}.@elem`) : DYN);
      case 'array':
        return listOf(schema.items ? this.of(schema.items, `${path}.@idx`) : DYN);
      case 'string':
        if (schema.format === 'byte') return BYTES;
        return schema.format === 'date-time' ? TIMESTAMP : STRING;
      case 'quantity':
        return STRING;
      case 'integer':
        return INT;
      case 'number':
        return DOUBLE;
      case 'boolean':
        return BOOL;
      default:
        return DYN;
    }
  }
}
