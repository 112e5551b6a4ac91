/**
 * Whether the volumes of a pod can be mounted (kubernetes `pkg/kubelet/volumemanager`). This is where everything that has to do
 * with volumes on a node comes in: until `unmounted` finds nothing, the pod has no sandbox and its containers are not made.
 */
import type { KubeObject } from '../../apimachinery/meta';
import type { IndexedCache } from '../controller';
import { hasKey, notFound } from './references';

export interface UnmountedVolume {
  name: string;
  /** Of the FailedMount event. */
  message: string;
}

interface KeyToPath {
  key: string;
}
interface ConfigSource {
  name?: string;
  secretName?: string;
  items?: KeyToPath[];
  optional?: boolean;
}
interface Volume {
  name: string;
  configMap?: ConfigSource;
  secret?: ConfigSource;
  projected?: { sources?: { configMap?: ConfigSource; secret?: ConfigSource }[] };
  persistentVolumeClaim?: { claimName: string };
}

/** Of everybody's projected token; it is there as soon as the namespace is. */
const ROOT_CERTIFICATE = 'kube-root-ca.crt';

/** The first volume that can't be mounted yet, and why. */
export function unmounted(pod: KubeObject, cache: IndexedCache): UnmountedVolume | undefined {
  const volumes: Volume[] = pod['spec'].volumes ?? [];
  for (const { name, configMap, secret, projected, persistentVolumeClaim } of volumes) {
    const complaint =
      (configMap && sourceComplaint('configmaps', configMap, pod, cache)) ??
      (secret && sourceComplaint('secrets', secret, pod, cache)) ??
      projectedComplaint(projected?.sources, pod, cache);
    if (complaint !== undefined)
      return { name, message: `MountVolume.SetUp failed for volume ${JSON.stringify(name)} : ${complaint}` };
    const claim = persistentVolumeClaim?.claimName;
    if (claim !== undefined && !cache.get('persistentvolumeclaims', pod.metadata.namespace ?? '', claim))
      return {
        name,
        message: `error getting PVC "${pod.metadata.namespace}/${claim}": could not find PVC "${pod.metadata.namespace}/${claim}"`,
      };
  }
  return undefined;
}

function projectedComplaint(
  sources: { configMap?: ConfigSource; secret?: ConfigSource }[] | undefined,
  pod: KubeObject,
  cache: IndexedCache,
): string | undefined {
  for (const { configMap, secret } of sources ?? []) {
    if (configMap?.name === ROOT_CERTIFICATE) continue;
    const complaint =
      (configMap && sourceComplaint('configmaps', configMap, pod, cache)) ??
      (secret && sourceComplaint('secrets', secret, pod, cache));
    if (complaint !== undefined) return complaint;
  }
  return undefined;
}

function sourceComplaint(
  resource: 'configmaps' | 'secrets',
  source: ConfigSource,
  pod: KubeObject,
  cache: IndexedCache,
): string | undefined {
  if (source.optional) return undefined;
  const { namespace = '' } = pod.metadata;
  const name = source.name ?? source.secretName ?? '';
  const object = cache.get(resource, namespace, name);
  if (!object) return notFound(resource, name);
  const missing = (source.items ?? []).find(({ key }) => !hasKey(object, key));
  return missing && `references non-existent ${resource === 'secrets' ? 'secret' : 'config'} key: ${missing.key}`;
}
