/** Notes on each named node what befalls it. */
import type { KubeObject } from '../../apimachinery/meta';
import type { Invocation } from '../command';
import { UsageError } from '../command';

const NODES = { group: '', version: 'v1', resource: 'nodes' };

/** The value that the annotation gets, null to take it away, and what is printed behind `node/NAME `. */
export interface Note {
  value?: string | null;
  said: string;
}

/** `decide` sees the value that is there; a note without a value changes nothing. */
export async function annotateNodes(
  invocation: Invocation,
  names: readonly string[],
  annotation: string,
  decide: (node: KubeObject, present: string | undefined) => Note,
): Promise<void> {
  const { streams } = invocation;
  if (names.length === 0) throw new UsageError('at least one node must be named');
  const client = await invocation.client();
  for (const given of names) {
    const name = given.replace(/^(nodes?|no)\//, '');
    const node = await client.get(NODES, '', name);
    const { value, said } = decide(node, node.metadata.annotations?.[annotation]);
    if (value !== undefined) {
      const patch = { metadata: { annotations: { [annotation]: value } } };
      await client.patch(NODES, '', name, 'merge', patch, { fieldManager: invocation.fieldManager('kubectl-node') });
    }
    streams.out(`node/${name} ${said}\n`);
    await invocation.checkpoint();
  }
}
