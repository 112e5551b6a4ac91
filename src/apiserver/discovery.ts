/**
 * What is served, told to clients: `/api`, `/apis`, lists by group and version, and all at once as aggregated discovery
 * (apiserver `endpoints/discovery`, `api/apidiscovery/v2`).
 */
import type { Json, JsonObject } from '../apimachinery/json';
import { formatGroupVersion } from '../apimachinery/meta';
import type { ApiRequest, ApiResponse } from '../client/transport';
import type { ResourceInfo, SubresourceInfo } from '../schema/schema';
import { sha256, sha512 } from './digest';
import { compactJson } from './encoding/go-json';
import { acceptedForm, MEDIA_TYPES, NO_TRANSFORM, negotiateOutput, type Restrictions } from './encoding/negotiate';
import { notModified, respond } from './responses';
import { unknownPath } from './unknown-path';

/** Of `/api` and `/apis`, where nothing but the aggregated form is converted to. */
const DISCOVERY: Restrictions = {
  plain: [],
  converts: ({ group, version, kind }, encoding) =>
    encoding === 'json' &&
    group === 'apidiscovery.k8s.io' &&
    (version === 'v2' || version === 'v2beta1') &&
    kind === 'APIGroupDiscoveryList',
  serverVersion: '',
};

/** kubetick's own form: everything, `/api` or `/apis`, as this server holds it. In process it is handed over as it is. */
const RESOURCE_INFO_LIST = 'application/json;g=kubetick.dev;v=v1;as=ResourceInfoList';

function everything(resources: readonly ResourceInfo[]): ApiResponse {
  const body = { kind: 'ResourceInfoList', apiVersion: 'kubetick.dev/v1', items: resources } as unknown as Json;
  return { ...respond(200, body), headers: { 'content-type': RESOURCE_INFO_LIST } };
}

interface Documents {
  plain: Map<string, Json>;
  aggregated: Map<string, Aggregated>;
}

interface Aggregated {
  document: Json;
  etag: string;
}

/** Discovery documents are made once for each list of resources. */
const documents = new WeakMap<readonly ResourceInfo[], Documents>();

function documentsOf(resources: readonly ResourceInfo[]): Documents {
  let known = documents.get(resources);
  if (!known) {
    known = { plain: new Map(), aggregated: new Map() };
    documents.set(resources, known);
  }
  return known;
}

/** Answers `/api`, `/api/v1`, `/apis`, `/apis/<group>`, `/apis/<group>/<version>`; undefined for any other path. */
export function discover(
  path: string,
  request: ApiRequest,
  resources: readonly ResourceInfo[],
): ApiResponse | Promise<ApiResponse> | undefined {
  const parts = path.split('/').filter((part) => part !== '');
  if (parts[0] !== 'api' && parts[0] !== 'apis') return undefined;
  const core = parts[0] === 'api';
  if (parts.length > (core ? 2 : 3)) return undefined;
  const accept = request.headers?.['accept'] ?? '';
  if (parts.length === 1) {
    if (accept.includes(RESOURCE_INFO_LIST)) return everything(resources);
    const version = aggregatedVersion(accept);
    if (version) return aggregated(request, resources, core, version);
  }
  return plain(path, parts, request, resources);
}

/** Made when it is asked for first. */
async function plain(
  path: string,
  parts: readonly string[],
  request: ApiRequest,
  resources: readonly ResourceInfo[],
): Promise<ApiResponse> {
  const { plain: known } = documentsOf(resources);
  const key = parts.join('/');
  let document = known.get(key);
  if (document === undefined) {
    document = await plainDiscovery(parts, resources);
    if (document === undefined) throw unknownPath(path);
    known.set(key, document);
  }
  const response = respond(200, document);
  const { encoding } = negotiateOutput(request.headers?.['accept'], NO_TRANSFORM, false);
  return encoding === 'json' ? response : { ...response, headers: { 'content-type': MEDIA_TYPES[encoding] } };
}

/** The first clause of the Accept header that asks for everything at once; plain ones don't count here (DiscoveryEndpointRestrictions). */
function aggregatedVersion(accept: string): string | undefined {
  if (!accept.includes('APIGroupDiscoveryList')) return undefined;
  return acceptedForm(accept, DISCOVERY)?.convert?.version;
}

async function aggregated(
  request: ApiRequest,
  resources: readonly ResourceInfo[],
  core: boolean,
  version: string,
): Promise<ApiResponse> {
  const known = documentsOf(resources).aggregated;
  const key = `${core ? '/api' : '/apis'} ${version}`;
  let made = known.get(key);
  if (!made) {
    const document = aggregatedDiscovery(resources, core, version);
    made = { document, etag: `"${(await sha512(compactJson(document))).toUpperCase()}"` };
    known.set(key, made);
  }
  const headers = {
    'content-type': `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`,
    etag: made.etag,
    vary: 'Accept',
    'cache-control': 'public',
  };
  if (request.headers?.['if-none-match'] === made.etag) return notModified(headers);
  return { ...respond(200, made.document), headers };
}

async function plainDiscovery(parts: readonly string[], resources: readonly ResourceInfo[]): Promise<Json | undefined> {
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

async function resourceList(
  resources: readonly ResourceInfo[],
  group: string,
  version: string,
): Promise<Json | undefined> {
  const served = resources.filter((one) => one.group === group && one.version === version);
  if (served.length === 0) return undefined;
  const hashes = await Promise.all(served.map(storageVersionHash));
  return {
    kind: 'APIResourceList',
    // The core group has never said so.
    ...(group === '' ? {} : { apiVersion: 'v1' }),
    groupVersion: formatGroupVersion({ group, version }),
    resources: served.flatMap((info, i) => [
      {
        name: info.plural,
        singularName: info.singular,
        namespaced: info.namespaced,
        kind: info.kind,
        verbs: [...info.verbs],
        ...(info.shortNames.length ? { shortNames: [...info.shortNames] } : {}),
        ...(info.categories.length ? { categories: [...info.categories] } : {}),
        ...(hashes[i] ? { storageVersionHash: hashes[i] } : {}),
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

/** Of built-in kinds it is compiled in (apiserver `endpoints/discovery/storageversionhash.go`). */
async function storageVersionHash(info: ResourceInfo): Promise<string | undefined> {
  const { group, kind, storageVersion } = info;
  if (storageVersion === undefined) return info.storageVersionHash;
  const hash = await sha256(`${group}/${storageVersion}/${kind}`);
  return btoa(String.fromCharCode(...hash.subarray(0, 8)));
}

function aggregatedDiscovery(resources: readonly ResourceInfo[], core: boolean, version: string): Json {
  const groups = core ? [''] : groupsOf(resources);
  return {
    kind: 'APIGroupDiscoveryList',
    apiVersion: `apidiscovery.k8s.io/${version}`,
    metadata: {},
    items: groups.map((group) => ({
      metadata: (group === '' ? {} : { name: group }) as JsonObject,
      versions: versionsOf(resources, group).map((served) => ({
        version: served,
        resources: resources.filter((one) => one.group === group && one.version === served).map(resourceDiscovery),
        freshness: 'Current',
      })),
    })),
  };
}

function resourceDiscovery(info: ResourceInfo): JsonObject {
  // A metric is a subresource of what is no resource here (apiserver `ConvertGroupVersionIntoToDiscovery`).
  const [resource, metric] = info.plural.split('/');
  if (metric !== undefined)
    return {
      resource: resource as string,
      scope: info.namespaced ? 'Namespaced' : 'Cluster',
      singularResource: '',
      verbs: [],
      subresources: [{ subresource: metric, responseKind: responseKind(info, info), verbs: [...info.verbs] }],
    };
  return {
    resource: info.plural,
    responseKind: responseKind(info, info),
    scope: info.namespaced ? 'Namespaced' : 'Cluster',
    singularResource: info.singular,
    verbs: [...info.verbs],
    ...(info.shortNames.length ? { shortNames: [...info.shortNames] } : {}),
    ...(info.categories.length ? { categories: [...info.categories] } : {}),
    ...(info.subresources.length
      ? { subresources: info.subresources.map((one) => subresourceDiscovery(info, one)) }
      : {}),
  };
}

function subresourceDiscovery(info: ResourceInfo, subresource: SubresourceInfo): JsonObject {
  const { name, verbs } = subresource;
  return { subresource: name, responseKind: responseKind(info, subresource), verbs: [...verbs] };
}

/** A kind; its group and version are told where they are not those of the resource. */
function responseKind(
  info: ResourceInfo,
  { group, version, kind }: { group: string; version: string; kind: string },
): JsonObject {
  const same = group === info.group && version === info.version;
  return { group: same ? '' : group, version: same ? '' : version, kind };
}
