/** external.metrics.k8s.io: `/namespaces/NAMESPACE/METRIC?labelSelector=…` (custom-metrics-apiserver `pkg/registry/external_metrics`). */
import { EVERYTHING, parseLabelSelector, SelectorError } from '../../apimachinery/labels';
import { badRequest } from '../../apimachinery/status';
import { formatTime } from '../../apimachinery/time';
import type { ApiResponse } from '../../client/transport';
import type { RequestContext } from '../request-context';
import { param } from '../request-info';
import { methodNotAllowed, respond } from '../responses';
import { listOf, metricQuantity, usageOf } from './answer';

export async function answerExternalMetrics(context: RequestContext): Promise<ApiResponse> {
  const { info, resource, warnings } = context;
  if (info.name !== '' || info.namespace === '') throw methodNotAllowed();
  const selector = selectorIn(context, 'labelSelector');
  const reader = await usageOf(context, info.namespace);
  const items = reader
    .externalMetrics(info.namespace, info.resource)
    .filter(({ labels }) => selector.matches(labels))
    .map(({ labels, value }) => ({
      metricName: info.resource,
      metricLabels: { ...labels },
      timestamp: formatTime(reader.sampledAt),
      value: metricQuantity(value),
    }));
  return respond(200, listOf('ExternalMetricValueList', resource.apiVersion, items), warnings);
}

/** A label selector of the query; everything where there is none. @throws ApiError 400 */
export function selectorIn({ info }: RequestContext, name: string) {
  const text = param(info.query, name);
  if (text === '') return EVERYTHING;
  try {
    return parseLabelSelector(text);
  } catch (error) {
    if (error instanceof SelectorError) throw badRequest(error.message);
    throw error;
  }
}
