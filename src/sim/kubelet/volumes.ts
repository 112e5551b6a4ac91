/**
 * Whether the volumes of a pod can be mounted (kubernetes `pkg/kubelet/volumemanager`). This is where everything that has to do
 * with volumes on a node comes in: until `unmounted` finds nothing, the pod has no sandbox and its containers are not made.
 */
import type { KubeObject } from '../../apimachinery/meta';
import type { IndexedCache } from '../controller';
import { attachablesOf, hasDisks, isAttached } from '../controllers/attachdetach/attachments';
import { hasKey, notFound } from './references';

/** What a volume waits for: what it is to show, its claim, or that it is attached; nothing is said of the last by a kubelet. */
export type WaitsFor = 'content' | 'claim' | 'attachment';

export interface UnmountedVolume {
  name: string;
  waitsFor: WaitsFor;
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
  ephemeral?: object;
}

/** Of everybody's projected token; it is there as soon as the namespace is. */
const ROOT_CERTIFICATE = 'kube-root-ca.crt';

/** The volumes that can't be mounted yet, and why. */
export function unmounted(pod: KubeObject, cache: IndexedCache): readonly UnmountedVolume[] {
  const volumes: Volume[] = pod['spec'].volumes ?? [];
  let found: UnmountedVolume[] | undefined;
  const note = (name: string, waitsFor: WaitsFor, message: string) => {
    found ??= [];
    found.push({ name, waitsFor, message });
  };
  for (const { name, configMap, secret, projected, persistentVolumeClaim, ephemeral } of volumes) {
    const complaint =
      (configMap && sourceComplaint('configmaps', configMap, pod, cache)) ??
      (secret && sourceComplaint('secrets', secret, pod, cache)) ??
      projectedComplaint(projected?.sources, pod, cache);
    if (complaint !== undefined)
      note(name, 'content', `MountVolume.SetUp failed for volume ${JSON.stringify(name)} : ${complaint}`);
    const claim = persistentVolumeClaim?.claimName ?? (ephemeral ? `${pod.metadata.name}-${name}` : undefined);
    const trouble = claim === undefined ? undefined : claimComplaint(pod, claim, ephemeral !== undefined, cache);
    if (trouble !== undefined)
      note(
        name,
        'claim',
        `Unable to attach or mount volumes: unmounted volumes=[${name}], unattached volumes=[], failed to process volumes=[${name}]: ${trouble}`,
      );
  }
  return found ?? unattached(pod, cache);
}

const NONE: readonly UnmountedVolume[] = Object.freeze([]);

/** What has its driver is mounted when it is attached: the controller's work. What no container mounts is not waited for. */
function unattached(pod: KubeObject, cache: IndexedCache): readonly UnmountedVolume[] {
  if (!hasDisks(pod)) return NONE;
  const mounted = (name: string) =>
    pod['spec'].containers.some(({ volumeMounts = [], volumeDevices = [] }: Mounts) =>
      [...volumeMounts, ...volumeDevices].some((one) => one.name === name),
    );
  return attachablesOf(pod, cache)
    .filter(({ name, volume }) => !isAttached(volume, pod['spec'].nodeName, cache) && mounted(name))
    .map(({ name }) => ({ name, waitsFor: 'attachment', message: '' }));
}

interface Mounts {
  volumeMounts?: { name: string }[];
  volumeDevices?: { name: string }[];
}

/** Only what is bound is mounted, and nothing that is on its way out (desired_state_of_world_populator.go getPVCExtractPV). */
function claimComplaint(pod: KubeObject, name: string, isOwn: boolean, cache: IndexedCache): string | undefined {
  const { namespace = '', uid } = pod.metadata;
  const failed = (why: string) => `error processing PVC ${namespace}/${name}: ${why}`;
  const claim = cache.get('persistentvolumeclaims', namespace, name);
  if (!claim)
    return failed(`failed to fetch PVC from API server: persistentvolumeclaims ${JSON.stringify(name)} not found`);
  if (isOwn && !claim.metadata.ownerReferences?.some((owner) => owner.controller && owner.uid === uid))
    return `PVC ${namespace}/${name} was not created for pod ${namespace}/${pod.metadata.name} (pod is not owner)`;
  if (claim.metadata.deletionTimestamp) return failed('PVC is being deleted');
  if (claim['status']?.phase !== 'Bound') return failed('PVC is not bound');
  return claim['spec'].volumeName ? undefined : failed('PVC has empty pvc.Spec.VolumeName');
}

function projectedComplaint(
  sources: { configMap?: ConfigSource; secret?: ConfigSource }[] | undefined,
  pod: KubeObject,
  cache: IndexedCache,
): string | undefined {
  if (!sources) return undefined;
  let complaints: Set<string> | undefined;
  for (let i = 0; i < sources.length; i++) {
    const { configMap, secret } = sources[i] as (typeof sources)[number];
    if (configMap?.name === ROOT_CERTIFICATE) continue;
    const complaint =
      (configMap && sourceComplaint('configmaps', configMap, pod, cache)) ??
      (secret && sourceComplaint('secrets', secret, pod, cache));
    if (complaint !== undefined) complaints = (complaints ?? new Set()).add(complaint);
  }
  // As an aggregate of errors is written.
  if (!complaints) return undefined;
  const text = [...complaints].join(', ');
  return complaints.size === 1 ? text : `[${text}]`;
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
  if (!missing) return undefined;
  return resource === 'secrets'
    ? `references non-existent secret key: ${missing.key}`
    : `configmap references non-existent config key: ${missing.key}`;
}
