/** How one request is counted (apiserver `endpoints/metrics/metrics.go` MonitorRequest, CleanVerb, CleanScope). */
import { isTrue, param, type RequestInfo, requestInfo } from '../apiserver/request-info';
import type { ApiRequest, ApiResponse } from '../client/transport';
import type { ServerMetrics } from './server-metrics';

const COMPONENT = 'apiserver';

/** Counts a request from when it is made to when `done` is called. */
export class CountedRequest {
  private readonly kind: { request_kind: string };
  constructor(
    private readonly metrics: ServerMetrics,
    private readonly request: ApiRequest,
    private readonly begun: number,
  ) {
    this.kind = { request_kind: request.method === 'GET' ? 'readOnly' : 'mutating' };
    metrics.inFlight.add(this.kind, 1);
  }

  /** Once the answer is known. @param now in milliseconds, as `begun`. */
  answered(response: ApiResponse, now: number): void {
    this.metrics.inFlight.add(this.kind, -1);
    const labels = requestLabels(this.request, response);
    this.metrics.requests.add({ ...labels, dry_run: dryRun(this.request), code: String(response.code) });
    if (!response.events && !response.chunks && !response.session)
      this.metrics.durations.observe({ ...labels, dry_run: dryRun(this.request) }, (now - this.begun) / 1000);
  }

  /** For a watch: it goes on until the function that is returned is called. */
  goesOn(response: ApiResponse): { told(): void; ended(): void } {
    const { group, version, resource, ...rest } = requestLabels(this.request, response);
    const about = { group, version, resource };
    const labels = { ...about, ...rest };
    this.metrics.longRunning.add(labels, 1);
    return {
      told: () => this.metrics.events.add(about),
      ended: () => this.metrics.longRunning.add(labels, -1),
    };
  }
}

const NOTHING = { group: '', version: '', resource: '', subresource: '', scope: '' };

function requestLabels(request: ApiRequest, response: ApiResponse) {
  const info = infoOf(request);
  // Names of things that are not served come from outside, and there is no end to them.
  const known = info?.isResourceRequest && !isUnknownPath(response);
  if (!known) return { verb: request.method as string, component: COMPONENT, ...NOTHING };
  const { group, version, resource, subresource } = info;
  return {
    verb: verbOf(request, info),
    component: COMPONENT,
    group,
    version,
    resource,
    subresource,
    scope: scopeOf(info),
  };
}

function infoOf(request: ApiRequest): RequestInfo | undefined {
  try {
    return requestInfo(request);
  } catch {
    return undefined;
  }
}

function isUnknownPath({ code, body }: ApiResponse): boolean {
  if (code !== 404) return code === 400 || code === 401;
  // What is served and not there has a kind.
  return (body as { details?: { kind?: string } }).details?.kind === undefined;
}

function scopeOf({ name, verb, namespace }: RequestInfo): string {
  if (name !== '' || verb === 'create') return 'resource';
  return namespace === '' ? 'cluster' : 'namespace';
}

const CONNECTIONS: ReadonlySet<string> = new Set(['attach', 'exec', 'log', 'portforward', 'proxy']);

function verbOf({ method, headers }: ApiRequest, info: RequestInfo): string {
  if (CONNECTIONS.has(info.subresource)) return 'CONNECT';
  if (method === 'GET') {
    if (info.verb === 'watch' || isTrue(param(info.query, 'watch'))) return 'WATCH';
    return scopeOf(info) === 'resource' ? 'GET' : 'LIST';
  }
  if (method === 'PATCH' && headers?.['content-type']?.startsWith('application/apply-patch')) return 'APPLY';
  return method;
}

/** The one value there is; anything else is `invalid`. */
function dryRun({ query }: ApiRequest): string {
  const value = query?.['dryRun'];
  return value === undefined || value === '' ? '' : value === 'All' ? 'All' : 'invalid';
}
