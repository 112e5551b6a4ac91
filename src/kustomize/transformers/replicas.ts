/** replicas: how many, by the name of what runs them. */

import { applyFieldSpec, type FieldSpec } from '../field-spec';
import { setScalar } from '../fields';
import { formatGvk, isSelected } from '../ids';
import { scalarNode } from '../node';
import type { Transformer } from './transformer';

/** ReplicaCountTransformer */
export function setReplicas(name: string, count: number | bigint, specs: readonly FieldSpec[]): Transformer {
  return (list) => {
    let found = false;
    for (const spec of specs) {
      for (const { node } of list.byAnyId((id) => id.name === name && isSelected(id, spec))) {
        found = true;
        applyFieldSpec(node, spec, (field) => setScalar(field, scalarNode(String(count), '!!int')), 'scalar', '!!int');
      }
    }
    if (found) return;
    const kinds = specs.map(formatGvk).join(' ');
    throw new Error(`resource with name ${name} does not match a config with the following GVK [${kinds}]`);
  };
}
