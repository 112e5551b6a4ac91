/** The names of a kind, and how its objects are converted (apiextensions-apiserver `pkg/apis/apiextensions/validation`). */
import { type FieldError, forbiddenField, invalid, notSupported, required } from '../../../apimachinery/field-error';
import { isDNS1035Label } from '../../../apimachinery/names';
import { validateClientConfig } from '../webhooks';
import type { DefinitionNames, DefinitionSpec } from './spec';

/** ValidateCustomResourceDefinitionNames. */
export function validateNames(path: string, names: DefinitionNames, errors: FieldError[]): void {
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
  const labels = (field: string, values: readonly string[] = []) => {
    values.forEach((value, i) => {
      const complaints = isDNS1035Label(value);
      if (complaints.length > 0) errors.push(invalid(`${path}.${field}[${i}]`, value, complaints.join(',')));
    });
  };
  labels('shortNames', names.shortNames);
  if (names.kind && names.kind === names.listKind)
    errors.push(invalid(`${path}.listKind`, names.listKind, 'kind and listKind may not be the same'));
  labels('categories', names.categories);
}

const RECOGNIZED = ['v1', 'v1beta1'];

/** @param recognized a version of reviews that is known must be among those told */
export function validateConversion(
  conversion: DefinitionSpec['conversion'],
  recognized: boolean,
  errors: FieldError[],
): void {
  if (!conversion) return;
  const { strategy = '', webhook } = conversion;
  const path = 'spec.conversion';
  const strategies = ['None', 'Webhook'];
  if (strategy === '') errors.push(required(`${path}.strategy`));
  else if (!strategies.includes(strategy)) errors.push(notSupported(`${path}.strategy`, strategy, strategies));
  const config = webhook?.clientConfig;
  const versions = webhook?.conversionReviewVersions ?? [];
  const configPath = `${path}.webhookClientConfig`;
  const versionsPath = `${path}.conversionReviewVersions`;
  if (strategy === 'Webhook') {
    if (config) validateClientConfig(configPath, config, errors);
    else errors.push(required(configPath, 'required when strategy is set to Webhook'));
    validateReviewVersions(versionsPath, versions, recognized, errors);
    return;
  }
  const text = 'should not be set when strategy is not set to Webhook';
  if (config) errors.push(forbiddenField(configPath, text));
  if (versions.length > 0) errors.push(forbiddenField(versionsPath, text));
}

function validateReviewVersions(
  path: string,
  versions: readonly string[],
  recognized: boolean,
  errors: FieldError[],
): void {
  if (versions.length === 0) {
    errors.push(required(path));
    return;
  }
  versions.forEach((version, i) => {
    if (versions.indexOf(version) < i) errors.push(invalid(`${path}[${i}]`, version, 'duplicate version'));
    else for (const complaint of isDNS1035Label(version)) errors.push(invalid(`${path}[${i}]`, version, complaint));
  });
  if (recognized && !isRecognized(versions))
    errors.push(invalid(path, [...versions], `must include at least one of ${RECOGNIZED.join(', ')}`));
}

export function isRecognized(versions: readonly string[]): boolean {
  return versions.some((version) => RECOGNIZED.includes(version));
}
