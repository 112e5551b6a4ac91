/** What a container of a pod finds beside the pod, for its log and for commands that are run in it. */
import type { KubeObject } from '../apimachinery/meta';
import { begunPath } from '../apiserver/begun-environments';
import type { ResourceReader } from '../apiserver/resource';
import { begunWith } from '../sim/kubelet/begun-environments';
import type { Elsewhere } from '../sim/kubelet/program/environment';
import type { ClusterParts } from './paths';

export function elsewhereOf(parts: ClusterParts, reader: ResourceReader, pod: KubeObject): Elsewhere {
  const { namespace = '' } = pod.metadata;
  return {
    read: (resource, name) => reader.get('', resource, resource === 'nodes' ? '' : namespace, name),
    begunWith: async (containerID) => begunWith((await parts.store.get(begunPath(pod)))?.value, containerID),
    async services() {
      const beside = await reader.list('', 'services', namespace);
      const api = namespace === 'default' ? undefined : await reader.get('', 'services', 'default', 'kubernetes');
      return api ? [...beside, api] : beside;
    },
    async network() {
      const { networkForLog } = await import('./network');
      return networkForLog(parts, pod);
    },
  };
}
