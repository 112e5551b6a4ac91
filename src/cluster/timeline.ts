/**
 * How the cluster came to be as it is: `GET /kubetick/timeline?from=…&to=…&namespace=…&subjects=…`. Times are milliseconds;
 * subjects are `deployments.apps` or `deployments.apps/web`, with commas between; without any, all. What is recorded is read from
 * the store, what is declared (load) is worked out.
 */

import { type Series, specOfLoad } from '../apimachinery/load';
import type { KubeObject } from '../apimachinery/meta';
import { badRequest } from '../apimachinery/status';
import { parseTime } from '../apimachinery/time';
import type { Timeline, TimelineSeries, TimelineUnit } from '../apimachinery/timeline';
import { objectOf } from '../apiserver/stored';
import type { ApiRequest } from '../client/transport';
import { declaredLoad } from '../sim/load/declared-load';
import { RESOLUTION } from '../sim/load/usage-reader';
import { LOAD_RESOURCE } from '../sim/load/view';
import { REGISTRY } from '../sim/resource-names';
import { TIMELINE, TIMELINE_PAST } from '../sim/timeline/history';
import { columnOf, linesOf, put, type SeriesSubject, subjectOf } from '../sim/timeline/lines';
import { headOf, type Point, pointsOf } from '../sim/timeline/record-text';
import { AUTOSCALERS } from '../sim/timeline/subjects';
import type { ClusterParts } from './paths';

/** A load is told at so many instants. */
const LOAD_POINTS = 480;

export async function answerTimeline({ store, clock, record }: ClusterParts, request: ApiRequest): Promise<Timeline> {
  const { query = {} } = request;
  const to = Math.min(instantOf(query, 'to') ?? clock.now(), clock.now());
  const from = Math.max(instantOf(query, 'from') ?? record.startTime, record.startTime);
  const wanted = chosenBy(query['subjects'] ?? '', query['namespace'] ?? '');
  const reading = { store, from, to };
  const series: TimelineSeries[] = [];
  for (const { key, value } of (await store.range(TIMELINE)).entries) {
    const name = key.slice(TIMELINE.length);
    const subject = subjectOf(name);
    if (!wanted(subject)) continue;
    const past = await store.range(`${TIMELINE_PAST}${name}/`);
    const points = pointsOf([...past.entries.map((entry) => String(entry.value)), headOf(value).text]);
    const object = subject.resource === AUTOSCALERS ? await autoscalerAt(reading, subject) : undefined;
    series.push(...toldSeries(subject, points, object, reading));
  }
  const begins = series.reduce<number | undefined>((first, { points }) => earlier(first, points[0]?.[0]), undefined);
  if (wanted({ resource: LOAD_RESOURCE, namespace: query['namespace'] ?? '', name: '' }, true))
    for (const { value, revision } of (await store.range(`${REGISTRY}kubetick.dev/loads/`)).entries) {
      const load = objectOf(value, revision);
      if (wanted(subjectOfLoad(load))) series.push(...loadSeries(load, from, to));
    }
  return { from, to, ...(begins === undefined ? {} : { begins }), series };
}

function instantOf(query: Readonly<Record<string, string | undefined>>, name: string): number | undefined {
  const text = query[name];
  if (text === undefined) return undefined;
  const instant = Number(text);
  if (text.trim() === '' || !Number.isFinite(instant)) throw badRequest(`${name} must be a number of milliseconds`);
  return instant;
}

type Wanted = (subject: SeriesSubject, ofAnyName?: boolean) => boolean;

function chosenBy(subjects: string, namespace: string): Wanted {
  const chosen = subjects
    .split(',')
    .filter((text) => text !== '')
    .map((text) => {
      const slash = text.indexOf('/');
      return slash < 0
        ? { resource: text, name: undefined }
        : { resource: text.slice(0, slash), name: text.slice(slash + 1) };
    });
  return (subject, ofAnyName = false) => {
    if (namespace !== '' && subject.namespace !== '' && subject.namespace !== namespace) return false;
    if (chosen.length === 0) return true;
    return chosen.some(
      ({ resource, name }) =>
        resource === subject.resource && (ofAnyName || name === undefined || name === subject.name),
    );
  };
}

function earlier(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || (b !== undefined && b < a) ? b : a;
}

interface Reading extends Pick<ClusterParts, 'store'> {
  from: number;
  to: number;
}

async function autoscalerAt({ store }: Reading, { namespace, name }: SeriesSubject): Promise<KubeObject | undefined> {
  const entry = await store.get(`${REGISTRY}autoscaling/horizontalpodautoscalers/${namespace}/${name}`);
  return entry && objectOf(entry.value, entry.revision);
}

function toldSeries(
  subject: SeriesSubject,
  points: readonly Point[],
  object: KubeObject | undefined,
  { from, to }: Reading,
): TimelineSeries[] {
  const { resource, namespace, name } = subject;
  const target = object?.['spec']?.scaleTargetRef as { kind: string; name: string } | undefined;
  return linesOf(subject, object).flatMap((line, column) => {
    const { scale: _, ...told } = line;
    const own = columnOf(points, column, line, from, to);
    if (own.length === 0) return [];
    const of = target ? { of: `${target.kind.toLowerCase()}/${target.name}` } : {};
    return [{ resource, namespace, name, ...told, ...of, points: own }];
  });
}

function subjectOfLoad({ metadata }: KubeObject): SeriesSubject {
  return { resource: LOAD_RESOURCE, namespace: metadata.namespace ?? '', name: metadata.name ?? '' };
}

/** As it was declared last; what was declared before that and replaced is not known any more. */
function loadSeries(load: KubeObject, from: number, to: number): TimelineSeries[] {
  const { targetRef } = specOfLoad(load);
  const step = Math.max(RESOLUTION, Math.ceil((to - from) / LOAD_POINTS / RESOLUTION) * RESOLUTION);
  return declaredLoad(load).series.map((series): TimelineSeries => {
    const points: TimelineSeries['points'] = [];
    const begin = parseTime(series.since ?? load.metadata.creationTimestamp ?? '') ?? from;
    const first = Math.max(from, begin);
    for (let at = first; at <= to; at = (Math.floor(at / step) + 1) * step) put(points, at, series.valueAt(at));
    const { namespace, name } = subjectOfLoad(load);
    return {
      resource: LOAD_RESOURCE,
      namespace,
      name,
      line: lineOf(series),
      unit: unitOf(series),
      ...(targetRef ? { of: `${targetRef.kind.toLowerCase()}/${targetRef.name}` } : {}),
      points,
    };
  });
}

function lineOf({ name, per }: Series): string {
  return per === 'Pod' ? `${name} of each pod` : name;
}

function unitOf({ type, name }: Series): TimelineUnit {
  if (type !== 'Resource') return 'number';
  return name === 'cpu' ? 'cores' : 'bytes';
}
