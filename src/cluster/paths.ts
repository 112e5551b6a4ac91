/**
 * The paths of a cluster that no Kubernetes API server has:
 *
 * | request | body | answer |
 * |---|---|---|
 * | `POST /kubetick/tick` | TickRequest | TickReport; with `?watch=true` its steps as they happen, and the report last |
 * | `GET /kubetick/clock` | | `{now}`: simulated time alone, which costs nothing |
 * | `GET /kubetick/status` | | ClusterStatus; reads everything there is |
 * | `GET /kubetick/why/…` | | why a pod is where it is, or nowhere; see why.ts |
 * | `GET /kubetick/timeline` | | how numbers of it changed over simulated time; see timeline.ts |
 * | `GET /kubetick/dns/…` | | what the cluster's DNS answers; see dns.ts |
 * | `GET, PUT /kubetick/proxy/…` | | what kube-proxies write, and how they are set; see proxy.ts |
 * | `GET, PUT /kubetick/trace?…` | | what becomes of a connection; see trace.ts |
 * | `POST /kubetick/nodes` | NodeRequest | NodeList: nodes whose kubelets register |
 * | `POST, DELETE /kubetick/events` | | events many at a time, from inside only; see event-batches.ts |
 * | `GET /kubetick/copy` | | ClusterCopy: all that the store holds, from which a throw-away cluster can be made |
 */
import { isObject, type Json } from '../apimachinery/json';
import { ApiError, apiError, badRequest } from '../apimachinery/status';
import { formatTime } from '../apimachinery/time';
import type { ServedRequest } from '../apiserver/request-context';
import type { ApiResponse, Transport, WatchEvent } from '../client/transport';
import type { Clock } from '../sim/clock';
import type { StepReport, TickReport, TickRequest } from '../sim/controller';
import { parseRegistryKey, REGISTRY } from '../sim/resource-names';
import type { Simulation } from '../sim/simulation';
import type { Store } from '../store/store';
import type { ClusterRecord } from './cluster-record';

export interface ClusterParts {
  store: Store;
  /** Its API server. */
  server: Transport;
  clock: Clock;
  record: ClusterRecord;
  driver: string;
  /** Loads it when first asked. */
  simulation(): Promise<Simulation>;
}

/** All that a cluster holds, at one revision. */
export interface ClusterCopy {
  revision: number;
  entries: { key: string; value: Json; revision: number }[];
}

/** What `kubetick status` shows. */
export interface ClusterStatus {
  /** Simulated time, RFC 3339. */
  now: string;
  startTime: string;
  seed: number | string;
  driver: string;
  revision: number;
  /** How many objects there are: by resource, `deployments.apps`. */
  counts: Record<string, number>;
}

/** Names of the things in a stream of a tick, which looks like a watch. */
const API_VERSION = 'kubetick.dev/v1';

export function clusterPaths(parts: ClusterParts): (request: ServedRequest) => Promise<ApiResponse> {
  return async (request) => {
    const route = `${request.method} ${request.path}`;
    if (route === 'POST /kubetick/tick') return tick(parts, request);
    if (route === 'GET /kubetick/clock') return respond({ now: formatTime(parts.clock.now()) });
    if (route === 'GET /kubetick/status') return respond((await clusterStatus(parts)) as unknown as Json);
    if (route === 'POST /kubetick/nodes') {
      const { addNodes } = await import('./add-nodes');
      return respond((await addNodes(parts, request.body ?? {})) as unknown as Json);
    }
    if (route === 'GET /kubetick/copy') {
      const { entries, revision } = await parts.store.range('/');
      return respond({ revision, entries } as unknown as Json);
    }
    if (route === 'GET /kubetick/timeline') {
      const { answerTimeline } = await import('./timeline');
      return respond((await answerTimeline(parts, request)) as unknown as Json);
    }
    if (route.startsWith('GET /kubetick/why/')) {
      const { answerWhy } = await import('./why');
      return respond(await answerWhy(parts, request));
    }
    if (route === 'GET /kubetick/dns/query' || route === 'GET /kubetick/dns/resolve') {
      const { answerDNS } = await import('./dns');
      return respond(await answerDNS(parts, request));
    }
    if (route === 'GET /kubetick/trace' || route === 'PUT /kubetick/trace') {
      const { answerTrace } = await import('./trace');
      return respond(await answerTrace(parts, request));
    }
    if (request.path.startsWith('/kubetick/proxy/')) {
      const { answerProxy } = await import('./proxy');
      return respond(await answerProxy(parts, request));
    }
    throw apiError(404, 'NotFound', 'the server could not find the requested resource');
  };
}

async function tick(parts: ClusterParts, request: ServedRequest): Promise<ApiResponse> {
  const wanted = parseTickRequest(request.body ?? {});
  const simulation = await parts.simulation();
  if (request.query?.['watch'] !== 'true') return respond((await simulation.run(wanted)) as unknown as Json);
  return { ...respond({}), events: streamTick(simulation, wanted) };
}

/** Checks a body from outside. @throws ApiError 400 with what is wrong with it. */
export function parseTickRequest(body: Json): TickRequest {
  if (!isObject(body)) throw badRequest('the body of a tick must be an object');
  const { advance, settle, next, until, timeout, ...unknown } = body;
  const extra = Object.keys(unknown);
  if (extra.length > 0) throw badRequest(`unknown field "${extra[0]}" of a tick`);
  if ([advance, settle, next, until].filter((way) => way !== undefined && way !== false).length > 1)
    throw badRequest('a tick takes one of advance, settle, next and until');
  for (const [name, value] of Object.entries({ advance, timeout }))
    if (value !== undefined && !(typeof value === 'number' && Number.isFinite(value) && value >= 0))
      throw badRequest(`${name} must be a number of milliseconds`);
  if (until !== undefined) {
    if (!isObject(until)) throw badRequest('until must be an object');
    for (const field of ['resource', 'namespace', 'name', 'condition'])
      if (typeof until[field] !== 'string') throw badRequest(`until.${field} must be a string`);
  }
  return body as unknown as TickRequest;
}

/** The steps of a tick as a stream, the report last; an error as a watch tells one. */
async function* streamTick(simulation: Simulation, request: TickRequest): AsyncGenerator<WatchEvent> {
  const waiting: WatchEvent[] = [];
  let wake: () => void = () => {};
  let done = false;
  const tell = (type: 'MODIFIED' | 'ADDED', kind: string, report: StepReport | TickReport) => {
    waiting.push({ type, object: { apiVersion: API_VERSION, kind, metadata: {}, ...report } });
    wake();
  };
  simulation
    .run(request, (step) => tell('MODIFIED', 'Step', step))
    .then(
      (report) => tell('ADDED', 'Tick', report),
      (error) => {
        const status = error instanceof ApiError ? error.status : apiError(500, 'InternalError', String(error)).status;
        waiting.push({ type: 'ERROR', object: status as unknown as Json });
      },
    )
    .finally(() => {
      done = true;
      wake();
    });
  for (;;) {
    yield* waiting.splice(0);
    if (done && waiting.length === 0) return;
    if (waiting.length === 0)
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
  }
}

async function clusterStatus({ store, clock, record, driver }: ClusterParts): Promise<ClusterStatus> {
  const { entries, revision } = await store.range(REGISTRY);
  const counts: Record<string, number> = {};
  for (const { key } of entries) {
    const parsed = parseRegistryKey(key);
    if (parsed) counts[parsed.resource] = (counts[parsed.resource] ?? 0) + 1;
  }
  return {
    now: formatTime(clock.now()),
    startTime: formatTime(record.startTime),
    seed: record.seed,
    driver,
    revision,
    counts,
  };
}

function respond(body: Json): ApiResponse {
  return { code: 200, headers: { 'content-type': 'application/json' }, body, warnings: [] };
}
