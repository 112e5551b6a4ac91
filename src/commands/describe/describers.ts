/** Which description a kind gets (kubectl describe.go describerMap); kinds that are not named here get one of all their fields. */
import type { KubeObject } from '../../apimachinery/meta';
import type { Related } from '../../printers/describe/writer';
import type { ResourceInfo } from '../../schema/schema';
import type { Target } from './target';

/** Fetches what is to be shown and gives the text. */
export type Describer = (target: Target) => Promise<string>;

/** What is loaded when a description is asked for. */
type Printer = (object: KubeObject, related: Related) => string;

/** Described by themselves and their events; after the kind the versions to ask for, where that is not v1. */
const OBJECTS: Readonly<Record<string, { print(): Promise<Printer>; versions?: readonly string[] }>> = {
  '/Endpoints': { print: async () => (await import('../../printers/describe/endpoints')).describeEndpoints },
  '/PersistentVolume': {
    print: async () => (await import('../../printers/describe/persistent-volume')).describePersistentVolume,
  },
  '/PriorityClass': { print: async () => (await import('../../printers/describe/policy')).describePriorityClass },
  '/ServiceAccount': { print: async () => (await import('../../printers/describe/config')).describeServiceAccount },
  'batch/CronJob': { print: async () => (await import('../../printers/describe/job')).describeCronJob },
  'batch/Job': { print: async () => (await import('../../printers/describe/job')).describeJob },
  'discovery.k8s.io/EndpointSlice': {
    print: async () => (await import('../../printers/describe/endpoints')).describeEndpointSlice,
  },
  'networking.k8s.io/IPAddress': {
    print: async () => (await import('../../printers/describe/network')).describeIPAddress,
    versions: ['v1', 'v1beta1'],
  },
  'networking.k8s.io/IngressClass': {
    print: async () => (await import('../../printers/describe/network')).describeIngressClass,
  },
  'networking.k8s.io/ServiceCIDR': {
    print: async () => (await import('../../printers/describe/network')).describeServiceCIDR,
    versions: ['v1', 'v1beta1'],
  },
  'policy/PodDisruptionBudget': {
    print: async () => (await import('../../printers/describe/policy')).describePodDisruptionBudget,
  },
  'scheduling.k8s.io/PriorityClass': {
    print: async () => (await import('../../printers/describe/policy')).describePriorityClass,
  },
  'storage.k8s.io/CSINode': {
    print: async () => (await import('../../printers/describe/storage-class')).describeCSINode,
  },
  'storage.k8s.io/StorageClass': {
    print: async () => (await import('../../printers/describe/storage-class')).describeStorageClass,
  },
  'storage.k8s.io/VolumeAttributesClass': {
    print: async () => (await import('../../printers/describe/storage-class')).describeVolumeAttributesClass,
  },
};

/** Described without their events. */
const EVENTLESS: Readonly<Record<string, () => Promise<(object: KubeObject) => string>>> = {
  '/LimitRange': async () => (await import('../../printers/describe/namespace')).describeLimitRange,
  '/ResourceQuota': async () => (await import('../../printers/describe/namespace')).describeResourceQuota,
  '/Secret': async () => (await import('../../printers/describe/config')).describeSecret,
  'networking.k8s.io/NetworkPolicy': async () =>
    (await import('../../printers/describe/network-policy')).describeNetworkPolicy,
  'rbac.authorization.k8s.io/ClusterRole': async () => (await import('../../printers/describe/role')).describeRole,
  'rbac.authorization.k8s.io/ClusterRoleBinding': async () =>
    (await import('../../printers/describe/role')).describeRoleBinding,
  'rbac.authorization.k8s.io/Role': async () => (await import('../../printers/describe/role')).describeRole,
  'rbac.authorization.k8s.io/RoleBinding': async () =>
    (await import('../../printers/describe/role')).describeRoleBinding,
};

/** Described with more than their events. */
const WITH_OTHERS: Readonly<Record<string, () => Promise<Describer>>> = {
  '/ConfigMap': async () => (await import('./core')).describeConfigMapTarget,
  '/Namespace': async () => (await import('./core')).describeNamespaceTarget,
  '/Node': async () => (await import('./core')).describeNodeTarget,
  '/PersistentVolumeClaim': async () => (await import('./core')).describeClaimTarget,
  '/Pod': async () => (await import('./core')).describePodTarget,
  '/ReplicationController': async () => (await import('./workloads')).describeReplicationControllerTarget,
  '/Service': async () => (await import('./network')).describeServiceTarget,
  'apps/DaemonSet': async () => (await import('./workloads')).describeDaemonSetTarget,
  'apps/Deployment': async () => (await import('./workloads')).describeDeploymentTarget,
  'apps/ReplicaSet': async () => (await import('./workloads')).describeReplicaSetTarget,
  'apps/StatefulSet': async () => (await import('./workloads')).describeStatefulSetTarget,
  'autoscaling/HorizontalPodAutoscaler': async () => (await import('./workloads')).describeAutoscalerTarget,
  'certificates.k8s.io/CertificateSigningRequest': async () =>
    (await import('./certificates')).describeSigningRequestTarget,
  'networking.k8s.io/Ingress': async () => (await import('./network')).describeIngressTarget,
};

/** How objects of this kind are described. */
export function describerFor({ group, kind }: ResourceInfo): Describer {
  const key = `${group}/${kind}`;
  if (Object.hasOwn(OBJECTS, key)) {
    return async (target) => {
      const { print, versions = ['v1'] } = OBJECTS[key] as (typeof OBJECTS)[string];
      const object = await firstOf(target, versions);
      return (await print())(object, await target.related(object));
    };
  }
  if (Object.hasOwn(EVENTLESS, key)) {
    return async (target) => {
      const object = await target.get('v1');
      return (await (EVENTLESS[key] as (typeof EVENTLESS)[string])())(object);
    };
  }
  if (Object.hasOwn(WITH_OTHERS, key)) {
    return async (target) => (await (WITH_OTHERS[key] as (typeof WITH_OTHERS)[string])())(target);
  }
  return describeGenericTarget;
}

/** In the first version that the server has it in; the last one's failure when there is none. */
export async function firstOf(target: Target, versions: readonly string[]): Promise<KubeObject> {
  for (const version of versions.slice(0, -1)) {
    try {
      return await target.get(version);
    } catch {
      // The next version may do.
    }
  }
  return target.get(versions[versions.length - 1] as string);
}

async function describeGenericTarget(target: Target): Promise<string> {
  const { describeGeneric } = await import('../../printers/describe/generic');
  const object = await target.get(target.mapping.version);
  return describeGeneric(object, await target.related(object));
}
