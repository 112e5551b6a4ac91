/** What a kubelet makes of all the pods of its node together. */
import type { KubeObject } from '../../apimachinery/meta';
import type { IndexedCache } from '../controller';

/**
 * Judges once for all that look in one step: the cache hands out one list of a node's pods until one of them changes.
 * @param judge looks at a node's pods, in the order of their names, and at the node
 */
export function judgedTogether<T>(
  judge: (pods: readonly KubeObject[], node: KubeObject) => T,
): (node: KubeObject, cache: IndexedCache) => T {
  const judged = new WeakMap<readonly KubeObject[], { node: KubeObject; judgement: T }>();
  return (node, cache) => {
    const pods = cache.index('pods', 'node', node.metadata.name ?? '');
    let known = judged.get(pods);
    if (known?.node !== node) {
      known = { node, judgement: judge(pods, node) };
      judged.set(pods, known);
    }
    return known.judgement;
  };
}
