/**
 * What a server serves, as a RestMapper: read from aggregated discovery in two requests, or group by group from a server that
 * has none (client-go `discovery/discovery_client.go`, `restmapper/`, apimachinery `api/meta/restmapper.go`).
 */
import { isObject, type Json } from '../apimachinery/json';
import { parseGroupVersion } from '../apimachinery/meta';
import { ApiError } from '../apimachinery/status';
import type { ResourceInfo, SubresourceInfo } from '../schema/schema';
import type { Client } from './client';
import type { RestMapper } from './rest-mapper';

/** kubetick's own form, which other servers pass over; then what kubectl asks for: aggregated if there is such a thing, else plain lists. */
const ACCEPT = [
  'application/json;g=kubetick.dev;v=v1;as=ResourceInfoList',
  'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList',
  'application/json',
].join();

/** Asks the server what it serves. @throws ApiError when it does not say. */
export async function loadRestMapper(client: Client): Promise<RestMapper> {
  const groups = await ask(client, '/apis');
  if (isObject(groups) && groups['kind'] === 'ResourceInfoList') {
    const all = groups['items'] as unknown as ResourceInfo[];
    return createRestMapper(all.some(isMetric) ? all.filter((info) => !isMetric(info)) : all);
  }
  const core = await ask(client, '/api');
  return createRestMapper([...(await discovered(client, core)), ...(await discovered(client, groups))]);
}

/** `pods/requests`: no resource, though discovery lists it among them. */
function isMetric({ plural }: ResourceInfo): boolean {
  return plural.includes('/');
}

/** A RestMapper over resources in discovery order, preferred versions first. */
export function createRestMapper(resources: readonly ResourceInfo[]): RestMapper {
  return new DiscoveredResources(resources);
}

function ask(client: Client, path: string): Promise<Json> {
  return client.request<Json>({ method: 'GET', path, headers: { accept: ACCEPT } });
}

async function discovered(client: Client, document: Json): Promise<ResourceInfo[]> {
  if (!isObject(document)) return [];
  if (document['kind'] === 'APIGroupDiscoveryList') return aggregated(document as unknown as AggregatedDocument);
  return (await plainLists(client, document)).flat();
}

interface AggregatedDocument {
  items?: {
    metadata?: { name?: string };
    versions?: { version: string; resources?: AggregatedResource[] }[];
  }[];
}

interface AggregatedResource {
  resource: string;
  responseKind?: { group?: string; version?: string; kind: string };
  scope: string;
  singularResource?: string;
  verbs?: string[];
  shortNames?: string[];
  categories?: string[];
  subresources?: {
    subresource: string;
    responseKind?: { group?: string; version?: string; kind: string };
    verbs?: string[];
  }[];
}

function aggregated(document: AggregatedDocument): ResourceInfo[] {
  const resources: ResourceInfo[] = [];
  for (const { metadata, versions = [] } of document.items ?? []) {
    const group = metadata?.name ?? '';
    for (const { version, resources: served = [] } of versions)
      for (const one of served) {
        // Only subresources are served of it.
        if (!one.responseKind) continue;
        resources.push({
          group: one.responseKind.group || group,
          version: one.responseKind.version || version,
          kind: one.responseKind.kind,
          plural: one.resource,
          singular: one.singularResource || one.responseKind.kind.toLowerCase(),
          shortNames: one.shortNames ?? [],
          categories: one.categories ?? [],
          namespaced: one.scope === 'Namespaced',
          verbs: one.verbs ?? [],
          subresources: (one.subresources ?? []).map(
            ({ subresource, responseKind, verbs }): SubresourceInfo => ({
              name: subresource,
              group: responseKind?.group || group,
              version: responseKind?.version || version,
              kind: responseKind?.kind ?? '',
              verbs: verbs ?? [],
            }),
          ),
        });
      }
  }
  return resources;
}

interface PlainResource {
  name: string;
  singularName?: string;
  namespaced: boolean;
  kind: string;
  group?: string;
  version?: string;
  verbs?: string[];
  shortNames?: string[];
  categories?: string[];
}

/** `APIVersions` or `APIGroupList`: one more request for each group and version. A group that fails is left out. */
async function plainLists(client: Client, document: Json): Promise<ResourceInfo[][]> {
  const { versions, groups } = document as {
    versions?: string[];
    groups?: { name: string; versions: { groupVersion: string }[]; preferredVersion?: { groupVersion: string } }[];
  };
  const groupVersions = versions
    ? versions.map((version) => ({ path: `/api/${version}`, groupVersion: version }))
    : (groups ?? []).flatMap(({ versions: all, preferredVersion }) => {
        const preferred = preferredVersion?.groupVersion;
        const sorted = [...all].sort(
          (a, b) => Number(b.groupVersion === preferred) - Number(a.groupVersion === preferred),
        );
        return sorted.map(({ groupVersion }) => ({ path: `/apis/${groupVersion}`, groupVersion }));
      });
  return Promise.all(
    groupVersions.map(async ({ path, groupVersion }) => {
      try {
        const list = await client.request<Json>({ method: 'GET', path });
        return plainResources(groupVersion, (list as { resources?: PlainResource[] }).resources ?? []);
      } catch (error) {
        if (error instanceof ApiError) return [];
        throw error;
      }
    }),
  );
}

function plainResources(groupVersion: string, listed: readonly PlainResource[]): ResourceInfo[] {
  const { group, version } = parseGroupVersion(groupVersion);
  const subresourcesOf = (name: string): SubresourceInfo[] =>
    listed
      .filter((one) => one.name.startsWith(`${name}/`))
      .map((one) => ({
        name: one.name.slice(name.length + 1),
        group: one.group ?? group,
        version: one.version ?? version,
        kind: one.kind,
        verbs: one.verbs ?? [],
      }));
  return listed
    .filter((one) => !one.name.includes('/'))
    .map((one) => ({
      group: one.group ?? group,
      version: one.version ?? version,
      kind: one.kind,
      plural: one.name,
      singular: one.singularName || one.kind.toLowerCase(),
      shortNames: one.shortNames ?? [],
      categories: one.categories ?? [],
      namespaced: one.namespaced,
      verbs: one.verbs ?? [],
      subresources: subresourcesOf(one.name),
    }));
}

/** Looks through the list in its order; made without indexes, because a command asks once or twice. */
class DiscoveredResources implements RestMapper {
  constructor(private readonly resources: readonly ResourceInfo[]) {}

  all(): readonly ResourceInfo[] {
    return this.resources;
  }

  resource(typed: string): ResourceInfo | undefined {
    const parts = typed.split('.');
    // `deployments.v1.apps`, if there is such a version; else all behind the first dot is the group.
    if (parts.length > 2) {
      const found = this.named(parts[0] as string, parts.slice(2).join('.'), parts[1] as string);
      if (found) return found;
    }
    return this.named(parts[0] as string, parts.slice(1).join('.')) ?? this.typedAsKind(parts);
  }

  kind(group: string, kind: string, version?: string): ResourceInfo | undefined {
    const matches = (info: ResourceInfo) =>
      info.kind === kind && info.group === group && (version === undefined || info.version === version);
    return this.resources.find(matches);
  }

  category(name: string): ResourceInfo[] | undefined {
    const members = this.resources.filter((info) => info.categories.includes(name));
    if (members.length === 0) return undefined;
    // One version of each, the preferred.
    return members.filter(
      (info) => members.find((one) => one.group === info.group && one.plural === info.plural) === info,
    );
  }

  /** Short names first, then names; a group in full or, if there is none such, its beginning. */
  private named(word: string, group: string, version?: string): ResourceInfo | undefined {
    const name = word.toLowerCase();
    const candidates = this.resources.filter((info) => version === undefined || info.version === version);
    const tests: ((info: ResourceInfo) => boolean)[] = [
      (info) => info.shortNames.includes(word),
      (info) => info.plural === name || (info.singular || info.kind.toLowerCase()) === name,
    ];
    const inGroup: ((info: ResourceInfo) => boolean)[] =
      group === '' && version === undefined
        ? [() => true]
        : [(info) => info.group === group, (info) => group !== '' && info.group.startsWith(group)];
    for (const isIn of inGroup)
      for (const test of tests) {
        const found = candidates.find((info) => isIn(info) && test(info));
        if (found) return found;
      }
    return undefined;
  }

  /** `Deployment`, `Deployment.apps`, `Deployment.v1.apps`: kinds, as they are written. */
  private typedAsKind(parts: readonly string[]): ResourceInfo | undefined {
    const [kind = '', second] = parts;
    if (second === undefined) return this.resources.find((info) => info.kind === kind);
    const exact = this.kind(parts.slice(2).join('.'), kind, second);
    return exact ?? this.kind(parts.slice(1).join('.'), kind);
  }
}
