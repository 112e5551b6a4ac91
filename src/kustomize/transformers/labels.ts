/** labels, commonLabels and commonAnnotations: entries in mappings at many places. */

import type { TransformerConfig } from '../config';
import { applyFieldSpec, type FieldSpec, mergeFieldSpecs } from '../field-spec';
import { setField } from '../fields';
import type { Label } from '../kustomization';
import { scalarNode } from '../node';
import type { Transformer } from './transformer';

/** LabelTransformer and AnnotationsTransformer: sets each entry at each of the places. */
export function setEntries(entries: Readonly<Record<string, string>>, specs: readonly FieldSpec[]): Transformer {
  const keys = Object.keys(entries).sort();
  return (list) => {
    for (const { node } of list.resources) {
      for (const key of keys) {
        for (const spec of specs) {
          const set = (map: typeof node) => setField(map, key, scalarNode(entries[key] as string, '!!str'));
          applyFieldSpec(node, spec, set, 'map', '!!map');
        }
      }
    }
  };
}

/** Where a label of the `labels` field goes. */
export function labelPlaces(label: Label, config: TransformerConfig): FieldSpec[] {
  const merge = (specs: readonly FieldSpec[], more: readonly FieldSpec[], what = 'failed to merge labels') => {
    try {
      return mergeFieldSpecs(specs, more);
    } catch (error) {
      throw new Error(`${what}: ${(error as Error).message}`);
    }
  };
  const specs = merge(label.fields ?? [], config.labels);
  if (label.includeSelectors) return merge(specs, config.commonLabels);
  const withTemplates = label.includeTemplates
    ? merge(specs, config.templateLabels, 'failed to merge template fieldSpec')
    : specs;
  return merge(withTemplates, [{ path: 'metadata/labels', create: true }]);
}
