/** Which lines stand in which chart, and in which order. */
import type { TimelineSeries, TimelineUnit } from '../../apimachinery/timeline';

/** What is asked for: all of a resource, or one object. */
export interface Wish {
  resource: string;
  name?: string;
}

export interface PanelLine {
  name: string;
  points: TimelineSeries['points'];
}

export interface Panel {
  title: string;
  unit: TimelineUnit;
  lines: PanelLine[];
  /** Drawn as a level: what an autoscaler wants to reach. */
  target?: number;
}

const HPA = 'horizontalpodautoscalers.autoscaling';
const VPA = 'verticalpodautoscalers.autoscaling.k8s.io';
const LOADS = 'loads.kubetick.dev';

/** Short names, in the order of the charts. */
const KINDS: Readonly<Record<string, string>> = {
  'deployments.apps': 'deployment',
  'statefulsets.apps': 'statefulset',
  'replicasets.apps': 'replicaset',
  replicationcontrollers: 'replicationcontroller',
  'daemonsets.apps': 'daemonset',
  [HPA]: 'hpa',
  [LOADS]: 'load',
  [VPA]: 'vpa',
  'cronjobs.batch': 'cronjob',
  nodes: 'nodes',
  pods: 'pods',
};
const ORDER = Object.keys(KINDS);

/** What stands in a chart beside others of its kind has that little in common, that it needs one of its own. */
export function arrange(series: readonly TimelineSeries[], wishes: readonly Wish[]): Panel[] {
  const several = new Set(series.map(({ namespace }) => namespace).filter((one) => one !== '')).size > 1;
  const chosen = wishes.length === 0 ? byDefault(series) : withCompany(series, wishes);
  // Nodes of no group come last.
  const sorted = [...chosen].sort(
    (a, b) => ORDER.indexOf(a.resource) - ORDER.indexOf(b.resource) || Number(a.name === '') - Number(b.name === ''),
  );
  const told = new Set(chosen.filter(({ resource }) => resource !== HPA).map(ownName));
  const panels = new Map<string, Panel>();
  for (const one of sorted) {
    const place = placeOf(one, several, wishes, told);
    if (!place) continue;
    const { title, line } = place;
    const key = `${title} ${one.unit}`;
    let panel = panels.get(key);
    if (!panel) {
      panel = { title, unit: one.unit, lines: [], ...(one.target === undefined ? {} : { target: one.target }) };
      panels.set(key, panel);
    }
    panel.lines.push({ name: line, points: one.points });
  }
  return [...panels.values()].map(mostImportantFirst);
}

/** Autoscalers and what they scale; where there are none, all that could be. */
function byDefault(series: readonly TimelineSeries[]): TimelineSeries[] {
  const scaled = new Set(series.filter(({ resource }) => resource === HPA).map(objectOf));
  return series.filter((one) => {
    const isWorkload = ORDER.indexOf(one.resource) < ORDER.indexOf(HPA);
    return scaled.size === 0 || !isWorkload || scaled.has(ownName(one)) || changes(one);
  });
}

/** What is asked for; with an autoscaler what it scales, and the load of that. */
export function withCompany(series: readonly TimelineSeries[], wishes: readonly Wish[]): TimelineSeries[] {
  const isWished = ({ resource, name }: TimelineSeries) =>
    wishes.some(
      (wish) =>
        wish.resource === resource &&
        (wish.name === undefined || wish.name === name || (resource === LOADS && name.endsWith(`.${wish.name}`))),
    );
  const scaled = new Set(series.filter((one) => one.resource === HPA && isWished(one)).map(objectOf));
  return series.filter(
    (one) =>
      isWished(one) ||
      (one.resource === LOADS && scaled.has(objectOf(one))) ||
      (one.resource !== HPA && scaled.has(ownName(one))),
  );
}

/** `default deployment/web`: what an autoscaler scales, and a load is of. */
function objectOf({ namespace, of }: TimelineSeries): string {
  return `${namespace} ${of ?? ''}`;
}

function ownName({ namespace, resource, name }: TimelineSeries): string {
  return `${namespace} ${KINDS[resource] ?? resource}/${name}`;
}

function changes({ points }: TimelineSeries): boolean {
  return points.length > 1;
}

function placeOf(
  one: TimelineSeries,
  several: boolean,
  wishes: readonly Wish[],
  told: ReadonlySet<string>,
): { title: string; line: string } | undefined {
  const { resource, namespace, name, line, unit, of } = one;
  const where = several && namespace !== '' ? ` in ${namespace}` : '';
  switch (resource) {
    case 'nodes': {
      if (wishes.some((wish) => wish.resource === 'nodes' && wish.name !== undefined))
        return { title: `nodes of ${name || 'no group'}`, line };
      return line === 'ready' ? { title: 'nodes, ready', line: name || 'in no group' } : undefined;
    }
    case 'pods':
      if (line === 'running')
        return wishes.some((wish) => wish.resource === 'pods') ? { title: 'pods', line } : undefined;
      return { title: 'pods that wait', line };
    case LOADS:
      return { title: `load of ${of ?? 'metrics'}${where}: ${line}`, line };
    case HPA: {
      if (unit !== 'pods') return { title: `hpa/${name}${where}: ${line}`, line };
      // The workload tells the same.
      return told.has(objectOf(one)) ? undefined : { title: `hpa/${name}${where}`, line };
    }
    default:
      return { title: `${KINDS[resource] ?? resource}/${name}${where}`, line };
  }
}

/** What is ready is drawn over what is wanted, which it mostly follows. */
function mostImportantFirst(panel: Panel): Panel {
  const ready = panel.lines.findIndex(({ name }) => name === 'ready');
  if (ready <= 0) return panel;
  const lines = [...panel.lines];
  return { ...panel, lines: [...lines.splice(ready, 1), ...lines] };
}

/** How often a line changed its direction: what flaps has many. */
export function turnsOf(points: TimelineSeries['points']): number {
  let turns = 0;
  let direction = 0;
  let before: number | undefined;
  for (const [, value] of points) {
    if (value === null) continue;
    const now = before === undefined ? 0 : Math.sign(value - before);
    if (now !== 0 && direction !== 0 && now !== direction) turns++;
    if (now !== 0) direction = now;
    before = value;
  }
  return turns;
}

export function turnsText(points: TimelineSeries['points']): string {
  const turns = turnsOf(points);
  return turns === 1 ? '1 turn' : `${turns} turns`;
}

/** The least and the most of it. */
export function boundsOf(points: TimelineSeries['points']): { least: number; most: number } | undefined {
  const values = points.flatMap(([, value]) => value ?? []);
  return values.length === 0 ? undefined : { least: Math.min(...values), most: Math.max(...values) };
}
