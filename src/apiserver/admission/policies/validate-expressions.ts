/** Whether the expressions of a policy can be compiled, and what stands around them (kubernetes `pkg/apis/admissionregistration/validation`). */
import {
  duplicate,
  type FieldError,
  invalid,
  notSupported,
  required,
  tooMany,
} from '../../../apimachinery/field-error';
import { isQualifiedName } from '../../../apimachinery/names';
import { BOOL, listOf, NULL, STRING, type Type } from '../../../cel/types';
import { type Declarations, ExpressionCompiler } from './expressions';
import { JSON_PATCH, OBJECT } from './patch-structs';
import type { MatchCondition, Mutation, PolicySpec, Validation } from './policy-objects';

const MOST_CONDITIONS = 64;
const MOST_ANNOTATIONS = 20;
const LONGEST_ANNOTATION_EXPRESSION = 5 * 1024;
const REASONS = ['Forbidden', 'Invalid', 'RequestEntityTooLarge', 'Unauthorized'];
const IDENTIFIER = /^[_a-zA-Z][_a-zA-Z0-9]*$/;
/** Words that can be no names (the grammar's, and those of the C family). */
const RESERVED: ReadonlySet<string> = new Set(
  'true false null in as break const continue else for function if import let loop package namespace return var void while'.split(
    ' ',
  ),
);

/** @param validates else it mutates */
export function validatePolicyExpressions(
  spec: PolicySpec,
  validates: boolean,
  name: string,
  errors: FieldError[],
): void {
  const declarations: Declarations = { params: spec.paramKind !== undefined, authorizer: true };
  validateMatchConditions('spec.matchConditions', spec.matchConditions ?? [], declarations, errors);
  const compiler = new ExpressionCompiler((spec.variables?.length ?? 0) > 0);
  const compile = (path: string, text: string, returns: readonly Type[], more: Partial<Declarations> = {}) => {
    const { error } = compiler.compile(text, returns, { ...declarations, ...more });
    if (error !== undefined) errors.push(invalid(path, text, error));
  };
  for (const [i, variable] of (spec.variables ?? []).entries())
    validateVariable(`spec.variables[${i}]`, variable, compiler, declarations, errors);
  if (!validates) {
    validateMutations(spec.mutations ?? [], compile, errors);
    return;
  }
  const { validations = [], auditAnnotations = [] } = spec;
  if (validations.length === 0 && auditAnnotations.length === 0) {
    for (const field of ['validations', 'auditAnnotations'])
      errors.push(required(`spec.${field}`, 'validations or auditAnnotations must contain at least one item'));
    return;
  }
  for (const [i, validation] of validations.entries())
    validateValidation(`spec.validations[${i}]`, validation, compile, errors);
  validateAnnotations(auditAnnotations, name, compile, errors);
}

type Compile = (path: string, text: string, returns: readonly Type[], more?: Partial<Declarations>) => void;

/** Those of webhooks too. */
export function validateMatchConditions(
  path: string,
  conditions: readonly MatchCondition[],
  declarations: Declarations,
  errors: FieldError[],
): void {
  if (conditions.length > MOST_CONDITIONS) errors.push(tooMany(path, conditions.length, MOST_CONDITIONS));
  const names = new Set<string>();
  for (const [i, { name = '', expression = '' }] of conditions.entries()) {
    const at = `${path}[${i}]`;
    const text = expression.trim();
    if (text === '') errors.push(required(`${at}.expression`));
    else {
      // Variables are not known here: they are worked out for what matches.
      const { error } = new ExpressionCompiler(false).compile(text, [BOOL], declarations);
      if (error !== undefined) errors.push(invalid(`${at}.expression`, text, error));
    }
    if (name === '') errors.push(required(`${at}.name`));
    else {
      for (const complaint of isQualifiedName(name)) errors.push(invalid(`${at}.name`, name, complaint));
      if (names.has(name)) errors.push(duplicate(`${at}.name`, name));
      names.add(name);
    }
  }
}

function validateVariable(
  path: string,
  { name = '', expression = '' }: { name?: string; expression?: string },
  compiler: ExpressionCompiler,
  declarations: Declarations,
  errors: FieldError[],
): void {
  if (name.trim() === '') errors.push(required(`${path}.name`, 'name is not specified'));
  else if (!IDENTIFIER.test(name) || RESERVED.has(name))
    errors.push(invalid(`${path}.name`, name, 'name is not a valid CEL identifier'));
  if (expression.trim() === '') {
    errors.push(required(`${path}.expression`, 'expression is not specified'));
    return;
  }
  const { error } = compiler.addVariable(name, expression, declarations);
  if (error !== undefined) errors.push(invalid(`${path}.expression`, expression, error));
}

function validateValidation(path: string, validation: Validation, compile: Compile, errors: FieldError[]): void {
  const { expression = '', message = '', messageExpression = '', reason } = validation;
  if (expression.trim() === '') errors.push(required(`${path}.expression`, 'expression is not specified'));
  else compile(`${path}.expression`, expression, [BOOL]);
  if (messageExpression !== '' && messageExpression.trim() === '')
    errors.push(invalid(`${path}.messageExpression`, messageExpression, 'must be non-empty if specified'));
  else if (messageExpression !== '')
    compile(`${path}.messageExpression`, messageExpression, [STRING], { authorizer: false });
  if (message !== '' && message.trim() === '')
    errors.push(invalid(`${path}.message`, message, 'message must be non-empty if specified'));
  else if (/[\n\r]/.test(message.trim()))
    errors.push(invalid(`${path}.message`, message, 'message must not contain line breaks'));
  if (reason !== undefined && !REASONS.includes(reason)) errors.push(notSupported(`${path}.reason`, reason, REASONS));
}

function validateAnnotations(
  annotations: NonNullable<PolicySpec['auditAnnotations']>,
  policy: string,
  compile: Compile,
  errors: FieldError[],
): void {
  const path = 'spec.auditAnnotations';
  if (annotations.length > MOST_ANNOTATIONS)
    errors.push(invalid(path, annotations as never, `must not have more than ${MOST_ANNOTATIONS} auditAnnotations`));
  const keys = new Set<string>();
  for (const [i, { key = '', valueExpression = '' }] of annotations.entries()) {
    const at = `${path}[${i}]`;
    if (policy === '') errors.push(invalid(`${at}.key`, key, 'requires metadata.name be non-empty'));
    else
      for (const complaint of isQualifiedName(`${policy}/${key}`))
        errors.push(invalid(`${at}.key`, `${policy}/${key}`, complaint));
    const text = valueExpression.trim();
    if (text === '') errors.push(required(`${at}.valueExpression`, 'valueExpression is not specified'));
    else if (new TextEncoder().encode(text).length > LONGEST_ANNOTATION_EXPRESSION)
      errors.push(
        required(`${at}.valueExpression`, `must not exceed ${LONGEST_ANNOTATION_EXPRESSION} bytes in length`),
      );
    else compile(`${at}.valueExpression`, text, [STRING, NULL]);
    if (keys.has(key)) errors.push(duplicate(`${at}.key`, key));
    keys.add(key);
  }
}

const PATCH_TYPES = ['ApplyConfiguration', 'JSONPatch'];

function validateMutations(mutations: readonly Mutation[], compile: Compile, errors: FieldError[]): void {
  if (mutations.length === 0) errors.push(required('spec.mutations', 'mutations must contain at least one item'));
  for (const [i, { patchType = '', jsonPatch, applyConfiguration }] of mutations.entries()) {
    const path = `spec.mutations[${i}]`;
    const isJson = patchType === 'JSONPatch';
    if (patchType === '') errors.push(required(`${path}.patchType`));
    else if (!PATCH_TYPES.includes(patchType)) errors.push(notSupported(`${path}.patchType`, patchType, PATCH_TYPES));
    else {
      const [own, ownField] = isJson ? [jsonPatch, 'jsonPatch'] : [applyConfiguration, 'applyConfiguration'];
      const [other, otherField] = isJson ? [applyConfiguration, 'applyConfiguration'] : [jsonPatch, 'jsonPatch'];
      const at = `${path}.${ownField}`;
      if (!own) errors.push(required(at, `must be specified when patchType is ${patchType}`));
      else if ((own.expression ?? '').trim() === '')
        errors.push(required(`${at}.expression`, 'expression is not specified'));
      else
        compile(`${at}.expression`, own.expression ?? '', isJson ? [listOf(JSON_PATCH)] : [OBJECT], { patches: true });
      if (other)
        errors.push(
          invalid(`${path}.${otherField}`, other as never, `must not be specified when patchType is ${patchType}`),
        );
    }
  }
}
