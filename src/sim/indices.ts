/** The named indices of the cache: what `cache.index(resource, index, value)` can answer at once. */
import { controllerOf, type KubeObject } from '../apimachinery/meta';
import type { ResourceName } from './controller';
import { diskKey } from './controllers/persistentvolume-binder/csi-migration';
import { expiryOf } from './event-expiry';
import { asksAround } from './kubelet/asking';
import { referencesOf } from './kubelet/references';
import { BIND_COMPLETED, classOf } from './scheduler/plugins/volume-claims';

/** The values under which an object is found; `before` is what it was, and under what it was found then. */
export type Indexer = (
  object: KubeObject,
  before?: { object: KubeObject; values: readonly string[] },
) => readonly string[];

const NONE: readonly string[] = [];
const TRUE: readonly string[] = ['true'];

/**
 * Resource → index → values. An index is worth its keep when a controller asks for few of many objects in every step:
 *
 * | resource | index | value |
 * |---|---|---|
 * | pods | `node` | spec.nodeName |
 * | pods | `label` | `<namespace>/<key>=<value>`, each label |
 * | pods | `reference` | `<resource>/<namespace>/<name>` of a ConfigMap, Secret or claim that it names; `disks//<driver>^<handle>` |
 * | pods | `asks` | `true` for one that has not ended and asks for something over the network |
 * | pods | `ended` | `true` for one that succeeded or failed |
 * | persistentvolumes | `claim` | `<namespace>/<name>` of the claim that it is promised to |
 * | persistentvolumeclaims | `volume` | the volume that it names, or has |
 * | persistentvolumeclaims | `unbound` | the class, '' for none, of one that was never bound |
 * | volumeattachments.storage.k8s.io | `node` | the node that it is for |
 * | volumeattachments.storage.k8s.io | `volume` | the PersistentVolume that it is of, or `<driver>^<handle>` of a pod's own |
 * | endpointslices.discovery.k8s.io | `service` | `<namespace>/<name>` of the Service it belongs to |
 * | services | `selector` | `<namespace>/<key>=<value>`, the first label that its selector asks for |
 * | workloads that have pods, disruption budgets | `selector` | the same, or `<namespace>/` where it asks for no label in particular |
 * | pods, replicasets.apps, controllerrevisions.apps | `orphan` | the namespace of one that nobody controls |
 * | events | `expiry` | the minute at which it goes |
 * | events | `about` | uid of the object that the event is about, or its name where that has none |
 */
export const INDEXERS: Readonly<Record<ResourceName, Readonly<Record<string, Indexer>>>> = {
  pods: {
    node: (pod) => (pod.spec?.nodeName ? [pod.spec.nodeName] : NONE),
    label: labelValues,
    reference: (pod, before) => (before && before.object.spec === pod.spec ? before.values : referencesOf(pod)),
    asks(pod, before) {
      if (hasEnded(pod)) return NONE;
      return before && before.object.spec === pod.spec ? before.values : asksAround(pod) ? TRUE : NONE;
    },
    ended: (pod) => (hasEnded(pod) ? TRUE : NONE),
    orphan: (pod, before) =>
      before && before.object.metadata.ownerReferences === pod.metadata.ownerReferences ? before.values : orphan(pod),
  },
  persistentvolumes: {
    claim({ spec }) {
      return spec?.claimRef ? [`${spec.claimRef.namespace}/${spec.claimRef.name}`] : NONE;
    },
  },
  persistentvolumeclaims: {
    volume: ({ spec }) => (spec?.volumeName ? [spec.volumeName] : NONE),
    unbound: (claim) => (claim.metadata.annotations?.[BIND_COMPLETED] === undefined ? [classOf(claim)] : NONE),
  },
  'volumeattachments.storage.k8s.io': {
    node: ({ spec }) => [spec.nodeName],
    volume({ spec: { source = {} } }) {
      if (source.persistentVolumeName) return [source.persistentVolumeName];
      return source.inlineVolumeSpec?.csi ? [diskKey(source.inlineVolumeSpec.csi)] : NONE;
    },
  },
  'endpointslices.discovery.k8s.io': {
    service(slice) {
      const service = slice.metadata.labels?.['kubernetes.io/service-name'];
      return service ? [`${slice.metadata.namespace}/${service}`] : NONE;
    },
  },
  services: {
    selector(service) {
      const selector: Record<string, string> | undefined = service['spec']?.selector;
      const key = selector && Object.keys(selector)[0];
      return key === undefined ? NONE : [labelValue(service.metadata.namespace ?? '', key, selector?.[key] as string)];
    },
  },
  replicationcontrollers: { selector: workloadSelector },
  'replicasets.apps': { selector: workloadSelector, orphan },
  'deployments.apps': { selector: workloadSelector },
  'statefulsets.apps': { selector: workloadSelector },
  'daemonsets.apps': { selector: workloadSelector },
  'jobs.batch': { selector: workloadSelector },
  'poddisruptionbudgets.policy': { selector: workloadSelector },
  'controllerrevisions.apps': { orphan },
  events: {
    expiry: expiryOf,
    about: (event, before) =>
      before && before.object.involvedObject === event.involvedObject
        ? before.values
        : [aboutKey(event.involvedObject ?? {})],
  },
};

/** The value of the `label` index for one label of the objects of a namespace. */
export function labelValue(namespace: string, key: string, value: string): string {
  return `${namespace}/${key}=${value}`;
}

/** The value of the `about` index for events: the uid, or kind and name where the object has none. */
export function aboutKey(reference: { uid?: string; kind?: string; namespace?: string; name?: string }): string {
  return reference.uid || `${reference.kind}/${reference.namespace ?? ''}/${reference.name}`;
}

/** The value of the `selector` index of workloads: the first label asked for; a ReplicationController's selector is labels only. */
export function selectorValue(namespace: string, labels: Readonly<Record<string, string>> | undefined): string {
  const key = labels && Object.keys(labels)[0];
  return key === undefined ? `${namespace}/` : labelValue(namespace, key, labels?.[key] as string);
}

function hasEnded({ status }: KubeObject): boolean {
  return status?.phase === 'Succeeded' || status?.phase === 'Failed';
}

function workloadSelector(workload: KubeObject): readonly string[] {
  const { selector } = workload['spec'] ?? {};
  const labels = workload.kind === 'ReplicationController' ? selector : selector?.matchLabels;
  return [selectorValue(workload.metadata.namespace ?? '', labels)];
}

function orphan(object: KubeObject): readonly string[] {
  return controllerOf(object) ? NONE : [object.metadata.namespace ?? ''];
}

function labelValues(
  object: KubeObject,
  before?: { object: KubeObject; values: readonly string[] },
): readonly string[] {
  const { labels, namespace = '' } = object.metadata;
  // Most writes leave the labels alone, and hand on the very same.
  if (before && before.object.metadata.labels === labels) return before.values;
  if (!labels) return NONE;
  return Object.keys(labels).map((key) => labelValue(namespace, key, labels[key] as string));
}
