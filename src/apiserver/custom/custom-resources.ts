/** Which custom resources there are: what discovery tells of definitions (apiextensions-apiserver `pkg/apiserver/customresource_discovery_controller.go`). */

import { compareStrings } from '../../apimachinery/json-text';
import type { KubeObject } from '../../apimachinery/meta';
import type { ResourceInfo, SubresourceInfo } from '../../schema/schema';
import type { ServedResource } from '../served-resource';
import { type CustomVersion, isTrue, specOf } from './definition';
import { type KindParts, kindParts, servedKind } from './served-kind';
import { compareKubeVersions } from './version-order';

const VERBS = ['delete', 'deletecollection', 'get', 'list', 'patch', 'create', 'update', 'watch'];
/** What is told of a kind that is itself being deleted. */
const LAST_VERBS = ['delete', 'deletecollection', 'get', 'list', 'watch'];
const SUBRESOURCE_VERBS = ['get', 'patch', 'update'];

/** The kinds of one revision of all definitions. */
export class CustomResources {
  /** In discovery order: groups by name, versions by preference, resources by name. Only what is established. */
  readonly infos: readonly ResourceInfo[];
  private readonly served = new Map<string, ServedResource>();

  /** @param previous what was made of the definitions before: of those whose spec has not changed it is taken over. */
  constructor(
    definitions: readonly KubeObject[],
    previous: CustomResources | undefined,
    private readonly parts = new Map<string, KindParts>(),
  ) {
    const infos: ResourceInfo[] = [];
    for (const definition of definitions) {
      // The kind can be asked for as soon as its names are its own.
      if (!isTrue(definition, 'NamesAccepted') && !isTrue(definition, 'Established')) continue;
      for (const version of specOf(definition).versions) {
        if (!version.served) continue;
        const info = infoOf(definition, version);
        const told = isTrue(definition, 'Terminating') ? { ...info, verbs: LAST_VERBS } : info;
        const { uid, generation } = definition.metadata;
        const key = `${uid}/${generation}/${version.name}`;
        const parts = previous?.parts.get(key) ?? kindParts(definition, version);
        this.parts.set(key, parts);
        this.served.set(`${info.group}/${info.version}/${info.plural}`, servedKind(definition, info, parts));
        if (isTrue(definition, 'Established')) infos.push(told);
      }
    }
    this.infos = infos.sort(
      (a, b) =>
        compareStrings(a.group, b.group) ||
        compareKubeVersions(b.version, a.version) ||
        compareStrings(a.plural, b.plural),
    );
  }

  find(group: string, version: string | undefined, resource: string): ServedResource | undefined {
    const wanted = version ?? this.infos.find((info) => info.group === group && info.plural === resource)?.version;
    return wanted === undefined ? undefined : this.served.get(`${group}/${wanted}/${resource}`);
  }
}

function infoOf(definition: KubeObject, version: CustomVersion): ResourceInfo {
  const { group, scope, versions } = specOf(definition);
  const { plural, singular, kind, shortNames, categories } = definition['status'].acceptedNames;
  const own = { group, version: version.name, kind };
  const { status, scale } = version.subresources ?? {};
  const subresources: SubresourceInfo[] = [];
  // In the order of aggregated discovery.
  if (status) subresources.push({ name: 'status', ...own, verbs: SUBRESOURCE_VERBS });
  if (scale)
    subresources.push({ name: 'scale', group: 'autoscaling', version: 'v1', kind: 'Scale', verbs: SUBRESOURCE_VERBS });
  const stored = versions.find(({ storage, served }) => storage && served);
  return {
    ...own,
    ...(stored ? { storageVersion: stored.name } : {}),
    plural,
    singular: singular || kind.toLowerCase(),
    shortNames: shortNames ?? [],
    categories: categories ?? [],
    namespaced: scope === 'Namespaced',
    verbs: VERBS,
    subresources,
  };
}
