/** Runs `top pod` (TopPodOptions). */
import { formatDuration } from '../../apimachinery/duration';
import { parseFieldSelector } from '../../apimachinery/fields';
import { parseTime } from '../../apimachinery/time';
import { CommandError, type Invocation, UsageError } from '../command';
import {
  fetchMetrics,
  labelSelectorOf,
  type MetricsQuery,
  type PodMetrics,
  requireSortKey,
  selectorQuery,
} from './metrics-api';
import { podTable } from './usage-table';

const PODS = { group: '', version: 'v1', resource: 'pods' };
/** How long a pod may be there before something is wrong when there are no metrics of it. */
const METRICS_DELAY = 120_000;

export async function topPods(invocation: Invocation, use: string): Promise<void> {
  const { args, flags, streams } = invocation;
  if (args.length > 1) throw new UsageError(use);
  const name = args[0] ?? '';
  const { namespace } = await invocation.namespace();
  requireSortKey(invocation);
  if (name && (flags.string('selector') || flags.string('field-selector'))) {
    throw new CommandError('only one of NAME or selector can be provided');
  }
  const allNamespaces = flags.bool('all-namespaces');
  const query: MetricsQuery = {
    resource: 'pods',
    namespace: allNamespaces ? '' : namespace,
    name,
    labelSelector: labelSelectorOf(invocation),
    fieldSelector: parseFieldSelector(flags.string('field-selector')).toString(),
  };
  const metrics = await fetchMetrics<PodMetrics>(invocation, query);
  if (metrics.length === 0) {
    await explainAbsence(invocation, { ...query, namespace });
    streams.err(allNamespaces ? 'No resources found\n' : `No resources found in ${namespace} namespace.\n`);
    return;
  }
  streams.out(
    podTable(metrics, {
      containers: flags.bool('containers'),
      withNamespace: allNamespaces,
      noHeaders: flags.bool('no-headers'),
      sortBy: flags.string('sort-by'),
      sum: flags.bool('sum'),
      showSwap: flags.bool('show-swap'),
    }),
  );
}

/** Throws where there are pods, and so should be metrics (verifyEmptyMetrics). */
async function explainAbsence(invocation: Invocation, query: MetricsQuery): Promise<void> {
  const { name, namespace } = query;
  const client = await invocation.client();
  const pods = name
    ? [await client.get(PODS, namespace, name)]
    : (await client.list(PODS, namespace, selectorQuery(query))).items;
  if (pods.length === 0) return;
  const now = (await invocation.time()).now();
  for (const { metadata } of pods) {
    const age = now - (parseTime(metadata.creationTimestamp ?? '') ?? now);
    if (age > METRICS_DELAY) {
      throw new CommandError(
        `Metrics not available for pod ${metadata.namespace}/${metadata.name}, age: ${formatDuration(age)}`,
      );
    }
  }
  throw new CommandError('metrics not available yet');
}
