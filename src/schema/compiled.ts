/** Schema nodes over the files that scripts/compile-schema.mjs writes; everything is resolved when first asked for. */
import type { Json } from '../apimachinery/json';
import type { Schema, SchemaType } from './schema';

/** `core.v1.json`: the short names of types, and what they are. */
export type CompiledFile = Record<string, CompiledType>;

export interface CompiledType {
  /** Stands on its own: has apiVersion and kind. */
  kind?: true;
  atomic?: true;
  required?: string[];
  /** In declared order. A text alone is the type expression. */
  fields: Record<string, string | CompiledField>;
}

export interface CompiledField {
  /** `*` for a pointer, `[]` lists, `{}` maps, then a scalar or the name of a struct: `*[]core/v1.Container`. */
  type: string;
  enum?: string[];
  default?: Json;
  /** The Go type, where it can't be derived from `type`. */
  go?: string;
  always?: true;
  omitZero?: true;
  embedded?: string;
  patchStrategy?: string[];
  patchMergeKey?: string;
  listType?: 'atomic' | 'set' | 'map';
  listMapKeys?: string[];
  atomic?: true;
}

/** Where nodes find the structs they refer to. */
export interface StructSource {
  struct(name: string): Struct;
  /** What a scalar type with a name of its own is for (`resource.Quantity`), where descriptions are loaded. */
  scalarDescription(goType: string): string | undefined;
}

const NO_FACTS: CompiledField = { type: '' };

/** Scalars of type expressions: type, format, Go type (scripts/compile-schema.mjs derives the same). */
const SCALARS: Record<string, [SchemaType, string | undefined, string]> = {
  string: ['string', undefined, 'string'],
  boolean: ['boolean', undefined, 'bool'],
  int32: ['integer', 'int32', 'int32'],
  int64: ['integer', 'int64', 'int64'],
  double: ['number', 'double', 'float64'],
  byte: ['string', 'byte', '[]uint8'],
  time: ['string', 'date-time', 'v1.Time'],
  'micro-time': ['string', 'date-time', 'v1.MicroTime'],
  quantity: ['quantity', undefined, 'resource.Quantity'],
  'int-or-string': ['int-or-string', undefined, 'intstr.IntOrString'],
  any: ['any', undefined, 'runtime.RawExtension'],
};

/** One struct type: its fields as nodes. Shared by all fields of this type. */
export class Struct {
  readonly fieldNames: readonly string[];
  /** Fields that a Go round trip writes even when the value has none: `strategy: {}`, `rules: null`. */
  readonly alwaysWritten: readonly string[];
  private readonly nodes = new Map<string, CompiledSchema>();

  constructor(
    readonly name: string,
    private readonly compiled: CompiledType,
    private readonly source: StructSource,
    private readonly descriptions: Record<string, string> | undefined,
  ) {
    this.fieldNames = Object.keys(compiled.fields);
    this.alwaysWritten = this.fieldNames.filter((name) => isAlwaysWritten(compiled.fields[name] as CompiledField));
  }

  get isKind(): boolean {
    return this.compiled.kind === true;
  }
  get atomic(): boolean {
    return this.compiled.atomic === true;
  }
  get required(): readonly string[] | undefined {
    return this.compiled.required;
  }
  get description(): string | undefined {
    return this.descriptions?.[''];
  }

  field(name: string): CompiledSchema | undefined {
    const known = this.nodes.get(name);
    if (known) return known;
    if (!Object.hasOwn(this.compiled.fields, name)) return undefined;
    const raw = this.compiled.fields[name] as string | CompiledField;
    const facts = typeof raw === 'string' ? NO_FACTS : raw;
    const expression = typeof raw === 'string' ? raw : raw.type;
    const node = new CompiledSchema(expression, facts, this.source, undefined, this.descriptions?.[name]);
    this.nodes.set(name, node);
    return node;
  }

  /** The key that stood in this place in the last value, and its field: most values are alike. */
  private readonly lastKeys: string[] = [];
  private readonly lastFields: (CompiledSchema | undefined)[] = [];

  /** As `field`, for the key in this place of a value. */
  fieldAt(place: number, name: string): CompiledSchema | undefined {
    if (this.lastKeys[place] === name) return this.lastFields[place];
    const field = this.field(name);
    if (place <= this.lastKeys.length) {
      this.lastKeys[place] = name;
      this.lastFields[place] = field;
    }
    return field;
  }

  /** The struct as a whole, as the root of a kind. */
  root(): CompiledSchema {
    return new CompiledSchema(this.name, NO_FACTS, this.source, undefined, undefined);
  }
}

/**
 * Written whatever the value: no omitempty; or a struct, of which Go never says that it is empty. A Time, a Quantity and an
 * IntOrString are structs too.
 */
function isAlwaysWritten(field: string | CompiledField): boolean {
  if (typeof field !== 'string' && field.omitZero) return false;
  if (typeof field !== 'string' && field.always) return true;
  const type = typeof field === 'string' ? field : field.type;
  if (type.startsWith('*') || type.startsWith('[]') || type.startsWith('{}')) return false;
  return (
    type.includes('/') ||
    type === 'time' ||
    type === 'micro-time' ||
    type === 'quantity' ||
    type === 'int-or-string' ||
    type === 'any'
  );
}

export class CompiledSchema implements Schema {
  readonly type: SchemaType;
  readonly name: string | undefined;
  readonly format: string | undefined;
  readonly enum: readonly string[] | undefined;
  readonly default: Json | undefined;
  readonly patchStrategy: readonly string[] | undefined;
  readonly patchMergeKey: string | undefined;
  readonly listType: 'atomic' | 'set' | 'map' | undefined;
  readonly listMapKeys: readonly string[] | undefined;
  readonly atomic: boolean | undefined;
  readonly goType: string;
  readonly pointer: boolean;
  readonly always: boolean;
  readonly omitZero: boolean;
  readonly embedded: readonly string[] | undefined;
  /** The struct, when this is one. */
  readonly struct: Struct | undefined;
  private readonly itemExpression: string;
  /** An enum is of the items of a list. */
  private readonly itemFacts: CompiledField;
  private itemNode: CompiledSchema | undefined;

  constructor(
    expression: string,
    facts: CompiledField,
    private readonly source: StructSource,
    goType: string | undefined,
    /** Of the field alone. */
    readonly description: string | undefined,
  ) {
    this.pointer = expression.startsWith('*');
    const bare = this.pointer ? expression.slice(1) : expression;
    const prefix = bare.slice(0, 2);
    this.itemExpression = prefix === '[]' || prefix === '{}' ? bare.slice(2) : '';
    const scalar = SCALARS[bare];
    this.struct = this.itemExpression === '' && !scalar ? source.struct(bare) : undefined;
    this.type = prefix === '[]' ? 'array' : prefix === '{}' ? 'map' : scalar ? scalar[0] : 'object';
    this.name = this.struct?.name;
    this.format = scalar?.[1];
    this.goType = facts.go ?? goType ?? goTypeOf(bare);
    this.enum = this.itemExpression === '' ? facts.enum : undefined;
    this.itemFacts = this.itemExpression !== '' && facts.enum ? { type: '', enum: facts.enum } : NO_FACTS;
    this.default = facts.default;
    this.patchStrategy = facts.patchStrategy;
    this.patchMergeKey = facts.patchMergeKey;
    this.listType = facts.listType;
    this.listMapKeys = facts.listMapKeys;
    this.atomic = facts.atomic || this.struct?.atomic || undefined;
    this.always = facts.always === true;
    this.omitZero = facts.omitZero === true;
    this.embedded = facts.embedded?.split('.');
  }

  field(name: string): CompiledSchema | undefined {
    return this.struct?.field(name);
  }
  get fieldNames(): readonly string[] | undefined {
    return this.struct?.fieldNames;
  }
  get required(): readonly string[] | undefined {
    return this.struct?.required;
  }
  get items(): CompiledSchema | undefined {
    if (this.itemExpression === '') return undefined;
    this.itemNode ??= new CompiledSchema(
      this.itemExpression,
      this.itemFacts,
      this.source,
      elementOf(this.goType, this.itemExpression),
      undefined,
    );
    return this.itemNode;
  }
  /** A node of another type expression in the same catalog. */
  relative(expression: string): CompiledSchema {
    return new CompiledSchema(expression, NO_FACTS, this.source, undefined, undefined);
  }
  get typeDescription(): string | undefined {
    return this.struct ? this.struct.description : this.source.scalarDescription(this.goType);
  }
}

function goTypeOf(expression: string): string {
  if (expression.startsWith('[]')) return `[]${goTypeOf(expression.slice(2))}`;
  if (expression.startsWith('{}')) return `map[string]${goTypeOf(expression.slice(2))}`;
  return SCALARS[expression]?.[2] ?? expression.slice(expression.indexOf('/') + 1);
}

/** `[]v1.Protocol` → `v1.Protocol`; of a list type with a name (`v1.ResourceList`) what its expression says. */
function elementOf(goType: string, itemExpression: string): string {
  if (goType === 'v1.JSONSchemaDependencies') return 'v1.JSONSchemaPropsOrStringArray';
  if (goType.startsWith('[]')) return goType.slice(2);
  const map = /^map\[[\w.]+\](.*)$/.exec(goType);
  return map ? (map[1] as string) : goTypeOf(itemExpression);
}
