/** Loads, read: each series as a function of the instant. */
import { labelsText, type Series, specOfLoad, type TargetReference } from '../../apimachinery/load';
import { parseCurve } from '../../apimachinery/load-curve';
import type { KubeObject } from '../../apimachinery/meta';
import { parseTime } from '../../apimachinery/time';
import type { Instant } from '../clock';
import { createRandom, type Random } from '../random';

export interface DeclaredSeries extends Series {
  /** What it is at an instant. Of a series for each pod, noise is drawn for each: `who` is the pod. */
  valueAt(instant: Instant, who?: string): number;
  /** It is not the same for all pods. */
  differs: boolean;
}

export interface DeclaredLoad {
  target: TargetReference | undefined;
  series: readonly DeclaredSeries[];
  /** What can't be read, series by series. */
  complaints: readonly string[];
  /** Some series are not the same for all of its pods. */
  differs: boolean;
}

/** Loads are frozen, and looked at again and again. */
const known = new WeakMap<KubeObject, DeclaredLoad>();

export function declaredLoad(load: KubeObject): DeclaredLoad {
  let declared = known.get(load);
  if (!declared) {
    declared = read(load);
    known.set(load, declared);
  }
  return declared;
}

function read(load: KubeObject): DeclaredLoad {
  const { targetRef, series = [], files = {} } = specOfLoad(load);
  const complaints: string[] = [];
  const readable = series.flatMap((one): DeclaredSeries[] => {
    try {
      return [readSeries(one, load, files)];
    } catch (error) {
      complaints.push(`${one.name}${labelsText(one.labels)}: ${(error as Error).message}`);
      return [];
    }
  });
  return { target: targetRef, series: readable, complaints, differs: readable.some(({ differs }) => differs) };
}

function readSeries(series: Series, load: KubeObject, files: Readonly<Record<string, string>>): DeclaredSeries {
  const curve = parseCurve(series.value, (name) => {
    const text = Object.hasOwn(files, name) ? files[name] : undefined;
    if (text === undefined) throw new Error(`there is no file ${name}`);
    return text;
  });
  const begin = parseTime(series.since ?? load.metadata.creationTimestamp ?? '') ?? 0;
  // The uid was drawn from the cluster's seed: the same commands on the same seed make the same noise.
  const random = curve.hasNoise
    ? createRandom(load.metadata.uid ?? '').fork(series.type, series.name, labelsText(series.labels))
    : undefined;
  return {
    ...series,
    differs: series.per === 'Pod' && curve.hasNoise,
    valueAt(instant, who = '') {
      return curve.at(instant - begin, (n, k) => drawn(random as Random, who, n, k));
    },
  };
}

function drawn(random: Random, who: string, n: number, k: number): number {
  return 2 * random.fork(who, n, k).fraction() - 1;
}
