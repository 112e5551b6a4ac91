/**
 * kwok's kinds ResourceUsage and ClusterResourceUsage: what the containers of one pod, or of many, use
 * (kwok `pkg/kwok/server/metrics_resource_usage.go`).
 */
import type { JsonObject } from '../../apimachinery/json';
import type { KubeObject } from '../../apimachinery/meta';
import { parseQuantity } from '../../apimachinery/quantity';
import type { Instant } from '../clock';
import { createRandom } from '../random';
import type { Amounts } from './pod-facts';
import { evaluateUsage } from './usage-expression';
import { CLUSTER_USAGES, type LoadView, USAGES } from './view';

interface Usage {
  containers?: string[];
  usage?: Record<string, { value?: string | number; expression?: string }>;
}

interface Selector {
  matchNamespaces?: string[];
  matchNames?: string[];
}

/** What is said of a container of a pod; undefined where nothing is. */
export function kwokUsage(
  view: LoadView,
  pod: KubeObject,
  container: string,
  resource: keyof Amounts,
  now: Instant,
): number | undefined {
  const { namespace = '', name = '', uid = '' } = pod.metadata;
  const usage = usageFor(view, namespace, name, container);
  if (usage === undefined) return undefined;
  const { value, expression } = usage?.usage?.[resource] ?? {};
  if (value !== undefined) return amountOf(value);
  if (expression === undefined) return 0;
  const node = view.get('nodes', '', pod['spec']?.nodeName ?? '');
  const spec = ((pod['spec']?.containers ?? []) as (JsonObject & { name: string })[]).find(
    (one) => one.name === container,
  );
  if (!node || !spec) return 0;
  const random = () => createRandom(uid).fork('kwok', container, resource, now).fraction();
  return Math.max(0, evaluateUsage(expression, { node, pod, container: spec }, { now, random }));
}

function amountOf(value: string | number): number {
  try {
    return parseQuantity(String(value)).toNumber();
  } catch {
    return 0;
  }
}

/**
 * getResourceUsage: one for the pod itself decides alone, and what it does not tell of uses nothing; else the first for the cluster
 * that tells of the container.
 */
function usageFor(view: LoadView, namespace: string, name: string, container: string): Usage | null | undefined {
  const own = view.get(USAGES, namespace, name);
  if (own) return usageOf(container, own['spec']?.usages) ?? null;
  for (const { spec } of view.list(CLUSTER_USAGES)) {
    if (!matches(spec?.selector, namespace, name)) continue;
    const usage = usageOf(container, spec?.usages);
    if (usage) return usage;
  }
  return undefined;
}

/** ObjectSelector.Match */
function matches(selector: Selector | undefined, namespace: string, name: string): boolean {
  const { matchNamespaces = [], matchNames = [] } = selector ?? {};
  if (matchNamespaces.length > 0 && !matchNamespaces.includes(namespace)) return false;
  return matchNames.length === 0 || matchNames.includes(name);
}

/** findUsageInUsages: one that names the container, else the first that names none. */
function usageOf(container: string, usages: readonly Usage[] = []): Usage | undefined {
  return (
    usages.find(({ containers }) => containers?.includes(container)) ??
    usages.find(({ containers = [] }) => containers.length === 0)
  );
}
