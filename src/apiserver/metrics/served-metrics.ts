/** Metrics as resources of the server: what of them the pipeline needs to know. */
import { formatDuration } from '../../apimachinery/duration';
import type { KubeObject } from '../../apimachinery/meta';
import { type Quantity, toQuantity, ZERO } from '../../apimachinery/quantity';
import type { ResourceInfo, Schema } from '../../schema/schema';
import type { ResourceDefinition } from '../resource';
import { column, NAME } from '../resources/columns';
import { type ServedResource, serveResource } from '../served-resource';
import { CUSTOM_METRICS, CUSTOM_VERSIONS, EXTERNAL_METRICS, RESOURCE_METRICS } from './metric-groups';

const ANYTHING: Schema = { type: 'object', preserveUnknownFields: true };

/** Custom and external metrics are found by any name; whether there is such a metric is for the answer to say. */
export function servedMetrics(
  infos: readonly ResourceInfo[],
  group: string,
  version: string | undefined,
  resource: string,
): ServedResource | undefined {
  if (group === RESOURCE_METRICS.group) {
    const info = infos.find((one) => one.group === group && one.plural === resource);
    if (!info || (version ?? info.version) !== info.version) return undefined;
    return asServed(info, resource === 'pods' ? PODS : NODES);
  }
  const versions: readonly string[] = group === CUSTOM_METRICS ? CUSTOM_VERSIONS : [EXTERNAL_METRICS.version];
  const served = version ?? (versions[0] as string);
  if (!versions.includes(served)) return undefined;
  const info: ResourceInfo = {
    group,
    version: served,
    kind: group === CUSTOM_METRICS ? 'MetricValue' : 'ExternalMetricValue',
    plural: resource,
    singular: '',
    shortNames: [],
    categories: [],
    namespaced: true,
    verbs: ['get', 'list'],
    subresources: [],
  };
  return asServed(info, { group, resource });
}

function asServed(info: ResourceInfo, definition: ResourceDefinition): ServedResource {
  // Like custom kinds they have no protobuf form here.
  return { ...serveResource(info, () => ANYTHING, { hasGeneration: false, ...definition }), custom: true };
}

/** metrics-server `pkg/api/table.go` */
const COLUMNS = [
  NAME,
  column('cpu', { format: 'quantity' }),
  column('memory', { format: 'quantity' }),
  column('Window', { format: 'duration' }),
];

type Amounts = Readonly<Record<string, string>>;

const PODS: ResourceDefinition = {
  ...RESOURCE_METRICS,
  resource: 'pods',
  columns: COLUMNS,
  cells: (object) =>
    cells(
      object,
      ((object['containers'] ?? []) as { usage: Amounts }[]).map(({ usage }) => usage),
    ),
};
const NODES: ResourceDefinition = {
  ...RESOURCE_METRICS,
  resource: 'nodes',
  columns: COLUMNS,
  cells: (object) => cells(object, [object['usage'] ?? {}]),
};

function cells({ metadata, window }: KubeObject, amounts: readonly Amounts[]): string[] {
  const total = (resource: string) =>
    amounts.reduce<Quantity>((sum, one) => sum.add(toQuantity(one[resource])), ZERO).toString();
  return [metadata.name ?? '', total('cpu'), total('memory'), String(window ?? formatDuration(0))];
}
