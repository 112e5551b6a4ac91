/** The flags that describe a node group, for `add` and `set`. */
import { autoscalerFlagComplaint } from '../../apimachinery/autoscaler-flag-values';
import {
  AUTOSCALER_FLAGS,
  type AutoscalerFlag,
  type AutoscalerFlagName,
  GROUP_FLAG_NAMES,
} from '../../apimachinery/autoscaler-flags';
import { formatDuration } from '../../apimachinery/duration';
import { isValidLabelValue } from '../../apimachinery/names';
import {
  DEFAULT_GPU_TYPE,
  FAIL_MODES,
  type FailMode,
  GPU_LABEL,
  GPU_RESOURCES,
  type NodeGroupSpec,
} from '../../apimachinery/node-groups';
import { CommandError, type Flag, type Invocation } from '../command';
import { labelsOf, positive, quantity, taintsOf } from '../node/machine-flags';

export const groupFlags: readonly Flag[] = [
  { name: 'min', type: 'int', default: 0, usage: 'The least machines that the autoscaler leaves.' },
  { name: 'max', type: 'int', default: 10, usage: 'The most machines that it asks for.' },
  { name: 'cpu', type: 'string', default: '4', usage: 'CPU of each machine, as a quantity.' },
  { name: 'memory', type: 'string', default: '16Gi', usage: 'Memory of each, as a quantity.' },
  { name: 'pods', type: 'int', default: 110, usage: 'How many pods each may run.' },
  { name: 'gpu', type: 'int', default: 0, usage: 'How many GPUs each has.' },
  {
    name: 'gpu-type',
    type: 'string',
    default: DEFAULT_GPU_TYPE,
    usage: `Of which type they are: the value of each node's label ${GPU_LABEL}.`,
  },
  {
    name: 'gpu-resource',
    type: 'string',
    default: GPU_RESOURCES[0],
    usage: `As what pods ask for them: ${GPU_RESOURCES.join(', ')}.`,
  },
  { name: 'labels', type: 'stringSlice', usage: 'Labels of each node, as in disk=ssd,tier=web.' },
  { name: 'taints', type: 'stringSlice', usage: 'Taints of each node, as in dedicated=gpu:NoSchedule.' },
  { name: 'price', type: 'string', usage: 'What one machine costs an hour, for the expander price.' },
  {
    name: 'provision-time',
    type: 'duration',
    default: '1m0s',
    usage: 'How long it takes from the order of a machine to its node.',
  },
  { name: 'zone', type: 'string', usage: 'The zone of the machines (topology.kubernetes.io/zone).' },
  {
    name: 'fail',
    type: 'string',
    usage: `What goes wrong with machines ordered from now on: ${FAIL_MODES.join(', ')}, or none; refuse aside, with :N for the next N of them only.`,
  },
  ...GROUP_FLAG_NAMES.map(ownFlag),
];

function ownFlag(name: AutoscalerFlagName): Flag {
  const { type, usage, perGroup, default: usual }: AutoscalerFlag = AUTOSCALER_FLAGS[name];
  return {
    name,
    type: 'string',
    ...(type === 'bool' ? { noOptDefault: 'true' } : {}),
    ...(perGroup === 'only'
      ? { default: usual, usage }
      : { usage: `${usage} For this group; the autoscaler's own where not given.` }),
  };
}

/** What is said of the group by the flags that were given, over what it is. `ordered`: machines that there were so far. */
export function specOf(invocation: Invocation, present: Partial<NodeGroupSpec>, ordered: number): NodeGroupSpec {
  const { flags } = invocation;
  const isNew = present.template === undefined;
  const given = (name: string) => isNew || flags.changed(name);
  const template: NodeGroupSpec['template'] = {
    ...(present.template ?? { cpu: '', memory: '' }),
    ...(given('cpu') ? { cpu: quantity(invocation, 'cpu') } : {}),
    ...(given('memory') ? { memory: quantity(invocation, 'memory') } : {}),
    ...(given('pods') ? { pods: positive(invocation, 'pods') } : {}),
    ...(flags.changed('labels') ? { labels: labelsOf(flags.strings('labels')) } : {}),
    ...(flags.changed('taints') ? { taints: taintsOf(flags.strings('taints')) as never } : {}),
  };
  const gpu = gpuFrom(invocation, template.gpu);
  if (gpu) template.gpu = gpu;
  else delete template.gpu;
  const spec: NodeGroupSpec = {
    ...present,
    minSize: given('min') ? count(invocation, 'min') : (present.minSize ?? 0),
    maxSize: given('max') ? count(invocation, 'max') : (present.maxSize ?? 0),
    targetSize: present.targetSize ?? 0,
    template,
    ...(flags.changed('zone') ? { zone: flags.string('zone') } : {}),
    ...(flags.changed('price') ? { price: price(flags.string('price')) } : {}),
    ...(given('provision-time') ? { provisionTime: formatDuration(flags.duration('provision-time')) } : {}),
  };
  if (spec.maxSize < spec.minSize) throw new CommandError('max size must be greater or equal to min size');
  if (flags.changed('fail')) {
    const fail = failure(flags.string('fail'), ordered);
    if (fail) spec.fail = fail;
    else delete spec.fail;
  }
  const options = ownOptions(invocation, present.options);
  if (options) spec.options = options;
  return spec;
}

function count({ flags }: Invocation, name: string): number {
  const value = flags.int(name);
  if (value < 0) throw new CommandError(`--${name} must not be negative, but is ${value}`);
  return value;
}

type Gpu = NodeGroupSpec['template']['gpu'];

/** Undefined for machines without. */
function gpuFrom(invocation: Invocation, present: Gpu): Gpu {
  const { flags } = invocation;
  const number = flags.changed('gpu') ? count(invocation, 'gpu') : (present?.count ?? 0);
  if (number === 0) {
    const idle = ['gpu-type', 'gpu-resource'].find((name) => flags.changed(name));
    if (idle !== undefined)
      throw new CommandError(`--${idle} says of which kind the GPUs are, and --gpu that there are any`);
    return undefined;
  }
  const type = flags.changed('gpu-type') ? flags.string('gpu-type') : (present?.type ?? DEFAULT_GPU_TYPE);
  const [complaint] = isValidLabelValue(type);
  if (complaint) throw new CommandError(`invalid value ${JSON.stringify(type)} of --gpu-type: ${complaint}`);
  const name = flags.changed('gpu-resource') ? flags.string('gpu-resource') : (present?.resource ?? GPU_RESOURCES[0]);
  const resource = GPU_RESOURCES.find((one) => one === name);
  if (!resource)
    throw new CommandError(
      `invalid value ${JSON.stringify(name)} of --gpu-resource: it must be one of ${GPU_RESOURCES.join(', ')}`,
    );
  return { count: number, type, ...(resource === GPU_RESOURCES[0] ? {} : { resource }) };
}

function price(text: string): number {
  const value = Number(text);
  if (text === '' || !Number.isFinite(value) || value < 0)
    throw new CommandError(`invalid value ${JSON.stringify(text)} of --price: it must be a number, and not negative`);
  return value;
}

function failure(text: string, ordered: number): NodeGroupSpec['fail'] {
  if (text === 'none' || text === '') return undefined;
  const [, mode = '', machines] = /^([a-z]+)(?::(\d+))?$/.exec(text) ?? [];
  const known = FAIL_MODES.find((one) => one === mode) as FailMode | undefined;
  if (!known || (known === 'refuse' && machines !== undefined))
    throw new CommandError(
      `invalid value ${JSON.stringify(text)} of --fail: it must be one of ${FAIL_MODES.join(', ')}, none`,
    );
  return { mode: known, ...(machines === undefined ? {} : { until: ordered + Number(machines) }) };
}

function ownOptions({ flags }: Invocation, present: NodeGroupSpec['options']): NodeGroupSpec['options'] {
  const options = { ...present };
  for (const name of GROUP_FLAG_NAMES) {
    if (!flags.changed(name)) continue;
    const value = flags.string(name);
    const complaint = autoscalerFlagComplaint(name, value);
    if (complaint) throw new CommandError(`invalid value ${JSON.stringify(value)} of --${name}: ${complaint}`);
    options[name] = value;
  }
  return Object.keys(options).length > 0 ? options : undefined;
}
