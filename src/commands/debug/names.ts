/**
 * Names that upstream draws by lot. Here the lot falls by what the cluster is at that moment, so that the same commands make the
 * same cluster.
 */
import type { KubeObject } from '../../apimachinery/meta';
import { createRandom } from '../../sim/random';
import type { Invocation } from '../command';
import { PODS } from '../pods/pods-of';
import type { DebugOptions } from './debug-options';
import { containersByName, type Pod } from './pod-parts';

export interface Names {
  /** Five letters and digits, others each time. */
  suffix(): string;
}

/** For what is done to this object now: any write to the cluster, and the names are others. */
export async function namesFor(invocation: Invocation, object: KubeObject): Promise<Names> {
  const client = await invocation.client();
  const { metadata } = await client.list(PODS, object.metadata.namespace ?? 'default', { limit: '1' });
  const random = createRandom(object.metadata.uid ?? '').fork('debug', metadata.resourceVersion ?? '');
  return { suffix: () => random.suffix(5) };
}

/** The name of the container to debug with (computeDebugContainerName). `say` hears of one that was made up. */
export function debugContainerName(
  pod: Pod,
  { container, quiet }: DebugOptions,
  names: Names,
  say: (text: string) => void,
): string {
  if (container !== '') return container;
  const taken = containersByName(pod);
  let name: string;
  do name = `debugger-${names.suffix()}`;
  while (taken.has(name));
  if (!quiet) say(`Defaulting debug container name to ${name}.\n`);
  return name;
}
