/** The named indices of the cache: what `cache.index(resource, index, value)` can answer at once. */
import type { KubeObject } from '../apimachinery/meta';
import type { ResourceName } from './controller';

/** The values under which an object is found; `before` is what it was, and under what it was found then. */
export type Indexer = (
  object: KubeObject,
  before?: { object: KubeObject; values: readonly string[] },
) => readonly string[];

const NONE: readonly string[] = [];

/**
 * Resource → index → values. An index is worth its keep when a controller asks for few of many objects in every step:
 *
 * | resource | index | value |
 * |---|---|---|
 * | pods | `node` | spec.nodeName |
 * | pods | `label` | `<namespace>/<key>=<value>`, each label |
 * | endpointslices.discovery.k8s.io | `service` | `<namespace>/<name>` of the Service it belongs to |
 * | services | `selector` | `<namespace>/<key>=<value>`, the first label that its selector asks for |
 * | events | `about` | uid of the object that the event is about, or its name where that has none |
 */
export const INDEXERS: Readonly<Record<ResourceName, Readonly<Record<string, Indexer>>>> = {
  pods: {
    node: (pod) => (pod.spec?.nodeName ? [pod.spec.nodeName] : NONE),
    label: labelValues,
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
  events: {
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
