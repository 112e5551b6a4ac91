/** What the node does for a pod, and how long that takes. */
import type { Instant } from '../clock';
import type { Container, Placed } from './container';
import type { PodNetwork } from './program/program';

export interface NodeServices {
  now: Instant;
  /** Milliseconds an image takes to arrive that the node has not got. */
  pullTime: number;
  /** Milliseconds from a pulled image to a started container. */
  startTime: number;
  /** Since when the node has the image; undefined where it has not. */
  imageSince(image: string): Instant | undefined;
  containerID(): string;
  imageID(image: string): string;
  /** Why a container can't be made. */
  configError(container: Container): string | undefined;
  /** What a container of the pod finds on the network; none where it asks for nothing. */
  network: PodNetwork | undefined;
  /** An event about a container; with `since`, unless it was said since then. */
  say(type: 'Normal' | 'Warning', reason: string, message: string, placed: Placed, since?: Instant): void;
}
