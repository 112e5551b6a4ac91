/** What definitions say, and how upstream's internal version has it (apiextensions-apiserver `pkg/apis/apiextensions/v1/conversion.go`). */
import { deepEqual, type Json } from '../../../apimachinery/json';
import type { JsonSchema } from '../../../schema/json-schema';
import type { ClientConfig } from '../webhooks';

export interface DefinitionNames {
  plural?: string;
  singular?: string;
  kind?: string;
  listKind?: string;
  shortNames?: string[];
  categories?: string[];
}
export interface PrinterColumn {
  name?: string;
  type?: string;
  format?: string;
  description?: string;
  priority?: number;
  jsonPath?: string;
}
export interface ScaleSubresource {
  specReplicasPath?: string;
  statusReplicasPath?: string;
  labelSelectorPath?: string;
}
export interface Subresources {
  status?: object;
  scale?: ScaleSubresource;
}
export interface SchemaHolder {
  openAPIV3Schema?: JsonSchema;
}
export interface SelectableField {
  jsonPath?: string;
}

/** What a version can have, and a definition for all its versions. */
export interface VersionParts {
  schema?: SchemaHolder | undefined;
  subresources?: Subresources | undefined;
  additionalPrinterColumns?: PrinterColumn[] | undefined;
  selectableFields?: SelectableField[] | undefined;
}
export interface DefinitionVersion extends VersionParts {
  name?: string;
  served?: boolean;
  storage?: boolean;
  deprecated?: boolean;
  deprecationWarning?: string;
}
export interface DefinitionSpec {
  group?: string;
  scope?: string;
  names?: DefinitionNames;
  versions?: DefinitionVersion[] | null;
  conversion?: {
    strategy?: string;
    webhook?: { clientConfig?: ClientConfig; conversionReviewVersions?: string[] };
  };
  preserveUnknownFields?: boolean;
}

/** A definition whose versions have only what differs between them. */
export interface HoistedSpec {
  readonly common: VersionParts;
  readonly versions: readonly DefinitionVersion[];
}

const PARTS = ['schema', 'subresources', 'additionalPrinterColumns', 'selectableFields'] as const;

/** Complaints name the fields of this form: what all versions share stands beside them. */
export function hoist(versions: readonly DefinitionVersion[]): HoistedSpec {
  const [first] = versions;
  const common: VersionParts = {};
  if (!first) return { common, versions };
  const shared = PARTS.filter((part) =>
    versions.every((version) => deepEqual(asJson(version[part]), asJson(first[part]))),
  );
  for (const part of shared) Object.assign(common, { [part]: first[part] });
  return {
    common,
    versions: versions.map((version) => ({
      ...version,
      ...Object.fromEntries(shared.map((part) => [part, undefined])),
    })),
  };
}

function asJson(value: unknown): Json {
  return (value ?? null) as Json;
}

/** All schemas of a definition. */
export function schemasOf({ versions }: DefinitionSpec): JsonSchema[] {
  return (versions ?? []).flatMap(({ schema }) => schema?.openAPIV3Schema ?? []);
}
