/**
 * Answers in the form that the caller accepts: as they are, as a Table, or metadata only (apiserver `handlers/response.go`,
 * `handlers/negotiation/negotiate.go`).
 */
import { isObject, type Json } from '../apimachinery/json';
import type { KubeList, KubeObject } from '../apimachinery/meta';
import { apiError, badRequest } from '../apimachinery/status';
import type { ApiResponse, WatchEvent } from '../client/transport';
import { partialObjectMetadata, partialObjectMetadataList } from './partial-object-metadata';
import type { RequestContext } from './request-context';
import { param } from './request-info';
import { type IncludeObject, tableOf } from './table';

type Form = 'Table' | 'PartialObjectMetadata' | 'PartialObjectMetadataList';

/** The response in the form asked for; most ask for none. @throws ApiError 406, 400. */
export function transformResponse(context: RequestContext, response: ApiResponse): ApiResponse {
  const accept = context.request.headers?.['accept'];
  if (!accept?.includes('as=')) return response;
  const form = acceptedForm(accept);
  if (!form) return response;
  if (response.events) return { ...response, events: transformEvents(context, form, response.events) };
  const { body } = response;
  if (!isObject(body) || body['kind'] === 'Status') return response;
  return { ...response, body: transformValue(context, form, body as unknown as KubeObject, true) };
}

/** The first clause of the Accept header that can be served; undefined: plain. @throws ApiError 406 when there is none. */
function acceptedForm(accept: string): Form | undefined {
  for (const clause of accept.split(',')) {
    const [type, ...parameters] = clause.split(';').map((part) => part.trim());
    if (type !== 'application/json' && type !== '*/*' && type !== 'application/*') continue;
    const values = new Map(parameters.map((one) => one.split('=', 2) as [string, string]));
    const form = values.get('as');
    if (form === undefined) return undefined;
    if (values.get('g') !== 'meta.k8s.io' || !['v1', 'v1beta1'].includes(values.get('v') ?? '')) continue;
    if (form === 'Table' || form === 'PartialObjectMetadata' || form === 'PartialObjectMetadataList') return form;
  }
  throw apiError(
    406,
    'NotAcceptable',
    'only the following media types are accepted: application/json, application/yaml, application/vnd.kubernetes.protobuf',
  );
}

function transformValue(context: RequestContext, form: Form, value: KubeObject, headers: boolean): Json {
  const { core, resource } = context;
  const list = Array.isArray(value['items']) ? (value as unknown as KubeList) : undefined;
  switch (form) {
    case 'Table':
      return tableOf(resource, value, {
        includeObject: includeObject(context),
        headers,
        now: core.clock.now(),
      }) as unknown as Json;
    case 'PartialObjectMetadata':
      if (list)
        throw apiError(
          406,
          'NotAcceptable',
          `you requested PartialObjectMetadata, but the requested object is a list (*${value.kind})`,
        );
      return partialObjectMetadata(value) as unknown as Json;
    default:
      if (!list)
        throw apiError(
          406,
          'NotAcceptable',
          `you requested PartialObjectMetadataList, but the requested object is not a list (*${value.kind})`,
        );
      return partialObjectMetadataList(list) as unknown as Json;
  }
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
function transformEvents(
  context: RequestContext,
  form: Form,
  events: AsyncIterable<WatchEvent>,
): AsyncIterable<WatchEvent> {
  const objectForm: Form = form === 'PartialObjectMetadataList' ? 'PartialObjectMetadata' : form;
  return {
    [Symbol.asyncIterator]() {
      const source = events[Symbol.asyncIterator]();
      let headers = true;
      return {
        async next() {
          const { done, value } = await source.next();
          if (done) return { done: true, value: undefined };
          if (value.type === 'ERROR') return { done: false, value };
          const object = transformValue(context, objectForm, value.object, headers) as unknown as KubeObject;
          headers = false;
          return { done: false, value: { type: value.type, object } };
        },
        async return() {
          await source.return?.();
          return { done: true, value: undefined };
        },
      };
    },
  };
}
