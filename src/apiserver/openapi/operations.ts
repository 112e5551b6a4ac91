/** The paths of a resource and what can be done at each (apiserver `endpoints/installer.go`, kube-openapi `pkg/builder`). */
import type { JsonObject } from '../../apimachinery/json';
import type { ResourceInfo, SubresourceInfo } from '../../schema/schema';
import { groupVersionKind, type OpenApiVersion } from './components';
import { capitalized, groupTag } from './names';
import {
  CONNECT,
  DELETE,
  DELETE_COLLECTION,
  LIST,
  LOG,
  NAMESPACE,
  nameParameter,
  PATCH,
  type Parameter,
  PRETTY,
  PROXY_PATH,
  WRITE,
} from './parameters';

/** References to the schemas that requests and answers are of. */
export interface OperationRefs {
  object: JsonObject;
  list: JsonObject | undefined;
  status: JsonObject;
  deleteOptions: JsonObject;
  patch: JsonObject;
  watchEvent: JsonObject;
  subresource(subresource: SubresourceInfo): JsonObject | undefined;
}

const JSON_AND_MORE = ['application/json', 'application/vnd.kubernetes.protobuf', 'application/yaml'];
const STREAMS = ['application/json;stream=watch', 'application/vnd.kubernetes.protobuf;stream=watch'];
const PATCH_TYPES = [
  'application/json-patch+json',
  'application/merge-patch+json',
  'application/strategic-merge-patch+json',
  'application/apply-patch+yaml',
];

interface Operation {
  method: string;
  /** `x-kubernetes-action` */
  action: string;
  /** What operation ids begin with: `list`, `replace`. */
  verb: string;
  description: string;
  /** Of what is answered, by code. Empty text: as it comes. */
  responses: Record<number, JsonObject | undefined>;
  parameters?: readonly Parameter[];
  body?: { ref: JsonObject; types?: readonly string[]; required: boolean };
  streams?: boolean;
  /** Where the kind is not that of the resource. */
  subresource?: SubresourceInfo;
  suffix?: string;
}

/** Makes path items of one version of OpenAPI. */
export class PathItems {
  readonly paths: JsonObject = {};

  constructor(
    private readonly version: OpenApiVersion,
    /** A list of parameters as the document has them: in place, or as references. */
    private readonly parameters: (list: readonly Parameter[]) => JsonObject[],
  ) {}

  /** All paths of a resource. @param custom has no protobuf form and no strategic merge */
  add(info: ResourceInfo, refs: OperationRefs, custom: boolean): void {
    const { group, version, plural, namespaced, kind } = info;
    const base = group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
    const collection = namespaced ? `${base}/namespaces/{namespace}/${plural}` : `${base}/${plural}`;
    const scope = namespaced ? [NAMESPACE] : [];
    const named = [nameParameter(kind), ...scope];
    const can = (verb: string): boolean => info.verbs.includes(verb);
    const item = (path: string, parameters: readonly Parameter[], operations: Operation[], suffix = ''): void => {
      const all = operations.filter(({ verb }) => verb !== '');
      if (all.length > 0) this.item(path, parameters, info, all, custom, namespaced && suffix === '', suffix);
    };
    item(collection, [...scope, PRETTY], collectionOperations(info, refs, can));
    item(`${collection}/{name}`, [...named, PRETTY], itemOperations(info, refs, can, custom));
    for (const subresource of info.subresources) {
      const path = `${collection}/{name}/${subresource.name}`;
      const operations = subresourceOperations(info, refs, subresource, custom);
      item(path, [...named, PRETTY], operations);
      if (subresource.name === 'proxy')
        item(
          `${path}/{path}`,
          [...named, PROXY_PATH],
          operations.map((one) => ({ ...one, suffix: `${one.suffix}WithPath` })),
        );
    }
    if (namespaced && can('list'))
      item(`${base}/${plural}`, [...LIST, PRETTY], [listOperation(info, refs, [])], 'ForAllNamespaces');
    if (!can('watch')) return;
    const watch = (action: string, suffix: string): Operation => watchOperation(info, refs, action, suffix);
    const watchBase = collection.replace(base, `${base}/watch`);
    item(watchBase, [...LIST, ...scope, PRETTY], [watch('watchlist', 'List')]);
    item(`${watchBase}/{name}`, [...LIST, ...named, PRETTY], [watch('watch', '')]);
    if (namespaced)
      item(`${base}/watch/${plural}`, [...LIST, PRETTY], [watch('watchlist', 'List')], 'ForAllNamespaces');
  }

  private item(
    path: string,
    parameters: readonly Parameter[],
    info: ResourceInfo,
    operations: Operation[],
    custom: boolean,
    namespaced: boolean,
    suffix: string,
  ): void {
    const item: JsonObject = {};
    for (const operation of operations) {
      const scope = namespaced ? 'Namespaced' : '';
      const name = `${scope}${info.kind}${operation.suffix ?? ''}${suffix}`;
      item[operation.method] = this.operation(info, operation, name, custom);
    }
    item['parameters'] = this.parameters(parameters);
    this.paths[path] = item;
  }

  private operation(info: ResourceInfo, operation: Operation, name: string, custom: boolean): JsonObject {
    const { group, version, kind } = operation.subresource ?? info;
    const tag = groupTag(info.group);
    const produces = mediaTypes(operation, custom);
    const responses: JsonObject = {};
    for (const [code, ref] of Object.entries(operation.responses))
      responses[code] = { description: DESCRIPTIONS[code] ?? '', ...this.content(ref, produces) };
    responses['401'] = { description: 'Unauthorized' };
    const { body } = operation;
    return {
      description: operation.description,
      ...(this.version === 2 ? { consumes: body?.types ? [...body.types] : ['*/*'], produces } : {}),
      operationId: operation.verb.includes('%')
        ? operation.verb.replace('%', `${capitalized(tag)}${capitalized(info.version)}`) + name
        : `${operation.verb}${capitalized(tag)}${capitalized(info.version)}${name}`,
      ...this.input(operation),
      responses,
      tags: [`${tag}_${info.version}`],
      'x-kubernetes-action': operation.action,
      'x-kubernetes-group-version-kind': groupVersionKind(group, version, kind),
    };
  }

  private content(ref: JsonObject | undefined, produces: readonly string[]): JsonObject {
    const schema = ref ?? { type: 'string' };
    if (this.version === 2) return { schema };
    return { content: Object.fromEntries(produces.map((type) => [type, { schema }])) };
  }

  private input({ body, parameters = [] }: Operation): JsonObject {
    const list = this.parameters(parameters);
    if (!body) return list.length > 0 ? { parameters: list } : {};
    const required: JsonObject = body.required ? { required: true } : {};
    if (this.version === 2)
      return { parameters: [...list, { name: 'body', in: 'body', ...required, schema: body.ref }] };
    const content = Object.fromEntries((body.types ?? ['*/*']).map((type) => [type, { schema: body.ref }]));
    return { ...(list.length > 0 ? { parameters: list } : {}), requestBody: { content, ...required } };
  }
}

const DESCRIPTIONS: Readonly<Record<string, string>> = { 200: 'OK', 201: 'Created', 202: 'Accepted' };

function mediaTypes({ action, streams }: Operation, custom: boolean): string[] {
  if (action === 'connect') return ['*/*'];
  const plain = custom ? JSON_AND_MORE.filter((type) => !type.includes('protobuf')) : JSON_AND_MORE;
  return streams ? [...plain, ...STREAMS.filter((type) => !custom || !type.includes('protobuf'))].sort() : plain;
}

function collectionOperations(info: ResourceInfo, refs: OperationRefs, can: (verb: string) => boolean): Operation[] {
  const { kind } = info;
  const operations: Operation[] = [];
  if (can('deletecollection'))
    operations.push({
      method: 'delete',
      action: 'deletecollection',
      verb: 'delete%Collection',
      description: `delete collection of ${kind}`,
      responses: { 200: refs.status },
      parameters: DELETE_COLLECTION,
      body: { ref: refs.deleteOptions, required: false },
    });
  if (can('list')) operations.push(listOperation(info, refs, LIST));
  if (can('create')) operations.push(createOperation(refs.object, `create ${article(kind)} ${kind}`));
  return operations;
}

function listOperation({ kind }: ResourceInfo, refs: OperationRefs, parameters: readonly Parameter[]): Operation {
  return {
    method: 'get',
    action: 'list',
    verb: 'list',
    description: `list or watch objects of kind ${kind}`,
    responses: { 200: refs.list },
    parameters,
    streams: true,
  };
}

function watchOperation({ kind }: ResourceInfo, refs: OperationRefs, action: string, suffix: string): Operation {
  const what = action === 'watch' ? `changes to an object of kind ${kind}` : `individual changes to a list of ${kind}`;
  return {
    method: 'get',
    action,
    verb: 'watch',
    description: `watch ${what}. deprecated: use the 'watch' parameter with a list operation instead.`,
    responses: { 200: refs.watchEvent },
    streams: true,
    suffix,
  };
}

function createOperation(ref: JsonObject, description: string): Operation {
  return {
    method: 'post',
    action: 'post',
    verb: 'create',
    description,
    responses: { 200: ref, 201: ref, 202: ref },
    parameters: WRITE,
    body: { ref, required: true },
  };
}

function itemOperations(
  { kind }: ResourceInfo,
  refs: OperationRefs,
  can: (verb: string) => boolean,
  custom: boolean,
): Operation[] {
  const operations: Operation[] = [];
  if (can('delete'))
    operations.push({
      method: 'delete',
      action: 'delete',
      verb: 'delete',
      description: `delete ${article(kind)} ${kind}`,
      responses: { 200: refs.status, 202: refs.status },
      parameters: DELETE,
      body: { ref: refs.deleteOptions, required: false },
    });
  if (can('get')) operations.push(readOperation(refs.object, `read the specified ${kind}`));
  if (can('patch'))
    operations.push(patchOperation(refs, refs.object, `partially update the specified ${kind}`, custom));
  if (can('update')) operations.push(replaceOperation(refs.object, `replace the specified ${kind}`));
  return operations;
}

function readOperation(ref: JsonObject | undefined, description: string, parameters?: readonly Parameter[]): Operation {
  const responses = { 200: ref };
  return { method: 'get', action: 'get', verb: 'read', description, responses, ...(parameters ? { parameters } : {}) };
}

function replaceOperation(ref: JsonObject, description: string): Operation {
  return {
    method: 'put',
    action: 'put',
    verb: 'replace',
    description,
    responses: { 200: ref, 201: ref },
    parameters: WRITE,
    body: { ref, required: true },
  };
}

function patchOperation(refs: OperationRefs, ref: JsonObject, description: string, custom: boolean): Operation {
  return {
    method: 'patch',
    action: 'patch',
    verb: 'patch',
    description,
    responses: { 200: ref, 201: ref },
    parameters: PATCH,
    body: {
      ref: refs.patch,
      types: custom ? PATCH_TYPES.filter((type) => !type.includes('strategic')) : PATCH_TYPES,
      required: true,
    },
  };
}

const CONNECT_METHODS: Readonly<Record<string, readonly string[]>> = {
  create: ['post'],
  delete: ['delete'],
  get: ['get', 'head', 'options'],
  patch: ['patch'],
  update: ['put'],
};

function subresourceOperations(
  { kind }: ResourceInfo,
  refs: OperationRefs,
  subresource: SubresourceInfo,
  custom: boolean,
): Operation[] {
  const { name, verbs } = subresource;
  const suffix = capitalized(name);
  const connect = Object.hasOwn(CONNECT, subresource.kind) ? CONNECT[subresource.kind] : undefined;
  if (connect)
    return verbs
      .flatMap((verb) => CONNECT_METHODS[verb] ?? [])
      .filter((method) => name === 'proxy' || method === 'get' || method === 'post')
      .map((method) => ({
        method,
        action: 'connect',
        verb: `connect%${capitalized(method)}`,
        description: `connect ${method.toUpperCase()} requests to ${name} of ${kind}`,
        responses: { 200: undefined },
        parameters: connect,
        subresource,
        suffix,
      }));
  const ref = refs.subresource(subresource);
  const operations: Operation[] = [];
  if (verbs.includes('get'))
    operations.push(
      name === 'log'
        ? readOperation(undefined, `read log of the specified ${kind}`, LOG)
        : readOperation(ref, `read ${name} of the specified ${kind}`),
    );
  if (ref && verbs.includes('create'))
    operations.push(createOperation(ref, `create ${name} of ${article(kind)} ${kind}`));
  if (ref && verbs.includes('patch'))
    operations.push(patchOperation(refs, ref, `partially update ${name} of the specified ${kind}`, custom));
  if (ref && verbs.includes('update'))
    operations.push(replaceOperation(ref, `replace ${name} of the specified ${kind}`));
  return operations.map((operation) => ({ ...operation, subresource, suffix }));
}

function article(kind: string): string {
  return /^[AEIOU]/.test(kind) ? 'an' : 'a';
}
