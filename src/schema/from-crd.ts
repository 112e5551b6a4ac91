/** Schemas of custom kinds: structural OpenAPI v3 schemas of CustomResourceDefinitions seen as Schema nodes. */
import { isObject, type Json, type JsonObject } from '../apimachinery/json';
import { schemaNamed } from './catalog';
import type { Schema, SchemaType } from './schema';

/**
 * The schema of a custom kind from `spec.versions[].schema.openAPIV3Schema`. What every object has (apiVersion, kind,
 * metadata) is implied, as upstream implies it; without a schema everything is kept.
 */
export function schemaFromCrd(openAPIV3Schema: Json | undefined): Schema {
  const schema = isObject(openAPIV3Schema)
    ? openAPIV3Schema
    : { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
  return new CustomSchema(schema, true);
}

class CustomSchema implements Schema {
  readonly type: SchemaType;
  private readonly nodes = new Map<string, Schema | undefined>();
  private itemNode: Schema | undefined;

  constructor(
    private readonly schema: JsonObject,
    /** Has apiVersion, kind and metadata whether its properties say so or not. */
    private readonly isResource: boolean,
  ) {
    this.type = isResource ? 'object' : typeOf(schema);
  }

  get openAPI(): JsonObject {
    return this.schema;
  }
  get format(): string | undefined {
    return text(this.schema['format']);
  }
  get enum(): readonly string[] | undefined {
    const values = this.schema['enum'];
    return Array.isArray(values)
      ? values.map((value) => (typeof value === 'string' ? value : String(value)))
      : undefined;
  }
  get default(): Json | undefined {
    return this.schema['default'];
  }
  get nullable(): boolean | undefined {
    return this.schema['nullable'] === true || undefined;
  }
  get description(): string | undefined {
    return text(this.schema['description']);
  }
  get required(): readonly string[] | undefined {
    return texts(this.schema['required']);
  }
  get preserveUnknownFields(): boolean | undefined {
    return this.schema['x-kubernetes-preserve-unknown-fields'] === true || undefined;
  }
  get listType(): 'atomic' | 'set' | 'map' | undefined {
    return text(this.schema['x-kubernetes-list-type']) as 'atomic' | 'set' | 'map' | undefined;
  }
  get listMapKeys(): readonly string[] | undefined {
    return texts(this.schema['x-kubernetes-list-map-keys']);
  }
  get atomic(): boolean | undefined {
    return this.schema['x-kubernetes-map-type'] === 'atomic' || undefined;
  }

  get fieldNames(): readonly string[] | undefined {
    if (this.type !== 'object') return undefined;
    const own = Object.keys(this.properties);
    return this.isResource ? [...new Set(['apiVersion', 'kind', 'metadata', ...own])] : own;
  }

  field(name: string): Schema | undefined {
    if (this.type !== 'object') return undefined;
    if (!this.nodes.has(name)) this.nodes.set(name, this.makeField(name));
    return this.nodes.get(name);
  }

  get items(): Schema | undefined {
    if (this.type !== 'array' && this.type !== 'map') return undefined;
    const inner = this.schema[this.type === 'array' ? 'items' : 'additionalProperties'];
    this.itemNode ??= node(isObject(inner) ? inner : { 'x-kubernetes-preserve-unknown-fields': true });
    return this.itemNode;
  }

  private makeField(name: string): Schema | undefined {
    if (this.isResource && name === 'metadata') return objectMeta();
    const properties = this.properties;
    const inner = Object.hasOwn(properties, name) ? properties[name] : undefined;
    if (isObject(inner)) return node(inner);
    return this.isResource ? implied(name) : undefined;
  }

  private get properties(): JsonObject {
    const { properties } = this.schema;
    return isObject(properties) ? properties : {};
  }
}

/** metadata, apiVersion and kind as every built-in kind describes them (apiextensions `pkg/controller/openapi/builder`). */
function objectMeta(): Schema | undefined {
  return schemaNamed('meta/v1.ObjectMeta');
}

function implied(name: string): Schema | undefined {
  return name === 'apiVersion' || name === 'kind' ? node({ type: 'string' }) : undefined;
}

function node(schema: JsonObject): Schema {
  return new CustomSchema(schema, schema['x-kubernetes-embedded-resource'] === true);
}

function typeOf(schema: JsonObject): SchemaType {
  if (schema['x-kubernetes-int-or-string'] === true) return 'int-or-string';
  switch (schema['type']) {
    case 'object': {
      const { additionalProperties, properties } = schema;
      if (properties === undefined && isObject(additionalProperties)) return 'map';
      if (properties === undefined && additionalProperties === true) return 'any';
      return 'object';
    }
    case 'array':
    case 'string':
    case 'integer':
    case 'number':
    case 'boolean':
      return schema['type'];
    default:
      return isObject(schema['properties']) ? 'object' : 'any';
  }
}

function text(value: Json | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function texts(value: Json | undefined): readonly string[] | undefined {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : undefined;
}
