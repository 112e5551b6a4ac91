/** Limits in a namespace (pkg/registry/core/limitrange/strategy.go, ValidateLimitRange). */
import { duplicate, type FieldError, forbiddenField, invalid, required } from '../../../apimachinery/field-error';
import { isQualifiedName } from '../../../apimachinery/names';
import type { Quantity } from '../../../apimachinery/quantity';
import type { ResourceDefinition } from '../../resource';
import type { Quantities } from '../../validation/core-types';
import { complain } from '../../validation/field-checks';
import {
  isOvercommitAllowed,
  quantity,
  validateContainerResourceName,
  validateResourceName,
} from '../../validation/resources';
import { defaultResourceList } from '../defaults/resource-lists';

interface LimitRangeItem {
  type?: string;
  max?: Quantities;
  min?: Quantities;
  default?: Quantities;
  defaultRequest?: Quantities;
  maxLimitRequestRatio?: Quantities;
}

const definition: ResourceDefinition = {
  group: '',
  resource: 'limitranges',
  hasGeneration: false,
  allowCreateOnUpdate: true,
  defaults(object) {
    object.spec ??= {};
    object.spec.limits ??= null;
    for (const item of (object.spec.limits ?? []) as LimitRangeItem[]) defaultItem(item);
  },
  validate(object) {
    const errors: FieldError[] = [];
    const types = new Set<string>();
    const items: LimitRangeItem[] = object.spec?.limits ?? [];
    items.forEach((item, i) => {
      const { type = '' } = item;
      const at = `spec.limits[${i}]`;
      validateType(`${at}.type`, type, errors);
      if (types.has(type)) errors.push(duplicate(`${at}.type`, type));
      types.add(type);
      validateItem(at, item, errors);
    });
    return errors;
  },
};
export default definition;

/** A container's default limit is the maximum, its default request the limit or else the minimum. */
function defaultItem(item: LimitRangeItem): void {
  for (const list of [item.max, item.min, item.default, item.defaultRequest, item.maxLimitRequestRatio])
    defaultResourceList(list);
  if (item.type !== 'Container') return;
  const limits = { ...item.max, ...item.default };
  const requests = { ...item.min, ...limits, ...item.defaultRequest };
  if (Object.keys(limits).length > 0) item.default = limits;
  if (Object.keys(requests).length > 0) item.defaultRequest = requests;
}

function validateType(field: string, type: string, errors: FieldError[]): void {
  const complaints = isQualifiedName(type);
  complain(field, type, complaints, errors);
  if (complaints.length > 0 || type.includes('/')) return;
  if (type !== 'Pod' && type !== 'Container' && type !== 'PersistentVolumeClaim')
    errors.push(invalid(field, type, 'must be a standard limit type or fully qualified'));
}

function validateItem(at: string, item: LimitRangeItem, errors: FieldError[]): void {
  const isForPods = item.type === 'Pod' || item.type === 'Container';
  const names = new Set<string>();
  const visit = (
    field: keyof LimitRangeItem & ('max' | 'min' | 'default' | 'defaultRequest' | 'maxLimitRequestRatio'),
  ) => {
    for (const name of Object.keys(item[field] ?? {})) {
      if (isForPods) validateContainerResourceName(`${at}.${field}[${name}]`, name, errors);
      else validateResourceName(`${at}.${field}[${name}]`, name, errors);
      names.add(name);
    }
  };
  visit('max');
  visit('min');
  for (const field of ['default', 'defaultRequest'] as const) {
    if (item.type !== 'Pod') visit(field);
    else if (Object.keys(item[field] ?? {}).length > 0)
      errors.push(forbiddenField(`${at}.${field}`, "may not be specified when `type` is 'Pod'"));
  }
  if (item.type === 'PersistentVolumeClaim' && item.min?.storage === undefined && item.max?.storage === undefined)
    errors.push(
      required(`${at}.limits`, 'either minimum or maximum storage value is required, but neither was provided'),
    );
  visit('maxLimitRequestRatio');
  for (const name of names) validateAmounts(at, item, name, errors);
}

function validateAmounts(at: string, item: LimitRangeItem, name: string, errors: FieldError[]): void {
  const amountOf = (list: Quantities | undefined) =>
    list && Object.hasOwn(list, name) ? quantity(list[name]) : undefined;
  const isPod = item.type === 'Pod';
  const min = amountOf(item.min);
  const max = amountOf(item.max);
  const limit = isPod ? undefined : amountOf(item.default);
  const request = isPod ? undefined : amountOf(item.defaultRequest);
  const ratio = amountOf(item.maxLimitRequestRatio);
  const above = (a: Quantity | undefined, b: Quantity | undefined) =>
    a !== undefined && b !== undefined && a.cmp(b) > 0;
  const complaint = (field: string, value: Quantity | undefined, text: string) =>
    errors.push(invalid(`${at}.${field}[${name}]`, String(value), text));
  if (above(min, max)) complaint('min', min, `min value ${min} is greater than max value ${max}`);
  if (above(min, request))
    complaint('defaultRequest', request, `min value ${min} is greater than default request value ${request}`);
  if (above(request, max))
    complaint('defaultRequest', request, `default request value ${request} is greater than max value ${max}`);
  if (above(request, limit))
    complaint(
      'defaultRequest',
      request,
      `default request value ${request} is greater than default limit value ${limit}`,
    );
  if (above(min, limit)) complaint('default', min, `min value ${min} is greater than default value ${limit}`);
  if (above(limit, max)) complaint('default', max, `default value ${limit} is greater than max value ${max}`);
  if (ratio && ratio.milliValue() < 1000) complaint('maxLimitRequestRatio', ratio, `ratio ${ratio} is less than 1`);
  if (ratio && min && max) {
    const most = max.milliValue() / min.milliValue();
    if (ratio.milliValue() / 1000 > most)
      complaint('maxLimitRequestRatio', ratio, `ratio ${ratio} is greater than max/min = ${most.toFixed(6)}`);
  }
  if (!isOvercommitAllowed(name) && limit && request && limit.cmp(request) !== 0)
    complaint(
      'defaultRequest',
      request,
      `default value ${limit} must equal to defaultRequest value ${request} in ${name}`,
    );
}
