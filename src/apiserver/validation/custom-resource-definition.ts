/** Definitions of kinds (apiextensions-apiserver `pkg/apis/apiextensions/validation`). */
import { type FieldError, invalid, notSupported, required } from '../../apimachinery/field-error';
import type { KubeObject } from '../../apimachinery/meta';
import { isDNS1035Label, isDNS1123Subdomain } from '../../apimachinery/names';
import { APPROVAL_ANNOTATION, approvalOf, isProtectedGroup } from './api-approval';
import { internalVersion, invalidStruct } from './definitions/internal-json';
import { validateConversion, validateNames } from './definitions/names';
import { type Options, optionsFor } from './definitions/options';
import { validateColumns, validateScale, validateSelectableFields } from './definitions/parts';
import { type DefinitionOptions, type RuleJudge, validateSchema } from './definitions/schema';
import { type DefinitionSpec, type DefinitionVersion, type HoistedSpec, hoist } from './definitions/spec';
import { validateImmutable } from './field-checks';

/** @param judge of rules, if there are rules */
export function validateDefinition(
  object: KubeObject,
  old: KubeObject | undefined,
  judge: RuleJudge | undefined,
  errors: FieldError[],
): void {
  const spec: DefinitionSpec = object.spec ?? {};
  const name = object.metadata.name ?? '';
  if (!old && name !== `${spec.names?.plural ?? ''}.${spec.group ?? ''}`)
    errors.push(invalid('metadata.name', name, 'must be spec.names.plural+"."+spec.group'));
  errors.push(...specErrors(spec, optionsFor(spec, old?.spec), judge));
  if (old) validateSpecUpdate(spec, old, errors);
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
function validateSpecUpdate(spec: DefinitionSpec, old: KubeObject, errors: FieldError[]): void {
  const was: DefinitionSpec = old.spec ?? {};
  const conditions: { type?: string; status?: string }[] = old.status?.conditions ?? [];
  if (conditions.some((condition) => condition.type === 'Established' && condition.status === 'True')) {
    validateImmutable('spec.scope', spec.scope, was.scope, errors);
    validateImmutable('spec.names.kind', spec.names?.kind, was.names?.kind, errors);
  }
  validateImmutable('spec.group', spec.group, was.group, errors);
  validateImmutable('spec.names.plural', spec.names?.plural, was.names?.plural, errors);
}

function specErrors(spec: DefinitionSpec, options: Options, judge: RuleJudge | undefined): FieldError[] {
  const errors: FieldError[] = [];
  const { names = {} } = spec;
  const hoisted = hoist(spec.versions ?? []);
  groupAndScope(spec, errors);
  requireSchemas(spec, hoisted, options, errors);
  hoisted.versions.forEach((version, i) => {
    validateVersion(`spec.versions[${i}]`, version, hoisted, options, judge, errors);
  });
  versionsAsWhole(hoisted.versions, errors);
  for (const field of ['plural', 'singular', 'kind', 'listKind'] as const)
    if (!names[field]) errors.push(required(`spec.names.${field}`));
  validateNames('spec.names', names, errors);
  errors.push(...commonErrors(spec, hoisted, options, judge));
  if (spec.conversion && spec.conversion.strategy !== 'None' && spec.preserveUnknownFields)
    errors.push(
      invalid(
        'spec.conversion.strategy',
        spec.conversion.strategy,
        'must be None if spec.preserveUnknownFields is true',
      ),
    );
  validateConversion(spec.conversion, options.recognizedReviewVersions, errors);
  return errors;
}

function groupAndScope({ group = '', scope = '' }: DefinitionSpec, errors: FieldError[]): void {
  const complaints = isDNS1123Subdomain(group);
  if (group === '') errors.push(required('spec.group'));
  else if (complaints.length > 0) errors.push(invalid('spec.group', group, complaints.join(',')));
  else if (!group.includes('.')) errors.push(invalid('spec.group', group, 'should be a domain with at least one dot'));
  const scopes = ['Cluster', 'Namespaced'];
  if (scope === '') errors.push(required('spec.scope'));
  else if (!scopes.includes(scope)) errors.push(notSupported('spec.scope', scope, scopes));
}

function requireSchemas(
  spec: DefinitionSpec,
  { common, versions }: HoistedSpec,
  options: Options,
  errors: FieldError[],
) {
  if (common.schema?.openAPIV3Schema) return;
  versions.forEach(({ schema, served }, i) => {
    if (schema?.openAPIV3Schema) return;
    const at = `spec.versions[${i}].schema.openAPIV3Schema`;
    if (options.schemas) errors.push(required(at));
    else if (served && !spec.preserveUnknownFields)
      errors.push(required(at, 'because otherwise all fields are pruned'));
  });
}

function validateVersion(
  path: string,
  version: DefinitionVersion,
  { common }: HoistedSpec,
  options: Options,
  judge: RuleJudge | undefined,
  errors: FieldError[],
): void {
  const { name = '', schema, subresources } = version;
  const complaints = isDNS1035Label(name);
  if (complaints.length > 0) errors.push(invalid(`${path}.name`, name, complaints.join(',')));
  for (const text of deprecationComplaints(version))
    errors.push(invalid(`${path}.deprecationWarning`, version.deprecationWarning, text));
  const hasStatus = Boolean((subresources ?? common.subresources)?.status);
  errors.push(
    ...validateSchema(`${path}.schema`, schema?.openAPIV3Schema, hasStatus, schemaOptions(options, name), judge),
    ...validateScale(path, subresources?.scale),
    ...validateColumns(path, version.additionalPrinterColumns),
    ...validateSelectableFields(
      path,
      version.selectableFields,
      schema?.openAPIV3Schema,
      options.tooManySelectable.has(name),
    ),
  );
}

function schemaOptions(options: Options, version: string): DefinitionOptions {
  return { ...options, anyRuleCost: options.unchangedSchemas.has(version) };
}

/** What all versions share stands in the definition itself. */
function commonErrors(
  spec: DefinitionSpec,
  { common, versions }: HoistedSpec,
  options: Options,
  judge: RuleJudge | undefined,
): FieldError[] {
  const first = versions[0]?.name ?? '';
  const hasStatus =
    Boolean(common.subresources?.status) || versions.some(({ subresources }) => Boolean(subresources?.status));
  const schema = common.schema?.openAPIV3Schema;
  const tooMany = spec.versions?.every(({ name = '' }) => options.tooManySelectable.has(name)) === true;
  return [
    ...validateSchema('spec.validation', schema, hasStatus, schemaOptions(options, first), judge),
    ...validateScale('spec', common.subresources?.scale),
    ...validateColumns('spec', common.additionalPrinterColumns),
    ...validateSelectableFields('spec', common.selectableFields, schema, tooMany),
  ];
}

function versionsAsWhole(versions: readonly DefinitionVersion[], errors: FieldError[]): void {
  // Go writes a list that is not there as null.
  const shown = versions.length === 0 ? null : versions.map(internalVersion);
  if (new Set(versions.map(({ name }) => name)).size < versions.length)
    errors.push(invalidStruct('spec.versions', shown, 'must contain unique version names'));
  if (versions.filter(({ storage }) => storage).length !== 1)
    errors.push(invalidStruct('spec.versions', shown, 'must have exactly one version marked as storage version'));
}

function deprecationComplaints({ deprecated, deprecationWarning: text }: DefinitionVersion): string[] {
  if (text === undefined) return [];
  if (!deprecated) return ['can only be set for deprecated versions'];
  const complaints: string[] = [];
  const bytes = (part: string) => new TextEncoder().encode(part).length;
  if (bytes(text) > 256) complaints.push('must be <= 256 characters long');
  if (text === '') complaints.push('must not be an empty string');
  const unprintable = /[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/u.exec(text);
  if (unprintable)
    complaints.push(
      `must only contain printable UTF-8 characters; non-printable character found at index ${bytes(text.slice(0, unprintable.index))}`,
    );
  return complaints;
}

function validateStoredVersions(
  path: string,
  stored: readonly string[],
  versions: readonly DefinitionVersion[],
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
