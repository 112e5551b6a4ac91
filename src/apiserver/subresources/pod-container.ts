/** The pod and the container that a request for a log or a stream is about (kubernetes `pkg/registry/core/pod/strategy.go`). */
import type { KubeObject } from '../../apimachinery/meta';
import { badRequest, notFound } from '../../apimachinery/status';
import type { RequestContext } from '../request-context';

/** @throws ApiError 404 */
export async function podOfRequest({ core, info, resource }: RequestContext): Promise<KubeObject> {
  const pod = await core.reader.get('', 'pods', info.namespace, info.name);
  if (!pod) throw notFound(resource.groupResource, info.name);
  return pod;
}

/** The container of that name, or the only one (validateContainer). @throws ApiError 400 */
export function containerOfRequest(pod: KubeObject, name: string): string {
  const { initContainers = [], containers = [], ephemeralContainers = [] } = pod['spec'] ?? {};
  const names = [...initContainers, ...containers, ...ephemeralContainers].map((one: { name: string }) => one.name);
  const podName = pod.metadata.name;
  if (name !== '') {
    if (!names.includes(name)) throw badRequest(`container ${name} is not valid for pod ${podName}`);
    return name;
  }
  if (containers.length === 1) return containers[0].name;
  const choice = containers.length > 1 ? `, choose one of: [${names.join(' ')}]` : '';
  throw badRequest(`a container name must be specified for pod ${podName}${choice}`);
}

/** Its node, whose kubelet would be asked. @throws ApiError 404 where there is none of that name. */
export async function requireNode({ core }: RequestContext, pod: KubeObject): Promise<void> {
  const name: string = pod['spec'].nodeName;
  if (await core.reader.get('', 'nodes', '', name)) return;
  throw notFound({ group: '', resource: 'nodes' }, name);
}
