/** What containers need of ConfigMaps and Secrets, and what of it is missing (kubernetes `pkg/kubelet/kubelet_pods.go` makeEnvironmentVariables). */
import type { KubeObject } from '../../apimachinery/meta';
import type { IndexedCache } from '../controller';
import { diskKey, inlineDisk, type VolumeSource } from '../controllers/persistentvolume-binder/csi-migration';
import type { Container } from './container';
import { subPathComplaint } from './sub-paths';

interface KeyRef {
  name?: string;
  key: string;
  optional?: boolean;
}
interface NameRef {
  name?: string;
  optional?: boolean;
}
interface Environment {
  env?: { name: string; valueFrom?: { configMapKeyRef?: KeyRef; secretKeyRef?: KeyRef } }[];
  envFrom?: { configMapRef?: NameRef; secretRef?: NameRef }[];
}
interface SecurityContext {
  runAsNonRoot?: boolean;
  runAsUser?: number;
}

const KINDS = { configmaps: ['configmap', 'ConfigMap'], secrets: ['secret', 'Secret'] } as const;
type Resource = keyof typeof KINDS;

/** Why the container can't be made, in the kubelet's words. */
export function configError(pod: KubeObject, container: Container, cache: IndexedCache): string | undefined {
  return (
    missingEnvironment(pod, container as Environment, cache) ??
    subPathComplaint(pod, container) ??
    rootComplaint(pod, container)
  );
}

function missingEnvironment(pod: KubeObject, { env, envFrom }: Environment, cache: IndexedCache): string | undefined {
  const { namespace = '' } = pod.metadata;
  for (const { configMapRef, secretRef } of envFrom ?? []) {
    const reference = configMapRef ?? secretRef;
    const resource: Resource = configMapRef ? 'configmaps' : 'secrets';
    if (!reference || reference.optional || cache.get(resource, namespace, reference.name ?? '')) continue;
    return notFound(resource, reference.name);
  }
  for (const { valueFrom } of env ?? []) {
    const reference = valueFrom?.configMapKeyRef ?? valueFrom?.secretKeyRef;
    const resource: Resource = valueFrom?.configMapKeyRef ? 'configmaps' : 'secrets';
    if (!reference || reference.optional) continue;
    const object = cache.get(resource, namespace, reference.name ?? '');
    if (!object) return notFound(resource, reference.name);
    if (!hasKey(object, reference.key))
      return `couldn't find key ${reference.key} in ${KINDS[resource][1]} ${namespace}/${reference.name ?? ''}`;
  }
  return undefined;
}

/** `configmap "web" not found` */
export function notFound(resource: Resource, name = ''): string {
  return `${KINDS[resource][0]} ${JSON.stringify(name)} not found`;
}

export function hasKey(object: KubeObject, key: string): boolean {
  return Object.hasOwn(object['data'] ?? {}, key) || Object.hasOwn(object['binaryData'] ?? {}, key);
}

/** verifyRunAsNonRoot, as far as it does not hang on the image. */
function rootComplaint(pod: KubeObject, container: Container): string | undefined {
  const own: SecurityContext = (container as { securityContext?: SecurityContext }).securityContext ?? {};
  const all: SecurityContext = pod['spec'].securityContext ?? {};
  if (!(own.runAsNonRoot ?? all.runAsNonRoot) || (own.runAsUser ?? all.runAsUser) !== 0) return undefined;
  const { name, namespace, uid } = pod.metadata;
  return `container's runAsUser breaks non-root policy (pod: "${name}_${namespace}(${uid})", container: ${container.name})`;
}

/** What the pod names of other objects, for the cache's index: `configmaps/<namespace>/<name>` and so on. */
export function referencesOf(pod: KubeObject): readonly string[] {
  const { namespace = '', name: podName } = pod.metadata;
  const { initContainers = [], containers = [], volumes = [] } = pod['spec'] ?? {};
  const found = new Set<string>();
  const add = (resource: string, name: string | undefined) => {
    if (name) found.add(`${resource}/${namespace}/${name}`);
  };
  for (const { env, envFrom } of [...initContainers, ...containers] as Environment[]) {
    for (const { configMapRef, secretRef } of envFrom ?? []) {
      add('configmaps', configMapRef?.name);
      add('secrets', secretRef?.name);
    }
    for (const { valueFrom } of env ?? []) {
      add('configmaps', valueFrom?.configMapKeyRef?.name);
      add('secrets', valueFrom?.secretKeyRef?.name);
    }
  }
  for (const volume of volumes) {
    const { name, configMap, secret, projected, persistentVolumeClaim, ephemeral } = volume;
    add('configmaps', configMap?.name);
    add('secrets', secret?.secretName);
    add('persistentvolumeclaims', persistentVolumeClaim?.claimName ?? (ephemeral ? `${podName}-${name}` : undefined));
    for (const source of projected?.sources ?? []) {
      add('configmaps', source.configMap?.name);
      add('secrets', source.secret?.name);
    }
    const disk = diskOf(volume, namespace);
    if (disk !== undefined) found.add(`disks//${disk}`);
  }
  return found.size === 0 ? NONE : [...found];
}

/** Of a disk straight in the pod that a CSI driver attaches. */
function diskOf(volume: VolumeSource, namespace: string): string | undefined {
  try {
    const disk = inlineDisk(volume, namespace);
    return disk && diskKey(disk['spec'].csi);
  } catch {
    return undefined;
  }
}

const NONE: readonly string[] = [];
