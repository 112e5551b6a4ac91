/** A resource as this server serves it: its discovery, its schema and its declaration, brought together once. */
import type { GroupVersionKind } from '../apimachinery/meta';
import { formatGroupVersion } from '../apimachinery/meta';
import type { ResourceInfo, Schema, SubresourceInfo } from '../schema/schema';
import type { Conversion } from './conversion/conversion';
import { deprecationOf } from './deprecations';
import type { ResourceDefinition } from './resource';
import { resourcePrefix } from './stored';

export interface ServedResource {
  readonly info: ResourceInfo;
  /** Until `loadRules` was called perhaps no more than what reads need. */
  readonly definition: ResourceDefinition;
  /** Brings in the rest of the definition; absent when it is there. To be called before anything is written. */
  readonly loadRules: (() => Promise<void>) | undefined;
  /** Read when it is first needed: gets and lists can do without. */
  readonly schema: Schema;
  readonly gvk: GroupVersionKind;
  readonly apiVersion: string;
  /** For messages: `deployments.apps`. */
  readonly groupResource: { group: string; resource: string };
  /** For messages about invalid objects: `Deployment.apps`. */
  readonly groupKind: { group: string; kind: string };
  /** Of its keys in the store. */
  readonly prefix: string;
  /** For a version that is not the stored one. */
  readonly conversion: Conversion | undefined;
  /** Defined by a CustomResourceDefinition: no strategic merge patch. */
  readonly custom: boolean;
  /** `DeploymentList` */
  readonly listKind: string;
  /** Said to everybody who asks for it: that its version is deprecated. */
  readonly notice: string | undefined;
  /** Being deleted, kind and all: nothing new of it may be made. */
  readonly terminating: boolean;
  readonly hasStatus: boolean;
  readonly hasGeneration: boolean;
  /** Fields that a write through this strategy can't set, as paths: for who applies them. */
  resetFields(strategy: string): readonly (readonly string[])[];
  subresource(name: string): SubresourceInfo | undefined;
}

const STATUS: readonly (readonly string[])[] = [['status']];
const NOTHING: readonly (readonly string[])[] = [];
const SHARED: ReadonlySet<string> = new Set(['apiVersion', 'kind', 'metadata', 'status']);

export function serveResource(
  info: ResourceInfo,
  readSchema: () => Schema,
  declared: ResourceDefinition,
  conversion?: Conversion,
  whole?: () => ResourceDefinition | Promise<ResourceDefinition>,
): ServedResource {
  const stored = conversion?.storedAs;
  const { group, version, kind, plural } = info;
  const subresources = new Map(info.subresources.map((subresource) => [subresource.name, subresource]));
  let schema: Schema | undefined;
  let allButStatus: string[][] | undefined;
  let definition = declared;
  let loadRules =
    whole &&
    (async () => {
      definition = await whole();
      loadRules = undefined;
    });
  return {
    info,
    get definition() {
      return definition;
    },
    get loadRules() {
      return loadRules;
    },
    get schema() {
      schema ??= readSchema();
      return schema;
    },
    gvk: { group, version, kind },
    apiVersion: formatGroupVersion({ group, version }),
    groupResource: { group, resource: plural },
    groupKind: { group, kind },
    prefix: stored ? resourcePrefix(stored.group, stored.resource) : resourcePrefix(group, plural),
    conversion,
    custom: false,
    listKind: `${kind}List`,
    notice: deprecationOf(info),
    terminating: false,
    hasStatus: subresources.has('status'),
    get hasGeneration() {
      return definition.hasGeneration ?? this.schema.field?.('spec') !== undefined;
    },
    resetFields(strategy) {
      if (strategy === '') return subresources.has('status') ? STATUS : NOTHING;
      if (strategy !== 'status') return NOTHING;
      allButStatus ??= (this.schema.fieldNames ?? []).filter((name) => !SHARED.has(name)).map((name) => [name]);
      return allButStatus;
    },
    subresource: (name) => subresources.get(name),
  };
}

export function isNamespaces({ info }: ServedResource): boolean {
  return info.plural === 'namespaces' && info.group === '';
}

export function isPods({ info }: ServedResource): boolean {
  return info.plural === 'pods' && info.group === '';
}
