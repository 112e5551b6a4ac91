/** Completes, validates and runs `timeline`. */
import { parseDuration } from '../../apimachinery/duration';
import { LOAD_GROUP } from '../../apimachinery/load';
import { formatGroupResource } from '../../apimachinery/meta';
import { isReason } from '../../apimachinery/status';
import { formatTime, parseTime } from '../../apimachinery/time';
import type { Timeline } from '../../apimachinery/timeline';
import { mappingFor } from '../builder/arguments';
import { CommandError, type Invocation } from '../command';
import { notSimulated, simulatedNow } from '../simulated-clock';
import { arrange, type Wish, withCompany } from './panels';

const FORMATS = ['text', 'svg', 'html', 'csv', 'json'] as const;
type Format = (typeof FORMATS)[number];
const MOST_ROWS = 100;

export async function runTimeline(invocation: Invocation): Promise<void> {
  const { flags, streams } = invocation;
  const file = flags.string('output-file');
  const format = formatOf(flags.string('output'), file);
  const chart = flags.string('chart');
  if (!['auto', 'braille', 'ascii'].includes(chart))
    throw new CommandError("--chart must be 'auto', 'braille' or 'ascii'");
  const height = flags.int('height');
  if (height < 2 || height > MOST_ROWS) throw new CommandError(`--height must be from 2 to ${MOST_ROWS}`);
  const wishes = await wishesOf(invocation);
  const told = await fetchTimeline(invocation, wishes);
  const timeline = wishes.length === 0 ? told : { ...told, series: withCompany(told.series, wishes) };
  if (timeline.series.length === 0) throw new CommandError(nothingToTell(timeline, wishes));
  const text = await drawn(invocation, timeline, wishes, format);
  if (file === '') {
    streams.out(text);
    return;
  }
  const { writeFileSync } = await import('node:fs');
  const { resolve } = await import('node:path');
  try {
    writeFileSync(resolve(invocation.cwd, file), text);
  } catch (error) {
    throw new CommandError((error as Error).message);
  }
  streams.out(`timeline written to ${file}\n`);
}

function formatOf(output: string, file: string): Format {
  const ending = /\.(\w+)$/.exec(file)?.[1];
  const format = output !== '' ? output : (FORMATS.find((one) => one === ending) ?? 'text');
  const known = FORMATS.find((one) => one === format && (one !== 'text' || output === ''));
  if (known) return known;
  throw new CommandError("--output must be 'svg', 'html', 'csv' or 'json'");
}

/** Kinds that the cluster may not know yet, since nobody has declared any. */
const OWN: Readonly<Record<string, string>> = {
  load: `loads.${LOAD_GROUP}`,
  loads: `loads.${LOAD_GROUP}`,
  vpa: 'verticalpodautoscalers.autoscaling.k8s.io',
};

/** Those of which something is told. */
const TOLD = new Set([
  ...Object.values(OWN),
  'horizontalpodautoscalers.autoscaling',
  'deployments.apps',
  'statefulsets.apps',
  'daemonsets.apps',
  'replicasets.apps',
  'replicationcontrollers',
  'cronjobs.batch',
  'nodes',
  'pods',
]);

async function wishesOf(invocation: Invocation): Promise<Wish[]> {
  const wishes: Wish[] = [];
  for (const word of invocation.args.flatMap((arg) => arg.split(','))) {
    const [type = '', name, ...more] = word.split('/');
    if (type === '' || name === '' || more.length > 0)
      throw new CommandError(`${JSON.stringify(word)} is neither TYPE nor TYPE/NAME`);
    let resource = Object.hasOwn(OWN, type.toLowerCase()) ? (OWN[type.toLowerCase()] as string) : '';
    if (resource === '') {
      const { group, plural } = mappingFor(type, await invocation.mapper());
      resource = formatGroupResource({ group, resource: plural });
    }
    if (resource === 'nodegroups.kubetick.dev') resource = 'nodes';
    if (!TOLD.has(resource))
      throw new CommandError(`timeline knows nothing of ${resource}; it tells of ${[...TOLD].sort().join(', ')}`);
    if (resource === 'pods' && name !== undefined)
      throw new CommandError('pods are counted, not told one by one: ask for pods, or for their workload');
    wishes.push({ resource, ...(name === undefined ? {} : { name }) });
  }
  return wishes;
}

async function fetchTimeline(invocation: Invocation, wishes: readonly Wish[]): Promise<Timeline> {
  const { flags } = invocation;
  const now = await simulatedNow(invocation);
  const to = flags.changed('until') ? timeOf('until', flags.string('until'), now) : now;
  const from = timeOf('since', flags.string('since'), to);
  if (from >= to) throw new CommandError('--since must be before --until');
  const namespace = flags.bool('all-namespaces') ? '' : (await invocation.namespace()).namespace;
  const client = await invocation.client();
  const query = {
    from: String(from),
    to: String(to),
    ...(namespace === '' ? {} : { namespace }),
    ...(wishes.length === 0 ? {} : { subjects: subjectsFor(wishes) }),
  };
  try {
    return await client.request<Timeline>({ method: 'GET', path: '/kubetick/timeline', query });
  } catch (error) {
    if (isReason(error, 'NotFound')) throw notSimulated();
    throw error;
  }
}

/** With an autoscaler goes what it scales, and the load of that. */
function subjectsFor(wishes: readonly Wish[]): string {
  const names = wishes.map(({ resource, name }) => (name === undefined ? resource : `${resource}/${name}`));
  const scales = wishes.some(({ resource }) => resource === 'horizontalpodautoscalers.autoscaling');
  const beside = ['deployments.apps', 'statefulsets.apps', 'replicasets.apps', 'replicationcontrollers'];
  return [...names, ...(scales ? [...beside, OWN['load'] as string] : [])].join(',');
}

function timeOf(flag: string, text: string, end: number): number {
  const instant = parseTime(text);
  if (instant !== undefined) return instant;
  try {
    const duration = parseDuration(text);
    if (duration >= 0) return end - duration;
  } catch {
    // Said below.
  }
  throw new CommandError(
    `invalid --${flag} ${JSON.stringify(text)}: expected a duration such as 24h, or a time (RFC 3339)`,
  );
}

function nothingToTell({ from, to }: Timeline, wishes: readonly Wish[]): string {
  const names = wishes.map(({ resource, name }) => (name === undefined ? resource : `${resource}/${name}`));
  const what = names.length === 0 ? '' : ` of ${names.join(', ')}`;
  return `nothing is recorded${what} from ${formatTime(from)} to ${formatTime(to)}: it is while time passes`;
}

async function drawn(
  invocation: Invocation,
  timeline: Timeline,
  wishes: readonly Wish[],
  format: Format,
): Promise<string> {
  const { flags, streams, environment } = invocation;
  if (format === 'csv') return (await import('./table-formats')).timelineCsv(timeline);
  if (format === 'json') return (await import('./table-formats')).timelineJson(timeline);
  const panels = arrange(timeline.series, wishes);
  const span = { from: timeline.from, to: timeline.to };
  if (format === 'svg') return (await import('./svg')).timelineSvg(panels, span);
  if (format === 'html') return (await import('./svg')).timelineHtml(panels, span);
  const chart = flags.string('chart');
  const toFile = flags.string('output-file') !== '';
  const colour = streams.colour && !toFile;
  const braille = chart === 'braille' || (chart === 'auto' && colour && isUtf8(environment));
  const { timelineText } = await import('./text-chart');
  const width = (toFile ? undefined : streams.columns) ?? 80;
  return timelineText(panels, span, { width, height: flags.int('height'), braille, colour });
}

/** As setlocale(LC_CTYPE) takes it from the environment. */
function isUtf8({ LC_ALL, LC_CTYPE, LANG }: Readonly<Record<string, string | undefined>>): boolean {
  return /utf-?8/i.test(LC_ALL || LC_CTYPE || LANG || '');
}
