/** How a container's image gets to its node (kubernetes `pkg/kubelet/images/image_manager.go` EnsureImageExists). */
import { formatDuration } from '../../apimachinery/duration';
import { remembered } from '../../apimachinery/remembered';
import type { Instant } from '../clock';
import type { Container, ContainerStatus } from './container';
import type { Declared } from './declared';
import { nthBackOff } from './restart-back-off';

/** How long a registry takes to say no, and from there to the kubelet's next look. */
export const REFUSAL = 1000;
const NEXT_LOOK = 1000;

export type ImageState =
  /** It is there from `at` on; `pulled`: it came then, after so long. */
  | { kind: 'there'; at: Instant; pulled?: number }
  /** It is on its way since `since`, until `next`. */
  | { kind: 'pulling'; since: Instant; next: Instant }
  /** It could not be had at `since`; something changes at `next`, if ever. */
  | { kind: 'missing'; reason: string; message: string; since: Instant; next?: Instant; lasting: boolean };

export interface ImageQuestion {
  container: Container;
  declared: Declared;
  /** The container's last status, for what it waits with. */
  before: ContainerStatus;
  /** When the container was to be started. */
  begin: Instant;
  now: Instant;
  /** Since when the node has it. What comes while it is waited for is only seen at the next try. */
  presentSince: Instant;
  /** How long a pull takes unless declared, and from there to a started container. */
  pullTime: number;
  startTime: number;
}

export function imageState(question: ImageQuestion): ImageState {
  const { container, declared, before, begin } = question;
  const { image, imagePullPolicy = 'IfNotPresent' } = container;
  const complaint = referenceComplaint(image);
  if (complaint !== undefined) {
    const message = `Failed to apply default image tag ${JSON.stringify(image)}: couldn't parse image reference ${JSON.stringify(image)}: ${complaint}`;
    return { kind: 'missing', reason: 'InvalidImageName', message, since: begin, lasting: true };
  }
  if (imagePullPolicy === 'Never') return withoutPull(question);
  if (declared.pullError !== undefined) return failingPull(question, declared.pullError);
  if (!isPullFailure(before)) return attempt(question, begin);
  // It can be had by now, from the next try on.
  const attempts = pullAttempts(begin, REFUSAL);
  for (let since = attempts.next().value; ; since = attempts.next().value) {
    if (since + pullTime(question, since) + question.startTime < question.now) continue;
    return since <= question.now ? attempt(question, since) : { ...asBefore(before), since, next: since };
  }
}

/** Where the policy says so, the registry is asked even for what is there. */
function attempt(question: ImageQuestion, since: Instant): ImageState {
  const { container, now, presentSince } = question;
  if (presentSince <= since && container.imagePullPolicy !== 'Always') return { kind: 'there', at: since };
  return pull(since, pullTime(question, since), now);
}

/** How often the kubelet looks again whether an image is there that it may not pull. */
const LOOK_AGAIN = 60_000;

function withoutPull({ container, begin, now, presentSince }: ImageQuestion): ImageState {
  const looked = begin + Math.floor(Math.max(0, now - begin) / LOOK_AGAIN) * LOOK_AGAIN;
  if (presentSince <= looked) return { kind: 'there', at: Math.max(begin, looked) };
  const message = `Container image ${JSON.stringify(container.image)} is not present with pull policy of Never`;
  return {
    kind: 'missing',
    reason: 'ErrImageNeverPull',
    message,
    since: begin,
    next: looked + LOOK_AGAIN,
    lasting: true,
  };
}

function pullTime({ declared, presentSince, pullTime }: ImageQuestion, since: Instant): number {
  return presentSince <= since ? 0 : (declared.pullTime ?? pullTime);
}

function pull(since: Instant, takes: number, now: Instant): ImageState {
  const at = since + takes;
  return now < at ? { kind: 'pulling', since, next: at } : { kind: 'there', at, pulled: takes };
}

function failingPull(question: ImageQuestion, error: string): ImageState {
  const { container, declared, begin, now, presentSince } = question;
  const refusal = declared.pullTime ?? REFUSAL;
  const message = error === '' ? notFound(container.image) : error;
  const finite = declared.pullFailures < Number.POSITIVE_INFINITY;
  const attempts = pullAttempts(begin, refusal);
  for (let n = 0, since = attempts.next().value; ; n++) {
    const isPresent = presentSince <= since && container.imagePullPolicy !== 'Always';
    if (isPresent || n >= declared.pullFailures) return attempt(question, since);
    const failed = since + refusal;
    if (now < failed) return { kind: 'pulling', since, next: failed };
    if (now < failed + NEXT_LOOK)
      return {
        kind: 'missing',
        reason: 'ErrImagePull',
        message,
        since: failed,
        next: failed + NEXT_LOOK,
        lasting: false,
      };
    const again = attempts.next().value;
    if (now < again) {
      const text = `Back-off pulling image ${JSON.stringify(container.image)}: ErrImagePull: ${message}`;
      return {
        kind: 'missing',
        reason: 'ImagePullBackOff',
        message: text,
        since: failed + NEXT_LOOK,
        next: again,
        lasting: !finite,
      };
    }
    since = again;
  }
}

/** When an image is asked for whose pull fails again and again. */
function* pullAttempts(begin: Instant, refusal: number): Generator<Instant, never> {
  for (let at = begin, n = 0; ; n++) {
    yield at;
    at += refusal + nthBackOff(n);
  }
}

function isPullFailure({ state }: ContainerStatus): boolean {
  const reason = state.waiting?.reason;
  return reason === 'ErrImagePull' || reason === 'ImagePullBackOff';
}

function asBefore({ state }: ContainerStatus): { kind: 'missing'; reason: string; message: string; lasting: boolean } {
  const { reason = '', message = '' } = state.waiting ?? {};
  return { kind: 'missing', reason, message, lasting: false };
}

/** What containerd says of an image that a registry does not have. */
function notFound(image: string): string {
  const name = canonicalName(image);
  const quoted = JSON.stringify(name);
  return `rpc error: code = NotFound desc = failed to pull and unpack image ${quoted}: failed to resolve reference ${quoted}: ${name}: not found`;
}

/** With the registry and the tag that go without saying (distribution/reference ParseNormalizedNamed). */
function canonicalName(image: string): string {
  const [first = '', ...rest] = image.split('/');
  const isRegistry = rest.length > 0 && (/[.:]/.test(first) || first === 'localhost');
  const name = isRegistry ? image : rest.length > 0 ? `docker.io/${image}` : `docker.io/library/${image}`;
  return /[:@][^/]*$/.test(name) ? name : `${name}:latest`;
}

const DOMAIN = '(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])';
const PART = '[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*';
const REFERENCE = new RegExp(
  String.raw`^(?:${DOMAIN}(?:\.${DOMAIN})*(?::\d+)?/)?${PART}(?:/${PART})*(?::\w[\w.-]{0,127})?(?:@[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,})?$`,
);

/** What is wrong with an image's name (distribution/reference Parse); undefined for a good one. */
const referenceComplaint = remembered(1000, (image): string | undefined => {
  if (REFERENCE.test(image)) return undefined;
  const name = image.replace(/(:\w[\w.-]*)?(@.*)?$/, '');
  if (name !== name.toLowerCase() && REFERENCE.test(image.replace(name, name.toLowerCase()))) {
    const path = name.includes('/') ? name : `library/${name}`;
    return `invalid reference format: repository name (${path}) must be lowercase`;
  }
  return 'invalid reference format';
});

/** One string each for all events that say so. */
export const pullingMessage = remembered(1000, (image) => `Pulling image ${JSON.stringify(image)}`);
export const presentMessage = remembered(
  1000,
  (image) => `Container image ${JSON.stringify(image)} already present on machine and can be accessed by the pod`,
);

/** `Successfully pulled image …` */
export function pulledMessage(image: string, pulled: number): string {
  // The registry is asked whether it has a newer one, which takes no time worth telling.
  return pulledIn(String(pulled || CHECK))(image);
}

const pulledIn = remembered(100, (milliseconds) => {
  const took = formatDuration(Number(milliseconds));
  return remembered(1000, (image) => {
    const size = imageSize(image);
    return `Successfully pulled image ${JSON.stringify(image)} in ${took} (${took} including waiting). Image size: ${size} bytes.`;
  });
});

const CHECK = 400;

/** A size for an image, the same each time: a simulated registry has to say something. */
function imageSize(image: string): number {
  let sum = 17;
  for (let i = 0; i < image.length; i++) sum = (sum * 31 + image.charCodeAt(i)) % 90_000_019;
  return 10_000_000 + sum;
}
