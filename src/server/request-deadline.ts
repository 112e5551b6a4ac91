/**
 * How long a request may take: `?timeout=`, a minute at most (apiserver `endpoints/filters/request_deadline.go`,
 * `server/filters/timeout.go`). Watches and connections take as long as they take.
 */
import { parseDuration } from '../apimachinery/duration';
import { badRequest } from '../apimachinery/status';
import { type RequestInfo, requestInfo } from '../apiserver/request-info';
import type { ApiRequest, ApiResponse } from '../client/transport';
import { after } from '../host/wall-clock';

/** Of kube-apiserver's --request-timeout, in milliseconds. */
const LONGEST_REQUEST = 60_000;

const CONNECTIONS: ReadonlySet<string> = new Set(['attach', 'exec', 'proxy', 'log', 'portforward']);

/** Milliseconds; undefined for what has no end of its own. @throws ApiError 400. */
export function timeAllowed(request: ApiRequest): number | undefined {
  if (isLongRunning(request)) return undefined;
  const text = request.query?.['timeout'];
  if (!text) return LONGEST_REQUEST;
  let wanted: number;
  try {
    wanted = parseDuration(text);
  } catch (error) {
    throw badRequest(`invalid timeout specified in the request URL - ${(error as Error).message}`);
  }
  return wanted > 0 ? Math.min(wanted, LONGEST_REQUEST) : LONGEST_REQUEST;
}

/** BasicLongRunningRequestCheck with kube-apiserver's verbs and subresources; and time, which may have far to go. */
function isLongRunning(request: ApiRequest): boolean {
  if (request.path.startsWith('/kubetick/')) return true;
  let info: RequestInfo;
  try {
    info = requestInfo(request);
  } catch {
    // What its path is wrong with is told by whoever answers it.
    return false;
  }
  return info.isResourceRequest && (info.verb === 'watch' || CONNECTIONS.has(info.subresource));
}

/** What `work` comes to, or what is said when it does not come to an end in time: then `give` up is called too. */
export async function inTime(
  allowed: number | undefined,
  work: Promise<ApiResponse>,
  giveUp: () => void,
): Promise<ApiResponse> {
  if (allowed === undefined) return work;
  let cancel = () => {};
  const late = new Promise<ApiResponse>((resolve) => {
    cancel = after(allowed, () => {
      giveUp();
      resolve(TIMED_OUT);
    });
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    cancel();
  }
}

/** As it is written there: a Status that does not say that it is one. */
const TIMED_OUT: ApiResponse = {
  code: 504,
  headers: { 'content-type': 'text/plain; charset=utf-8' },
  body: `${JSON.stringify({
    metadata: {},
    status: 'Failure',
    message: 'Timeout: request did not complete within the allotted timeout',
    reason: 'Timeout',
    details: {},
    code: 504,
  })}\n`,
  warnings: [],
};
