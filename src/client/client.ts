/** A typed REST client over a Transport: paths are built here, failures become ApiError. */

import type { Json } from '../apimachinery/json';
import { asJson, type KubeList, type KubeObject } from '../apimachinery/meta';
import { ApiError, type Status } from '../apimachinery/status';
import { CHANGES_HEADER, EXPLAIN_HEADER } from './admission-headers';
import { type ResourcePath, requestFor } from './resource-path';
import type { ApiRequest, ApiResponse, Transport, WatchEvent } from './transport';

export { type ResourcePath, resourcePath } from './resource-path';

export type Query = Record<string, string | undefined>;

export type PatchType = 'json' | 'merge' | 'strategic' | 'apply';

const PATCH_CONTENT_TYPES: Record<PatchType, string> = {
  json: 'application/json-patch+json',
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  apply: 'application/apply-patch+yaml',
};

export interface ClientOptions {
  /** Sent with every request; who the in-process server takes the caller for is in `user`. */
  userAgent?: string;
  /** In process only: acts as this user (a controller's service account). Over HTTP credentials say who one is. */
  user?: string;
  /** Hears the texts of Warning headers. */
  onWarning?(text: string): void;
}

export class Client {
  /** Of requests that have none of their own. */
  private readonly headers: Record<string, string> = {};
  private readonly others = new Map<string, Client>();
  private hear: ((changes: string | undefined) => void) | undefined;

  constructor(
    readonly transport: Transport,
    readonly options: ClientOptions = {},
  ) {
    if (options.userAgent) this.headers['user-agent'] = options.userAgent;
    if (options.user) this.headers['x-kubetick-user'] = options.user;
    Object.freeze(this.headers);
  }

  /** The same client as somebody else; in process only. */
  as(user: string): Client {
    let other = this.others.get(user);
    if (!other) {
      other = new Client(this.transport, { ...this.options, user });
      this.others.set(user, other);
    }
    return other;
  }

  /**
   * Asks with every write that admission plugins tell what they change, and hears it, as the server's header says it. Servers that
   * don't know how say nothing.
   */
  hearAdmission(hear: (changes: string | undefined) => void): void {
    this.hear = hear;
  }

  /** Sends a request and gives back the answer's body; throws ApiError for a failure. */
  async request<T = Json>(request: ApiRequest): Promise<T> {
    const answer = this.ask(request);
    return this.heard(request, answer instanceof Promise ? await answer : answer).body as T;
  }

  /** Sends a request and gives back the whole answer; throws ApiError for a failure. */
  async send(request: ApiRequest): Promise<ApiResponse> {
    const answer = this.ask(request);
    return this.heard(request, answer instanceof Promise ? await answer : answer);
  }

  private ask(request: ApiRequest): ApiResponse | Promise<ApiResponse> {
    const sent = this.asks(request)
      ? { ...request, headers: { ...request.headers, [EXPLAIN_HEADER]: 'admission' } }
      : request;
    return this.transport.send(this.addressed(sent));
  }

  private asks({ method }: ApiRequest): boolean {
    return this.hear !== undefined && method !== 'GET' && method !== 'DELETE';
  }

  private heard(request: ApiRequest, response: ApiResponse): ApiResponse {
    if (this.asks(request)) this.hear?.(response.headers[CHANGES_HEADER]);
    return answered(response, this.options);
  }

  /** The request with the client's headers. */
  private addressed(request: ApiRequest): ApiRequest {
    const { method, path, target, query, body, signal, asBytes, origin } = request;
    // Spelt out: V8 copies objects of many forms slowly, and who receives them is slowed by many forms.
    if (!request.headers && !signal && !asBytes && !origin)
      return { method, path, target, query, body, headers: this.headers };
    const headers = { ...this.headers, ...request.headers };
    if (this.options.user) headers['x-kubetick-user'] = this.options.user;
    return { ...request, headers };
  }

  get<T extends KubeObject = KubeObject>(
    path: ResourcePath,
    namespace: string,
    name: string,
    query?: Query,
  ): Promise<T> {
    return this.request(requestFor('GET', path, namespace, name, '', query));
  }
  list<T extends KubeObject = KubeObject>(path: ResourcePath, namespace = '', query?: Query): Promise<KubeList<T>> {
    return this.request(requestFor('GET', path, namespace, '', '', query));
  }
  create<T extends KubeObject>(path: ResourcePath, namespace: string, object: T, query?: Query): Promise<T> {
    return this.request(requestFor('POST', path, namespace, '', '', query, asJson(object)));
  }
  /** POST to a subresource: binding, eviction, token. */
  createSubresource<T extends KubeObject>(
    path: ResourcePath,
    namespace: string,
    name: string,
    subresource: string,
    object: T,
    query?: Query,
  ): Promise<KubeObject> {
    return this.request(requestFor('POST', path, namespace, name, subresource, query, asJson(object)));
  }
  update<T extends KubeObject>(path: ResourcePath, object: T, query?: Query, subresource?: string): Promise<T> {
    const { namespace = '', name = '' } = object.metadata;
    return this.request(requestFor('PUT', path, namespace, name, subresource, query, asJson(object)));
  }
  updateStatus<T extends KubeObject>(path: ResourcePath, object: T): Promise<T> {
    return this.update(path, object, undefined, 'status');
  }
  patch<T extends KubeObject = KubeObject>(
    path: ResourcePath,
    namespace: string,
    name: string,
    type: PatchType,
    patch: Json,
    query?: Query,
    subresource?: string,
  ): Promise<T> {
    const headers = { 'content-type': PATCH_CONTENT_TYPES[type] };
    return this.request({ ...requestFor('PATCH', path, namespace, name, subresource, query, patch), headers });
  }
  /** `options` is a DeleteOptions body. Answers the object (still finalizing) or a Status. */
  delete(path: ResourcePath, namespace: string, name: string, options?: Json, query?: Query): Promise<Json> {
    return this.request(requestFor('DELETE', path, namespace, name, '', query, options));
  }
  async watch(
    path: ResourcePath,
    namespace: string,
    query?: Query,
    signal?: AbortSignal,
  ): Promise<AsyncIterable<WatchEvent>> {
    const response = await this.send({
      ...requestFor('GET', path, namespace, '', '', { ...query, watch: 'true' }),
      ...(signal ? { signal } : {}),
    });
    return response.events as AsyncIterable<WatchEvent>;
  }
}

function answered(response: ApiResponse, options: ClientOptions): ApiResponse {
  for (const text of response.warnings) options.onWarning?.(text);
  if (response.code >= 400) throw new ApiError(response.body as unknown as Status);
  return response;
}
