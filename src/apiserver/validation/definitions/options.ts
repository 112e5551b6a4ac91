/** What is asked of a definition: not what it did not fulfil before (apiextensions-apiserver `pkg/apis/apiextensions/validation`). */
import { deepEqual, type Json } from '../../../apimachinery/json';
import { type JsonSchema, visitSchemas } from '../../../schema/json-schema';
import { hasDefault } from '../../../schema/prune';
import { nonAtomicSetErrors, nullableKeyErrors } from './list-types';
import { isRecognized } from './names';
import { TYPES } from './open-api-schema';
import type { DefinitionOptions } from './schema';
import { validateDefaults } from './schema-defaults';
import { type DefinitionSpec, schemasOf } from './spec';
import { structuralObstacle, validateStructural } from './structural';

export interface Options extends Omit<DefinitionOptions, 'anyRuleCost'> {
  /** All versions must have schemas. */
  readonly schemas: boolean;
  readonly recognizedReviewVersions: boolean;
  readonly unchangedSchemas: ReadonlySet<string>;
  readonly tooManySelectable: ReadonlySet<string>;
}

const STRICT: Options = {
  structural: true,
  prunedDefaults: true,
  validTypes: true,
  atomicSets: true,
  listKeys: true,
  schemas: true,
  recognizedReviewVersions: true,
  unchangedSchemas: new Set(),
  tooManySelectable: new Set(),
};
const MOST_SELECTABLE = 8;

export function optionsFor(spec: DefinitionSpec, old: DefinitionSpec | undefined): Options {
  if (!old) return STRICT;
  const schemas = schemasOf(old);
  const versions = old.versions ?? [];
  const reviewVersions = old.conversion?.webhook?.conversionReviewVersions ?? [];
  return {
    // Without preserveUnknownFields schemas must be structural whatever they were.
    structural: !spec.preserveUnknownFields || !schemas.some(isNotStructural),
    prunedDefaults: !schemas.some(hasUnprunedDefaults),
    validTypes: !schemas.some((schema) => some(schema, ({ type }) => Boolean(type) && !TYPES.includes(type as string))),
    atomicSets: !schemas.some((schema) => some(schema, (one) => nonAtomicSetErrors('', one).length > 0)),
    listKeys: !schemas.some((schema) => some(schema, (one) => nullableKeyErrors('', one).length > 0)),
    schemas: versions.every(({ schema }) => schema?.openAPIV3Schema),
    recognizedReviewVersions: reviewVersions.length === 0 || isRecognized(reviewVersions),
    unchangedSchemas: namesOfUnchanged(spec, old, 'schema'),
    tooManySelectable: new Set(
      [...namesOfUnchanged(spec, old, 'selectableFields')].filter(
        (name) => (versions.find((version) => version.name === name)?.selectableFields?.length ?? 0) > MOST_SELECTABLE,
      ),
    ),
  };
}

function some(schema: JsonSchema, test: (schema: JsonSchema) => boolean): boolean {
  let found = false;
  visitSchemas(schema, (one) => {
    found ||= test(one);
  });
  return found;
}

function isNotStructural(schema: JsonSchema): boolean {
  return structuralObstacle(schema) !== undefined || validateStructural('', schema).length > 0;
}

function hasUnprunedDefaults(schema: JsonSchema): boolean {
  if (!some(schema, hasDefault) || isNotStructural(schema)) return false;
  return validateDefaults('', schema, true, undefined).some(({ body }) =>
    body.endsWith(': must not have unknown fields'),
  );
}

function namesOfUnchanged(
  { versions }: DefinitionSpec,
  old: DefinitionSpec,
  part: 'schema' | 'selectableFields',
): Set<string> {
  const unchanged = (versions ?? []).filter(({ name, ...version }) => {
    const before = old.versions?.find((one) => one.name === name);
    return before && deepEqual((version[part] ?? null) as Json, (before[part] ?? null) as Json);
  });
  return new Set(unchanged.map(({ name = '' }) => name));
}
