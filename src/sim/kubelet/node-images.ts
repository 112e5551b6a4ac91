/** Which images a node has: those that its pods have run. */
import type { KubeObject } from '../../apimachinery/meta';
import type { ContainerStatus } from './container';

/** The cache hands out one list until a pod in it changes, so few are looked through. */
export function imagesOf(pods: readonly KubeObject[]): ReadonlySet<string> {
  let images = known.get(pods);
  if (!images) {
    const found = new Set<string>();
    for (const pod of pods) {
      const { containerStatuses = [], initContainerStatuses = [] } = pod['status'] ?? {};
      for (const { image, imageID } of containerStatuses as ContainerStatus[]) if (imageID !== '') found.add(image);
      for (const { image, imageID } of initContainerStatuses as ContainerStatus[]) if (imageID !== '') found.add(image);
    }
    images = found;
    known.set(pods, images);
  }
  return images;
}

const known = new WeakMap<readonly KubeObject[], ReadonlySet<string>>();

/** 64 hex digits that stand for an image, the same each time. */
export function imageDigest(image: string): string {
  let text = '';
  for (let round = 0; text.length < 64; round++) {
    let hash = 0x811c9dc5 ^ round;
    for (let i = 0; i < image.length; i++) hash = Math.imul(hash ^ image.charCodeAt(i), 0x01000193);
    text += (hash >>> 0).toString(16).padStart(8, '0');
  }
  return text.slice(0, 64);
}
