/**
 * Makes the volume of a claim larger: the driver first (kubernetes-csi external-resizer `pkg/controller`), then the file system on the
 * node of a pod that uses it (kubernetes `pkg/kubelet` operation executor, NodeExpandVolume).
 */
import { type JsonObject, jsonOf } from '../../../apimachinery/json';
import type { KubeObject } from '../../../apimachinery/meta';
import { wholeValue } from '../../../apimachinery/quantity';
import { formatTime, parseTime } from '../../../apimachinery/time';
import type { Instant } from '../../clock';
import type { Context, Result } from '../../controller';
import { keyOf } from '../../resource-names';
import { volumeNamed } from '../../scheduler/plugins/volume-claims';
import { CLAIMS, VOLUMES } from '../persistentvolume-binder/bind';
import { isPodTerminal } from '../pod-state';
import { type DriverError, isFinal, sizeFailure } from './parameters';

const NODE_PENDING = 'Waiting for user to (re-)start a pod to finish file system resize of volume on node.';

const RESIZING = 'Resizing';
const ERROR = 'ControllerResizeError';
const FAILED = 'failed to expand pvc with ';
const RESIZE_FAILED = 'VolumeResizeFailed';
const INFEASIBLE = 'ControllerResizeInfeasible';
/** It is no use to try these again soon (IsInfeasibleError). */
const IMPOSSIBLE: ReadonlySet<string> = new Set(['InvalidArgument', 'NotFound', 'OutOfRange']);
/** external-resizer --retry-interval-start, --retry-interval-max */
const FIRST_RETRY = 1000;
const LAST_RETRY = 300_000;

interface Condition {
  type: string;
  status: string;
  lastProbeTime?: string | null;
  lastTransitionTime?: string;
  message?: string;
}

/** Is the claim bound, and asks for more than it has? */
export function wantsMore(claim: KubeObject): boolean {
  const { phase, capacity } = claim['status'] ?? {};
  if (phase !== 'Bound' || capacity?.storage === undefined) return false;
  return wholeValue(claim['spec'].resources?.requests?.storage) > wholeValue(capacity.storage);
}

/** What went wrong with the size that is asked for last (ControllerResizeError), undefined where nothing is known to. */
export function expandError(claim: KubeObject): string | undefined {
  return conditionOf(claim, ERROR)?.message?.slice(FAILED.length);
}

/** expandAndRecover: what was begun is ended first, unless it can not be; then a smaller size may do. */
export async function expand(
  claim: KubeObject,
  driver: string,
  storageClass: KubeObject | undefined,
  context: Context,
): Promise<Result | undefined> {
  const { cache, events, clock } = context;
  const volume = volumeNamed(cache, claim['spec'].volumeName);
  if (!volume) return undefined;
  if (conditionOf(claim, 'FileSystemResizePending')) {
    await expandOnNode(claim, volume, context);
    return undefined;
  }
  const component = `external-resizer ${driver}`;
  const stage = stageOf(claim);
  const allocated: string | undefined = claim['status'].allocatedResources?.storage;
  const size = sizeNow(claim, volume);
  const isSame = allocated !== undefined && wholeValue(allocated) === wholeValue(size);
  const started = `External resizer is resizing volume ${volume.metadata.name}`;
  if (!isSame || !stage || !conditionOf(claim, RESIZING)) {
    const waiting = 'waiting for an external controller to expand this PVC';
    events.event(claim, 'Normal', 'ExternalExpanding', waiting, { component: 'volume_expand' });
    events.event(claim, 'Normal', RESIZING, started, { component });
    const conditions = [condition(RESIZING, context)];
    await write(claim, context, { conditions, allocated: size, stage: 'ControllerResizeInProgress' });
    return undefined;
  }
  const due = againAt(claim, component, context);
  if (due !== undefined && due > clock.now()) return { requeueAfter: due - clock.now(), periodic: true };
  if (due !== undefined) events.event(claim, 'Normal', RESIZING, started, { component });
  const failure = sizeFailure(storageClass, 'expand-failure', size);
  if (failure) return fail(claim, volume, driver, size, failure, context);
  await complete(claim, volume, size, component, context);
  return undefined;
}

function stageOf(claim: KubeObject): string | undefined {
  return claim['status'].allocatedResourceStatuses?.storage;
}

/** Which size the driver is to make it: that which it may be at already, or what is asked for now. */
function sizeNow(claim: KubeObject, volume: KubeObject): string {
  const wanted: string = claim['spec'].resources.requests.storage;
  const allocated: string = claim['status'].allocatedResources?.storage ?? wanted;
  const stage = stageOf(claim);
  if (wholeValue(volume['spec'].capacity?.storage) >= wholeValue(wanted)) return allocated;
  return stage === 'ControllerResizeInProgress' && !conditionOf(claim, ERROR) ? allocated : wanted;
}

/** When it is tried again, where it was and failed: later and later, or, where it can never be, after five minutes. */
function againAt(claim: KubeObject, component: string, { cache }: Context): Instant | undefined {
  const begun = parseTime(conditionOf(claim, RESIZING)?.lastTransitionTime ?? '') ?? 0;
  const failures = cache
    .index('events', 'about', claim.metadata.uid ?? '')
    .filter((event) => event['reason'] === RESIZE_FAILED && event['source']?.component === component)
    .map((event) => ({
      last: parseTime(event['lastTimestamp'] ?? '') ?? 0,
      count: (event['count'] as number | undefined) ?? 1,
    }))
    .filter(({ last }) => last > begun);
  if (failures.length === 0) return undefined;
  const last = Math.max(...failures.map((failure) => failure.last));
  if (stageOf(claim) === INFEASIBLE) return last + LAST_RETRY;
  const count = failures.reduce((sum, failure) => sum + failure.count, 0);
  return last + Math.min(LAST_RETRY, FIRST_RETRY * 2 ** (count - 1));
}

/** markControllerExpansionInfeasible, markControllerExpansionFailedCondition; nothing is known where the driver may still be at it. */
async function fail(
  claim: KubeObject,
  volume: KubeObject,
  driver: string,
  size: string,
  { code, text }: DriverError,
  context: Context,
): Promise<Result> {
  const stage = IMPOSSIBLE.has(code) ? INFEASIBLE : 'ControllerResizeInProgress';
  const message = `resize volume ${JSON.stringify(volume.metadata.name)} by resizer ${JSON.stringify(driver)} failed: ${text}`;
  context.events.event(claim, 'Warning', RESIZE_FAILED, message, { component: `external-resizer ${driver}` });
  const before = conditionOf(claim, ERROR);
  const error = { ...condition(ERROR, context), message: FAILED + text };
  const isNews = before?.message !== error.message || stage !== stageOf(claim);
  if (isFinal(code) && isNews) {
    const resizing = conditionOf(claim, RESIZING);
    await write(claim, context, { conditions: [...(resizing ? [resizing] : []), error], allocated: size, stage });
  }
  return { requeueAfter: stage === INFEASIBLE ? LAST_RETRY : FIRST_RETRY, periodic: true };
}

async function complete(
  claim: KubeObject,
  volume: KubeObject,
  size: string,
  component: string,
  context: Context,
): Promise<void> {
  const { client, events } = context;
  const { capacity } = volume['spec'];
  if (wholeValue(capacity?.storage) < wholeValue(size))
    await client.update(VOLUMES, {
      ...volume,
      spec: { ...volume['spec'], capacity: { ...capacity, storage: size } },
    });
  if (claim['spec'].volumeMode === 'Block') {
    events.event(claim, 'Normal', 'VolumeResizeSuccessful', 'Resize volume succeeded', { component });
    await write(claim, context, { conditions: [], allocated: size, size });
    return;
  }
  const message = 'Require file system resize of volume on node';
  events.event(claim, 'Normal', 'FileSystemResizeRequired', message, { component });
  await write(claim, context, {
    conditions: [{ ...condition('FileSystemResizePending', context), message: NODE_PENDING }],
    allocated: size,
    stage: 'NodeResizePending',
  });
}

/** As soon as a pod that runs has it mounted. */
async function expandOnNode(claim: KubeObject, volume: KubeObject, context: Context): Promise<void> {
  const pod = context.cache
    .index('pods', 'reference', `persistentvolumeclaims/${keyOf(claim)}`)
    .find((one) => one['spec'].nodeName && one['status']?.phase === 'Running' && !isPodTerminal(one));
  if (!pod) return;
  const message = `MountVolume.NodeExpandVolume succeeded for volume ${JSON.stringify(volume.metadata.name)}`;
  const from = { component: 'kubelet', host: pod['spec'].nodeName as string };
  context.events.event(pod, 'Normal', 'FileSystemResizeSuccessful', message, from);
  context.events.event(claim, 'Normal', 'FileSystemResizeSuccessful', message, from);
  // What was asked for since then comes next.
  const size: string = volume['spec'].capacity.storage;
  await write(claim, context, { conditions: [], allocated: size, size });
}

function conditionOf(claim: KubeObject, type: string): Condition | undefined {
  return ((claim['status']?.conditions ?? []) as Condition[]).find((one) => one.type === type);
}

function condition(type: string, { clock }: Context): Condition {
  return { type, status: 'True', lastProbeTime: null, lastTransitionTime: formatTime(clock.now()) };
}

async function write(
  claim: KubeObject,
  { client }: Context,
  { conditions, allocated, stage, size }: { conditions: Condition[]; allocated: string; stage?: string; size?: string },
): Promise<void> {
  const { conditions: before, allocatedResourceStatuses: _, ...rest } = claim['status'] ?? {};
  const others = ((before ?? []) as Condition[]).filter(
    ({ type }) => type !== RESIZING && type !== ERROR && type !== 'FileSystemResizePending',
  );
  const all = [...others, ...conditions];
  const status: JsonObject = {
    ...rest,
    allocatedResources: { ...rest.allocatedResources, storage: allocated },
    ...(stage ? { allocatedResourceStatuses: { storage: stage } } : {}),
    ...(size ? { capacity: { ...rest.capacity, storage: size } } : {}),
    ...(all.length > 0 ? { conditions: jsonOf(all) } : {}),
  };
  await client.updateStatus(CLAIMS, { ...claim, status });
}
