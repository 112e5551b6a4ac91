/** namePrefix, nameSuffix, and the hashes behind generated names. */

import { applyFieldSpec, type FieldSpec } from '../field-spec';
import { setScalar } from '../fields';
import { type GvkSelector, isSelected } from '../ids';
import { nameHash } from '../name-hash';
import { scalarNode } from '../node';
import type { Transformer } from './transformer';

/** Names that say what they are for stay as they are. */
const SKIPPED: readonly GvkSelector[] = [
  { kind: 'CustomResourceDefinition' },
  { group: 'apiregistration.k8s.io', kind: 'APIService' },
  { kind: 'Namespace' },
];

/** PrefixTransformer and SuffixTransformer. */
export function affixNames(affix: 'prefix' | 'suffix', text: string, specs: readonly FieldSpec[]): Transformer {
  return (list) => {
    for (const resource of list.resources) {
      const id = resource.originalId;
      if (SKIPPED.some((each) => isSelected(id, each))) continue;
      for (const spec of specs) {
        if (!isSelected(id, spec)) continue;
        if (spec.path === 'metadata/name') {
          if (affix === 'prefix') resource.addPrefix(text);
          else resource.addSuffix(text);
          if (text !== '') resource.rememberId();
        }
        applyFieldSpec(
          resource.node,
          spec,
          (node) => setScalar(node, scalarNode(affix === 'prefix' ? text + node.value : node.value + text)),
          'scalar',
          '!!str',
        );
      }
    }
  };
}

/** HashTransformer */
export const hashNames: Transformer = async (list) => {
  for (const resource of list.resources) {
    if (!resource.needsHash) continue;
    const hash = await nameHash(resource.node);
    resource.rememberId();
    resource.setName(`${resource.name}-${hash}`);
  }
};
