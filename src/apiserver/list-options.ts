/** What a list or watch asks for: ListOptions (apimachinery `meta/internalversion/validation`, apiserver `handlers/get.go` listOpts). */
import { type FieldError, forbiddenField, invalidObject, notSupported } from '../apimachinery/field-error';
import { ALL_FIELDS, FieldSelector, parseFieldSelector } from '../apimachinery/fields';
import { EVERYTHING, type LabelSelector, parseLabelSelector, SelectorError } from '../apimachinery/labels';
import type { KubeObject } from '../apimachinery/meta';
import { badRequest } from '../apimachinery/status';
import type { RequestContext } from './request-context';
import { isTrue, param } from './request-info';
import type { ServedResource } from './served-resource';

export interface ListOptions {
  labels: LabelSelector;
  fields: FieldSelector;
  limit: number;
  continue: string;
  resourceVersion: string;
  resourceVersionMatch: '' | 'Exact' | 'NotOlderThan';
  watch: boolean;
  sendInitialEvents: boolean | undefined;
  allowWatchBookmarks: boolean;
  timeoutSeconds: number | undefined;
}

/** @throws ApiError 400 for what can't be parsed, 422 for what contradicts itself. */
export function listOptions(context: RequestContext): ListOptions {
  const { info, resource } = context;
  const { query } = info;
  const text = (name: string) => param(query, name);
  const match = text('resourceVersionMatch');
  const options: ListOptions = {
    labels: parsed(text('labelSelector'), parseLabelSelector, EVERYTHING),
    fields: parsed(text('fieldSelector'), parseFieldSelector, ALL_FIELDS),
    limit: integer(text('limit')) ?? 0,
    continue: text('continue'),
    resourceVersion: text('resourceVersion'),
    resourceVersionMatch: match as ListOptions['resourceVersionMatch'],
    watch: info.verb === 'watch',
    sendInitialEvents: text('sendInitialEvents') === '' ? undefined : isTrue(text('sendInitialEvents')),
    allowWatchBookmarks: isTrue(text('allowWatchBookmarks')),
    timeoutSeconds: integer(text('timeoutSeconds')),
  };
  const errors = options.watch ? validateWatch(options, match) : validateList(options, match);
  if (errors.length) throw invalidObject({ group: 'meta.k8s.io', kind: 'ListOptions' }, '', errors);
  for (const { field } of options.fields.terms) checkFieldLabel(resource, field);
  if (info.name !== '') {
    // A watch of one object; or a field selector that names the one object.
    const exact = options.fields.exactMatch('metadata.name');
    if (options.fields.empty)
      options.fields = new FieldSelector([{ field: 'metadata.name', operator: '=', value: info.name }]);
    else if (exact !== info.name) throw badRequest("fieldSelector metadata.name doesn't match requested name");
  }
  return options;
}

function validateList(options: ListOptions, match: string): FieldError[] {
  const errors: FieldError[] = [];
  const path = 'resourceVersionMatch';
  if (match !== '') {
    if (options.resourceVersion === '')
      errors.push(forbiddenField(path, 'resourceVersionMatch is forbidden unless resourceVersion is provided'));
    if (options.continue !== '')
      errors.push(forbiddenField(path, 'resourceVersionMatch is forbidden when continue is provided'));
    if (match !== 'Exact' && match !== 'NotOlderThan')
      errors.push(notSupported(path, match, ['Exact', 'NotOlderThan', '']));
    if (match === 'Exact' && options.resourceVersion === '0')
      errors.push(forbiddenField(path, 'resourceVersionMatch "exact" is forbidden for resourceVersion "0"'));
  }
  if (options.sendInitialEvents !== undefined)
    errors.push(forbiddenField('sendInitialEvents', 'sendInitialEvents is forbidden for list'));
  return errors;
}

function validateWatch(options: ListOptions, match: string): FieldError[] {
  const errors: FieldError[] = [];
  const path = 'resourceVersionMatch';
  if (options.sendInitialEvents !== undefined && match !== 'NotOlderThan')
    errors.push(forbiddenField(path, 'sendInitialEvents requires setting resourceVersionMatch to NotOlderThan'));
  if (match !== '') {
    if (options.sendInitialEvents === undefined)
      errors.push(
        forbiddenField(path, 'resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided'),
      );
    if (match !== 'NotOlderThan') errors.push(notSupported(path, match, ['NotOlderThan']));
    if (options.continue !== '')
      errors.push(forbiddenField(path, 'resourceVersionMatch is forbidden when continue is provided'));
  }
  return errors;
}

/** The fields that this kind can be selected by (runtime.Scheme ConvertFieldLabel). @throws ApiError 400. */
function checkFieldLabel(resource: ServedResource, field: string): void {
  if (field === 'metadata.name' || (field === 'metadata.namespace' && resource.info.namespaced)) return;
  const { selectableFields } = resource.definition;
  if (selectableFields && Object.hasOwn(selectableFields, field)) return;
  if (selectableFields || resource.custom) throw badRequest(`field label not supported: ${field}`);
  if (field === 'metadata.namespace') return;
  throw badRequest(
    `${JSON.stringify(field)} is not a known field selector: only "metadata.name", "metadata.namespace"`,
  );
}

/** Whether an object is what the selectors ask for. */
export function selects(resource: ServedResource, options: ListOptions, object: KubeObject): boolean {
  if (!options.labels.empty && !options.labels.matches(object.metadata.labels)) return false;
  return options.fields.empty || options.fields.matches((field) => fieldValue(resource, object, field));
}

function fieldValue(resource: ServedResource, object: KubeObject, field: string): string {
  if (field === 'metadata.name') return object.metadata.name ?? '';
  if (field === 'metadata.namespace') return object.metadata.namespace ?? '';
  return resource.definition.selectableFields?.[field]?.(object) ?? '';
}

function parsed<T>(text: string, parse: (text: string) => T, none: T): T {
  if (text === '') return none;
  try {
    return parse(text);
  } catch (error) {
    if (error instanceof SelectorError) throw badRequest(error.message);
    throw error;
  }
}

function integer(text: string): number | undefined {
  if (text === '') return undefined;
  if (!/^[+-]?[0-9]+$/.test(text))
    throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
  const value = Number(text);
  if (Math.abs(value) > 2 ** 63)
    throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: value out of range`);
  return value;
}
