/**
 * What is served, told to clients: `/api`, `/apis`, lists by group and version, and all at once as aggregated discovery
 * (apiserver `endpoints/discovery`, `api/apidiscovery/v2`).
 */
import type { Json, JsonObject } from '../apimachinery/json';
import { formatGroupVersion } from '../apimachinery/meta';
import type { ApiRequest, ApiResponse } from '../client/transport';
import type { ResourceInfo, SubresourceInfo } from '../schema/schema';
import { pathNotFound, respond } from './responses';

const AGGREGATED_CONTENT_TYPE = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';

/** kubetick's own form: everything, `/api` or `/apis`, as this server holds it. In process it is handed over as it is. */
const RESOURCE_INFO_LIST = 'application/json;g=kubetick.dev;v=v1;as=ResourceInfoList';

function everything(resources: readonly ResourceInfo[]): ApiResponse {
  const body = { kind: 'ResourceInfoList', apiVersion: 'kubetick.dev/v1', items: resources } as unknown as Json;
  return { ...respond(200, body), headers: { 'content-type': RESOURCE_INFO_LIST } };
}

/** Discovery documents are made once for each list of resources. */
const documents = new WeakMap<readonly ResourceInfo[], Map<string, Json>>();

/** Answers `/api`, `/api/v1`, `/apis`, `/apis/<group>`, `/apis/<group>/<version>`; undefined for any other path. */
export function discover(
  path: string,
  request: ApiRequest,
  resources: readonly ResourceInfo[],
): ApiResponse | undefined {
  const parts = path.split('/').filter((part) => part !== '');
  if (parts[0] !== 'api' && parts[0] !== 'apis') return undefined;
  const core = parts[0] === 'api';
  if (parts.length > (core ? 2 : 3)) return undefined;
  let known = documents.get(resources);
  if (!known) {
    known = new Map();
    documents.set(resources, known);
  }
  const accept = request.headers?.['accept'] ?? '';
  if (parts.length === 1 && accept.includes(RESOURCE_INFO_LIST)) return everything(resources);
  const aggregated = parts.length === 1 && wantsAggregated(accept);
  const key = `${parts.join('/')}${aggregated ? ' aggregated' : ''}`;
  let document = known.get(key);
  if (document === undefined) {
    document = aggregated ? aggregatedDiscovery(resources, core) : plainDiscovery(parts, resources);
    if (document === undefined) throw pathNotFound();
    known.set(key, document);
  }
  const response = respond(200, document);
  return aggregated ? { ...response, headers: { 'content-type': AGGREGATED_CONTENT_TYPE } } : response;
}

/** The first media type of the Accept header that we can answer decides. */
function wantsAggregated(accept: string): boolean {
  for (const type of accept.split(',')) {
    const parameters = type.split(';').map((part) => part.trim());
    if (parameters[0] !== 'application/json' && parameters[0] !== '*/*') continue;
    if (parameters.length === 1 || !parameters.some((one) => one.startsWith('as='))) return false;
    if (parameters.includes('g=apidiscovery.k8s.io') && parameters.includes('v=v2')) return true;
  }
  return false;
}

function plainDiscovery(parts: readonly string[], resources: readonly ResourceInfo[]): Json | undefined {
  const [root, second, third] = parts;
  if (root === 'api') {
    if (second === undefined)
      return {
        kind: 'APIVersions',
        versions: versionsOf(resources, ''),
        serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress: '10.96.0.1:443' }],
      };
    return resourceList(resources, '', second);
  }
  if (second === undefined)
    return {
      kind: 'APIGroupList',
      apiVersion: 'v1',
      groups: groupsOf(resources).map((group) => apiGroup(resources, group)),
    };
  if (third !== undefined) return resourceList(resources, second, third);
  return versionsOf(resources, second).length
    ? { kind: 'APIGroup', apiVersion: 'v1', ...apiGroup(resources, second) }
    : undefined;
}

function groupsOf(resources: readonly ResourceInfo[]): string[] {
  return [...new Set(resources.map(({ group }) => group))].filter((group) => group !== '');
}

function versionsOf(resources: readonly ResourceInfo[], group: string): string[] {
  return [...new Set(resources.filter((one) => one.group === group).map(({ version }) => version))];
}

function apiGroup(resources: readonly ResourceInfo[], group: string): JsonObject {
  const versions = versionsOf(resources, group).map((version) => ({
    groupVersion: formatGroupVersion({ group, version }),
    version,
  }));
  return { name: group, versions, preferredVersion: versions[0] as JsonObject };
}

function resourceList(resources: readonly ResourceInfo[], group: string, version: string): Json | undefined {
  const served = resources.filter((one) => one.group === group && one.version === version);
  if (served.length === 0) return undefined;
  return {
    kind: 'APIResourceList',
    apiVersion: 'v1',
    groupVersion: formatGroupVersion({ group, version }),
    resources: served.flatMap((info) => [
      {
        name: info.plural,
        singularName: info.singular,
        namespaced: info.namespaced,
        kind: info.kind,
        verbs: [...info.verbs],
        ...(info.shortNames.length ? { shortNames: [...info.shortNames] } : {}),
        ...(info.categories.length ? { categories: [...info.categories] } : {}),
      },
      ...info.subresources.map((subresource) => ({
        name: `${info.plural}/${subresource.name}`,
        singularName: '',
        namespaced: info.namespaced,
        ...(subresource.group === group && subresource.version === version
          ? {}
          : { group: subresource.group, version: subresource.version }),
        kind: subresource.kind,
        verbs: [...subresource.verbs],
      })),
    ]),
  };
}

function aggregatedDiscovery(resources: readonly ResourceInfo[], core: boolean): Json {
  const groups = core ? [''] : groupsOf(resources);
  return {
    kind: 'APIGroupDiscoveryList',
    apiVersion: 'apidiscovery.k8s.io/v2',
    metadata: {},
    items: groups.map((group) => ({
      metadata: { ...(group === '' ? {} : { name: group }), creationTimestamp: null } as JsonObject,
      versions: versionsOf(resources, group).map((version) => ({
        version,
        resources: resources.filter((one) => one.group === group && one.version === version).map(resourceDiscovery),
        freshness: 'Current',
      })),
    })),
  };
}

function resourceDiscovery(info: ResourceInfo): JsonObject {
  return {
    resource: info.plural,
    responseKind: { group: info.group, version: info.version, kind: info.kind },
    scope: info.namespaced ? 'Namespaced' : 'Cluster',
    singularResource: info.singular,
    verbs: [...info.verbs],
    ...(info.shortNames.length ? { shortNames: [...info.shortNames] } : {}),
    ...(info.categories.length ? { categories: [...info.categories] } : {}),
    ...(info.subresources.length ? { subresources: info.subresources.map(subresourceDiscovery) } : {}),
  };
}

function subresourceDiscovery({ name, group, version, kind, verbs }: SubresourceInfo): JsonObject {
  return { subresource: name, responseKind: { group, version, kind }, verbs: [...verbs] };
}
