/** Schemas of custom kinds: structural OpenAPI v3 schemas of CustomResourceDefinitions seen as Schema nodes. */
import { isObject, type Json, type JsonObject } from '../apimachinery/json';
import { schemaNamed } from './catalog';
import { additionalOf, hasAdditionalProperties, itemsOf, type JsonSchema, propertyOf } from './json-schema';
import type { Schema, SchemaType } from './schema';

/** Without a schema everything is kept. */
const ANYTHING: JsonSchema = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };

/**
 * The schema of a custom kind from `spec.versions[].schema.openAPIV3Schema`. What every object has (apiVersion, kind,
 * metadata) is implied, as upstream implies it; without a schema everything is kept.
 */
export function schemaFromCrd(openAPIV3Schema: Json | undefined): CustomSchema {
  return new CustomSchema(isObject(openAPIV3Schema) ? (openAPIV3Schema as JsonSchema) : ANYTHING, true, false);
}

/**
 * A structural schema as a Schema node. What it says of ownership is what kube-openapi's `schemaconv` makes of the published
 * schema: an object without properties, or below x-kubernetes-preserve-unknown-fields, is deduced from its value.
 */
export class CustomSchema implements Schema {
  readonly type: SchemaType;
  private readonly nodes = new Map<string, Schema | undefined>();
  private itemNode: Schema | undefined;
  /** Here or above unknown fields are kept: for ownership, not for pruning. */
  private readonly keepsUnknown: boolean;

  constructor(
    /** As the definition has it. */
    readonly raw: JsonSchema,
    /** Has apiVersion, kind and metadata whether its properties say so or not. */
    private readonly isResource: boolean,
    inKeptUnknown: boolean,
  ) {
    this.type = isResource ? 'object' : typeOf(raw);
    this.keepsUnknown = inKeptUnknown || raw['x-kubernetes-preserve-unknown-fields'] === true;
  }

  get openAPI(): JsonObject {
    return this.raw as JsonObject;
  }
  get format(): string | undefined {
    return this.raw.format;
  }
  get enum(): readonly string[] | undefined {
    return this.raw.enum?.map((value) => (typeof value === 'string' ? value : String(value)));
  }
  get default(): Json | undefined {
    return this.raw.default;
  }
  get nullable(): boolean | undefined {
    return this.raw.nullable === true || undefined;
  }
  get description(): string | undefined {
    return this.raw.description;
  }
  get required(): readonly string[] | undefined {
    return this.raw.required;
  }
  get preserveUnknownFields(): boolean | undefined {
    if (this.keepsUnknown) return true;
    if (this.type !== 'object' || this.isResource) return undefined;
    const { additionalProperties, properties } = this.raw;
    if (additionalProperties === true) return true;
    return (additionalProperties === undefined && Object.keys(properties ?? {}).length === 0) || undefined;
  }
  get listType(): 'atomic' | 'set' | 'map' | undefined {
    return this.raw['x-kubernetes-list-type'] as 'atomic' | 'set' | 'map' | undefined;
  }
  get listMapKeys(): readonly string[] | undefined {
    return this.raw['x-kubernetes-list-map-keys'];
  }
  get atomic(): boolean | undefined {
    return this.raw['x-kubernetes-map-type'] === 'atomic' || undefined;
  }

  get fieldNames(): readonly string[] | undefined {
    if (this.type !== 'object') return undefined;
    const own = Object.keys(this.raw.properties ?? {});
    return this.isResource ? [...new Set(['apiVersion', 'kind', 'metadata', ...own])] : own;
  }

  field(name: string): Schema | undefined {
    if (this.type !== 'object') return undefined;
    if (!this.nodes.has(name)) this.nodes.set(name, this.makeField(name));
    return this.nodes.get(name);
  }

  get items(): Schema | undefined {
    if (this.type !== 'array' && this.type !== 'map') return undefined;
    const inner = this.type === 'array' ? itemsOf(this.raw) : additionalOf(this.raw);
    this.itemNode ??= this.node(inner ?? { 'x-kubernetes-preserve-unknown-fields': true });
    return this.itemNode;
  }

  private makeField(name: string): Schema | undefined {
    // As every built-in kind describes them (apiextensions `pkg/controller/openapi/builder`).
    if (this.isResource && name === 'metadata') return schemaNamed('meta/v1.ObjectMeta');
    const inner = propertyOf(this.raw, name);
    if (inner) return this.node(inner);
    return this.isResource && (name === 'apiVersion' || name === 'kind') ? this.node({ type: 'string' }) : undefined;
  }

  private node(schema: JsonSchema): Schema {
    return new CustomSchema(schema, schema['x-kubernetes-embedded-resource'] === true, this.keepsUnknown);
  }
}

function typeOf(schema: JsonSchema): SchemaType {
  if (schema['x-kubernetes-int-or-string']) return 'int-or-string';
  const hasProperties = Object.keys(schema.properties ?? {}).length > 0;
  switch (schema.type) {
    case 'object':
      if (hasProperties) return 'object';
      return hasAdditionalProperties(schema) && additionalOf(schema) ? 'map' : 'object';
    case 'array':
    case 'string':
    case 'integer':
    case 'number':
    case 'boolean':
      return schema.type;
    default:
      return hasProperties ? 'object' : 'any';
  }
}
