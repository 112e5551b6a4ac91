/**
 * CapacityBuffers: room that is always kept, told by pods that are not there (autoscaler `apis/capacitybuffer`,
 * `capacitybuffer/common`, `processors/capacitybuffer`). A controller of its own works out what a buffer asks for; here its pods
 * are imagined with every look.
 */
import type { Condition, KubeObject } from '../../apimachinery/meta';
import { notFound } from '../../apimachinery/status';
import { formatTime } from '../../apimachinery/time';
import type { Instant } from '../clock';
import type { IndexedCache } from '../controller';
import { PodInfo, unplaced } from '../scheduler/pod-info';
import type { Effects } from './effects';

export const BUFFERS = { group: 'autoscaling.x-k8s.io', version: 'v1beta1', resource: 'capacitybuffers' } as const;
export const BUFFER_RESOURCE = `${BUFFERS.resource}.${BUFFERS.group}`;
export const ACTIVE = 'buffer.x-k8s.io/active-capacity';

const MARK = 'podType';
const MARKED = 'capacityBufferFakePod';
const SAFE = 'cluster-autoscaler.kubernetes.io/safe-to-evict';

export interface BufferStatus {
  podTemplateRef?: { name: string };
  podTemplateGeneration?: number;
  replicas?: number;
  provisioningStrategy?: string;
  conditions?: readonly Condition[];
}

export interface CapacityBuffer extends KubeObject {
  spec: {
    provisioningStrategy?: string;
    podTemplateRef?: { name: string };
    scalableRef?: { apiGroup?: string; kind: string; name: string };
    replicas?: number;
    percentage?: number;
    limits?: Record<string, string | number>;
  };
  status?: BufferStatus;
}

/** SetStatusCondition: its time is that of another status. The same status where nothing is new. */
export function withCondition(
  status: BufferStatus,
  condition: Omit<Condition, 'lastTransitionTime'>,
  now: Instant,
): BufferStatus {
  const before = status.conditions ?? [];
  const at = before.findIndex(({ type }) => type === condition.type);
  const present = before[at];
  if (!present) return { ...status, conditions: [...before, { ...condition, lastTransitionTime: formatTime(now) }] };
  const { status: is, reason, message, observedGeneration } = condition;
  const isSame =
    present.status === is &&
    present.reason === reason &&
    present.message === message &&
    present.observedGeneration === observedGeneration;
  if (isSame) return status;
  const lastTransitionTime = present.status === is ? present.lastTransitionTime : formatTime(now);
  return { ...status, conditions: before.with(at, { ...condition, lastTransitionTime }) };
}

export function isTrue(status: BufferStatus | undefined, type: string): boolean {
  return status?.conditions?.some((one) => one.type === type && one.status === 'True') ?? false;
}

interface World {
  cache: Pick<IndexedCache, 'list' | 'get'>;
  effects: Effects;
  now: Instant;
}

/** The pods of all buffers (CapacityBufferPodListProcessor); what is said of each goes to the effects. */
export function bufferPods(world: World): PodInfo[] {
  const buffers = world.cache.list(BUFFER_RESOURCE) as readonly CapacityBuffer[];
  return buffers.filter((buffer) => isOurs(buffer, world)).flatMap((buffer) => podsOf(buffer, world));
}

/** It is of our strategy, was or is ready, and its template is what was looked at. */
function isOurs({ metadata, status }: CapacityBuffer, { cache }: World): boolean {
  if (status?.provisioningStrategy !== ACTIVE) return false;
  if (!isTrue(status, 'ReadyForProvisioning') && !isTrue(status, 'Provisioning')) return false;
  const { podTemplateRef, podTemplateGeneration } = status;
  if (!podTemplateRef || podTemplateGeneration === undefined) return true;
  const template = cache.get('podtemplates', metadata.namespace ?? '', podTemplateRef.name);
  return !template || template.metadata.generation === podTemplateGeneration;
}

function podsOf(buffer: CapacityBuffer, { cache, effects, now }: World): PodInfo[] {
  const { status = {}, metadata } = buffer;
  const tell = (is: boolean, reason: string, message: string) => {
    const condition = { type: 'Provisioning', status: is ? 'True' : 'False', reason, message };
    const after = withCondition(status, condition, now);
    if (after !== status) effects.buffers.set(buffer, after);
  };
  const fail = (reason: string, message: string): PodInfo[] => {
    tell(false, reason, message);
    return [];
  };
  const { podTemplateRef, replicas } = status;
  if (!podTemplateRef || replicas === undefined || !isTrue(status, 'ReadyForProvisioning'))
    return fail('NotReadyForProvisioning', 'CapacityBuffer is not ready for provisioning');
  if (replicas === 0) return fail('BufferIsEmpty', 'CapacityBuffer has zero replicas');
  const template = cache.get('podtemplates', metadata.namespace ?? '', podTemplateRef.name);
  if (!template)
    return fail(
      'FailedToGetPodTemplate',
      `failed to get pod template with error: ${missingTemplate(podTemplateRef.name)}`,
    );
  tell(true, 'FakePodsInjected', '');
  return Array.from({ length: replicas }, (_, i) => podFor(buffer, template['template'], i + 1));
}

/** What its client says of a template that is not there. */
export function missingTemplate(name: string): string {
  const { message } = notFound({ group: '', resource: 'podtemplates' }, name);
  return `capacity buffer client can't get pod template: ${message}`;
}

/** makeFakePods */
function podFor({ apiVersion, kind, metadata }: CapacityBuffer, template: KubeObject, number: number): PodInfo {
  const { namespace = '', name = '', uid = '' } = metadata;
  const { labels, annotations } = template.metadata ?? {};
  return new PodInfo({
    ...unplaced({ apiVersion: 'v1', kind: 'Pod', metadata: {}, spec: template['spec'] }),
    metadata: {
      name: `capacity-buffer-${name}-${number}`,
      namespace,
      uid: `${uid}-${number}`,
      ...(labels ? { labels } : {}),
      annotations: { ...annotations, [MARK]: MARKED, [SAFE]: 'true' },
      ownerReferences: [{ apiVersion, kind, name, uid, controller: true }],
    },
    status: {},
  });
}

/** Is such a pod imagined for a buffer? */
export function isBuffer({ pod }: PodInfo): boolean {
  return pod.metadata.annotations?.[MARK] === MARKED;
}

/** The buffers that such pods are of, and how many of each. */
export function byBuffer<T>(
  list: readonly T[],
  podOf: (one: T) => PodInfo,
  cache: Pick<IndexedCache, 'get'>,
): Map<KubeObject, T[]> {
  const groups = new Map<KubeObject, T[]>();
  for (const one of list) {
    const { namespace, pod } = podOf(one);
    const buffer = cache.get(BUFFER_RESOURCE, namespace, pod.metadata.ownerReferences?.[0]?.name ?? '');
    if (buffer) groups.set(buffer, [...(groups.get(buffer) ?? []), one]);
  }
  return groups;
}
