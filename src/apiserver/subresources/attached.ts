/** `pods/attach`: what a container says from now on, until it ends (kubelet `pkg/kubelet/cri/streaming/remotecommand/attach.go` ServeAttach). */
import type { KubeObject } from '../../apimachinery/meta';
import type { SessionPart } from '../../client/transport';
import type { RequestContext } from '../request-context';
import { isTrue, param } from '../request-info';
import { notImplemented } from '../responses';
import { LogFollower } from './follow-log';
import { LogText } from './log-text';
import { podLogOptions } from './pod-log-options';

/**
 * Undefined where something would be typed, and nobody knows what became of that.
 * @throws ApiError 400 where there is nothing to listen to
 */
export async function attachedParts(
  { core, request, info }: RequestContext,
  pod: KubeObject,
  container: string,
): Promise<AsyncIterable<SessionPart> | undefined> {
  const since = await core.store.revision();
  if (!core.openContainerLog) throw notImplemented('pods/attach');
  const log = await core.openContainerLog(pod, container, false);
  log.readUntil(core.clock.now());
  if (log.untold && isTrue(param(info.query, 'stdin'))) return undefined;
  const text = new LogText(podLogOptions({ container, follow: 'true' }, pod.metadata.name ?? ''), core.clock.now());
  const { signal } = request;
  const follower = new LogFollower({ core, since, pod, container, log, text, ...(signal ? { signal } : {}) }, '');
  return partsOf(follower);
}

async function* partsOf(follower: LogFollower): AsyncGenerator<SessionPart> {
  for await (const text of { [Symbol.asyncIterator]: () => follower }) yield { channel: 'output', text };
  yield { channel: 'outcome', text: JSON.stringify({ metadata: {}, status: 'Success' }) };
}
