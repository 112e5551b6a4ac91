/** A CustomResourceDefinition as its kinds are served from it (apiextensions/v1 types). */
import type { KubeObject } from '../../apimachinery/meta';
import type { JsonSchema } from '../../schema/json-schema';

export interface CustomResourceNames {
  plural: string;
  singular?: string;
  kind: string;
  listKind?: string;
  shortNames?: string[];
  categories?: string[];
}

export interface ScalePaths {
  specReplicasPath: string;
  statusReplicasPath: string;
  labelSelectorPath?: string;
}

export interface PrinterColumn {
  name: string;
  type: string;
  format?: string;
  description?: string;
  priority?: number;
  jsonPath: string;
}

export interface CustomVersion {
  name: string;
  served: boolean;
  storage: boolean;
  deprecated?: boolean;
  deprecationWarning?: string;
  schema?: { openAPIV3Schema?: JsonSchema };
  subresources?: { status?: object; scale?: ScalePaths };
  additionalPrinterColumns?: PrinterColumn[];
  selectableFields?: { jsonPath: string }[];
}

export interface CustomResourceSpec {
  group: string;
  scope: string;
  names: CustomResourceNames;
  versions: CustomVersion[];
  conversion?: { strategy?: string };
  preserveUnknownFields?: boolean;
}

export interface DefinitionCondition {
  type: string;
  status: 'True' | 'False' | 'Unknown';
  reason?: string;
  message?: string;
  lastTransitionTime?: string | null;
}

export interface DefinitionStatus {
  conditions?: DefinitionCondition[] | null;
  acceptedNames: CustomResourceNames;
  storedVersions: string[];
}

/** Where definitions are stored, and where they are asked for. */
export const DEFINITIONS = { group: 'apiextensions.k8s.io', resource: 'customresourcedefinitions' } as const;

export const CLEANUP_FINALIZER = 'customresourcecleanup.apiextensions.k8s.io';

export function specOf(definition: KubeObject): CustomResourceSpec {
  return definition['spec'];
}

export function conditionOf(definition: KubeObject, type: string): DefinitionCondition | undefined {
  const { conditions }: Partial<DefinitionStatus> = definition['status'] ?? {};
  return conditions?.find((condition) => condition.type === type);
}

/** IsCRDConditionTrue. */
export function isTrue(definition: KubeObject, type: string): boolean {
  return conditionOf(definition, type)?.status === 'True';
}
