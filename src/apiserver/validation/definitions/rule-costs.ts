/**
 * Rules as their definition is written: whether they compile, and what they can cost (apiextensions-apiserver
 * `pkg/apis/apiextensions/validation/cel_validation.go`). Loaded for definitions that have rules.
 */
import { type FieldError, forbiddenField, invalid } from '../../../apimachinery/field-error';
import { escapeName } from '../../../cel/property-names';
import { type SchemaType, schemaType } from '../../../cel/schema-types';
import {
  additionalOf,
  hasAdditionalProperties,
  itemsOf,
  type JsonSchema,
  propertyOf,
} from '../../../schema/json-schema';
import { type CompiledRule, compileRules } from '../../custom/rule-compiler';
import { compileSchemaRules } from '../../custom/rules';
import { internalRule, invalidStruct } from './internal-json';

/** What one rule may cost, and all of a definition together. */
const RULE_LIMIT = 10_000_000n;
const DEFINITION_LIMIT = 100_000_000n;
const MOST = 2n ** 64n - 1n;
const MOST_TOLD = 4;

export { compileSchemaRules };

interface TypeInfo {
  readonly schema: JsonSchema;
  readonly type: SchemaType;
}

/** Costs of all rules of a schema so far. */
interface Total {
  cost: bigint;
  expensive: { field: string; cost: bigint }[];
}

/** A place in a schema, as rules see it (CELSchemaContext). */
export class RuleContext {
  private info: TypeInfo | undefined;

  private constructor(
    private readonly schema: JsonSchema,
    private readonly parent: RuleContext | undefined,
    /** How often what is here can occur; undefined for any number of times. */
    private readonly cardinality: bigint | undefined,
    private readonly total: Total,
    private readonly step: (info: TypeInfo) => TypeInfo | undefined = () => undefined,
  ) {}

  static root(schema: JsonSchema): RuleContext {
    return new RuleContext(schema, undefined, 1n, { cost: 0n, expensive: [] });
  }

  property(name: string, schema: JsonSchema): RuleContext {
    return this.child(schema, (info) => {
      const escaped = escapeName(name);
      const type = escaped === undefined ? undefined : info.type.fields?.get(escaped);
      const own = propertyOf(info.schema, name);
      return type && own && { schema: own, type };
    });
  }
  additional(schema: JsonSchema): RuleContext {
    return this.child(schema, (info) => inner(additionalOf(info.schema), info));
  }
  items(schema: JsonSchema): RuleContext {
    return this.child(schema, (info) => inner(itemsOf(info.schema), info));
  }

  private child(schema: JsonSchema, step: (info: TypeInfo) => TypeInfo | undefined): RuleContext {
    const most = mostElements(this.schema);
    const cardinality =
      this.cardinality === undefined || most === undefined ? undefined : product(this.cardinality, most);
    return new RuleContext(schema, this, cardinality, this.total, step);
  }

  private typeInfo(): TypeInfo | undefined {
    if (!this.info) {
      const outer = this.parent?.withinRules() ? this.parent.typeInfo() : undefined;
      this.info = outer && this.step(outer);
    }
    if (!this.info) {
      const isRoot = !this.parent || this.schema['x-kubernetes-embedded-resource'] === true;
      const type = schemaType(this.schema, isRoot);
      this.info = type && { schema: this.schema, type };
    }
    return this.info;
  }

  private withinRules(): boolean {
    return (this.schema['x-kubernetes-validations']?.length ?? 0) > 0 || this.parent?.withinRules() === true;
  }

  /**
   * Complaints about the rules of this place.
   * @param uncorrelatable the part of the schema in which old values can't be told
   * @param lenient not to complain of single rules that cost too much
   */
  judge(path: string, uncorrelatable: string | undefined, lenient: boolean): FieldError[] {
    const rules = this.schema['x-kubernetes-validations'] ?? [];
    const info = this.typeInfo();
    if (!info)
      return [
        {
          type: 'InternalError',
          field: path,
          body: 'Internal error: internal error: failed to construct type information for x-kubernetes-validations rules: unable to convert structural schema to CEL declarations',
        },
      ];
    return compileRules(rules, info.schema, info.type).flatMap((compiled, i) =>
      this.judgeRule(compiled, `${path}[${i}]`, uncorrelatable, lenient),
    );
  }

  private judgeRule(
    compiled: CompiledRule,
    path: string,
    uncorrelatable: string | undefined,
    lenient: boolean,
  ): FieldError[] {
    const errors: FieldError[] = [];
    const { rule, error, maxCost, message, messageError, messageMaxCost, usesOldSelf } = compiled;
    const shown = internalRule(rule);
    const cost = product(maxCost, this.cardinality ?? compiled.maxCardinality);
    if (!lenient && cost > RULE_LIMIT)
      errors.push(forbiddenField(`${path}.rule`, costText('estimated rule cost', cost, RULE_LIMIT)));
    this.observe(`${path}.rule`, cost);
    if (error !== undefined) errors.push(invalidStruct(`${path}.rule`, shown, error));
    if (messageError !== undefined) errors.push(invalidStruct(`${path}.messageExpression`, shown, messageError));
    else if (message) {
      if (!lenient && messageMaxCost > RULE_LIMIT)
        errors.push(
          forbiddenField(
            `${path}.messageExpression`,
            costText('estimated messageExpression cost', messageMaxCost, RULE_LIMIT),
          ),
        );
      this.observe(`${path}.messageExpression`, messageMaxCost);
    }
    if (usesOldSelf && uncorrelatable !== undefined)
      errors.push(
        invalid(
          `${path}.rule`,
          rule.rule,
          `oldSelf cannot be used on the uncorrelatable portion of the schema within ${uncorrelatable}`,
        ),
      );
    else if (!usesOldSelf && rule.optionalOldSelf !== undefined)
      errors.push(
        invalid(`${path}.optionalOldSelf`, rule.optionalOldSelf, 'may not be set if oldSelf is not used in rule'),
      );
    return errors;
  }

  private observe(field: string, cost: bigint): void {
    const { total } = this;
    total.cost += cost;
    if (total.cost > MOST) total.cost = MOST;
    if (cost < DEFINITION_LIMIT / 100n) return;
    total.expensive.push({ field, cost });
    total.expensive.sort((a, b) => (a.cost > b.cost ? -1 : a.cost < b.cost ? 1 : 0));
    total.expensive.splice(MOST_TOLD);
  }

  /** Complaints about what all rules cost together. */
  judgeTotal(path: string): FieldError[] {
    const { cost, expensive } = this.total;
    if (cost <= DEFINITION_LIMIT) return [];
    const text = 'contributed to estimated rule cost total exceeding cost limit for entire OpenAPIv3 schema';
    return [
      ...expensive.map(({ field }) => forbiddenField(field, text)),
      forbiddenField(
        path,
        costText(
          'x-kubernetes-validations estimated rule cost total for entire OpenAPIv3 schema',
          cost,
          DEFINITION_LIMIT,
        ),
      ),
    ];
  }
}

function inner(schema: JsonSchema | undefined, info: TypeInfo): TypeInfo | undefined {
  return schema && info.type.element && { schema, type: info.type.element };
}

/** By how much a schema multiplies what is in it; undefined for no limit (extractMaxElements). */
function mostElements(schema: JsonSchema): bigint | undefined {
  const limit = (most: number | undefined) => (most === undefined ? undefined : BigInt(Math.max(0, most)));
  if (schema.type === 'object' && hasAdditionalProperties(schema)) return limit(schema.maxProperties);
  return schema.type === 'array' ? limit(schema.maxItems) : 1n;
}

function product(a: bigint, b: bigint): bigint {
  const both = a * b;
  return both > MOST ? MOST : both;
}

function costText(name: string, cost: bigint, limit: bigint): string {
  const excess = Number(cost) / Number(limit);
  const factor = excess > 100 ? 'more than 100x' : excess < 1.5 ? `${excess.toFixed(6)}x` : `${excess.toFixed(1)}x`;
  return `${name} exceeds budget by factor of ${factor} (try simplifying the rule, or adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are declared)`;
}
