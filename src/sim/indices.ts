/** The named indices of the cache: what `cache.index(resource, index, value)` can answer at once. */
import { PRESSURE } from '../apimachinery/behaviour-annotations';
import { firstWhere } from '../apimachinery/first-where';
import { type Labels, sameLabels } from '../apimachinery/labels';
import { controllerOf, type KubeObject } from '../apimachinery/meta';
import { ANNOTATIONS, DELETION, LABELS, OWNERS, type Parts, PHASE, SPEC } from './changed-parts';
import type { ResourceName } from './controller';
import { diskKey } from './controllers/persistentvolume-binder/csi-migration';
import { asksAround } from './kubelet/asking';
import { referencesOf } from './kubelet/references';
import { BIND_COMPLETED, classOf } from './scheduler/plugins/volume-claims';

/** Under which values an object is found: nothing but the object tells, so that nobody needs to keep them. */
export interface Indexer {
  /** The parts of the object that tell: while none of them is touched, the values stay. */
  of: Parts;
  values(object: KubeObject): readonly string[];
  /** Whether they stay though one of these parts was touched, where that is seen sooner than they are made. */
  same?(a: KubeObject, b: KubeObject): boolean;
}

function by(of: Parts, values: Indexer['values'], same?: Indexer['same']): Indexer {
  return { of, values, ...(same ? { same } : {}) };
}

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
 * | nodes | `no-execute` | `true` for one with a taint that pods have to go for |
 * | nodes | `pressed` | `true` for one that is told to run short of something |
 * | namespaces | `terminating` | `true` for one that is being deleted |
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
 *
 * Those of events are in event-shelf.ts.
 */
export const INDEXERS: Readonly<Record<ResourceName, Readonly<Record<string, Indexer>>>> = {
  pods: {
    node: by(SPEC, (pod) => (pod.spec?.nodeName ? [pod.spec.nodeName] : NONE)),
    label: by(LABELS, labelValues),
    reference: by(SPEC, referencesOf, (a, b) => runTheSame(a, b) && a.spec?.volumes === b.spec?.volumes),
    asks: by(
      SPEC | PHASE,
      (pod) => (!hasEnded(pod) && asksAround(pod) ? TRUE : NONE),
      (a, b) => runTheSame(a, b) && hasEnded(a) === hasEnded(b),
    ),
    ended: by(PHASE, (pod) => (hasEnded(pod) ? TRUE : NONE)),
    orphan: by(OWNERS, orphan),
  },
  nodes: {
    'no-execute': by(SPEC, ({ spec }) => (firstWhere(spec?.taints, isNoExecute) ? TRUE : NONE)),
    pressed: by(ANNOTATIONS, ({ metadata }) => (metadata.annotations?.[PRESSURE] ? TRUE : NONE)),
  },
  namespaces: {
    terminating: by(DELETION, ({ metadata }) => (metadata.deletionTimestamp ? TRUE : NONE)),
  },
  persistentvolumes: {
    claim: by(SPEC, ({ spec }) => (spec?.claimRef ? [`${spec.claimRef.namespace}/${spec.claimRef.name}`] : NONE)),
  },
  persistentvolumeclaims: {
    volume: by(SPEC, ({ spec }) => (spec?.volumeName ? [spec.volumeName] : NONE)),
    unbound: by(ANNOTATIONS | SPEC, (claim) =>
      claim.metadata.annotations?.[BIND_COMPLETED] === undefined ? [classOf(claim)] : NONE,
    ),
  },
  'volumeattachments.storage.k8s.io': {
    node: by(SPEC, ({ spec }) => [spec.nodeName]),
    volume: by(SPEC, ({ spec: { source = {} } }) => {
      if (source.persistentVolumeName) return [source.persistentVolumeName];
      return source.inlineVolumeSpec?.csi ? [diskKey(source.inlineVolumeSpec.csi)] : NONE;
    }),
  },
  'endpointslices.discovery.k8s.io': {
    service: by(LABELS, ({ metadata }) => {
      const service = metadata.labels?.['kubernetes.io/service-name'];
      return service ? [`${metadata.namespace}/${service}`] : NONE;
    }),
  },
  services: {
    selector: by(SPEC, (service) => {
      const selector: Record<string, string> | undefined = service['spec']?.selector;
      const key = selector && Object.keys(selector)[0];
      return key === undefined ? NONE : [labelValue(service.metadata.namespace ?? '', key, selector?.[key] as string)];
    }),
  },
  replicationcontrollers: { selector: by(SPEC, workloadSelector) },
  'replicasets.apps': { selector: by(SPEC, workloadSelector), orphan: by(OWNERS, orphan) },
  'deployments.apps': { selector: by(SPEC, workloadSelector) },
  'statefulsets.apps': { selector: by(SPEC, workloadSelector) },
  'daemonsets.apps': { selector: by(SPEC, workloadSelector) },
  'jobs.batch': { selector: by(SPEC, workloadSelector) },
  'poddisruptionbudgets.policy': { selector: by(SPEC, workloadSelector) },
  'controllerrevisions.apps': { orphan: by(OWNERS, orphan) },
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

function isNoExecute({ effect }: { effect?: string }): boolean {
  return effect === 'NoExecute';
}

/** Have the pods the very same containers, as before and after one of them got its node? */
function runTheSame({ spec: a }: KubeObject, { spec: b }: KubeObject): boolean {
  return a?.containers === b?.containers && a?.initContainers === b?.initContainers;
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

/** Pods come in rows of one template: their values are made, and kept, once for a row. */
function labelValues({ metadata: { labels, namespace = '' } }: KubeObject): readonly string[] {
  if (!labels) return NONE;
  if (namespace !== latest.namespace || !sameLabels(labels, latest.labels))
    latest = {
      namespace,
      labels,
      values: Object.keys(labels).map((key) => labelValue(namespace, key, labels[key] as string)),
    };
  return latest.values;
}

let latest: { namespace: string; labels: Labels; values: readonly string[] } = {
  namespace: '',
  labels: {},
  values: NONE,
};
