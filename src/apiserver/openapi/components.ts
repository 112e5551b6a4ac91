/**
 * Schemas of types as OpenAPI has them, each with all that it refers to (kube-openapi `pkg/generators/openapi.go`): fields with
 * their defaults, how lists and maps merge, and which kinds a type is.
 */
import type { Json, JsonObject } from '../../apimachinery/json';
import { builtinGroups, describedSchemaNamed } from '../../schema/catalog';
import type { CompiledSchema } from '../../schema/compiled';
import { definitionName, groupOfFolder, SCALAR_DEFINITIONS } from './names';

/** Where definitions stand, and what else differs between the versions of OpenAPI. */
export type OpenApiVersion = 2 | 3;

const PREFIXES: Readonly<Record<OpenApiVersion, string>> = { 2: '#/definitions/', 3: '#/components/schemas/' };

/** Types of which one field says which of the others counts (`+union` in the type definitions). */
const UNIONS: Readonly<Record<string, { discriminator?: string; fields: Record<string, string> }>> = {
  'core/v1.AppArmorProfile': { discriminator: 'type', fields: { localhostProfile: 'LocalhostProfile' } },
  'core/v1.SeccompProfile': { discriminator: 'type', fields: { localhostProfile: 'LocalhostProfile' } },
  'core/v1.PodSchedulingGroup': { fields: { podGroupName: 'PodGroupName' } },
  'flowcontrol/v1.LimitResponse': { discriminator: 'type', fields: { queuing: 'Queuing' } },
  'flowcontrol/v1.PriorityLevelConfigurationSpec': {
    discriminator: 'type',
    fields: { exempt: 'Exempt', limited: 'Limited' },
  },
  'flowcontrol/v1.Subject': {
    discriminator: 'kind',
    fields: { group: 'Group', serviceAccount: 'ServiceAccount', user: 'User' },
  },
};

/** Options and events are kinds of every group and version. */
const IN_EVERY_GROUP: ReadonlySet<string> = new Set(['meta/v1.DeleteOptions', 'meta/v1.WatchEvent']);

/** Collects definitions: whatever is referred to is defined. */
export class Components {
  readonly definitions: JsonObject = {};

  constructor(private readonly version: OpenApiVersion) {}

  /** A reference to a type: `core/v1.Pod`. */
  typeRef(type: string): JsonObject {
    const name = definitionName(type);
    if (!Object.hasOwn(this.definitions, name)) {
      const schema = describedSchemaNamed(type);
      if (!schema) throw new Error(`there is no type ${type}`);
      // Its place is taken before it is looked into: types refer to themselves.
      this.definitions[name] = null;
      this.definitions[name] = this.definition(type, schema);
    }
    return this.ref(name);
  }

  /** A reference to a definition that is made here. */
  ownRef(name: string, make: () => JsonObject): JsonObject {
    if (!Object.hasOwn(this.definitions, name)) {
      this.definitions[name] = null;
      this.definitions[name] = make();
    }
    return this.ref(name);
  }

  /** With words of its own beside it. Version 3 ignores what stands beside a reference, so there it goes inside. */
  withSiblings(ref: JsonObject, siblings: JsonObject): JsonObject {
    if (Object.keys(siblings).length === 0) return ref;
    return this.version === 3 ? { allOf: [ref], ...siblings } : { ...siblings, ...ref };
  }

  private ref(name: string): JsonObject {
    return { $ref: PREFIXES[this.version] + name };
  }

  private definition(type: string, schema: CompiledSchema): JsonObject {
    const { struct } = schema;
    const properties: JsonObject = {};
    for (const name of [...(struct?.fieldNames ?? [])].sort()) {
      const field = struct?.field(name);
      if (field) properties[name] = this.property(field, true);
    }
    const union = UNIONS[type];
    return {
      ...(schema.typeDescription ? { description: schema.typeDescription } : {}),
      type: 'object',
      ...(schema.required?.length ? { required: [...schema.required] } : {}),
      ...(Object.keys(properties).length ? { properties } : {}),
      ...(struct?.isKind || IN_EVERY_GROUP.has(type) ? { 'x-kubernetes-group-version-kind': kindsOf(type) } : {}),
      ...(struct?.atomic ? { 'x-kubernetes-map-type': 'atomic' } : {}),
      ...(union
        ? {
            'x-kubernetes-unions': [
              {
                ...(union.discriminator ? { discriminator: union.discriminator } : {}),
                'fields-to-discriminateBy': union.fields,
              },
            ],
          }
        : {}),
    };
  }

  /** @param isField false for the items of a list and the values of a map, of which nothing is told but the type */
  private property(schema: CompiledSchema, isField: boolean): JsonObject {
    const type = this.typeOf(schema);
    const siblings: JsonObject = {};
    if (isField) {
      if (schema.description) siblings['description'] = schema.description;
      const value = this.version === 3 ? defaultOf(schema) : undefined;
      if (value !== undefined) siblings['default'] = value;
      Object.assign(siblings, extensionsOf(schema));
    }
    if (Object.hasOwn(type, '$ref')) return this.withSiblings(type, siblings);
    return { ...siblings, ...type };
  }

  private typeOf(schema: CompiledSchema): JsonObject {
    switch (schema.type) {
      case 'object':
        return this.typeRef(schema.name as string);
      case 'array':
        return { type: 'array', items: this.property(schema.items as CompiledSchema, false) };
      case 'map':
        return { type: 'object', additionalProperties: this.property(schema.items as CompiledSchema, false) };
    }
    const scalar = Object.hasOwn(SCALAR_DEFINITIONS, schema.goType) ? SCALAR_DEFINITIONS[schema.goType] : undefined;
    if (scalar) return this.ownRef(scalar, () => this.scalarDefinition(schema));
    if (schema.type === 'any') return { type: 'object' };
    return {
      type: schema.type,
      ...(schema.format ? { format: schema.format } : {}),
      ...(schema.enum ? { enum: [...schema.enum] } : {}),
    };
  }

  private scalarDefinition(schema: CompiledSchema): JsonObject {
    const description: JsonObject = schema.typeDescription ? { description: schema.typeDescription } : {};
    const either = (one: string, other: string): JsonObject => ({ oneOf: [{ type: one }, { type: other }] });
    switch (schema.goType) {
      case 'v1.Time':
      case 'v1.MicroTime':
        return { ...description, type: 'string', format: 'date-time' };
      case 'resource.Quantity':
        return { ...description, ...(this.version === 3 ? either('string', 'number') : { type: 'string' }) };
      case 'intstr.IntOrString':
        return {
          ...description,
          ...(this.version === 3 ? either('integer', 'string') : { type: 'string' }),
          format: 'int-or-string',
        };
      case 'runtime.RawExtension':
      case 'v1.FieldsV1':
        return { ...description, type: 'object' };
      default:
        return description;
    }
  }
}

/** What a Go round trip makes of a field that is not there: its declared default, else the zero of what is no pointer. */
function defaultOf(schema: CompiledSchema): Json | undefined {
  if (schema.default !== undefined) return schema.default;
  if (schema.pointer) return undefined;
  switch (schema.type) {
    case 'object':
      return {};
    case 'string':
      return schema.always && schema.format === undefined ? '' : undefined;
    case 'integer':
    case 'number':
      return schema.always ? 0 : undefined;
    case 'boolean':
      return schema.always ? false : undefined;
    default:
      return undefined;
  }
}

/** How a field merges. */
function extensionsOf(schema: CompiledSchema): JsonObject {
  return {
    ...(schema.listMapKeys ? { 'x-kubernetes-list-map-keys': [...schema.listMapKeys] } : {}),
    ...(schema.listType ? { 'x-kubernetes-list-type': schema.listType } : {}),
    ...(schema.atomic && (schema.type === 'object' || schema.type === 'map') && !schema.struct?.atomic
      ? { 'x-kubernetes-map-type': 'atomic' }
      : {}),
    ...(schema.patchMergeKey ? { 'x-kubernetes-patch-merge-key': schema.patchMergeKey } : {}),
    ...(schema.patchStrategy ? { 'x-kubernetes-patch-strategy': schema.patchStrategy.join(',') } : {}),
  };
}

/** x-kubernetes-group-version-kind of a type that is a kind. */
function kindsOf(type: string): Json[] {
  const kind = type.slice(type.lastIndexOf('.') + 1);
  const [folder = '', rest = ''] = type.split('/');
  if (folder !== 'meta') return [groupVersionKind(groupOfFolder(folder) ?? '', rest.slice(0, rest.indexOf('.')), kind)];
  if (!IN_EVERY_GROUP.has(type)) return [groupVersionKind('', 'v1', kind)];
  return Object.entries(builtinGroups())
    .flatMap(([group, { versions }]) => versions.map((version) => ({ group, version })))
    .sort((a, b) => (`${a.group}/${a.version}` < `${b.group}/${b.version}` ? -1 : 1))
    .map(({ group, version }) => groupVersionKind(group, version, kind));
}

export function groupVersionKind(group: string, version: string, kind: string): JsonObject {
  return { group, kind, version };
}
