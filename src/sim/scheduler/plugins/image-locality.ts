/** Prefers nodes that have the pod's images, the large ones more (`plugins/imagelocality/image_locality.go`). */
import type { ClusterView } from '../cluster-view';
import { MAX_NODE_SCORE, type Plugin } from '../plugin';
import { oncePerShape } from '../pod-shape';

const MB = 1024 * 1024;
const LEAST = 23 * MB;
const MOST_PER_CONTAINER = 1000 * MB;

export function imageLocality(view: ClusterView): Plugin {
  return {
    name: 'ImageLocality',
    scorerFor(pod) {
      if (view.imageNodes.size === 0) return undefined;
      const ofContainers = imagesOf(pod);
      const most = MOST_PER_CONTAINER * ofContainers.length;
      // Volumes that are images count, too, but allow for no more.
      const images = pod.volumes.some(({ image }) => image)
        ? [...ofContainers, ...pod.volumes.flatMap(({ image }) => (image ? [withTag(image.reference ?? '')] : []))]
        : ofContainers;
      // An image that no node has makes no difference.
      const known = images.filter((image) => view.imageNodes.has(image));
      if (known.length === 0) return undefined;
      return {
        score: ({ images: there }) => {
          let sum = 0;
          for (const image of known) {
            const size = there.get(image);
            // An image that few nodes have counts less, lest all pods go there.
            if (size !== undefined)
              sum += Math.trunc(size * ((view.imageNodes.get(image) as number) / view.nodes.size));
          }
          const bounded = Math.min(Math.max(sum, LEAST), most);
          return Math.trunc((MAX_NODE_SCORE * (bounded - LEAST)) / (most - LEAST));
        },
      };
    },
  };
}

const imagesOf = oncePerShape(({ pod }): string[] => {
  const { containers = [], initContainers = [] } = pod['spec'];
  return [...initContainers, ...containers].map(({ image = '' }: { image?: string }) => withTag(image));
});

/** `nginx` is `nginx:latest` (normalizedImageName). */
function withTag(image: string): string {
  return image.lastIndexOf(':') <= image.lastIndexOf('/') ? `${image}:latest` : image;
}
