/** `load unset`: takes back what was declared. */
import { LOADS, type LoadSpec, sameSeries, specOfLoad } from '../../apimachinery/load';
import { type Command, CommandError, type Flag, type Invocation } from '../command';
import { metricFlags } from './flags';
import { findLoad, placeOf } from './load-objects';
import { seriesNamed, seriesText } from './series';

const flag = (name: string): Flag => ({ name, type: 'bool', usage: `Take back the ${name} only.` });

const command: Command = {
  use: 'unset (TYPE/NAME | TYPE NAME) [--cpu] [--memory] [--metric NAME]',
  short: 'Take back what was declared',
  long: 'Take back what was declared of an object with load set, or without one the external metrics: all of it, or what flags name.',
  examples: `# web uses next to nothing again
kubectl load unset deployment/web

# Its memory only
kubectl load unset deployment/web --memory

# An external metric
kubectl load unset --external-metric 'queue_length{queue=jobs}'`,
  flags: [flag('cpu'), flag('memory'), ...metricFlags('Its name, with labels if it has any.')],
  completion: { offer: 'types-and-names' },
  run,
};

export default command;

async function run(invocation: Invocation): Promise<void> {
  const { flags, streams } = invocation;
  const named = seriesNamed(flags);
  const place = await placeOf(invocation);
  const load = await findLoad(invocation, place);
  if (!load) throw new CommandError(`${place.label} has no load`);
  const { series = [], ...rest } = specOfLoad(load);
  const missing = named.find((name) => !series.some((one) => sameSeries(one, name)));
  if (missing) throw new CommandError(`${place.label} has no load ${seriesText(missing)}`);
  const left = named.length === 0 ? [] : series.filter((one) => !named.some((name) => sameSeries(one, name)));
  const client = await invocation.client();
  if (left.length === 0) await client.delete(LOADS, place.namespace, place.name);
  else {
    const { filesNamed } = await import('./run-set');
    const { files, ...others } = rest;
    const spec: LoadSpec = { ...others, series: left, ...filesNamed(left, files ?? {}) };
    await client.update(LOADS, { ...load, spec }, { fieldManager: invocation.fieldManager('kubectl-load') });
  }
  streams.out(`${place.label} load unset\n`);
}
