/** `/metrics`: what the listener counted, and what there is. */
import { pathNotFound, respondText } from '../apiserver/responses';
import type { PathHandler } from '../apiserver/server';
import type { Cluster } from '../cluster/cluster';
import type { ClusterStatus } from '../cluster/paths';
import { wallClockNow } from '../host/wall-clock';
import type { ServerMetrics } from './server-metrics';

const CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

export function metricsPath(metrics: ServerMetrics, cluster: Cluster): PathHandler {
  const started = wallClockNow() / 1000 - process.uptime();
  metrics.gauge('process_start_time_seconds', 'When the process began.', () => started);
  metrics.gauge('process_resident_memory_bytes', 'Memory that the process holds.', () => process.memoryUsage.rss());
  metrics.gauge('process_cpu_seconds_total', 'Processor time used.', () => processorSeconds(), 'counter');
  metrics.gauge('kubetick_simulated_time_seconds', 'Simulated time, since 1970.', () => cluster.clock.now() / 1000);
  return async (_request, { info }) => {
    if (info.path !== '/metrics') throw pathNotFound();
    const { body } = await cluster.send({ method: 'GET', path: '/kubetick/status' });
    metrics.objects.clear();
    for (const [name, count] of Object.entries((body as unknown as ClusterStatus).counts)) {
      const [resource = '', ...group] = name.split('.');
      metrics.objects.set({ group: group.join('.'), resource }, count);
    }
    return { ...respondText(200, metrics.text()), headers: { 'content-type': CONTENT_TYPE } };
  };
}

function processorSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}
