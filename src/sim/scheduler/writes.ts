/** What the scheduler writes: bindings, conditions, nominations, and the end of those that have to make room. */
import { deepEqual, isObject, type JsonObject } from '../../apimachinery/json';
import { asObject } from '../../apimachinery/meta';
import { isReason } from '../../apimachinery/status';
import { formatTime } from '../../apimachinery/time';
import type { Context } from '../controller';
import { podCondition } from '../controllers/pod-state';
import type { ClusterView } from './cluster-view';
import { PodInfo } from './pod-info';
import type { Outcome } from './post-filter';
import type { Candidate } from './preemption';
import type { Profile } from './profile';

const PODS = { group: '', version: 'v1', resource: 'pods' };
/** Event notes are at most this long (validation.NoteLengthLimit). */
const LONGEST_NOTE = 1024;

/** Throws what the API server says: NotFound, Conflict. */
export async function bindPod(
  { pod, namespace, name, uid }: PodInfo,
  nodeName: string,
  profile: Profile,
  context: Context,
): Promise<void> {
  await context.client.createSubresource(PODS, namespace, name, 'binding', {
    apiVersion: 'v1',
    kind: 'Binding',
    metadata: { name, namespace, uid },
    target: { kind: 'Node', name: nodeName },
  });
  context.events.event(pod, 'Normal', 'Scheduled', `Successfully assigned ${namespace}/${name} to ${nodeName}`, {
    action: 'Binding',
    component: profile.name,
  });
}

/** Says in the pod's condition and in an event that no node would do (handleSchedulingFailure). */
export async function rejectPod(
  info: PodInfo,
  { message, preemption }: Outcome,
  profile: Profile,
  context: Context,
): Promise<void> {
  const { pod, nominatedNode } = info;
  const nominate = preemption?.chosen?.node.name ?? (preemption?.clearNomination ? '' : nominatedNode);
  const present = podCondition(pod, 'PodScheduled');
  const unschedulable = present?.status === 'False' && present.reason === 'Unschedulable';
  // While its victims go, it was told already what it waits for.
  if (unschedulable && preemption?.waiting) return;
  const said = unschedulable && present.message === message;
  // Said already, if perhaps by another process: nothing is news, and a settled cluster stays as it is.
  if (said && nominate === nominatedNode) return;
  if (!said || preemption?.chosen) {
    const note = message.length <= LONGEST_NOTE ? message : `${message.slice(0, LONGEST_NOTE - 4)} ...`;
    context.events.event(pod, 'Warning', 'FailedScheduling', note, { action: 'Scheduling', component: profile.name });
  }
  const status: JsonObject = {
    conditions: [condition(info, 'PodScheduled', 'False', 'Unschedulable', message, context)],
  };
  if (nominate !== nominatedNode) status['nominatedNodeName'] = nominate || null;
  await patchStatus(info, status, context);
}

/** Where the pod will go once what it waits for is there. */
export async function nominatePod(info: PodInfo, nodeName: string, context: Context): Promise<void> {
  if (info.nominatedNode !== nodeName) await patchStatus(info, { nominatedNodeName: nodeName }, context);
}

/** prepareCandidate: the victims go, and less important pods that were promised room on the node are not any more. */
export async function preemptFor(
  info: PodInfo,
  { node, victims }: Candidate,
  profile: Profile,
  view: ClusterView,
  context: Context,
): Promise<void> {
  const lesser = [...node.nominated.values()].filter(
    ({ priority, uid }) => priority < info.priority && uid !== info.uid,
  );
  for (const other of lesser) {
    view.nominate(other, '');
    await patchStatus(other, { nominatedNodeName: null }, context);
  }
  for (const victim of victims) {
    if (victim.terminating) continue;
    const message = `${profile.name}: preempting to accommodate a higher priority pod`;
    const target = condition(victim, 'DisruptionTarget', 'True', 'PreemptionByScheduler', message, context);
    await patchStatus(victim, { conditions: [target] }, context);
    try {
      const left = await context.client.delete(PODS, victim.namespace, victim.name);
      // It goes on taking its room until it has ended.
      if (isObject(left) && left['kind'] !== 'Status') view.place(new PodInfo(asObject(left)), node.name);
      else view.displace(victim.uid);
    } catch (error) {
      if (!isReason(error, 'NotFound')) throw error;
      continue;
    }
    context.events.event(victim.pod, 'Normal', 'Preempted', `Preempted by pod ${info.uid} on node ${node.name}`, {
      action: 'Preempting',
      related: info.pod,
      component: profile.name,
    });
  }
}

function condition(
  { pod }: PodInfo,
  type: string,
  status: string,
  reason: string,
  message: string,
  context: Context,
): JsonObject {
  const present = podCondition(pod, type);
  const { generation } = pod.metadata;
  return {
    type,
    status,
    reason,
    message,
    lastProbeTime: null,
    lastTransitionTime:
      present?.status === status && present.lastTransitionTime
        ? present.lastTransitionTime
        : formatTime(context.clock.now()),
    ...(generation ? { observedGeneration: generation } : {}),
  };
}

async function patchStatus({ namespace, name }: PodInfo, status: JsonObject, context: Context): Promise<void> {
  if (deepEqual(status, {})) return;
  try {
    await context.client.patch(PODS, namespace, name, 'strategic', { status }, undefined, 'status');
  } catch (error) {
    if (!isReason(error, 'NotFound')) throw error;
  }
}
