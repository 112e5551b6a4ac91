/** Completes, validates and runs `load get`. */
import type { Json } from '../../apimachinery/json';
import { LOADS, type Series, specOfLoad } from '../../apimachinery/load';
import { parseCurve, SILENCE } from '../../apimachinery/load-curve';
import { asJson, type KubeObject } from '../../apimachinery/meta';
import { quantityOf, quantityOfMilli } from '../../apimachinery/quantity';
import { isReason } from '../../apimachinery/status';
import { parseTime } from '../../apimachinery/time';
import { CommandError, type Invocation } from '../command';
import { ownTable } from '../own-table';
import { simulatedNow } from '../simulated-clock';
import { findLoad, placeOf } from './load-objects';
import { seriesText } from './series';

export async function runGet(invocation: Invocation): Promise<void> {
  const { flags, streams } = invocation;
  const output = flags.string('output');
  if (!['', 'json', 'yaml'].includes(output)) throw new CommandError("--output must be 'yaml' or 'json'");
  const loads = await chosen(invocation);
  if (output !== '') {
    const objects = loads.map(asJson);
    const whole: Json =
      loads.length === 1 ? (objects[0] as Json) : { apiVersion: 'kubetick.dev/v1', kind: 'LoadList', items: objects };
    streams.out(await inFormat(whole, output));
    return;
  }
  if (loads.length === 0) {
    streams.err('No load is declared.\n');
    return;
  }
  const now = await simulatedNow(invocation);
  const all = flags.bool('all-namespaces');
  const rows = loads.flatMap((load) => {
    const { targetRef, series = [], files = {} } = specOfLoad(load);
    const target = targetRef ? `${targetRef.kind.toLowerCase()}/${targetRef.name}` : '';
    return series.map((one) => [
      ...(all ? [load.metadata.namespace ?? ''] : []),
      target,
      seriesText(one),
      { Total: 'total', Pod: 'pod', none: '' }[one.per ?? 'none'],
      nowText(one, load, files, now),
      one.value,
    ]);
  });
  streams.out(await ownTable(streams, [...(all ? ['NAMESPACE'] : []), 'TARGET', 'OF', 'PER', 'NOW', 'LOAD'], rows));
}

async function chosen(invocation: Invocation): Promise<readonly KubeObject[]> {
  const { args, flags } = invocation;
  if (args.length > 0) {
    const place = await placeOf(invocation);
    const load = await findLoad(invocation, place);
    if (!load) throw new CommandError(`${place.label} has no load`);
    return [load];
  }
  const { namespace } = await invocation.namespace();
  const client = await invocation.client();
  try {
    return (await client.list(LOADS, flags.bool('all-namespaces') ? '' : namespace)).items;
  } catch (error) {
    // Nobody has declared any load yet.
    if (isReason(error, 'NotFound')) return [];
    throw error;
  }
}

function nowText(series: Series, load: KubeObject, files: Readonly<Record<string, string>>, now: number): string {
  try {
    const curve = parseCurve(series.value, (name) => {
      const text = Object.hasOwn(files, name) ? files[name] : undefined;
      if (text === undefined) throw new Error(`there is no file ${name}`);
      return text;
    });
    const begin = parseTime(series.since ?? load.metadata.creationTimestamp ?? '') ?? now;
    const value = curve.at(now - begin, SILENCE);
    const isBytes = series.type === 'Resource' && series.name === 'memory';
    const amount = isBytes ? quantityOf(Math.round(value), 'BinarySI') : quantityOfMilli(Math.round(value * 1000));
    return `${curve.hasNoise ? '~' : ''}${amount}`;
  } catch (error) {
    return `(${(error as Error).message})`;
  }
}

async function inFormat(value: Json, output: string): Promise<string> {
  if (output === 'yaml') return (await import('../../yaml/write')).toYaml(value);
  const { stringifyGo } = await import('../../apimachinery/json-text');
  return `${stringifyGo(value, { indent: '    ' })}\n`;
}
