/** What the Cluster Autoscaler takes as the values of its flags (autoscaler 1.36 `cluster-autoscaler/config/flags/flags.go`). */
import { AUTOSCALER_FLAGS, type AutoscalerFlagName, type AutoscalerFlagType } from './autoscaler-flags';
import { parseDuration } from './duration';

const EXPANDERS = ['random', 'most-pods', 'least-waste', 'least-nodes', 'price', 'priority'];

/** What is wrong with a flag's value, in upstream's words; undefined where nothing is. */
export function autoscalerFlagComplaint(name: AutoscalerFlagName, value: string): string | undefined {
  const complaint = typeComplaint(AUTOSCALER_FLAGS[name].type, value);
  if (complaint !== undefined) return complaint;
  switch (name) {
    case 'expander':
      return expanderComplaint(value.split(','));
    case 'gpu-total':
      return value === ''
        ? undefined
        : value
            .split(',')
            .map(gpuLimitComplaint)
            .find((one) => one !== undefined);
    case 'drain-priority-config':
      return value === '' || /^-?\d+:\d+(,-?\d+:\d+)*$/.test(value)
        ? undefined
        : 'Invalid configuration, parsing --drain-priority-config';
    default:
      return undefined;
  }
}

/** The same, for any flag of the type. */
export function typeComplaint(type: AutoscalerFlagType, value: string): string | undefined {
  switch (type) {
    case 'bool':
      return /^(true|false)$/.test(value) ? undefined : 'must be true or false';
    case 'int':
      return /^[+-]?\d+$/.test(value) ? undefined : 'must be a whole number';
    case 'float':
      return value !== '' && Number.isFinite(Number(value)) ? undefined : 'must be a number';
    case 'duration':
      try {
        return parseDuration(value) < 0 ? 'must not be negative' : undefined;
      } catch (error) {
        return (error as Error).message;
      }
    case 'range':
      return rangeComplaint(value);
    default:
      return undefined;
  }
}

/** parseSingleGpuLimit */
function gpuLimitComplaint(text: string): string | undefined {
  const parts = text.split(':');
  if (parts.length !== 3) return `incorrect gpu limit specification: ${text}`;
  const [, min = '', max = ''] = parts;
  if (!/^[+-]?\d+$/.test(min)) return `incorrect gpu limit - min is not integer: ${text}`;
  if (!/^[+-]?\d+$/.test(max)) return `incorrect gpu limit - max is not integer: ${text}`;
  if (Number(min) < 0) return `incorrect gpu limit - min is less than 0; ${text}`;
  if (Number(max) < 0) return `incorrect gpu limit - max is less than 0; ${text}`;
  return Number(min) > Number(max) ? `incorrect gpu limit - min is greater than max; ${text}` : undefined;
}

/** parseMinMaxFlag */
function rangeComplaint(text: string): string | undefined {
  const [min, max, ...more] = text.split(':');
  if (min === undefined || max === undefined || more.length > 0) return `wrong nodes configuration: ${text}`;
  if (!/^-?\d+$/.test(min)) return `failed to set min size: ${min}, expected integer`;
  if (!/^-?\d+$/.test(max)) return `failed to set max size: ${max}, expected integer`;
  if (Number(min) < 0) return 'min size must be greater or equal to  0';
  return Number(max) < Number(min) ? 'max size must be greater or equal to min size' : undefined;
}

/** expander/factory Factory.Build */
function expanderComplaint(names: readonly string[]): string | undefined {
  const seen = new Set<string>();
  for (const [i, name] of names.entries()) {
    if (seen.has(name))
      return `Expander ${name} was specified multiple times, each expander must not be specified more than once`;
    if (seen.has('random'))
      return `Expander ${name} came after an expander ${names[i - 1]} that will always return only one result, this is not allowed since ${name} will never be used`;
    seen.add(name);
    if (!EXPANDERS.includes(name)) return `Expander ${name} not supported`;
  }
  return undefined;
}
