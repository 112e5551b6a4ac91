/** Asks for a stream of bytes to and from a container, which a simulated one refuses: the server says why. */
import { isObject, type Json } from '../../apimachinery/json';
import type { KubeObject } from '../../apimachinery/meta';
import { ApiError } from '../../apimachinery/status';
import { type Query, resourcePath } from '../../client/client';
import { CommandError, type Invocation } from '../command';
import { PODS } from './pods-of';

/**
 * `exec`, `attach` or `portforward`; `body` asks for an answer in one piece, and there may be one.
 * @throws what the server says, or that streams are beyond kubetick.
 */
export async function requestStream<Answer = never>(
  invocation: Invocation,
  pod: KubeObject,
  subresource: string,
  query: Query,
  body?: Json,
): Promise<Answer> {
  const client = await invocation.client();
  const { namespace = '', name = '' } = pod.metadata;
  try {
    const path = resourcePath(PODS, namespace, name, subresource);
    const answer = await client.request({ method: 'POST', path, query, ...(body === undefined ? {} : { body }) });
    if (body !== undefined && isObject(answer)) return answer as Answer;
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    const message = error.status.message ?? '';
    // A server with real containers wants another protocol from here on.
    if (message !== 'Upgrade request required') throw new CommandError(`unable to upgrade connection: ${message}`);
  }
  throw new CommandError('streams to the containers of another server are beyond kubetick: ask it by kubectl');
}

/** Processes are over in such a pod. @throws CommandError */
export function refuseCompleted(pod: KubeObject, doing: string): void {
  const phase = pod['status']?.phase;
  if (phase !== 'Succeeded' && phase !== 'Failed') return;
  throw new CommandError(`cannot ${doing} a container in a completed pod; current phase is ${phase}`);
}
