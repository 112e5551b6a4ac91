/** One version of a custom kind, as this server serves it. */
import { formatGroupVersion, type KubeObject } from '../../apimachinery/meta';
import { schemaFromCrd } from '../../schema/from-crd';
import type { ResourceInfo, Schema } from '../../schema/schema';
import type { ResourceDefinition } from '../resource';
import type { ServedResource } from '../served-resource';
import { resourcePrefix } from '../stored';
import { customColumns } from './columns';
import { customConversion } from './conversion';
import { type CustomResourceSpec, type CustomVersion, isTrue, specOf } from './definition';
import { customSelectableFields } from './selectable-fields';
import { compareKubeVersions } from './version-order';

const OBJECT_FIELDS: readonly (readonly string[])[] = [['status']];
const STATUS_FIELDS: readonly (readonly string[])[] = [['metadata'], ['spec']];
const NOTHING: readonly (readonly string[])[] = [];

/** What is made of a definition's spec, and stays while that stays. */
export interface KindParts {
  readonly spec: CustomResourceSpec;
  readonly version: CustomVersion;
  readonly conversion: ReturnType<typeof customConversion>;
  readonly schema: Schema;
  definition: ResourceDefinition;
  loadRules: (() => Promise<void>) | undefined;
}

export function kindParts(definition: KubeObject, version: CustomVersion): KindParts {
  const spec = specOf(definition);
  const view: ResourceDefinition = {
    group: spec.group,
    resource: spec.names.plural,
    hasGeneration: true,
    ...customColumns(version.additionalPrinterColumns),
    selectableFields: customSelectableFields(version.selectableFields),
  };
  let schema: Schema | undefined;
  const parts: KindParts = {
    spec,
    version,
    conversion: customConversion(spec, version.name),
    get schema() {
      schema ??= schemaFromCrd(version.schema?.openAPIV3Schema as never);
      return schema;
    },
    definition: view,
    async loadRules() {
      const { customRules } = await import('./custom-resource');
      parts.definition = { ...view, ...(await customRules(version)) };
      parts.loadRules = undefined;
    },
  };
  return parts;
}

export function servedKind(definition: KubeObject, info: ResourceInfo, parts: KindParts): ServedResource {
  const { group, version, kind, plural } = info;
  const { spec } = parts;
  const subresources = new Map(info.subresources.map((subresource) => [subresource.name, subresource]));
  const names = definition['status'].acceptedNames;
  return {
    info,
    get definition() {
      return parts.definition;
    },
    get loadRules() {
      return parts.loadRules;
    },
    get schema() {
      return parts.schema;
    },
    gvk: { group, version, kind },
    apiVersion: formatGroupVersion({ group, version }),
    groupResource: { group, resource: plural },
    groupKind: { group, kind },
    prefix: resourcePrefix(group, plural),
    conversion: parts.conversion,
    custom: true,
    listKind: names.listKind || `${kind}List`,
    notice: parts.version.deprecated ? (parts.version.deprecationWarning ?? deprecation(version, spec)) : undefined,
    terminating: isTrue(definition, 'Terminating'),
    hasStatus: subresources.has('status'),
    hasGeneration: true,
    resetFields(strategy) {
      if (strategy === '') return subresources.has('status') ? OBJECT_FIELDS : NOTHING;
      return strategy === 'status' ? STATUS_FIELDS : NOTHING;
    },
    subresource: (name) => subresources.get(name),
  };
}

/** defaultDeprecationWarning: names the newest version that is not deprecated, if it is a newer one. */
function deprecation(version: string, { group, names, versions }: CustomResourceSpec): string {
  const text = `${group}/${version} ${names.kind} is deprecated`;
  const [better] = versions
    .filter(({ name, served, deprecated }) => served && !deprecated && compareKubeVersions(version, name) < 0)
    .sort((a, b) => compareKubeVersions(b.name, a.name));
  return better ? `${text}; use ${group}/${better.name} ${names.kind}` : text;
}
