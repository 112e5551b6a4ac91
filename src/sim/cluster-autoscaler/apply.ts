/** Does what a look decided: resizes groups, marks nodes, writes the status map, and says what there is to say. */
import { deepEqual, jsonOf } from '../../apimachinery/json';
import type { KubeObject } from '../../apimachinery/meta';
import { NODE_GROUPS } from '../../apimachinery/node-groups';
import { ApiError, isReason } from '../../apimachinery/status';
import { parseTime } from '../../apimachinery/time';
import type { Instant } from '../clock';
import type { Context } from '../controller';
import { aboutKey } from '../indices';
import { BUFFERS } from './capacity-buffers';
import type { Effects, Marking, Said } from './effects';
import type { NodeGroups } from './node-group';
import type { Options } from './options';
import { REQUESTS } from './provisioning-requests';
import { TO_BE_DELETED } from './readiness';
import type { Scan } from './scan';
import { type AutoscalerState, writeState } from './state';
import { LAST_UPDATED, STATUS_NAMESPACE, sameStatus, statusOf, statusTime } from './status-map';

const NODES = { group: '', version: 'v1', resource: 'nodes' };
const CONFIG_MAPS = { group: '', version: 'v1', resource: 'configmaps' };
const COMPONENT = 'cluster-autoscaler';
/** Of one object the same reason is given once in five minutes (`utils/kubernetes/factory.go` getCorrelationOptions). */
const QUIET = 300_000;

export interface Application {
  groups: NodeGroups;
  state: AutoscalerState;
  effects: Effects;
  options: Options;
  /** Absent: only deletions went on. */
  told?: Scan;
  context: Context;
}

export async function applyEffects(application: Application): Promise<void> {
  const { groups, effects, state, context } = application;
  for (const marking of effects.marks) {
    const problem = await mark(marking, context);
    if (problem !== undefined && marking.add?.key === TO_BE_DELETED) failedToMark(marking.node, problem, application);
  }
  for (const group of groups.all) {
    if (group.targetSize === group.spec.targetSize && group.deleted.length === 0) continue;
    const going = [...(group.spec.delete ?? []), ...group.deleted];
    const spec = { targetSize: group.targetSize, ...(going.length > 0 ? { delete: going } : {}) };
    try {
      await context.client.patch(NODE_GROUPS, '', group.name, 'merge', { spec });
    } catch (error) {
      if (!isReason(error, 'NotFound')) throw error;
      delete state.scaleUpRequests[group.name];
    }
  }
  await answerRequests(application);
  const statusMap = await keepStatusMap(application);
  const told = new Set<string>();
  for (const said of effects.said) {
    const about = said.about ?? statusMap;
    if (!about) continue;
    const key = saidKey(said, about);
    if (told.has(key) || wasSaid(said, about, application, QUIET)) continue;
    told.add(key);
    context.events.event(about, said.type, said.reason, said.message);
  }
}

/** UpdateProvisioningRequest, DeleteOldProvReqs, UpdateCapacityBuffer; some may be gone. */
async function answerRequests({ effects, context }: Application): Promise<void> {
  const answer = async (work: () => Promise<unknown>) => {
    try {
      await work();
    } catch (error) {
      if (!isReason(error, 'NotFound') && !isReason(error, 'Conflict')) throw error;
    }
  };
  for (const [request, conditions] of effects.requests)
    await answer(() =>
      context.client.updateStatus(REQUESTS, { ...request, status: jsonOf({ ...request.status, conditions }) }),
    );
  for (const { metadata } of effects.oldRequests)
    await answer(() => context.client.delete(REQUESTS, metadata.namespace ?? '', metadata.name ?? ''));
  for (const [buffer, status] of effects.buffers)
    await answer(() => context.client.updateStatus(BUFFERS, { ...buffer, status: jsonOf(status) }));
}

/** Is anything to be done, or remembered, other than `before`? */
export function hasChanged({ state, groups, effects }: Application, before: AutoscalerState): boolean {
  if (effects.marks.length > 0 || effects.requests.size > 0 || effects.oldRequests.size > 0) return true;
  if (effects.buffers.size > 0) return true;
  if (groups.all.some((group) => group.targetSize !== group.spec.targetSize || group.deleted.length > 0)) return true;
  // Since when the status map says what is for those who read it.
  const known = (of: AutoscalerState) => ({ ...writeState(of), transitions: {}, provisioningTurn: false });
  return !deepEqual(known(state), known(before));
}

/** Would any of it be new to `before`? What was said already, whenever that was, is not. */
export async function hasNews(application: Application, before: AutoscalerState): Promise<boolean> {
  const { effects, context } = application;
  if (hasChanged(application, before)) return true;
  const status = await statusMapText(application);
  if (status !== undefined && !sameStatus(statusMapOf(application)?.['data']?.status ?? '', status)) return true;
  return effects.said.some((said) => said.about && !wasSaid(said, said.about, { context }, Number.POSITIVE_INFINITY));
}

/** AddTaints, CleanTaints; what went wrong, if anything did. */
async function mark(
  { node: name, add, remove, cordon }: Marking,
  { client, clock }: Context,
): Promise<string | undefined> {
  try {
    const node = await client.get(NODES, '', name);
    const spec = { ...node['spec'] };
    let taints: { key: string; value?: string; effect: string }[] = spec.taints ?? [];
    if (add && !taints.some(({ key }) => key === add.key))
      taints = [...taints, { ...add, value: String(Math.floor(clock.now() / 1000)) }];
    if (remove) taints = taints.filter(({ key }) => key !== remove);
    if (taints.length > 0) spec.taints = taints;
    else delete spec.taints;
    if (cordon) spec.unschedulable = true;
    else if (cordon === false) delete spec.unschedulable;
    const after = { ...node, spec };
    if (!deepEqual(jsonOf(after), jsonOf(node))) await client.update(NODES, after);
    return undefined;
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return error.message;
  }
}

/** A node that could not be marked stays; nothing is removed for a while. */
function failedToMark(name: string, problem: string, { state, effects, context }: Application): void {
  const node = context.cache.get('nodes', '', name);
  const message = `failed to mark the node as toBeDeleted/unschedulable: ${problem}`;
  if (node) effects.sayOf(node, 'Warning', 'ScaleDownFailed', message);
  const group = state.deletions[name]?.group ?? '';
  delete state.deletions[name];
  state.lastScaleDownFail = context.clock.now();
  state.groupTimes[group] = { ...state.groupTimes[group], fail: context.clock.now() };
}

function statusMapOf({ options, context }: Application): KubeObject | undefined {
  return context.cache.get('configmaps', STATUS_NAMESPACE, options.text('status-config-map-name'));
}

/** What the map should say; undefined where there is to be none, or nobody looked. */
async function statusMapText({ groups, state, options, told, context }: Application): Promise<string | undefined> {
  if (!told || !options.is('write-status-configmap')) return undefined;
  const { toYaml } = await import('../../yaml/write');
  const { clusterState, scaleDown } = told;
  const scaledDown = scaleDown !== undefined;
  return toYaml(statusOf({ clusterState, groups, state, scaledDown, now: context.clock.now() }));
}

/** WriteStatusConfigMap; the map, about which is said what concerns the whole cluster. */
async function keepStatusMap(application: Application): Promise<KubeObject | undefined> {
  const { options, context } = application;
  const { client, clock } = context;
  if (!options.is('write-status-configmap')) return undefined;
  const present = statusMapOf(application);
  const status = await statusMapText(application);
  if (status === undefined || (present && sameStatus(present['data']?.status ?? '', status)))
    return present && asConfigMap(present);
  const annotations = { ...present?.metadata.annotations, [LAST_UPDATED]: statusTime(clock.now()) };
  const name = options.text('status-config-map-name');
  try {
    return await (present
      ? client.update(CONFIG_MAPS, {
          ...asConfigMap(present),
          metadata: { ...present.metadata, annotations },
          data: { ...present['data'], status },
        })
      : client.create(CONFIG_MAPS, STATUS_NAMESPACE, {
          apiVersion: 'v1',
          kind: 'ConfigMap',
          metadata: { name, namespace: STATUS_NAMESPACE, annotations },
          data: { status },
        }));
  } catch (error) {
    // Somebody else wrote it, or the namespace is gone: the next look tries again.
    if (!(error instanceof ApiError)) throw error;
    return present && asConfigMap(present);
  }
}

function asConfigMap(object: KubeObject): KubeObject {
  return { ...object, apiVersion: 'v1', kind: 'ConfigMap' };
}

/** getCustomSpamKeyFunc: of the status map everything is said that is new, of others each reason once. */
function saidKey({ reason, message }: Said, about: KubeObject): string {
  return about.kind === 'ConfigMap' ? `message ${message}` : `${about.metadata.uid} ${reason}`;
}

function wasSaid(
  said: Said,
  about: KubeObject,
  { options, context }: { options?: Options; context: Pick<Context, 'cache' | 'clock'> },
  within: number,
): boolean {
  if (options?.is('record-duplicated-events')) return false;
  const { kind = '', metadata } = about;
  const { uid, namespace, name } = metadata;
  const now: Instant = context.clock.now();
  const key = aboutKey({
    ...(uid ? { uid } : {}),
    kind,
    ...(namespace ? { namespace } : {}),
    ...(name ? { name } : {}),
  });
  const known = saidKey(said, about);
  return context.cache.index('events', 'about', key).some((event) => {
    if (event['source']?.component !== COMPONENT) return false;
    const { reason, message } = event as unknown as Said;
    if (saidKey({ ...said, reason, message }, about) !== known) return false;
    return (parseTime(event['lastTimestamp'] ?? '') ?? 0) + within > now;
  });
}
