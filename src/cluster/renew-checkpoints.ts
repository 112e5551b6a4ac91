/** Brings the checkpoints of vertical autoscalers up to date for somebody who reads them: their recommender would have written them every minute. */
import { ApiError } from '../apimachinery/status';
import { type VerticalPodAutoscaler, VPA_CHECKPOINTS, VPAS } from '../apimachinery/vertical-scaling/autoscaler';
import { FLAGS_NAME, FLAGS_NAMESPACE, readFlags, type VpaFlags } from '../apimachinery/vertical-scaling/flags';
import { flagsOfVpa } from '../apimachinery/vertical-scaling/own-flags';
import { Client } from '../client/client';
import type { Transport } from '../client/transport';
import type { Clock } from '../sim/clock';
import { type Checkpoint, statusesOf, writeCheckpoints } from '../sim/controllers/vpa-recommender/checkpoints';
import { lookupThrough } from '../sim/controllers/vpa-recommender/lookup';
import { recallAsOf } from '../sim/controllers/vpa-recommender/memory';
import { findTarget } from '../sim/controllers/vpa-recommender/recommend';
import { keyOf } from '../sim/resource-names';

/** All of them, those of a namespace, or one. */
export async function renewCheckpoints(
  server: Transport,
  clock: Clock,
  namespace: string | undefined,
  name: string | undefined,
): Promise<void> {
  const client = new Client(server, {
    user: 'system:serviceaccount:kube-system:vpa-recommender',
    userAgent: 'recommender',
  });
  try {
    const wanted = new Map<string, Set<string>>();
    for (const { metadata, spec } of (await client.list<Checkpoint>(VPA_CHECKPOINTS, namespace)).items) {
      if (name !== undefined && metadata.name !== name) continue;
      const key = `${metadata.namespace}/${spec?.vpaObjectName}`;
      wanted.set(key, (wanted.get(key) ?? new Set()).add(spec?.containerName ?? ''));
    }
    if (wanted.size === 0) return;
    const flags = await flagsNow(client);
    for (const vpa of (await client.list<VerticalPodAutoscaler>(VPAS, namespace)).items) {
      const containers = wanted.get(keyOf(vpa));
      if (containers) await renew(client, vpa, containers, clock, flags);
    }
  } catch (error) {
    // There are no such kinds, or another process was faster.
    if (!(error instanceof ApiError)) throw error;
  }
}

async function flagsNow(client: Client): Promise<VpaFlags> {
  const { items } = await client.list({ group: '', version: 'v1', resource: 'configmaps' }, FLAGS_NAMESPACE, {
    fieldSelector: `metadata.name=${FLAGS_NAME}`,
  });
  return readFlags(items[0]).flags;
}

async function renew(
  client: Client,
  vpa: VerticalPodAutoscaler,
  containers: ReadonlySet<string>,
  clock: Clock,
  flags: VpaFlags,
): Promise<void> {
  const { namespace = '', name = '', uid = '' } = vpa.metadata;
  const history = await recallAsOf(client, keyOf(vpa), uid, clock.now(), flagsOfVpa(vpa, flags));
  if (!history) return;
  const { selector } = await findTarget(vpa, lookupThrough(client));
  const statuses = [...statusesOf(history, selector, flags)].filter(([container]) => containers.has(container));
  await writeCheckpoints(client, namespace, name, statuses);
}
