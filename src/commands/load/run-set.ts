/** Completes, validates and runs `load set`. */
import {
  API_SERVICES,
  LOADS,
  type LoadSpec,
  METRICS_SERVICE,
  type Series,
  sameSeries,
  specOfLoad,
} from '../../apimachinery/load';
import { parseCurve } from '../../apimachinery/load-curve';
import type { KubeObject } from '../../apimachinery/meta';
import { isReason } from '../../apimachinery/status';
import { formatTime } from '../../apimachinery/time';
import type { Client, ResourcePath } from '../../client/client';
import { CommandError, type Invocation, UsageError } from '../command';
import { simulatedNow } from '../simulated-clock';
import { findLoad, type Place, placeOf } from './load-objects';
import { seriesGiven, seriesText } from './series';

const DEFINITIONS = { group: 'apiextensions.k8s.io', version: 'v1', resource: 'customresourcedefinitions' };
/** What an object may hold beside the rest of it. */
const LARGEST_FILE = 500_000;

export async function runSet(invocation: Invocation): Promise<void> {
  const { flags, streams } = invocation;
  const per = flags.string('per');
  if (per !== 'total' && per !== 'pod')
    throw new CommandError(`--per must be total or pod, not ${JSON.stringify(per)}`);
  const given = seriesGiven(flags);
  if (given.length === 0)
    throw new UsageError(
      'at least one of --cpu, --memory, --metric, --object-metric and --external-metric is required',
    );
  const files: Record<string, string> = {};
  for (const one of given) await readFiles(one.value, seriesText(one), files, invocation);
  const since = formatTime(await simulatedNow(invocation));
  const place = await placeOf(invocation);
  if (!place.target && given.some(({ type }) => type !== 'External'))
    throw new UsageError("an object must be named, as TYPE/NAME; only external metrics are nobody's");
  const series = given.map((one): Series => {
    const isShared = one.type === 'Resource' || one.type === 'Pods';
    return { ...one, ...(isShared ? { per: per === 'pod' ? 'Pod' : 'Total' } : {}), since };
  });
  await prepare(await invocation.client());
  await write(invocation, place, series, files);
  streams.out(`${place.label} load set\n`);
}

/** Reads the CSV files that a load names, and so finds out whether it can be read. */
async function readFiles(
  text: string,
  what: string,
  files: Record<string, string>,
  { cwd }: Invocation,
): Promise<void> {
  const { readFileSync } = await import('node:fs');
  const { resolve } = await import('node:path');
  try {
    parseCurve(text, (path) => {
      let content: string;
      try {
        content = readFileSync(resolve(cwd, path), 'utf8');
      } catch (error) {
        throw new Error(`unable to read ${path}: ${(error as NodeJS.ErrnoException).code ?? error}`);
      }
      if (content.length > LARGEST_FILE) throw new Error(`${path} has more than ${LARGEST_FILE} bytes`);
      files[path] = content;
      return content;
    });
  } catch (error) {
    throw new CommandError(`invalid load ${JSON.stringify(text)} of ${what}: ${(error as Error).message}`);
  }
}

/** The cluster learns what a Load is, and that metrics are served. */
async function prepare(client: Client): Promise<void> {
  const { loadDefinition } = await import('./definition');
  await ensure(client, DEFINITIONS, loadDefinition);
  await ensure(client, API_SERVICES, METRICS_SERVICE);
}

async function ensure(client: Client, path: ResourcePath, object: KubeObject): Promise<void> {
  try {
    await client.get(path, '', object.metadata.name ?? '');
  } catch (error) {
    if (!isReason(error, 'NotFound')) throw error;
    await client.create(path, '', object, { fieldManager: 'kubectl-load' });
  }
}

async function write(
  invocation: Invocation,
  place: Place,
  series: readonly Series[],
  files: Readonly<Record<string, string>>,
): Promise<void> {
  const client = await invocation.client();
  const fieldManager = invocation.fieldManager('kubectl-load');
  const present = await findLoad(invocation, place);
  const before: LoadSpec = present ? specOfLoad(present) : {};
  const others = (before.series ?? []).filter((one) => !series.some((fresh) => sameSeries(fresh, one)));
  const all = [...others, ...series];
  const spec: LoadSpec = {
    ...(place.target ? { targetRef: place.target } : {}),
    series: all,
    ...filesNamed(all, { ...before.files, ...files }),
  };
  if (present) {
    await client.update(LOADS, { ...present, spec }, { fieldManager });
    return;
  }
  const { namespace, name } = place;
  const load: KubeObject = { apiVersion: 'kubetick.dev/v1', kind: 'Load', metadata: { name, namespace }, spec };
  await client.create(LOADS, namespace, load, { fieldManager });
}

/** Of the files only those that are still named. */
export function filesNamed(
  series: readonly Series[],
  files: Readonly<Record<string, string>>,
): Pick<LoadSpec, 'files'> {
  const named = new Set<string>();
  for (const { value } of series)
    try {
      for (const file of parseCurve(value, (name) => files[name] ?? '0,0').files) named.add(file);
    } catch {
      // What can't be read names none.
    }
  const kept = Object.entries(files).filter(([name]) => named.has(name));
  return kept.length > 0 ? { files: Object.fromEntries(kept) } : {};
}
