/** Brings the times in the autoscaler's status map up to date for somebody who reads it: it has looked all along, and found nothing. */
import { AUTOSCALER_NAME, CLUSTER_AUTOSCALERS, NODE_GROUPS } from '../apimachinery/node-groups';
import { ApiError } from '../apimachinery/status';
import { Client } from '../client/client';
import type { Transport } from '../client/transport';
import type { Clock } from '../sim/clock';
import { Beat } from '../sim/cluster-autoscaler/beat';
import { Options } from '../sim/cluster-autoscaler/options';
import { LAST_UPDATED, STATUS_NAMESPACE, statusAsOf, statusTime } from '../sim/cluster-autoscaler/status-map';

const CONFIG_MAPS = { group: '', version: 'v1', resource: 'configmaps' };

export async function renewAutoscalerStatus(server: Transport, clock: Clock, name: string): Promise<void> {
  const client = new Client(server, {
    user: 'system:serviceaccount:kube-system:cluster-autoscaler',
    userAgent: 'cluster-autoscaler',
  });
  try {
    const autoscaler = await client.get(CLUSTER_AUTOSCALERS, '', AUTOSCALER_NAME);
    // Without a group it does not run.
    if ((await client.list(NODE_GROUPS)).items.length === 0) return;
    const map = await client.get(CONFIG_MAPS, STATUS_NAMESPACE, name);
    const now = new Beat(autoscaler, new Options(autoscaler['spec']?.flags)).before(clock.now());
    const status = statusAsOf(map['data']?.status ?? '', now);
    if (status === undefined) return;
    const annotations = { ...map.metadata.annotations, [LAST_UPDATED]: statusTime(now) };
    await client.update(CONFIG_MAPS, {
      ...map,
      metadata: { ...map.metadata, annotations },
      data: { ...map['data'], status },
    });
  } catch (error) {
    // There is no autoscaler, or no map of it, or another process was faster.
    if (!(error instanceof ApiError)) throw error;
  }
}
