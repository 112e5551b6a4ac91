/** What a pod needs of other objects, which its kubelet therefore may read (kubernetes `plugin/pkg/auth/authorizer/node/graph.go` AddPod). */
import type { KubeObject } from '../../apimachinery/meta';
import type { ResourceReader } from '../resource';

export interface Named {
  group: string;
  resource: string;
  namespace: string;
  name: string;
}

/** Whether a pod refers to an object by itself, by its claims, or by the volumes of its claims. */
export async function belongsToPod(read: ResourceReader, pod: KubeObject, wanted: Named): Promise<boolean> {
  // A mirror pod stands for what the kubelet runs by itself: it may refer to nothing.
  if (pod.metadata.annotations?.['kubernetes.io/config.mirror'] !== undefined) return false;
  const { namespace = '' } = pod.metadata;
  const { resource, name } = wanted;
  const own = wanted.namespace === namespace;
  switch (resource) {
    case 'serviceaccounts':
      return own && (pod['spec'].serviceAccountName ?? 'default') === name;
    case 'secrets':
    case 'configmaps':
      if (own && refersTo(pod['spec'], resource === 'secrets' ? SECRET : CONFIG_MAP, name)) return true;
      return resource === 'secrets' && (await volumesOf(read, pod)).some((volume) => needsSecret(volume, wanted));
    case 'persistentvolumeclaims':
      return own && claimsOf(pod).includes(name);
    case 'persistentvolumes':
      return (await volumesOf(read, pod)).some((volume) => volume.metadata.name === name);
    case 'resourceclaims': {
      const named: { resourceClaimName?: string }[] = [
        ...(pod['spec'].resourceClaims ?? []),
        ...(pod['status']?.resourceClaimStatuses ?? []),
      ];
      return own && named.some(({ resourceClaimName }) => resourceClaimName === name);
    }
  }
  return false;
}

/** Whether a pod itself names a secret of its namespace. */
export function namesSecret(pod: KubeObject, name: string): boolean {
  return refersTo(pod['spec'], SECRET, name);
}

interface ReferenceFields {
  /** Fields that hold a name, and those that hold an object with one. */
  names: ReadonlySet<string>;
  objects: ReadonlySet<string>;
}

/** Where the PodSpec names Secrets and ConfigMaps (pkg/api/pod VisitPodSecretNames, VisitPodConfigmapNames). */
const SECRET: ReferenceFields = {
  names: new Set(['secretName']),
  objects: new Set(['secretRef', 'secretKeyRef', 'imagePullSecrets', 'secret', 'nodePublishSecretRef']),
};
const CONFIG_MAP: ReferenceFields = {
  names: new Set(),
  objects: new Set(['configMapRef', 'configMapKeyRef', 'configMap']),
};

function refersTo(value: unknown, fields: ReferenceFields, name: string): boolean {
  if (Array.isArray(value)) return value.some((item) => refersTo(item, fields, name));
  if (typeof value !== 'object' || value === null) return false;
  for (const [field, inner] of Object.entries(value)) {
    if (fields.names.has(field) && inner === name) return true;
    if (fields.objects.has(field) && [inner].flat().some((one) => (one as { name?: string } | null)?.name === name))
      return true;
    if (refersTo(inner, fields, name)) return true;
  }
  return false;
}

function claimsOf(pod: KubeObject): string[] {
  const volumes: { name: string; persistentVolumeClaim?: { claimName?: string }; ephemeral?: object }[] =
    pod['spec'].volumes ?? [];
  return volumes.flatMap(({ name, persistentVolumeClaim, ephemeral }) => {
    if (persistentVolumeClaim?.claimName) return [persistentVolumeClaim.claimName];
    return ephemeral ? [`${pod.metadata.name}-${name}`] : [];
  });
}

async function volumesOf(read: ResourceReader, pod: KubeObject): Promise<KubeObject[]> {
  const volumes: KubeObject[] = [];
  for (const claimName of claimsOf(pod)) {
    const claim = await read.get('', 'persistentvolumeclaims', pod.metadata.namespace ?? '', claimName);
    const name: string | undefined = claim?.['spec']?.volumeName;
    const volume = name ? await read.get('', 'persistentvolumes', '', name) : undefined;
    // Only what is bound to the very claim.
    if (volume?.['spec']?.claimRef?.name === claimName && volume['spec'].claimRef.namespace === pod.metadata.namespace)
      volumes.push(volume);
  }
  return volumes;
}

/** Secrets of a volume's driver, which name their namespace. */
function needsSecret(volume: KubeObject, { namespace, name }: Named): boolean {
  const look = (value: unknown): boolean => {
    if (Array.isArray(value)) return value.some(look);
    if (typeof value !== 'object' || value === null) return false;
    return Object.entries(value).some(([field, inner]) => {
      const ref = inner as { name?: string; namespace?: string } | null;
      if (/secretRef$/i.test(field) && ref?.name === name)
        return (ref.namespace ?? volume['spec'].claimRef?.namespace) === namespace;
      return look(inner);
    });
  };
  return look(volume['spec']);
}
