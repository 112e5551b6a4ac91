/** Series of load as flags name them. */
import { labelsText, type Series, type SeriesType } from '../../apimachinery/load';
import { CommandError, type Flags } from '../command';

export type SeriesName = Pick<Series, 'type' | 'name' | 'labels'>;

const METRIC_FLAGS: Readonly<Record<string, SeriesType>> = {
  metric: 'Pods',
  'object-metric': 'Object',
  'external-metric': 'External',
};

/** Those that flags give a load. @throws CommandError */
export function seriesGiven(flags: Flags): (SeriesName & { value: string })[] {
  const given: (SeriesName & { value: string })[] = [];
  for (const name of ['cpu', 'memory'])
    if (flags.changed(name)) given.push({ type: 'Resource', name, value: flags.string(name) });
  for (const [flag, type] of Object.entries(METRIC_FLAGS))
    for (const text of flags.strings(flag)) {
      const match = /^([^={}\s]+(?:\{[^}]*\})?)=(.*)$/s.exec(text);
      if (!match) throw new CommandError(`invalid --${flag} ${JSON.stringify(text)}: expected NAME=LOAD`);
      given.push({ ...metricNamed(match[1] as string, flag, type), value: match[2] as string });
    }
  return given;
}

/** Those that flags name. @throws CommandError */
export function seriesNamed(flags: Flags): SeriesName[] {
  const named: SeriesName[] = [];
  for (const name of ['cpu', 'memory']) if (flags.bool(name)) named.push({ type: 'Resource', name });
  for (const [flag, type] of Object.entries(METRIC_FLAGS))
    for (const text of flags.strings(flag)) named.push(metricNamed(text, flag, type));
  return named;
}

/** `queue_length{queue=jobs,zone=a}` */
function metricNamed(text: string, flag: string, type: SeriesType): SeriesName {
  const [, name = '', inner] = /^([^={}\s]+)(?:\{([^}]*)\})?$/.exec(text) ?? [];
  if (name === '')
    throw new CommandError(
      `invalid --${flag} ${JSON.stringify(text)}: expected a name such as queue_length{queue=jobs}`,
    );
  if (!/^[A-Za-z_][\w.:-]*$/.test(name))
    throw new CommandError(`invalid metric name ${JSON.stringify(name)}: letters, digits, "_", "-", "." and ":"`);
  const labels: Record<string, string> = {};
  for (const pair of (inner ?? '').split(',').filter((part) => part.trim() !== '')) {
    const [key = '', value] = pair.split('=').map((part) => part.trim());
    if (key === '' || value === undefined)
      throw new CommandError(`invalid label ${JSON.stringify(pair)} of metric ${name}: expected key=value`);
    labels[key] = value.replace(/^"(.*)"$/, '$1');
  }
  return { type, name, ...(Object.keys(labels).length > 0 ? { labels } : {}) };
}

/** `cpu`, `metric requests`, `external metric queue_length{queue=jobs}` */
export function seriesText({ type, name, labels }: SeriesName): string {
  const kind = { Resource: '', Pods: 'metric ', Object: 'object metric ', External: 'external metric ' }[type];
  return `${kind}${name}${labelsText(labels)}`;
}
