/** Which pods of a node go, and what speaks against that (kubectl pkg/drain/filters.go). */
import { controllerOf, type KubeObject } from '../../apimachinery/meta';
import { isReason } from '../../apimachinery/status';
import { parseTime } from '../../apimachinery/time';
import type { Client } from '../../client/client';
import { CommandError } from '../command';
import { messageOf, throwCollected } from '../errors';

export const PODS = { group: '', version: 'v1', resource: 'pods' };
const DAEMON_SETS = { group: 'apps', version: 'v1', resource: 'daemonsets' };
const MIRROR_POD = 'kubernetes.io/config.mirror';

export interface Choice {
  podSelector: string;
  chunkSize: number;
  force: boolean;
  ignoreDaemonSets: boolean;
  deleteEmptyDirData: boolean;
  /** 0: none is skipped. */
  skipDeletedSeconds: number;
  /** Milliseconds since the epoch. */
  now(): number;
}

interface Verdict {
  remove: boolean;
  warning?: string;
  error?: string;
}

const GOES: Verdict = { remove: true };
const STAYS: Verdict = { remove: false };

export interface PodsToEvict {
  pods: KubeObject[];
  /** '' for none. */
  warnings: string;
  /** Throws what speaks against it: one error a reason, with all its pods. */
  check(): void;
}

/** Asks for the pods of the node and judges each (GetPodsForDeletion). */
export async function podsToEvict(client: Client, node: string, choice: Choice): Promise<PodsToEvict> {
  const pods: KubeObject[] = [];
  const warnings = new Map<string, string[]>();
  const errors = new Map<string, string[]>();
  for (const pod of await podsOf(client, node, choice)) {
    const { remove, warning, error } = await judge(client, pod, choice);
    const name = `${pod.metadata.namespace}/${pod.metadata.name}`;
    if (warning !== undefined) warnings.set(warning, [...(warnings.get(warning) ?? []), name]);
    if (error !== undefined) errors.set(error, [...(errors.get(error) ?? []), name]);
    if (remove) pods.push(pod);
  }
  return {
    pods,
    warnings: [...warnings].map(([why, names]) => `${why}: ${names.join(', ')}`).join('; '),
    check() {
      throwCollected([...errors].map(([why, names]) => new CommandError(`cannot delete ${why}: ${names.join(', ')}`)));
    },
  };
}

async function podsOf(client: Client, node: string, { podSelector, chunkSize }: Choice): Promise<KubeObject[]> {
  const pods: KubeObject[] = [];
  let next: string | undefined;
  do {
    const query: Record<string, string> = { fieldSelector: `spec.nodeName=${node}` };
    if (podSelector) query.labelSelector = podSelector;
    if (chunkSize > 0) query.limit = String(chunkSize);
    if (next) query.continue = next;
    const list = await client.list(PODS, '', query);
    for (const pod of list.items) pods.push({ ...pod, apiVersion: 'v1', kind: 'Pod' });
    next = list.metadata?.continue;
  } while (next);
  return pods;
}

/** The last verdict counts, and the first that keeps the pod ends it (filterPods, makeFilters). */
async function judge(client: Client, pod: KubeObject, choice: Choice): Promise<Verdict> {
  if (isLongDeleted(pod, choice.skipDeletedSeconds, choice.now())) return STAYS;
  const finished = ['Succeeded', 'Failed'].includes(pod['status']?.phase);
  const owner = controllerOf(pod);
  if (!finished && owner?.kind === 'DaemonSet' && owner.apiVersion === 'apps/v1') {
    const verdict = await judgeDaemon(client, pod, owner.name, choice);
    if (!verdict.remove) return verdict;
  }
  if (pod.metadata.annotations && Object.hasOwn(pod.metadata.annotations, MIRROR_POD)) return STAYS;
  if (finished) return GOES;
  const verdict = judgeStorage(pod, choice);
  if (!verdict.remove || owner) return verdict;
  return choice.force
    ? { remove: true, warning: 'deleting Pods that declare no controller' }
    : { remove: false, error: 'Pods that declare no controller (use --force to override)' };
}

/** Pods of a daemon set stay, unless that is gone itself and --force is given. */
async function judgeDaemon(client: Client, pod: KubeObject, name: string, choice: Choice): Promise<Verdict> {
  try {
    await client.get(DAEMON_SETS, pod.metadata.namespace ?? '', name);
  } catch (error) {
    if (isReason(error, 'NotFound') && choice.force) return GOES;
    return { remove: false, error: messageOf(error) };
  }
  return choice.ignoreDaemonSets
    ? { remove: false, warning: 'ignoring DaemonSet-managed Pods' }
    : { remove: false, error: 'DaemonSet-managed Pods (use --ignore-daemonsets to ignore)' };
}

/** With --delete-emptydir-data no warning comes of it: the filter after this one says last that all is well. */
function judgeStorage(pod: KubeObject, { deleteEmptyDirData }: Choice): Verdict {
  const volumes = (pod.spec?.volumes ?? []) as { emptyDir?: unknown }[];
  if (deleteEmptyDirData || !volumes.some(({ emptyDir }) => emptyDir)) return GOES;
  return { remove: false, error: 'Pods with local storage (use --delete-emptydir-data to override)' };
}

/** Being deleted since more than so many seconds: nobody waits for it (shouldSkipPod). */
export function isLongDeleted({ metadata }: KubeObject, seconds: number, now: number): boolean {
  const since = metadata.deletionTimestamp && parseTime(metadata.deletionTimestamp);
  return seconds > 0 && typeof since === 'number' && Math.trunc((now - since) / 1000) > seconds;
}
