/** Which images a node has: those that its pods have run. */

import type { KubeObject } from '../../apimachinery/meta';
import { remembered } from '../../apimachinery/remembered';
import { parseTime } from '../../apimachinery/time';
import type { Instant } from '../clock';
import type { ContainerStatus } from './container';

/**
 * Each image and since when it is known to be there. The cache hands out one list until a pod in it changes, so few are looked
 * through.
 */
export function imagesOf(pods: readonly KubeObject[]): ReadonlyMap<string, Instant> {
  let images = known.get(pods);
  if (!images) {
    const found = new Map<string, Instant>();
    const note = (statuses: readonly ContainerStatus[] = []) => {
      for (const status of statuses) {
        if (status.imageID === '') continue;
        const since = firstStart(status);
        if (since < (found.get(status.image) ?? Number.POSITIVE_INFINITY)) found.set(status.image, since);
      }
    };
    for (const { status } of pods) {
      note(status?.containerStatuses);
      note(status?.initContainerStatuses);
    }
    images = found;
    known.set(pods, images);
  }
  return images;
}

/** The earliest start of the container that is known of. */
function firstStart({ state, lastState }: ContainerStatus): Instant {
  const run = lastState.terminated ?? state.terminated ?? state.running;
  return parseTime(run?.startedAt ?? '') ?? 0;
}

const known = new WeakMap<readonly KubeObject[], ReadonlyMap<string, Instant>>();

/** How a runtime names an image by its content: the same each time, and one string for all who run it. */
export const imageIdentity = remembered(1000, (image) => `${image.replace(/[:@].*$/, '')}@sha256:${digestOf(image)}`);

/** 64 hex digits. */
function digestOf(image: string): string {
  const parts: string[] = [];
  for (let round = 0; round < 8; round++) {
    let hash = 0x811c9dc5 ^ round;
    for (let i = 0; i < image.length; i++) hash = Math.imul(hash ^ image.charCodeAt(i), 0x01000193);
    parts.push((hash >>> 0).toString(16).padStart(8, '0'));
  }
  return parts.join('');
}
