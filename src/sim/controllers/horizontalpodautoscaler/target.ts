/** What an autoscaler scales: anything with a scale subresource (horizontal.go scaleForResourceMappings). */
import { type LabelSelector, parseLabelSelector } from '../../../apimachinery/labels';
import { type KubeObject, parseGroupVersion } from '../../../apimachinery/meta';
import { type Client, type ResourcePath, resourcePath } from '../../../client/client';
import { builtinResources } from '../../../schema/resources';
import type { IndexedCache } from '../../controller';
import { labelValue } from '../../indices';
import type { Autoscaler } from './autoscaler';

const DEFINITIONS = 'customresourcedefinitions.apiextensions.k8s.io';

export interface Scale extends KubeObject {
  spec?: { replicas?: number };
  status?: { replicas?: number; selector?: string };
}

/** The resource of a kind, in the version that is preferred. @throws Error in the words of a REST mapper */
export function resourceOf(
  { apiVersion = '', kind }: { apiVersion?: string; kind: string },
  cache: Pick<IndexedCache, 'list'>,
): ResourcePath {
  if (apiVersion.split('/').length > 2) throw new Error(`unexpected GroupVersion string: ${apiVersion}`);
  const { group } = parseGroupVersion(apiVersion);
  const builtin = builtinResources().find((info) => info.group === group && info.kind === kind);
  if (builtin) return { group, version: builtin.version, resource: builtin.plural };
  for (const { spec } of cache.list(DEFINITIONS)) {
    if (spec.group !== group || spec.names.kind !== kind) continue;
    const served = spec.versions.find((version: { served?: boolean }) => version.served);
    if (served) return { group, version: served.name, resource: spec.names.plural };
  }
  throw new Error(`no matches for kind ${JSON.stringify(kind)} in group ${JSON.stringify(group)}`);
}

export interface FoundScale {
  path: ResourcePath;
  scale: Scale;
}

/** @throws Error */
export async function scaleOf(
  { spec, metadata }: Autoscaler,
  cache: IndexedCache,
  client: Client,
): Promise<FoundScale> {
  const path = resourceOf(spec.scaleTargetRef, cache);
  const { namespace = '' } = metadata;
  const target = resourcePath(path, namespace, spec.scaleTargetRef.name, 'scale');
  return { path, scale: await client.request<Scale>({ method: 'GET', path: target }) };
}

/** The pods of a namespace that a selector matches, in the order of their keys. */
export function podsSelected(namespace: string, selector: LabelSelector, cache: IndexedCache): readonly KubeObject[] {
  const first = selector.requirements.find(({ operator }) => operator === '=' || operator === '==');
  const pods = first
    ? cache.index('pods', 'label', labelValue(namespace, first.key, first.values[0] as string))
    : cache.list('pods', namespace);
  return selector.requirements.length === 1 && first
    ? pods
    : pods.filter((pod) => selector.matches(pod.metadata.labels));
}

/** Autoscalers of the namespace whose targets select any of these pods: `{web default}`, as Go prints their keys. */
export async function othersSelecting(
  autoscaler: Autoscaler,
  pods: readonly KubeObject[],
  autoscalers: readonly Autoscaler[],
  cache: IndexedCache,
  client: Client,
): Promise<string[]> {
  const { namespace = '', name = '' } = autoscaler.metadata;
  const selecting: string[] = [];
  if (pods.length === 0) return selecting;
  for (const other of autoscalers) {
    const isSelf = other.metadata.name === name;
    if (!isSelf && !(await selectsAny(other, pods, cache, client))) continue;
    selecting.push(`{${other.metadata.name} ${namespace}}`);
  }
  return selecting;
}

async function selectsAny(
  other: Autoscaler,
  pods: readonly KubeObject[],
  cache: IndexedCache,
  client: Client,
): Promise<boolean> {
  try {
    const { scale } = await scaleOf(other, cache, client);
    const text = scale.status?.selector ?? '';
    if (text === '') return false;
    const selector = parseLabelSelector(text);
    return pods.some((pod) => selector.matches(pod.metadata.labels));
  } catch {
    // Who has no target selects nothing.
    return false;
  }
}
