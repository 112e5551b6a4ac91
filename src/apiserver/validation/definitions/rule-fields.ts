/** The fields of rules, but for what the rules say (apiextensions-apiserver `pkg/apis/apiextensions/validation`). */
import { type FieldError, invalid, notSupported, required } from '../../../apimachinery/field-error';
import type { JsonSchema, ValidationRule } from '../../../schema/json-schema';
import { resolveFieldPath } from '../../custom/field-path';
import { structuralObstacle } from './structural';

const REASONS = ['FieldValueDuplicate', 'FieldValueForbidden', 'FieldValueInvalid', 'FieldValueRequired'];

export function ruleErrors(path: string, schema: JsonSchema, rules: readonly ValidationRule[]): FieldError[] {
  return rules.flatMap((rule, i) => [
    ...textErrors(`${path}[${i}]`, rule),
    ...(rule.fieldPath ? fieldPathErrors(`${path}[${i}].fieldPath`, rule.fieldPath, schema) : []),
  ]);
}

function textErrors(path: string, { rule = '', message, messageExpression, reason }: ValidationRule): FieldError[] {
  const errors: FieldError[] = [];
  const [ruleText, messageText] = [rule.trim(), (message ?? '').trim()];
  if (ruleText === '') errors.push(required(`${path}.rule`, 'rule is not specified'));
  else if (message && messageText === '')
    errors.push(invalid(`${path}.message`, message, 'must be non-empty if specified'));
  else if (hasBreaks(messageText)) errors.push(invalid(`${path}.message`, message, 'must not contain line breaks'));
  else if (hasBreaks(ruleText) && messageText === '')
    errors.push(required(`${path}.message`, 'message must be specified if rule contains line breaks'));
  if (messageExpression && messageExpression.trim() === '')
    errors.push(required(`${path}.messageExpression`, 'messageExpression must be non-empty if specified'));
  if (reason !== undefined && !REASONS.includes(reason)) errors.push(notSupported(`${path}.reason`, reason, REASONS));
  return errors;
}

function fieldPathErrors(path: string, fieldPath: string, schema: JsonSchema): FieldError[] {
  const errors: FieldError[] = [];
  if (fieldPath.trim() === '') errors.push(invalid(path, fieldPath, 'must be non-empty if specified'));
  if (hasBreaks(fieldPath)) errors.push(invalid(path, fieldPath, 'must not contain line breaks'));
  if (structuralObstacle(schema) === undefined && !leads(fieldPath, schema))
    errors.push(invalid(path, fieldPath, 'must be a valid path'));
  return errors;
}

function leads(fieldPath: string, schema: JsonSchema): boolean {
  try {
    resolveFieldPath(fieldPath, schema);
    return true;
  } catch {
    return false;
  }
}

function hasBreaks(text: string): boolean {
  return /[\n\r]/.test(text);
}
