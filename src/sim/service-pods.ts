/**
 * Which pods stand behind a Service, and as what: shared by the controllers of Endpoints and EndpointSlices (kubernetes
 * `pkg/controller/util/endpointslice`, endpointslice `util/controller_utils.go` and `utils.go`).
 */
import { firstWhere } from '../apimachinery/first-where';
import { deepEqual } from '../apimachinery/json';
import type { KubeObject } from '../apimachinery/meta';
import { formatTime, parseTime } from '../apimachinery/time';
import { DELETION, LABELS, SPEC, STATUS } from './changed-parts';
import type { IndexedCache, Watch } from './controller';
import { labelValue } from './indices';
import { keyOf } from './resource-names';

type Labels = Record<string, string>;

/** Watches pods, for the services that a change of one concerns (GetPodUpdateProjectionKey, GetServicesToUpdate). */
export const servicesOfPods: Watch = {
  resource: 'pods',
  minds: LABELS | SPEC | STATUS | DELETION,
  when: (cache) => cache.any('services', 'selector'),
  keys(pod, cache, previous) {
    if (!previous || previous === pod) return servicesOf(pod, cache);
    const podChanged = endpointChanged(previous, pod);
    const membershipChanged =
      !deepEqual(pod.metadata.labels, previous.metadata.labels) ||
      pod['spec']?.hostname !== previous['spec']?.hostname ||
      pod['spec']?.subdomain !== previous['spec']?.subdomain;
    if (!membershipChanged) return podChanged ? servicesOf(pod, cache) : [];
    const [now, before] = [servicesOf(pod, cache), servicesOf(previous, cache)];
    if (podChanged) return [...new Set([...now, ...before])];
    return [...now.filter((key) => !before.includes(key)), ...before.filter((key) => !now.includes(key))];
  },
};

/** The keys of the services whose selector matches the pod's labels. */
export function servicesOf(pod: KubeObject, cache: IndexedCache): string[] {
  const { labels, namespace = '' } = pod.metadata;
  if (!labels) return [];
  const keys: string[] = [];
  for (const key of Object.keys(labels))
    for (const service of cache.index('services', 'selector', labelValue(namespace, key, labels[key] as string)))
      if (selects(service['spec'].selector, labels)) keys.push(keyOf(service));
  return keys;
}

/** podEndpointsChanged: might its endpoint look different? */
function endpointChanged(before: KubeObject, after: KubeObject): boolean {
  return (
    before.metadata.deletionTimestamp !== after.metadata.deletionTimestamp ||
    before.metadata.uid !== after.metadata.uid ||
    isPodReady(before) !== isPodReady(after) ||
    isPodTerminal(before) !== isPodTerminal(after) ||
    !deepEqual(before['status']?.podIPs, after['status']?.podIPs)
  );
}

function selects(selector: Labels, labels: Labels): boolean {
  return Object.keys(selector).every((key) => Object.hasOwn(labels, key) && labels[key] === selector[key]);
}

/** The pods that a service's selector matches, in the order of their keys. An empty selector matches all. */
export function podsOf(service: KubeObject, cache: IndexedCache): readonly KubeObject[] {
  const selector: Labels = service['spec'].selector;
  const { namespace = '' } = service.metadata;
  const first = Object.keys(selector)[0];
  if (first === undefined) return cache.list('pods', namespace);
  return cache
    .index('pods', 'label', labelValue(namespace, first, selector[first] as string))
    .filter((pod) => selects(selector, pod.metadata.labels as Labels));
}

/** ShouldPodBeInEndpoints: it runs, or will, and has an address. */
export function hasEndpoint(pod: KubeObject, includeTerminating: boolean): boolean {
  if (isPodTerminal(pod)) return false;
  if (!pod['status']?.podIP && !pod['status']?.podIPs?.length) return false;
  return includeTerminating || pod.metadata.deletionTimestamp === undefined;
}

/** ShouldSetHostname */
export function hostnameOf(pod: KubeObject, service: KubeObject): string | undefined {
  const { hostname, subdomain } = pod['spec'];
  return hostname && subdomain === service.metadata.name ? hostname : undefined;
}

export function isPodReady(pod: KubeObject): boolean {
  return readyCondition(pod)?.status === 'True';
}

function isPodTerminal(pod: KubeObject): boolean {
  const phase = pod['status']?.phase;
  return phase === 'Failed' || phase === 'Succeeded';
}

function readyCondition(pod: KubeObject): { status?: string; lastTransitionTime?: string } | undefined {
  return firstWhere(
    pod['status']?.conditions as { type: string; status?: string; lastTransitionTime?: string }[] | undefined,
    ({ type }) => type === 'Ready',
  );
}

export interface ServicePort {
  name?: string;
  port: number;
  protocol?: string;
  targetPort?: number | string;
  appProtocol?: string;
}

/** The number of the port on this pod that a service's port leads to; undefined when it has none of that name (FindPort). */
export function findPort(pod: KubeObject, port: ServicePort): number | undefined {
  const { targetPort = port.port } = port;
  if (typeof targetPort === 'number') return targetPort;
  const sidecars = (pod['spec'].initContainers ?? []).filter(
    (container: { restartPolicy?: string }) => container.restartPolicy === 'Always',
  );
  for (const container of [...pod['spec'].containers, ...sidecars])
    for (const named of container.ports ?? [])
      if (named.name === targetPort && (named.protocol ?? 'TCP') === (port.protocol ?? 'TCP'))
        return named.containerPort;
  return undefined;
}

/** The addresses of a pod in one family. */
export function podAddresses(pod: KubeObject, ipv6: boolean): string[] {
  const { podIP, podIPs = podIP ? [{ ip: podIP }] : [] } = pod['status'];
  return podIPs.map(({ ip }: { ip: string }) => ip).filter((ip: string) => ip.includes(':') === ipv6);
}

/** True unless the service is headless (helper.IsServiceIPSet). */
export function hasClusterIP(service: KubeObject): boolean {
  const { clusterIP } = service['spec'];
  return clusterIP !== undefined && clusterIP !== 'None' && clusterIP !== '';
}

/**
 * When that happened which the object about to be written answers to: the annotation last-change-trigger-time (TriggerTimeTracker).
 * For a new object the service's creation; later the first pod that turned ready or not since the object was last written.
 */
export function triggerTime(
  service: KubeObject,
  pods: readonly KubeObject[],
  written?: KubeObject,
): string | undefined {
  if (!written) return service.metadata.creationTimestamp ?? undefined;
  const { creationTimestamp, managedFields = [] } = written.metadata;
  const writes = [creationTimestamp, ...managedFields.map((entry) => entry.time)].map(
    (time) => parseTime(time ?? '') ?? 0,
  );
  const last = Math.max(...writes);
  const triggers = pods
    .map((pod) => parseTime(readyCondition(pod)?.lastTransitionTime ?? '') ?? -1)
    .filter((time) => time >= last);
  return triggers.length > 0 ? formatTime(Math.min(...triggers)) : undefined;
}

export const TRIGGER_TIME = 'endpoints.kubernetes.io/last-change-trigger-time';
export const HEADLESS = 'service.kubernetes.io/headless';
