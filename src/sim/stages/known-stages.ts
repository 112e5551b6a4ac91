/** The Stages of a cluster, read; and which objects they look after instead of the kubelets. */
import type { KubeObject } from '../../apimachinery/meta';
import type { IndexedCache } from '../controller';
import { readStage, type Stage } from './stage';

export const STAGES = 'stages.kwok.x-k8s.io';

/** By the list: the cache hands out one until a Stage changes. */
const known = new WeakMap<readonly KubeObject[], readonly Stage[]>();
const NONE: readonly Stage[] = [];

/** All that can be read, by name. */
export function stagesOf(cache: IndexedCache): readonly Stage[] {
  if (cache.count(STAGES) === 0) return NONE;
  const objects = cache.list(STAGES);
  let stages = known.get(objects);
  if (!stages) {
    stages = objects.flatMap((object) => {
      try {
        return readStage(object) ?? [];
      } catch {
        return [];
      }
    });
    known.set(objects, stages);
  }
  return stages;
}

/** Do Stages decide what becomes of this object? Then nobody else does. */
export function isStaged(object: KubeObject, kind: 'Pod' | 'Node', cache: IndexedCache): boolean {
  const stages = stagesOf(cache);
  return stages.length > 0 && stages.some((stage) => stage.kind === kind && stage.governs(object));
}
