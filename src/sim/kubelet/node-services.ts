/** What the node does for a pod, and how long that takes. */
import type { KubeObject } from '../../apimachinery/meta';
import { remembered } from '../../apimachinery/remembered';
import { parseTime } from '../../apimachinery/time';
import { takesFromObjects } from '../../apiserver/begun-environments';
import type { Instant } from '../clock';
import type { Context } from '../controller';
import type { Begun } from './begun-environments';
import type { Container, Placed } from './container';
import { imageIdentity, imagesOf } from './node-images';
import type { NodeFacts } from './node-state';
import type { PodNetwork } from './program/program';
import { configError } from './references';

/** In one look at one pod. */
export class NodeServices {
  readonly now: Instant;
  /** What a container of the pod finds on the network; none where it asks for nothing. */
  network: PodNetwork | undefined;
  /** What was started in this look with something from ConfigMaps or Secrets. */
  begun: Begun[] | undefined;
  /** What came in this very look the cache does not show yet. */
  private arrived: readonly string[] = NOTHING;

  constructor(
    private readonly pod: KubeObject,
    private readonly facts: NodeFacts,
    private readonly context: Context,
  ) {
    this.now = context.clock.now();
  }

  /** Milliseconds an image takes to arrive that the node has not got. */
  get pullTime(): number {
    return this.context.settings.imagePull;
  }

  /** Milliseconds from a pulled image to a started container. */
  get startTime(): number {
    return this.context.settings.containerStart;
  }

  /** Since when the node has the image; undefined where it has not. */
  imageSince(image: string): Instant | undefined {
    const images = imagesOf(this.context.cache.index('pods', 'node', this.facts.name));
    return images.get(image) ?? (this.arrived.includes(image) ? this.now : undefined);
  }

  /** Of a run that begins now. */
  containerID(container: Container): string {
    const { random } = this.context;
    const containerID = ['containerd://', hex(random.uuid()), hex(random.uuid())].join('');
    if (takesFromObjects(container)) {
      this.begun ??= [];
      this.begun.push({ container, containerID });
    }
    return containerID;
  }

  imageID(image: string): string {
    this.arrived = [...this.arrived, image];
    return imageIdentity(image);
  }

  /** Why a container can't be made. */
  configError(container: Container): string | undefined {
    return configError(this.pod, container, this.context.cache);
  }

  /** An event about a container; with `since`, unless it was said since then. */
  sayOf(type: 'Normal' | 'Warning', reason: string, message: string, placed: Placed, since?: Instant): void {
    this.say(type, reason, message, since, fieldPathOf(placed.list, placed.container.name));
  }

  /** An event, unless it was said since then: a pod is looked at more than once, and not by one process only. */
  say(type: 'Normal' | 'Warning', reason: string, message: string, since?: Instant, fieldPath?: string): void {
    if (since !== undefined && this.wasSaid(reason, message, since, fieldPath)) return;
    const { name: host, user } = this.facts;
    const options = fieldPath === undefined ? { host, user } : { fieldPath, host, user };
    this.context.events.event(this.pod, type, reason, message, options);
  }

  private wasSaid(reason: string, message: string, since: Instant, fieldPath: string | undefined): boolean {
    const said = this.context.cache.index('events', 'about', this.pod.metadata.uid ?? '');
    for (let i = 0; i < said.length; i++) {
      const event = said[i] as KubeObject;
      if (
        event['reason'] === reason &&
        event['message'] === message &&
        event['involvedObject']?.fieldPath === fieldPath &&
        (parseTime(event['lastTimestamp'] ?? '') ?? 0) >= since
      )
        return true;
    }
    return false;
  }
}

const NOTHING: readonly string[] = Object.freeze([]);

/** `spec.containers{web}`: one string for all events of containers that are named alike. */
const fieldPathOf = (list: string, name: string): string => fieldPathsOf(list)(name);
const fieldPathsOf = remembered(10, (list) => remembered(1000, (name) => `spec.${list}{${name}}`));

function hex(uuid: string): string {
  return uuid.replaceAll('-', '');
}
