/** What the columns of a record are: the lines that are drawn of a series, named, with their units. */

import type { KubeObject } from '../../apimachinery/meta';
import { milliValue } from '../../apimachinery/quantity';
import type { TimelineSeries } from '../../apimachinery/timeline';
import type { Autoscaler, MetricSpec, MetricTarget } from '../controllers/horizontalpodautoscaler/autoscaler';
import { metricText } from '../controllers/horizontalpodautoscaler/metric-source';
import type { Point } from './record-text';
import { AUTOSCALERS, NODE_SERIES, POD_SERIES, VERTICAL_AUTOSCALERS } from './subjects';

/** A column: how a number of the record is read. */
export type Line = Pick<TimelineSeries, 'line' | 'unit' | 'target'> & { scale?: number };

/** Which object a series is about. */
export interface SeriesSubject {
  resource: string;
  namespace: string;
  name: string;
  /** A container. */
  part?: string;
}

export function subjectOf(series: string): SeriesSubject {
  if (series === POD_SERIES) return { resource: 'pods', namespace: '', name: '' };
  if (series.startsWith(NODE_SERIES))
    return { resource: 'nodes', namespace: '', name: series.slice(NODE_SERIES.length) };
  const [resource = '', namespace = '', name = '', part] = series.split('/');
  return { resource, namespace, name, ...(part === undefined ? {} : { part }) };
}

const REPLICAS: readonly Line[] = [
  { line: 'desired', unit: 'pods' },
  { line: 'ready', unit: 'pods' },
];

const LINES: Readonly<Record<string, readonly Line[]>> = {
  pods: [
    { line: 'without a node', unit: 'pods' },
    { line: 'pending', unit: 'pods' },
    { line: 'running', unit: 'pods' },
  ],
  nodes: [
    { line: 'target', unit: 'nodes' },
    { line: 'nodes', unit: 'nodes' },
    { line: 'ready', unit: 'nodes' },
  ],
  'cronjobs.batch': [{ line: 'active', unit: 'jobs' }],
};

/** `object`: the autoscaler as it is now, where it still is. */
export function linesOf({ resource, part }: SeriesSubject, object: KubeObject | undefined): readonly Line[] {
  if (resource === AUTOSCALERS) return autoscalerLines(object as Autoscaler | undefined);
  if (resource === VERTICAL_AUTOSCALERS)
    return [
      { line: `cpu of ${part}`, unit: 'cores', scale: 1000 },
      { line: `memory of ${part}`, unit: 'bytes' },
    ];
  return LINES[resource] ?? REPLICAS;
}

function autoscalerLines(autoscaler: Autoscaler | undefined): readonly Line[] {
  const metrics = autoscaler?.spec.metrics ?? [];
  return [{ line: 'replicas', unit: 'pods' }, { line: 'desired', unit: 'pods' }, ...metrics.map(metricLine)];
}

function metricLine(spec: MetricSpec): Line {
  const { text, target, name } = told(spec);
  if (target.averageUtilization !== undefined)
    return { line: text, unit: 'percent', target: target.averageUtilization };
  const wanted = target.averageValue ?? target.value;
  const isUsage = spec.type === 'Resource' || spec.type === 'ContainerResource';
  return {
    line: text,
    unit: isUsage ? (name === 'cpu' ? 'cores' : 'bytes') : 'number',
    scale: 1000,
    ...(wanted === undefined ? {} : { target: milliValue(wanted) / 1000 }),
  };
}

function told(spec: MetricSpec): { text: string; name: string; target: MetricTarget } {
  switch (spec.type) {
    case 'Resource':
      return { ...spec.resource, text: spec.resource.name };
    case 'ContainerResource':
      return {
        ...spec.containerResource,
        text: `${spec.containerResource.name} of ${spec.containerResource.container}`,
      };
    case 'Pods':
      return { text: metricText(spec.pods.metric), name: '', target: spec.pods.target };
    case 'Object':
      return { text: metricText(spec.object.metric), name: '', target: spec.object.target };
    case 'External':
      return { text: metricText(spec.external.metric), name: '', target: spec.external.target };
  }
}

/** The points of one column between two instants; the first tells what was before. */
export function columnOf(
  points: readonly Point[],
  column: number,
  { scale = 1 }: Line,
  from: number,
  to: number,
): TimelineSeries['points'] {
  const result: TimelineSeries['points'] = [];
  for (const { at, values } of points) {
    const instant = at * 1000;
    if (instant > to) break;
    const value = values[column];
    put(result, Math.max(from, instant), value === undefined ? null : value / scale);
  }
  return result[0]?.[1] === null ? result.slice(1) : result;
}

/** Adds a point where it tells something new; a second one of an instant replaces the first. */
export function put(points: TimelineSeries['points'], at: number, value: number | null): void {
  const last = points.at(-1);
  if (last?.[0] === at) points.pop();
  if (points.at(-1)?.[1] !== value) points.push([at, value]);
}
