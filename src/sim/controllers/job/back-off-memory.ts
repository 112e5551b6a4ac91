/**
 * How many pods of a job have failed in a row (kubernetes `pkg/controller/job/backoff_utils.go` backoffStore). Upstream keeps that
 * in memory; here the pods and the status tell, but for failures that a podFailurePolicy ignores: those are counted nowhere, and
 * when their pods are gone nothing is left of them. Of jobs that may have such it lies in the cluster's state beside the objects.
 */

import { deepEqual, jsonOf } from '../../../apimachinery/json';
import type { KubeObject } from '../../../apimachinery/meta';
import { formatTime, parseTime } from '../../../apimachinery/time';
import type { Client } from '../../../client/client';
import type { Instant } from '../../clock';
import { recalled } from '../../controller-memory';
import { remainingBackOff } from './back-off';
import type { JobSpec } from './job';
import { finishedAt } from './job-pods';

const PATH = '/kubetick/memory/job-controller/';

interface Written {
  uid: string;
  failures: number;
  last?: string;
  counted: string[];
}

export class BackOffMemory {
  private constructor(
    private readonly client: Client,
    private readonly path: string,
    private readonly before: Written,
    private readonly after: Written,
  ) {}

  /** With what has ended since. */
  static async of(
    key: string,
    uid: string,
    client: Client,
    { succeeded, failed }: Record<'succeeded' | 'failed', readonly KubeObject[]>,
  ): Promise<BackOffMemory> {
    const before = await recall(client, PATH + key, uid);
    const isNew = ({ metadata }: KubeObject) => !before.counted.includes(metadata.uid ?? '');
    const after = counted(before, succeeded.filter(isNew), failed.filter(isNew));
    // They are here until they are let go of, and count once.
    after.counted = [...succeeded, ...failed].map(({ metadata }) => metadata.uid ?? '');
    return new BackOffMemory(client, PATH + key, before, after);
  }

  /** Milliseconds until a pod may be made. */
  remaining(now: Instant): number {
    const { failures, last } = this.after;
    return remainingBackOff(failures, parseTime(last ?? '') ?? now, now);
  }

  async keep(): Promise<void> {
    const { client, path, before, after } = this;
    if (after.counted.length === 0 || deepEqual(jsonOf(before), jsonOf(after))) return;
    await client.request({ method: 'PUT', path, body: jsonOf(after) });
  }
}

/** Whether a failure of the job may be ignored, and the job waits for all its pods together. */
export function needsBackOffMemory({ podFailurePolicy, backoffLimitPerIndex }: JobSpec): boolean {
  return (
    backoffLimitPerIndex === undefined && (podFailurePolicy?.rules ?? []).some(({ action }) => action === 'Ignore')
  );
}

/** The job is over. */
export async function forgetBackOff(key: string, client: Client): Promise<void> {
  await client.request({ method: 'DELETE', path: PATH + key });
}

/** newBackoffRecord: failures since the last success count. */
function counted(
  { uid, failures, last }: Written,
  succeeded: readonly KubeObject[],
  failed: readonly KubeObject[],
): Written {
  const lastSuccess = Math.max(Number.NEGATIVE_INFINITY, ...succeeded.map(finishedAt));
  const times = failed.map(finishedAt).filter((at) => at > lastSuccess);
  const goesOn = succeeded.length === 0;
  const latest = times.length > 0 ? formatTime(Math.max(...times)) : goesOn ? last : undefined;
  return {
    uid,
    failures: (goesOn ? failures : 0) + times.length,
    ...(latest === undefined ? {} : { last: latest }),
    counted: [],
  };
}

async function recall(client: Client, path: string, uid: string): Promise<Written> {
  const value = await recalled(client, path);
  return value['uid'] === uid ? (value as unknown as Written) : { uid, failures: 0, counted: [] };
}
