/** `pods/log`: what a container has written, as text (kubernetes `pkg/registry/core/pod/rest/log.go`, LogLocation). */
import type { ApiResponse } from '../../client/transport';
import type { RequestContext } from '../request-context';
import { notImplemented } from '../responses';
import { LogText } from './log-text';
import { containerOfRequest, podOfRequest, requireNode } from './pod-container';
import { podLogOptions } from './pod-log-options';

export async function handleLog(context: RequestContext): Promise<ApiResponse> {
  const { core, info, request } = context;
  const options = podLogOptions(info.query, info.name);
  // What changes from here on is followed.
  const since = options.follow ? await core.store.revision() : 0;
  const pod = await podOfRequest(context);
  const container = containerOfRequest(pod, options.container);
  if (!pod['spec'].nodeName) return textResponse(context, 204, '');
  await requireNode(context, pod);
  if (!core.openContainerLog) throw notImplemented('pods/log');
  const log = await core.openContainerLog(pod, container, options.previous);
  const now = core.clock.now();
  const text = new LogText(options, now);
  const begin = text.add(log.readUntil(log.finishedAt ?? now));
  if (!options.follow || log.finishedAt !== undefined || text.full) return textResponse(context, 200, begin);
  const { LogFollower } = await import('./follow-log');
  const { signal } = request;
  return {
    ...textResponse(context, 200, ''),
    chunks: {
      [Symbol.asyncIterator]: () =>
        new LogFollower({ core, since, pod, container, log, text, ...(signal ? { signal } : {}) }, begin),
    },
  };
}

function textResponse({ warnings }: RequestContext, code: number, body: string): ApiResponse {
  return { code, headers: { 'content-type': 'text/plain' }, body, warnings };
}
