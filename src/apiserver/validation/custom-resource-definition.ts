/**
 * Definitions of kinds (apiextensions-apiserver `pkg/apis/apiextensions/validation`). That schemas are structural, and what CEL
 * rules in them say, is not judged here.
 */
import { type FieldError, forbiddenField, invalid, notSupported, required } from '../../apimachinery/field-error';
import { type Json, jsonOf } from '../../apimachinery/json';
import type { KubeObject } from '../../apimachinery/meta';
import { isDNS1035Label, isDNS1123Subdomain } from '../../apimachinery/names';
import { APPROVAL_ANNOTATION, approvalOf, isProtectedGroup } from './api-approval';
import { validateImmutable } from './field-checks';
import { type ClientConfig, validateClientConfig, validateReviewVersions } from './webhooks';

export interface CustomResourceDefinitionNames {
  plural?: string;
  singular?: string;
  kind?: string;
  listKind?: string;
  shortNames?: string[];
  categories?: string[];
}
interface PrinterColumn {
  name?: string;
  type?: string;
  format?: string;
  jsonPath?: string;
}
interface Version {
  name?: string;
  served?: boolean;
  storage?: boolean;
  deprecated?: boolean;
  deprecationWarning?: string;
  schema?: { openAPIV3Schema?: { type?: string; nullable?: boolean } };
  subresources?: {
    status?: object;
    scale?: { specReplicasPath?: string; statusReplicasPath?: string; labelSelectorPath?: string };
  };
  additionalPrinterColumns?: PrinterColumn[];
}
export interface CustomResourceDefinitionSpec {
  group?: string;
  scope?: string;
  names?: CustomResourceDefinitionNames;
  versions?: Version[];
  conversion?: {
    strategy?: string;
    webhook?: { clientConfig?: ClientConfig; conversionReviewVersions?: string[] };
  };
  preserveUnknownFields?: boolean;
}

export function validateDefinition(object: KubeObject, old: KubeObject | undefined, errors: FieldError[]): void {
  const spec: CustomResourceDefinitionSpec = object.spec ?? {};
  const name = object.metadata.name ?? '';
  if (name !== `${spec.names?.plural ?? ''}.${spec.group ?? ''}`)
    errors.push(invalid('metadata.name', name, 'must be spec.names.plural+"."+spec.group'));
  validateSpec(spec, errors);
  validateNames('status.acceptedNames', object.status?.acceptedNames ?? {}, errors);
  validateStoredVersions('status.storedVersions', object.status?.storedVersions ?? [], spec.versions ?? [], errors);
  validateApproval(object, old, errors);
  if (spec.preserveUnknownFields && !old?.spec?.preserveUnknownFields)
    errors.push(
      invalid(
        'spec.preserveUnknownFields',
        true,
        'cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead',
      ),
    );
}

/** Once the kind is served its name and scope stay; group and plural stay always. */
export function validateDefinitionUpdate(object: KubeObject, old: KubeObject, errors: FieldError[]): void {
  const spec: CustomResourceDefinitionSpec = object.spec ?? {};
  const was: CustomResourceDefinitionSpec = old.spec ?? {};
  const conditions: { type?: string; status?: string }[] = old.status?.conditions ?? [];
  if (conditions.some((condition) => condition.type === 'Established' && condition.status === 'True')) {
    validateImmutable('spec.scope', spec.scope, was.scope, errors);
    validateImmutable('spec.names.kind', spec.names?.kind, was.names?.kind, errors);
  }
  validateImmutable('spec.group', spec.group, was.group, errors);
  validateImmutable('spec.names.plural', spec.names?.plural, was.names?.plural, errors);
}

function validateSpec(spec: CustomResourceDefinitionSpec, errors: FieldError[]): void {
  const { group = '', scope = '', names = {} } = spec;
  // Go writes a list that is not there as null.
  const versions = spec.versions ?? [];
  const groupComplaints = isDNS1123Subdomain(group);
  if (group === '') errors.push(required('spec.group'));
  else if (groupComplaints.length > 0) errors.push(invalid('spec.group', group, groupComplaints.join(',')));
  else if (!group.includes('.')) errors.push(invalid('spec.group', group, 'should be a domain with at least one dot'));
  const scopes = ['Cluster', 'Namespaced'];
  if (scope === '') errors.push(required('spec.scope'));
  else if (!scopes.includes(scope)) errors.push(notSupported('spec.scope', scope, scopes));
  versions.forEach((version, i) => {
    if (!version.schema?.openAPIV3Schema) errors.push(required(`spec.versions[${i}].schema.openAPIV3Schema`));
  });
  versions.forEach((version, i) => {
    validateVersion(`spec.versions[${i}]`, version, errors);
  });
  const value = versions.map((version) => jsonOf(version)) as Json;
  if (new Set(versions.map((version) => version.name)).size < versions.length)
    errors.push(invalid('spec.versions', value, 'must contain unique version names'));
  if (versions.filter((version) => version.storage).length !== 1)
    errors.push(invalid('spec.versions', value, 'must have exactly one version marked as storage version'));
  for (const field of ['plural', 'singular', 'kind', 'listKind'] as const)
    if (!names[field]) errors.push(required(`spec.names.${field}`));
  validateNames('spec.names', names, errors);
  validateConversion(spec.conversion, errors);
}

function validateVersion(path: string, version: Version, errors: FieldError[]): void {
  const { name = '', schema, subresources, additionalPrinterColumns: columns = [] } = version;
  const complaints = isDNS1035Label(name);
  if (complaints.length > 0) errors.push(invalid(`${path}.name`, name, complaints.join(',')));
  for (const text of deprecationComplaints(version))
    errors.push(invalid(`${path}.deprecationWarning`, version.deprecationWarning, text));
  const root = schema?.openAPIV3Schema;
  if (root && subresources?.status && root.type !== undefined && root.type !== 'object')
    errors.push(
      invalid(
        `${path}.schema.openAPIV3Schema.type`,
        root.type,
        'only "object" is allowed as the type at the root of the schema if the status subresource is enabled',
      ),
    );
  if (root?.nullable)
    errors.push(forbiddenField(`${path}.schema.openAPIV3Schema.nullable`, 'nullable cannot be true at the root'));
  if (root && root.type !== 'object')
    errors.push(
      root.type
        ? invalid(`${path}.schema.openAPIV3Schema.type`, root.type, 'must be object at the root')
        : required(`${path}.schema.openAPIV3Schema.type`, 'must not be empty at the root'),
    );
  if (subresources?.scale) validateScale(`${path}.subresources`, subresources.scale, errors);
  columns.forEach((column, i) => {
    validateColumn(`${path}.additionalPrinterColumns[${i}]`, column, errors);
  });
}

function deprecationComplaints({ deprecated, deprecationWarning: text }: Version): string[] {
  if (text === undefined) return [];
  if (!deprecated) return ['can only be set for deprecated versions'];
  const complaints: string[] = [];
  if (text.length > 256) complaints.push('must be <= 256 characters long');
  if (text === '') complaints.push('must not be an empty string');
  return complaints;
}

const COLUMN_TYPES = ['boolean', 'date', 'integer', 'number', 'string'];
const COLUMN_FORMATS = ['byte', 'date', 'date-time', 'double', 'float', 'int32', 'int64', 'password'];

function validateColumn(path: string, column: PrinterColumn, errors: FieldError[]): void {
  const { name, type, format, jsonPath } = column;
  const types = `must be one of ${COLUMN_TYPES.join(',')}`;
  if (!name) errors.push(required(`${path}.name`));
  if (!type) errors.push(required(`${path}.type`, types));
  else if (!COLUMN_TYPES.includes(type)) errors.push(invalid(`${path}.type`, type, types));
  if (format && !COLUMN_FORMATS.includes(format))
    errors.push(invalid(`${path}.format`, format, `must be one of ${COLUMN_FORMATS.join(',')}`));
  if (!jsonPath) errors.push(required(`${path}.JSONPath`));
  else if (!jsonPath.startsWith('.'))
    errors.push(invalid(`${path}.JSONPath`, jsonPath, 'must be a simple json path starting with .'));
}

type Scale = NonNullable<NonNullable<Version['subresources']>['scale']>;

function validateScale(path: string, scale: Scale, errors: FieldError[]): void {
  const check = (field: keyof Scale, roots: readonly string[], text: string, optional: boolean) => {
    const value = scale[field];
    const at = `${path}.scale.${field}`;
    if (!value) {
      if (!optional) errors.push(required(at));
    } else if (!value.startsWith('.')) errors.push(invalid(at, value, 'must be a simple json path starting with .'));
    else if (!roots.some((root) => value.startsWith(root))) errors.push(invalid(at, value, text));
  };
  check('specReplicasPath', ['.spec.'], 'should be a json path under .spec', false);
  check('statusReplicasPath', ['.status.'], 'should be a json path under .status', false);
  check('labelSelectorPath', ['.spec.', '.status.'], 'should be a json path under either .spec or .status', true);
}

/** ValidateCustomResourceDefinitionNames. */
export function validateNames(path: string, names: CustomResourceDefinitionNames, errors: FieldError[]): void {
  const label = (field: string, value: string | undefined, mayBeMixed = false) => {
    if (!value) return;
    const complaints = isDNS1035Label(mayBeMixed ? value.toLowerCase() : value);
    const prefix = mayBeMixed ? 'may have mixed case, but should otherwise match: ' : '';
    if (complaints.length > 0) errors.push(invalid(`${path}.${field}`, value, prefix + complaints.join(',')));
  };
  label('plural', names.plural);
  label('singular', names.singular);
  label('kind', names.kind, true);
  label('listKind', names.listKind, true);
  (names.shortNames ?? []).forEach((name, i) => {
    label(`shortNames[${i}]`, name);
  });
  if (names.kind && names.kind === names.listKind)
    errors.push(invalid(`${path}.listKind`, names.listKind, 'kind and listKind may not be the same'));
  (names.categories ?? []).forEach((name, i) => {
    label(`categories[${i}]`, name);
  });
}

function validateConversion(conversion: CustomResourceDefinitionSpec['conversion'], errors: FieldError[]): void {
  if (!conversion) return;
  const { strategy = '', webhook } = conversion;
  const path = 'spec.conversion';
  const strategies = ['None', 'Webhook'];
  if (strategy === '') errors.push(required(`${path}.strategy`));
  else if (!strategies.includes(strategy)) errors.push(notSupported(`${path}.strategy`, strategy, strategies));
  const config = webhook?.clientConfig;
  const versions = webhook?.conversionReviewVersions ?? [];
  const CONFIG = `${path}.webhookClientConfig`;
  const VERSIONS = `${path}.conversionReviewVersions`;
  if (strategy === 'Webhook') {
    if (config) validateClientConfig(CONFIG, config, errors);
    else errors.push(required(CONFIG, 'required when strategy is set to Webhook'));
    validateReviewVersions(VERSIONS, versions, '', errors);
    return;
  }
  const text = 'should not be set when strategy is not set to Webhook';
  if (config) errors.push(forbiddenField(CONFIG, text));
  if (versions.length > 0) errors.push(forbiddenField(VERSIONS, text));
}

function validateStoredVersions(
  path: string,
  stored: readonly string[],
  versions: readonly Version[],
  errors: FieldError[],
): void {
  if (stored.length === 0) {
    errors.push(invalid(path, [], 'must have at least one stored version'));
    return;
  }
  for (const { name = '', storage } of versions)
    if (storage && !stored.includes(name))
      errors.push(invalid(path, [...stored], `must have the storage version ${name}`));
  stored.forEach((name, i) => {
    if (!versions.some((version) => version.name === name))
      errors.push(
        invalid(
          `${path}[${i}]`,
          name,
          `missing from spec.versions; ${name} was previously a storage version, and must remain in spec.versions until a storage migration ensures no data remains persisted in ${name} and removes ${name} from status.storedVersions`,
        ),
      );
  });
}

/** validateAPIApproval. */
function validateApproval(object: KubeObject, old: KubeObject | undefined, errors: FieldError[]): void {
  if (!isProtectedGroup(object.spec?.group ?? '')) return;
  const word = object.metadata.annotations?.[APPROVAL_ANNOTATION];
  const field = `metadata.annotations[${APPROVAL_ANNOTATION}]`;
  const { state, reason } = approvalOf(word);
  if (old && approvalOf(old.metadata.annotations?.[APPROVAL_ANNOTATION]).state === state) return;
  if (state === 'missing') errors.push(required(field, reason));
  else if (state === 'invalid') errors.push(invalid(field, word, reason));
}
