/**
 * EventRateLimit: no more events than the server, a namespace, a user or an object may send, counted in the cluster's own time
 * (kubernetes `plugin/pkg/admission/eventratelimit`).
 */
import { type FieldError, invalid, notSupported } from '../../apimachinery/field-error';
import { isObject, type Json } from '../../apimachinery/json';
import type { KubeObject } from '../../apimachinery/meta';
import { apiError } from '../../apimachinery/status';
import type { AdmissionAttributes, AdmissionPlugin } from './plugin';
import { configurationOf, fieldsOf, throwFieldErrors } from './plugin-configuration';

interface Limit {
  readonly type: string;
  readonly qps: number;
  readonly burst: number;
  readonly cacheSize: number;
}

const TYPES = ['Namespace', 'Server', 'SourceAndObject', 'User'];
const CACHE_SIZE = 4096;

/** @throws Error for a configuration that can't be read; there must be one */
export function eventRateLimit(configuration: Json | undefined): AdmissionPlugin {
  const enforcers = readLimits(configuration).map(enforcer);
  return {
    name: 'EventRateLimit',
    handles: (operation, { info }, subresource) =>
      (operation === 'CREATE' || operation === 'UPDATE') && info.kind === 'Event' && subresource === '',
    validate(attributes) {
      const refusals = enforcers.flatMap((refusal) => refusal(attributes) ?? []);
      // All are asked, and the last that refuses is told.
      const last = refusals.at(-1);
      if (last !== undefined) throw apiError(429, 'TooManyRequests', `Too many requests: ${last}`);
    },
  };
}

function readLimits(configuration: Json | undefined): Limit[] {
  if (configuration === undefined) throw new Error('EventRateLimit: limits: Invalid value: "": must not be empty');
  const { limits } = configurationOf(
    configuration,
    'Configuration',
    ['eventratelimit.admission.k8s.io/v1alpha1'],
    ['limits'],
  );
  const errors: FieldError[] = [];
  const listed = Array.isArray(limits) ? limits : [];
  if (listed.length === 0) errors.push(invalid('limits', [], 'must not be empty'));
  const read = listed.map((one, i) => {
    const at = `limits[${i}]`;
    const {
      type = '',
      qps = 0,
      burst = 0,
      cacheSize = 0,
    } = fieldsOf(isObject(one) ? one : {}, at, ['type', 'qps', 'burst', 'cacheSize']);
    if (!TYPES.includes(String(type))) errors.push(notSupported(`${at}.type`, type, TYPES));
    for (const [name, value] of [
      ['burst', burst],
      ['qps', qps],
    ] as const)
      if (Number(value) <= 0) errors.push(invalid(`${at}.${name}`, value, 'must be positive'));
    if (Number(cacheSize) < 0) errors.push(invalid(`${at}.cacheSize`, cacheSize, 'must not be negative'));
    return { type: String(type), qps: Number(qps), burst: Number(burst), cacheSize: Number(cacheSize) || CACHE_SIZE };
  });
  throwFieldErrors(errors);
  return read;
}

/** A bucket of tokens for each who sends; it fills as time passes. */
function enforcer({ type, qps, burst, cacheSize }: Limit): (attributes: AdmissionAttributes) => string | undefined {
  const buckets = new Map<string, { tokens: number; at: number }>();
  return (attributes) => {
    const key = keyOf(type, attributes);
    const now = attributes.core.clock.now();
    const bucket = buckets.get(key) ?? { tokens: burst, at: now };
    buckets.delete(key);
    buckets.set(key, bucket);
    if (buckets.size > cacheSize) buckets.delete(buckets.keys().next().value as string);
    bucket.tokens = Math.min(burst, bucket.tokens + (Math.max(0, now - bucket.at) / 1000) * qps);
    bucket.at = now;
    if (bucket.tokens < 1) return `limit reached on type ${type} for key ${key}`;
    bucket.tokens--;
    return undefined;
  };
}

function keyOf(type: string, { namespace, object, user }: AdmissionAttributes): string {
  if (type === 'Server') return '';
  if (type === 'Namespace') return namespace;
  if (type === 'User') return user.name;
  const { source = {}, involvedObject = {}, regarding = involvedObject } = object as KubeObject;
  const of = (from: Record<string, unknown>, fields: readonly string[]) => fields.map((field) => from[field] ?? '');
  return [
    ...of(source, ['component', 'host']),
    ...of(regarding, ['kind', 'namespace', 'name', 'uid', 'apiVersion']),
  ].join('');
}
