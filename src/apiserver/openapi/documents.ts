/** Whole documents: version 3 has one for each group and version, version 2 one for everything. */
import type { Json, JsonObject } from '../../apimachinery/json';
import { builtinGroups, kindSchema, schemaNamed } from '../../schema/catalog';
import type { ResourceInfo, Schema } from '../../schema/schema';
import { Components, type OpenApiVersion } from './components';
import { customRefs } from './custom-components';
import { capitalized, definitionName, groupTag } from './names';
import { type OperationRefs, PathItems } from './operations';
import { type Parameter, parameterObject } from './parameters';

/** The schema of a custom kind, and what its lists are called. */
export type CustomSchemas = (info: ResourceInfo) => Promise<{ schema: Schema; listKind: string } | undefined>;

const INFO = (version: string): JsonObject => ({ title: 'Kubernetes', version });

/** The document of one path of the index: `api/v1`, `apis/apps/v1`, `apis/apps`, `api`, `version`. Undefined where there is none. */
export async function version3Document(
  path: string,
  resources: readonly ResourceInfo[],
  custom: CustomSchemas,
  serverVersion: string,
): Promise<JsonObject | undefined> {
  const components = new Components(3);
  const items = new PathItems(3, (list) => list.map((one) => parameterObject(one, 3)));
  const served = resources.filter((info) => pathOf(info) === path);
  for (const info of served) await addResource(3, components, items, info, custom);
  if (!addInformation(path, resources, 3, components, items.paths)) return undefined;
  return {
    openapi: '3.0.0',
    info: INFO(serverVersion),
    paths: sortedKeys(items.paths),
    components: {
      schemas: sortedKeys(components.definitions),
      securitySchemes: {
        BearerToken: {
          type: 'apiKey',
          description: 'Bearer Token authentication',
          name: 'authorization',
          in: 'header',
        },
      },
    },
  };
}

/** All paths of the index, in order. */
export function version3Paths(resources: readonly ResourceInfo[]): string[] {
  const paths = new Set(['api', 'apis', 'version']);
  for (const info of resources) {
    paths.add(pathOf(info));
    if (info.group !== '') paths.add(`apis/${info.group}`);
  }
  return [...paths].sort();
}

export function pathOf({ group, version }: { group: string; version: string }): string {
  return group === '' ? `api/${version}` : `apis/${group}/${version}`;
}

export async function version2Document(
  resources: readonly ResourceInfo[],
  custom: CustomSchemas,
  serverVersion: string,
): Promise<JsonObject> {
  const components = new Components(2);
  const parameters: JsonObject = {};
  const shared = (parameter: Parameter): JsonObject => {
    if (parameter.in === 'path' && parameter.name === 'name') return parameterObject(parameter, 2);
    // The same name may mean two things.
    let key = parameter.name;
    const object = parameterObject(parameter, 2);
    for (let i = 2; parameters[key] !== undefined && !sameParameter(parameters[key] as JsonObject, object); i++)
      key = `${parameter.name}-${i}`;
    parameters[key] = object;
    return { $ref: `#/parameters/${key}` };
  };
  const items = new PathItems(2, (list) => list.map(shared));
  for (const info of resources) await addResource(2, components, items, info, custom);
  for (const path of version3Paths(resources)) addInformation(path, resources, 2, components, items.paths);
  return {
    swagger: '2.0',
    info: INFO(serverVersion),
    paths: sortedKeys(items.paths),
    definitions: sortedKeys(components.definitions),
    parameters: sortedKeys(parameters),
    securityDefinitions: {
      BearerToken: { description: 'Bearer Token authentication', type: 'apiKey', name: 'authorization', in: 'header' },
    },
    security: [{ BearerToken: [] }],
  };
}

function sameParameter(a: JsonObject, b: JsonObject): boolean {
  return a['description'] === b['description'] && a['in'] === b['in'];
}

async function addResource(
  version: OpenApiVersion,
  components: Components,
  items: PathItems,
  info: ResourceInfo,
  custom: CustomSchemas,
): Promise<void> {
  const builtin = kindSchema(info.group, info.version, info.kind) !== undefined;
  const folder = builtin ? builtinGroups()[info.group]?.types : undefined;
  let object: JsonObject;
  let list: JsonObject | undefined;
  if (builtin) {
    const name = `${folder}/${info.version}.${info.kind}`;
    object = components.typeRef(name);
    list = schemaNamed(`${name}List`) ? components.typeRef(`${name}List`) : undefined;
  } else {
    const kind = await custom(info);
    if (!kind) return;
    ({ object, list } = customRefs(components, version, info, kind.schema, kind.listKind));
  }
  const refs: OperationRefs = {
    object,
    list,
    status: components.typeRef('meta/v1.Status'),
    deleteOptions: components.typeRef('meta/v1.DeleteOptions'),
    watchEvent: components.typeRef('meta/v1.WatchEvent'),
    patch: components.ownRef(definitionName('meta/v1.Patch'), () => ({
      description: 'Patch is provided to give a concrete name and type to the Kubernetes PATCH request body.',
      type: 'object',
    })),
    subresource({ group, version: subversion, kind }) {
      if (group === info.group && subversion === info.version && kind === info.kind) return object;
      const types = builtinGroups()[group]?.types;
      const name = `${types}/${subversion}.${kind}`;
      return types && schemaNamed(name) ? components.typeRef(name) : undefined;
    },
  };
  items.add(info, refs, !builtin);
}

/** The paths that tell what there is: `/apis/apps/v1/`. False for a path that nobody serves. */
function addInformation(
  path: string,
  resources: readonly ResourceInfo[],
  version: OpenApiVersion,
  components: Components,
  paths: JsonObject,
): boolean {
  const parts = path.split('/');
  const [root, group = '', last] = parts;
  const served = (info: ResourceInfo): boolean =>
    parts.length === 1 || pathOf(info) === path || (parts.length === 2 && info.group === group);
  if (!['api', 'apis', 'version'].includes(root as string) || !resources.some(served)) return false;
  const told = information(root as string, group, last);
  const types =
    path === 'version'
      ? ['application/json']
      : ['application/json', 'application/vnd.kubernetes.protobuf', 'application/yaml'];
  const schema = components.typeRef(told.type);
  const ok: JsonObject = { description: 'OK' };
  if (version === 3) ok['content'] = Object.fromEntries(types.map((type) => [type, { schema }]));
  else ok['schema'] = schema;
  paths[`/${path}/`] = {
    get: {
      description: told.description,
      ...(version === 2 ? { consumes: types, produces: types } : {}),
      operationId: told.operationId,
      responses: { 200: ok, 401: { description: 'Unauthorized' } },
      tags: [told.tag],
    },
  };
  return true;
}

interface Information {
  description: string;
  operationId: string;
  type: string;
  tag: string;
}

function information(root: string, second: string, third: string | undefined): Information {
  if (root === 'version')
    return {
      description: 'get the version information for this server',
      operationId: 'getCodeVersion',
      type: 'version.Info',
      tag: 'version',
    };
  const title = (text: string): string => capitalized(groupTag(text));
  if (second === '')
    return {
      description: 'get available API versions',
      operationId: root === 'api' ? 'getCoreAPIVersions' : 'getAPIVersions',
      type: root === 'api' ? 'meta/v1.APIVersions' : 'meta/v1.APIGroupList',
      tag: root === 'api' ? 'core' : 'apis',
    };
  const version = root === 'api' ? second : third;
  const group = root === 'api' ? '' : second;
  if (version === undefined)
    return {
      description: 'get information of a group',
      operationId: `get${title(group)}APIGroup`,
      type: 'meta/v1.APIGroup',
      tag: groupTag(group),
    };
  return {
    description: 'get available resources',
    operationId: `get${title(group)}${capitalized(version)}APIResources`,
    type: 'meta/v1.APIResourceList',
    tag: `${groupTag(group)}_${version}`,
  };
}

function sortedKeys(object: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.keys(object)
      .sort()
      .map((key) => [key, object[key] as Json]),
  );
}
