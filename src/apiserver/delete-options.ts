/** DeleteOptions, from the body or from the query (apimachinery `meta/v1/types.go`, `meta/v1/validation`). */
import { type FieldError, invalid, invalidObject, notSupported } from '../apimachinery/field-error';
import { isObject, type Json } from '../apimachinery/json';
import { badRequest } from '../apimachinery/status';
import type { RequestContext } from './request-context';
import { isTrue, param } from './request-info';
import { validateDryRun } from './write-options';

export type PropagationPolicy = 'Orphan' | 'Background' | 'Foreground';

export interface DeleteOptions {
  dryRun: boolean;
  gracePeriodSeconds?: number;
  propagationPolicy?: PropagationPolicy;
  orphanDependents?: boolean;
  preconditions?: { uid?: string; resourceVersion?: string };
}

/** @throws ApiError 400 for a body that is no DeleteOptions, 422 for values that are none. */
export function deleteOptions(context: RequestContext): DeleteOptions {
  const { body } = context.request;
  return validated(body === undefined || body === null || body === '' ? fromQuery(context) : fromBody(body));
}

/** The DeleteOptions in another object (an Eviction). @throws ApiError 400, 422. */
export function deleteOptionsOf(value: Json): DeleteOptions {
  return validated(fromBody(value));
}

function validated(raw: RawOptions): DeleteOptions {
  const errors: FieldError[] = [];
  if (raw.orphanDependents !== undefined && raw.propagationPolicy !== undefined)
    errors.push(
      invalid(
        'propagationPolicy',
        raw.propagationPolicy,
        'orphanDependents and deletionPropagation cannot be both set',
      ),
    );
  if (raw.propagationPolicy !== undefined && !['Foreground', 'Background', 'Orphan'].includes(raw.propagationPolicy))
    errors.push(
      notSupported('propagationPolicy', raw.propagationPolicy, ['Foreground', 'Background', 'Orphan', 'nil']),
    );
  errors.push(...validateDryRun(raw.dryRun));
  if (errors.length) throw invalidObject({ group: 'meta.k8s.io', kind: 'DeleteOptions' }, '', errors);
  const options: DeleteOptions = { dryRun: raw.dryRun.length > 0 };
  // Negative values will be treated as the value `1s` on the delete path (rest.BeforeDelete).
  if (raw.gracePeriodSeconds !== undefined)
    options.gracePeriodSeconds = raw.gracePeriodSeconds < 0 ? 1 : raw.gracePeriodSeconds;
  if (raw.propagationPolicy !== undefined) options.propagationPolicy = raw.propagationPolicy as PropagationPolicy;
  if (raw.orphanDependents !== undefined) options.orphanDependents = raw.orphanDependents;
  if (raw.preconditions) options.preconditions = raw.preconditions;
  return options;
}

interface RawOptions {
  dryRun: string[];
  gracePeriodSeconds?: number;
  propagationPolicy?: string;
  orphanDependents?: boolean;
  preconditions?: { uid?: string; resourceVersion?: string };
}

function fromQuery({ info }: RequestContext): RawOptions {
  const { query } = info;
  const raw: RawOptions = { dryRun: [] };
  if (param(query, 'dryRun')) raw.dryRun.push(param(query, 'dryRun'));
  const grace = param(query, 'gracePeriodSeconds');
  if (grace !== '') {
    if (!/^-?[0-9]+$/.test(grace))
      throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(grace)}: invalid syntax`);
    raw.gracePeriodSeconds = Number(grace);
  }
  if (param(query, 'propagationPolicy')) raw.propagationPolicy = param(query, 'propagationPolicy');
  if (param(query, 'orphanDependents')) raw.orphanDependents = isTrue(param(query, 'orphanDependents'));
  return raw;
}

function fromBody(body: Json): RawOptions {
  if (!isObject(body)) throw badRequest('decoded object cannot be converted to DeleteOptions');
  const field = (name: string): Json | undefined => {
    const value = Object.hasOwn(body, name) ? body[name] : undefined;
    return value === null ? undefined : value;
  };
  const kind = field('kind');
  if (kind !== undefined && kind !== 'DeleteOptions')
    throw badRequest(
      `no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(field('apiVersion') ?? '')}`,
    );
  const raw: RawOptions = { dryRun: [] };
  const dryRun = field('dryRun');
  if (dryRun !== undefined) {
    if (!Array.isArray(dryRun) || !dryRun.every((value) => typeof value === 'string'))
      throw mistyped('dryRun', dryRun, '[]string');
    raw.dryRun = dryRun as string[];
  }
  const grace = field('gracePeriodSeconds');
  if (grace !== undefined) {
    if (typeof grace !== 'number' || !Number.isInteger(grace)) throw mistyped('gracePeriodSeconds', grace, 'int64');
    raw.gracePeriodSeconds = grace;
  }
  const policy = field('propagationPolicy');
  if (policy !== undefined) {
    if (typeof policy !== 'string') throw mistyped('propagationPolicy', policy, 'string');
    raw.propagationPolicy = policy;
  }
  const orphan = field('orphanDependents');
  if (orphan !== undefined) {
    if (typeof orphan !== 'boolean') throw mistyped('orphanDependents', orphan, 'bool');
    raw.orphanDependents = orphan;
  }
  const preconditions = field('preconditions');
  if (preconditions !== undefined) {
    if (!isObject(preconditions)) throw mistyped('preconditions', preconditions, 'v1.Preconditions');
    raw.preconditions = {};
    for (const name of ['uid', 'resourceVersion'] as const) {
      const value = Object.hasOwn(preconditions, name) ? preconditions[name] : undefined;
      if (value === undefined || value === null) continue;
      if (typeof value !== 'string') throw mistyped(`preconditions.${name}`, value, 'string');
      raw.preconditions[name] = value;
    }
  }
  return raw;
}

/** As encoding/json says it. */
function mistyped(field: string, value: Json, wanted: string) {
  const found = Array.isArray(value)
    ? 'array'
    : isObject(value)
      ? 'object'
      : typeof value === 'boolean'
        ? 'bool'
        : typeof value;
  return badRequest(`json: cannot unmarshal ${found} into Go struct field DeleteOptions.${field} of type ${wanted}`);
}
