/** How many of a buffer's pods quotas would let in (autoscaler `capacitybuffer/controller/resourcequotas.go`). */
import type { KubeObject } from '../../../apimachinery/meta';
import { milliValue } from '../../../apimachinery/quantity';
import { type ScopeRequirement, scopesOf } from '../../../apiserver/quota/evaluator';
import { pods } from '../../../apiserver/quota/pods';
import type { Instant } from '../../clock';
import { withCondition } from '../../cluster-autoscaler/capacity-buffers';
import { requestsOf, type Translated } from './translated';

/** Buffers come one after the other; what one takes the next does not find. */
export function allocate(translated: Translated[], quotas: readonly KubeObject[], now: Instant): void {
  const taken = new Map<KubeObject, Map<string, number>>();
  for (const one of translated) {
    const { buffer, template, status } = one;
    const wanted = status.replicas;
    if (!template || wanted === undefined) continue;
    const requests = requestsOf(template);
    if (requests.length === 0) continue;
    const asked = new Map(
      requests.flatMap(([name, milli]) => [[name, milli] as const, [`requests.${name}`, milli] as const]),
    );
    const pod = { apiVersion: 'v1', kind: 'Pod', metadata: template.metadata ?? {}, spec: template.spec } as KubeObject;
    const matching = quotas.filter((quota) => scopesOf(quota).every((scope) => isOf(pod, scope, asked)));
    const room = matching.map((quota) => ({ quota, fits: fitting(quota, asked, taken.get(quota)) }));
    const allowed = Math.min(wanted, ...room.map(({ fits }) => fits));
    const blocking = room.filter(({ fits }) => fits < wanted).map(({ quota }) => quota.metadata.name);
    const isLimited = allowed < wanted;
    const { generation } = buffer.metadata;
    const condition = {
      type: 'LimitedByQuotas',
      status: isLimited ? 'True' : 'False',
      ...(generation === undefined ? {} : { observedGeneration: generation }),
      reason: 'ResourceQuotasAllocated',
      message: isLimited
        ? `Buffer replicas limited from ${wanted} to ${allowed} due to quotas: ${blocking.join(', ')}`
        : '',
    };
    one.status = withCondition({ ...status, replicas: allowed }, condition, now);
    for (const quota of matching) taken.set(quota, more(taken.get(quota), asked, allowed));
  }
}

/** Pods of a buffer never end. */
function isOf(pod: KubeObject, scope: ScopeRequirement, asked: ReadonlyMap<string, number>): boolean {
  const isBestEffort = !asked.has('cpu') && !asked.has('memory');
  switch (scope.scopeName) {
    case 'Terminating':
      return false;
    case 'NotTerminating':
      return true;
    case 'BestEffort':
      return isBestEffort;
    case 'NotBestEffort':
      return !isBestEffort;
    default:
      return pods.matchesScope(scope, pod);
  }
}

/** getMaxReplicasForQuota */
function fitting(
  quota: KubeObject,
  asked: ReadonlyMap<string, number>,
  taken: ReadonlyMap<string, number> = new Map(),
): number {
  const { hard = {}, used = {} } = quota['status'] ?? {};
  let most = Number.POSITIVE_INFINITY;
  for (const [name, limit] of Object.entries<string>(hard)) {
    const each = asked.get(name);
    if (each === undefined) continue;
    const left = milliValue(limit) - milliValue(used[name] ?? '0') - (taken.get(name) ?? 0);
    most = Math.min(most, left < 0 ? 0 : Math.floor(left / each));
  }
  return most;
}

function more(
  before: ReadonlyMap<string, number> = new Map(),
  asked: ReadonlyMap<string, number>,
  count: number,
): Map<string, number> {
  return new Map([...asked].map(([name, each]) => [name, (before.get(name) ?? 0) + each * count]));
}
