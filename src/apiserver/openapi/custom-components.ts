/** Custom kinds in OpenAPI documents: their own schema, with what every object has (apiextensions `pkg/controller/openapi/builder/builder.go`). */
import { isObject, type Json, type JsonObject } from '../../apimachinery/json';
import { describedSchemaNamed } from '../../schema/catalog';
import type { ResourceInfo, Schema } from '../../schema/schema';
import { type Components, groupVersionKind, type OpenApiVersion } from './components';
import { customDefinitionName } from './names';

/** References to a custom kind and to lists of it. */
export function customRefs(
  components: Components,
  version: OpenApiVersion,
  info: ResourceInfo,
  schema: Schema,
  listKind: string,
): { object: JsonObject; list: JsonObject } {
  const name = customDefinitionName(info.group, info.version, info.kind);
  const object = components.ownRef(name, () => customDefinition(components, version, info, schema));
  const list = components.ownRef(customDefinitionName(info.group, info.version, listKind), () => ({
    description: `${listKind} is a list of ${info.kind}`,
    type: 'object',
    required: ['items'],
    properties: {
      ...typeMeta(),
      items: {
        description: `List of ${info.plural}. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md`,
        type: 'array',
        items: object,
      },
      metadata: components.withSiblings(components.typeRef('meta/v1.ListMeta'), descriptionOf('PodList', 'metadata')),
    },
    'x-kubernetes-group-version-kind': [groupVersionKind(info.group, info.version, listKind)],
  }));
  return { object, list };
}

function customDefinition(
  components: Components,
  version: OpenApiVersion,
  info: ResourceInfo,
  schema: Schema,
): JsonObject {
  const source = schema.openAPI ?? { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
  const own = version === 3 ? source : asVersion2(source);
  const properties = isObject(own['properties']) ? own['properties'] : undefined;
  return {
    ...own,
    type: 'object',
    ...(properties
      ? {
          properties: {
            ...properties,
            ...typeMeta(),
            metadata: components.withSiblings(
              components.typeRef('meta/v1.ObjectMeta'),
              descriptionOf('Pod', 'metadata'),
            ),
          },
        }
      : {}),
    'x-kubernetes-group-version-kind': [groupVersionKind(info.group, info.version, info.kind)],
  };
}

/** `apiVersion` and `kind`, as every kind describes them. */
function typeMeta(): JsonObject {
  const field = (name: string): JsonObject => ({ ...descriptionOf('Pod', name), type: 'string' });
  return { apiVersion: field('apiVersion'), kind: field('kind') };
}

/** What a kind of the core group says of a field that all kinds have. */
function descriptionOf(kind: string, field: string): JsonObject {
  const description = describedSchemaNamed(`core/v1.${kind}`)?.field(field)?.description;
  return description ? { description } : {};
}

/** What version 2 has no words for is left out (builder.go, ToStructuralOpenAPIV2). */
const NOT_IN_VERSION_2 = ['nullable', 'oneOf', 'anyOf', 'allOf', 'not', 'default'];

function asVersion2(schema: JsonObject): JsonObject {
  const result: JsonObject = {};
  // A value that may be null, or of two types, is of none there.
  const typeless = schema['nullable'] === true || schema['x-kubernetes-int-or-string'] === true;
  const open = schema['x-kubernetes-preserve-unknown-fields'] === true;
  for (const [key, value] of Object.entries(schema)) {
    if (NOT_IN_VERSION_2.includes(key) || (typeless && (key === 'type' || key === 'items'))) continue;
    if ((open || typeless) && key === 'properties') continue;
    if (key === 'properties' && isObject(value))
      result[key] = Object.fromEntries(Object.entries(value).map(([name, one]) => [name, inner(one)]));
    else if (key === 'items' || key === 'additionalProperties') result[key] = inner(value);
    else result[key] = value;
  }
  return result;
}

function inner(value: Json): Json {
  return isObject(value) ? asVersion2(value) : value;
}
