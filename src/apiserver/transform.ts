/**
 * Answers in the form that the caller accepts: as they are, as a Table, or metadata only (apiserver `handlers/response.go`).
 * Which form that is was negotiated before anything was done.
 */
import { isObject, type Json } from '../apimachinery/json';
import type { KubeList, KubeObject } from '../apimachinery/meta';
import { type ApiError, apiError, badRequest } from '../apimachinery/status';
import type { ApiResponse, WatchEvent, WatchEvents } from '../client/transport';
import { builtinGroups } from '../schema/catalog';
import { type Conversion, isPlain, MEDIA_TYPES } from './encoding/negotiate';
import { partialObjectMetadata, partialObjectMetadataList } from './partial-object-metadata';
import type { RequestContext } from './request-context';
import { param } from './request-info';
import { type IncludeObject, type TableOptions, tableInRows, tableOf } from './table';

/** The response in the form that was negotiated; most ask for none. @throws ApiError 406, 400. */
export function transformResponse(context: RequestContext, response: ApiResponse): ApiResponse {
  if (isPlain(context.accepted)) return response;
  const { convert, encoding } = context.accepted;
  const { events, body } = response;
  const mediaType = MEDIA_TYPES[encoding];
  const contentType = events && encoding !== 'json' ? `${mediaType};stream=watch` : mediaType;
  const headers = { ...response.headers, 'content-type': contentType };
  if (!convert) return { ...response, headers };
  if (isListedTable(context, body)) return { ...response, headers };
  const form: Form = { ...convert, include: convert.kind === 'Table' ? includeObject(context) : 'Metadata' };
  if (events) return { ...response, headers, events: transformEvents(context, form, events) };
  if (!isObject(body) || body['kind'] === 'Status') return { ...response, headers };
  return { ...response, headers, body: transformValue(context, form, body as unknown as KubeObject, true) };
}

/** How a list is made a Table row by row; undefined where it is wanted otherwise. @throws ApiError 400. */
export function listedTable(context: RequestContext): ReturnType<typeof tableInRows> | undefined {
  const { convert } = context.accepted;
  if (convert?.kind !== 'Table') return undefined;
  const include = includeObject(context);
  // Rows with whole objects: then these may as well be those that others have, too.
  return include === 'Object'
    ? undefined
    : tableInRows(context.resource, tableOptions(context, { ...convert, include }, true));
}

function isListedTable({ info }: RequestContext, body: Json): boolean {
  return info.verb === 'list' && isObject(body) && body['kind'] === 'Table' && Array.isArray(body['rows']);
}

function tableOptions({ core }: RequestContext, { group, version, include }: Form, headers: boolean): TableOptions {
  return { apiVersion: `${group}/${version}`, includeObject: include, headers, now: core.clock.now() };
}

interface Form extends Conversion {
  /** Of the rows of a Table. */
  include: IncludeObject;
}

function transformValue(context: RequestContext, form: Form, value: KubeObject, headers: boolean): Json {
  const { resource } = context;
  const list = Array.isArray(value['items']) ? (value as unknown as KubeList) : undefined;
  const apiVersion = `${form.group}/${form.version}`;
  switch (form.kind) {
    case 'Table':
      return tableOf(resource, value, tableOptions(context, form, headers)) as unknown as Json;
    case 'PartialObjectMetadata':
      if (list) throw mismatch(context, form, value, 'is a list');
      return partialObjectMetadata(value, apiVersion) as unknown as Json;
    default:
      if (!list) throw mismatch(context, form, value, 'is not a list');
      return partialObjectMetadataList(list, apiVersion) as unknown as Json;
  }
}

function mismatch({ resource }: RequestContext, form: Form, { kind }: KubeObject, why: string): ApiError {
  const folder = resource.custom ? undefined : builtinGroups()[resource.info.group]?.types;
  const goType = folder ? `*${folder}.${kind}` : `*unstructured.Unstructured${kind.endsWith('List') ? 'List' : ''}`;
  return apiError(406, 'NotAcceptable', `you requested ${form.kind}, but the requested object ${why} (${goType})`);
}

function includeObject({ info }: RequestContext): IncludeObject {
  const value = param(info.query, 'includeObject');
  if (value === '') return 'Metadata';
  if (value === 'None' || value === 'Metadata' || value === 'Object') return value;
  throw badRequest(
    `Unable to convert to Table as requested: includeObject: Invalid value: ${JSON.stringify(value)}: must be 'Metadata', 'Object', 'None', or empty`,
  );
}

/** Column definitions come with the first event only. */
function transformEvents(context: RequestContext, form: Form, events: WatchEvents): WatchEvents {
  const objectForm = form.kind === 'PartialObjectMetadataList' ? { ...form, kind: 'PartialObjectMetadata' } : form;
  const transformed = (event: WatchEvent, headers: boolean): WatchEvent => {
    if (event.type === 'ERROR') return event;
    const object = transformValue(context, objectForm, event.object, headers) as unknown as KubeObject;
    return { type: event.type, object };
  };
  const { bookmark } = events;
  const transformedBookmark = async () => {
    const event = await bookmark?.();
    return event && transformed(event, false);
  };
  return {
    ...(bookmark ? { bookmark: transformedBookmark } : {}),
    [Symbol.asyncIterator]() {
      const source = events[Symbol.asyncIterator]();
      let headers = true;
      return {
        async next() {
          const { done, value } = await source.next();
          if (done) return { done: true, value: undefined };
          const event = transformed(value, headers);
          headers = false;
          return { done: false, value: event };
        },
        async return() {
          await source.return?.();
          return { done: true, value: undefined };
        },
      };
    },
  };
}
