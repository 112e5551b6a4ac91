/**
 * ProvisioningRequests: room that is asked for ahead of the pods that will need it (autoscaler `apis/provisioningrequest`,
 * `provisioningrequest/{pods,conditions}`, `processors/provreq`). Those that one look works on; what it makes of them is left in the
 * effects.
 */
import type { Condition, KubeObject } from '../../apimachinery/meta';
import { withRequests } from '../../apimachinery/pod-requests';
import { formatTime, parseTime } from '../../apimachinery/time';
import type { Instant } from '../clock';
import type { IndexedCache } from '../controller';
import { PodInfo } from '../scheduler/pod-info';
import type { Effects } from './effects';
import type { Options } from './options';
import { placeAll } from './pods-to-help';
import type { Snapshot } from './snapshot';
import type { AutoscalerState } from './state';

export const REQUESTS = { group: 'autoscaling.x-k8s.io', version: 'v1', resource: 'provisioningrequests' } as const;
export const REQUEST_RESOURCE = `${REQUESTS.resource}.${REQUESTS.group}`;

export const CHECK_CAPACITY = 'check-capacity.autoscaling.x-k8s.io';
export const BEST_EFFORT_ATOMIC = 'best-effort-atomic-scale-up.autoscaling.x-k8s.io';
const CONSUMES = 'autoscaling.x-k8s.io/consume-provisioning-request';
const CLASS = 'autoscaling.x-k8s.io/provisioning-class-name';
const CONSUMED = 'cluster-autoscaler.kubernetes.io/consume-provisioning-request';

/** defaultReservationTime, defaultExpirationTime, defaultTerminalProvReqTTL, defaultMaxUpdated, maxProvReqEvent */
const RESERVED = 600_000;
const EXPIRED = 7 * 24 * 3_600_000;
const MOST_AT_ONCE = 20;
const MOST_EVENTS = 50;

export interface ProvisioningRequest extends KubeObject {
  spec: {
    provisioningClassName: string;
    podSets: { count: number; podTemplateRef: { name: string } }[];
    parameters?: Record<string, string>;
  };
  status?: { conditions?: Condition[] };
}

interface World {
  cache: Pick<IndexedCache, 'list' | 'get'>;
  options: Options;
  state: AutoscalerState;
  effects: Effects;
  now: Instant;
}

export class Requests {
  private readonly all: readonly ProvisioningRequest[];

  /** @param due told of instants from which on another look is worth it: those that are later than this. */
  constructor(
    private readonly world: World,
    private readonly due: (after: Instant) => void,
  ) {
    this.all = world.cache.list(REQUEST_RESOURCE) as readonly ProvisioningRequest[];
    const uids = new Set(this.all.map(({ metadata }) => metadata.uid));
    const { provisioningBackOffs } = world.state;
    for (const uid of Object.keys(provisioningBackOffs)) if (!uids.has(uid)) delete provisioningBackOffs[uid];
  }

  /** Pods that were promised room elsewhere need no help of their own (ProvisioningRequestPodsFilter). */
  withoutConsumers(pods: readonly PodInfo[]): PodInfo[] {
    let told = 0;
    return pods.filter(({ pod }) => {
      const name = requestOf(pod);
      if (name === undefined) return true;
      const message = `Unschedulable pod didn't trigger scale-up, because it's consuming ProvisioningRequest ${pod.metadata.namespace}/${name}`;
      if (told++ < MOST_EVENTS) this.world.effects.sayOf(pod, 'Normal', '', message);
      return false;
    });
  }

  /** What has had its time (provReqProcessor.refresh). */
  refresh(): void {
    const { now, effects } = this.world;
    let left = MOST_AT_ONCE;
    for (const request of this.all) {
      if (left <= 0) break;
      if (!this.isOurs(request) || this.is(request, 'BookingExpired') || this.is(request, 'Failed')) continue;
      const provisioned = this.condition(request, 'Provisioned');
      if (provisioned?.status === 'True') {
        if (!this.isOver(timeOf(provisioned) + RESERVED)) continue;
        this.set(
          request,
          'BookingExpired',
          true,
          'CapacityReservationTimeExpired',
          'Capacity reservation time is expired',
        );
      } else {
        if (!this.isOver((parseTime(request.metadata.creationTimestamp ?? '') ?? now) + EXPIRED)) continue;
        this.set(request, 'Failed', true, 'Expired', 'ProvisioningRequest is expired');
      }
      left--;
    }
    for (const request of this.all)
      for (const type of ['Provisioned', 'Failed']) {
        const ended = request.status?.conditions?.find((condition) => condition.type === type);
        if (ended && this.isOver(timeOf(ended) + EXPIRED)) effects.oldRequests.add(request);
      }
  }

  private isOver(after: Instant): boolean {
    if (after < this.world.now) return true;
    this.due(after);
    return false;
  }

  /** The pods of the first request that waits for an answer (GetPodsFromNextRequest). */
  next(): PodInfo[] {
    const { options } = this.world;
    for (const request of this.all) {
      if (!this.isOurs(request) || !this.isAvailable(request)) continue;
      const pods = this.podsOf(request, 'FailedToCreatePods', '');
      this.world.state.lastProvisioning = this.world.now;
      if (!pods) continue;
      const inBatch = options.is('check-capacity-batch-processing') && this.isCheck(request);
      if (!inBatch) this.accept(request);
      return pods;
    }
    return [];
  }

  /** Those that are only to be checked, a number of them at a time (GetCheckCapacityBatch). */
  batch(): { request: ProvisioningRequest; pods: PodInfo[] }[] {
    const most = this.world.options.number('check-capacity-provisioning-request-max-batch-size');
    const batch: { request: ProvisioningRequest; pods: PodInfo[] }[] = [];
    for (const request of this.all) {
      if (batch.length >= most) break;
      if (!this.isCheck(request) || !this.isAvailable(request)) continue;
      const pods = this.podsOf(request, 'FailedToCreatePods', '');
      if (pods) batch.push({ request, pods });
      else this.world.state.lastProvisioning = this.world.now;
    }
    return batch;
  }

  /** Room that was found is kept for a while, whoever comes (bookCapacity). */
  book(snapshot: Snapshot): void {
    const booked = this.all.flatMap((request) => {
      const isBooked =
        this.isOurs(request) &&
        this.is(request, 'Provisioned') &&
        !this.is(request, 'Failed') &&
        !this.is(request, 'BookingExpired');
      return isBooked ? (this.podsOf(request, 'FailedToBookCapacity', "Couldn't create pods, err: ") ?? []) : [];
    });
    placeAll(booked, snapshot, () => true, false);
  }

  /** The request that such a pod was imagined for. */
  find({ pod }: PodInfo): ProvisioningRequest | undefined {
    const [owner] = pod.metadata.ownerReferences ?? [];
    return this.all.find(
      ({ metadata }) => metadata.namespace === pod.metadata.namespace && metadata.name === owner?.name,
    );
  }

  accept(request: ProvisioningRequest): void {
    this.set(request, 'Accepted', true, 'Accepted', 'ProvisioningRequest is accepted by ClusterAutoscaler');
  }

  /** SupportedCheckCapacityClass. Once an instance was told by a prefix of the class, too. */
  isCheck({ spec }: ProvisioningRequest): boolean {
    const instance = this.world.options.text('check-capacity-processor-instance');
    const own = spec.parameters?.['processorInstance'] ?? '';
    if (instance !== '' && own === '') return spec.provisioningClassName === `${instance}${CHECK_CAPACITY}`;
    return own === instance && spec.provisioningClassName === CHECK_CAPACITY;
  }

  /** SupportedProvisioningClass */
  private isOurs(request: ProvisioningRequest): boolean {
    if (request.spec.provisioningClassName !== BEST_EFFORT_ATOMIC) return this.isCheck(request);
    return this.world.options.text('check-capacity-processor-instance') === '';
  }

  /** IsAvailableForProvisioning: it was not tried, or not of late; each time it waits twice as long. */
  private isAvailable(request: ProvisioningRequest): boolean {
    const { options, now, state } = this.world;
    const { uid = '' } = request.metadata;
    const provisioned = this.condition(request, 'Provisioned');
    if (this.is(request, 'Failed') || provisioned?.status === 'True') {
      delete state.provisioningBackOffs[uid];
      return false;
    }
    if (!provisioned) return true;
    if (provisioned.status !== 'False') return false;
    const wait = state.provisioningBackOffs[uid] ?? options.duration('provisioning-request-initial-backoff-time');
    const again = timeOf(provisioned) + wait;
    if (again >= now) {
      this.due(again);
      return false;
    }
    state.provisioningBackOffs[uid] = Math.min(2 * wait, options.duration('provisioning-request-max-backoff-time'));
    return true;
  }

  private condition(request: ProvisioningRequest, type: string): Condition | undefined {
    const conditions = this.world.effects.requests.get(request) ?? request.status?.conditions ?? [];
    return conditions.find((condition) => condition.type === type);
  }

  private is(request: ProvisioningRequest, type: string): boolean {
    return this.condition(request, type)?.status === 'True';
  }

  /** AddOrUpdateCondition: it always is as of now. */
  set(request: ProvisioningRequest, type: string, isTrue: boolean, reason: string, message: string): void {
    const { effects, now } = this.world;
    const { generation } = request.metadata;
    const before = effects.requests.get(request) ?? request.status?.conditions ?? [];
    const condition: Condition = {
      type,
      status: isTrue ? 'True' : 'False',
      ...(generation === undefined ? {} : { observedGeneration: generation }),
      lastTransitionTime: formatTime(now),
      reason,
      message,
    };
    const at = before.findIndex((one) => one.type === type);
    effects.requests.set(request, at < 0 ? [...before, condition] : before.with(at, condition));
  }

  /** PodsForProvisioningRequest; a request whose templates are missing has failed. */
  private podsOf(request: ProvisioningRequest, reason: string, prefix: string): PodInfo[] | undefined {
    const { podSets } = request.spec;
    const { namespace = '' } = request.metadata;
    const templates = podSets.map(({ podTemplateRef }) =>
      this.world.cache.get('podtemplates', namespace, podTemplateRef.name),
    );
    const missing = podSets.filter((_, i) => !templates[i]).map(({ podTemplateRef }) => podTemplateRef.name);
    if (missing.length === 0)
      return podSets.flatMap(({ count }, i) =>
        Array.from({ length: count }, (_, j) => podFor(request, (templates[i] as KubeObject)['template'], i, j)),
      );
    const text = `missing pod templates, ${podSets.length} pod templates were referenced, ${missing.length} templates were missing: ${missing.join(',')}`;
    this.set(request, 'Failed', true, reason, prefix + text);
    return undefined;
  }
}

function timeOf({ lastTransitionTime }: Condition): Instant {
  return parseTime(lastTransitionTime) ?? 0;
}

/** The request that a pod is to use, if it is to use any. */
export function requestOf({ metadata }: KubeObject): string | undefined {
  return metadata.annotations?.[CONSUMES] ?? metadata.annotations?.[CONSUMED];
}

/** Imagined: it is the request's own. */
function podFor(
  { apiVersion, kind, metadata, spec }: ProvisioningRequest,
  template: KubeObject,
  set: number,
  number: number,
): PodInfo {
  const { namespace = '', name: owner = '', uid = '', creationTimestamp = '' } = metadata;
  const name = `${owner}-${set}-${number}`;
  const annotations = {
    ...template.metadata?.annotations,
    [CONSUMES]: owner,
    [CLASS]: spec.provisioningClassName,
  };
  return new PodInfo({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace,
      uid: `${namespace}/${name}`,
      creationTimestamp,
      annotations,
      ...(template.metadata?.labels ? { labels: template.metadata.labels } : {}),
      ownerReferences: [{ apiVersion, kind, name: owner, uid, controller: true }],
    },
    spec: withRequests(template['spec']),
    status: {},
  });
}
