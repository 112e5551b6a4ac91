/**
 * What a program finds in the emptyDir volumes of its pod: what containers that went before it, and its own earlier runs, have left
 * there. They are played for it; where that can not be told, nobody knows what else there is.
 */
import type { KubeObject } from '../../../apimachinery/meta';
import { parseTime } from '../../../apimachinery/time';
import type { Instant } from '../../clock';
import {
  type Container,
  type ContainerStatus,
  couldRestartAll,
  isSidecar,
  type PodContainers,
  statusNamed,
} from '../container';
import { containerProgram } from './container-program';
import { surroundingsOf } from './environment';
import type { MountedFiles } from './mounted-files';
import type { ProgramSurroundings, Value } from './program';

/** Of a program that has done more nobody knows what it has left. */
const MOST_HAPPENINGS = 20_000;
/** So many earlier runs are played; by then what they leave is mostly the same. */
const MOST_RUNS = 50;
/** These make files whose names nobody has followed. */
const MAKES_OTHERS = /(^|[\s;&|/(])(cp|mv|mkdir|ln|tar|unzip|dd|tee|install|git|sed)\s/;

/** The volumes of one container: what is in them, by name of the volume and path in it. */
interface Left {
  files: Map<string, Map<string, Value>>;
  /** Volumes that may hold more. */
  open: Set<string>;
}

interface Mounted {
  volume: string;
  root: string;
  readOnly: boolean;
}

/** Does it say anything of a place where files may have been left? Then its run is another than the one before. */
export function findsLeftFiles(pod: KubeObject, container: Container): boolean {
  const words = wordsOf(container);
  return words !== '' && emptyDirsOf(pod, container).some(({ root }) => words.includes(root));
}

/** As surroundingsOf; `restarts`: how many runs of its own there were before. */
export function surroundingsInRun(
  pod: KubeObject,
  container: Container,
  startedAt: Instant,
  restarts: number,
): ProgramSurroundings {
  return withLeftFiles(surroundingsOf(pod, container, startedAt), pod, container, restarts);
}

export function withLeftFiles(
  surroundings: ProgramSurroundings,
  pod: KubeObject,
  container: Container,
  restarts: number,
): ProgramSurroundings {
  if (!findsLeftFiles(pod, container)) return surroundings;
  return { ...surroundings, files: withLeft(surroundings.files, leftFor(pod, container, restarts), pod, container) };
}

export function restartsOf(pod: KubeObject, container: Container): number {
  return statusIn(pod, container)?.restartCount ?? 0;
}

function statusIn(pod: KubeObject, { name }: Container): ContainerStatus | undefined {
  const { initContainerStatuses, containerStatuses } = pod['status'] ?? {};
  return statusNamed(containerStatuses, name) ?? statusNamed(initContainerStatuses, name);
}

/** When its last run that has ended began, for what writes the time into a file. */
function lastBegin(pod: KubeObject, container: Container): number {
  const { state, lastState } = statusIn(pod, container) ?? {};
  return parseTime((state?.terminated ?? lastState?.terminated)?.startedAt ?? '') ?? 0;
}

function withLeft(files: MountedFiles, left: Left, pod: KubeObject, container: Container): MountedFiles {
  const mounts = emptyDirsOf(pod, container);
  const at = (path: string) => mounts.find(({ root }) => path === root || path.startsWith(`${root}/`));
  const found = (path: string): [Map<string, Value> | undefined, string] => {
    const mount = at(path);
    return mount ? [left.files.get(mount.volume), path.slice(mount.root.length + 1)] : [undefined, ''];
  };
  return {
    read(path) {
      const [volume, name] = found(path);
      return volume?.get(name) ?? files.read(path);
    },
    list(path) {
      const folder = path.replace(/\/+$/, '');
      const mount = at(folder);
      if (!mount || left.open.has(mount.volume)) return files.list(path);
      const [volume, name] = found(folder);
      const start = name === '' ? '' : `${name}/`;
      const inside = [...(volume?.keys() ?? [])].filter((file) => file.startsWith(start));
      if (inside.length === 0 && name !== '') return undefined;
      const heads = [...new Set(inside.map((file) => file.slice(start.length).split('/')[0] as string))].sort();
      return { text: heads.map((head) => `${head}\n`).join(''), foreign: false };
    },
    isKnown(path) {
      const mount = at(path);
      return mount ? !left.open.has(mount.volume) : files.isKnown(path);
    },
  };
}

function leftFor(pod: KubeObject, container: Container, restarts: number): Left {
  const left = nothing();
  const { initContainers = [], containers } = pod['spec'] as PodContainers;
  const all = [...initContainers, ...containers];
  const own = emptyDirsOf(pod, container);
  const at = initContainers.findIndex(({ name }) => name === container.name);
  for (const [place, other] of all.entries()) {
    if (other === container) continue;
    for (const { name, readOnly, ...part } of other.volumeMounts ?? [])
      if (!readOnly && isPart(part)) left.open.add(name);
    const mounts = emptyDirsOf(pod, other).filter(({ readOnly }) => !readOnly);
    const shared = mounts.filter(({ volume }) => own.some((mine) => mine.volume === volume));
    if (shared.length === 0) continue;
    const isBefore = place < initContainers.length && (at < 0 || place < at);
    // What comes after it has done nothing yet, unless all were started anew.
    if (!isBefore && at >= 0 && !(restarts > 0 && couldRestartAll(pod) && hasRun(pod, other))) continue;
    if (isBefore && !isSidecar(other)) takeOver(left, shared, leftBy(pod, other));
    else beAware(left, shared, pod, other);
  }
  for (let run = 0; run < Math.min(restarts, MOST_RUNS); run++) if (!play(pod, container, left)) break;
  if (MAKES_OTHERS.test(wordsOf(container))) for (const { volume } of own) left.open.add(volume);
  return left;
}

function nothing(): Left {
  return { files: new Map(), open: new Set() };
}

/** What there is when an init container has ended. */
function leftBy(pod: KubeObject, container: Container): Left {
  const left = leftFor(pod, container, restartsOf(pod, container));
  play(pod, container, left);
  return left;
}

function takeOver(left: Left, shared: readonly Mounted[], from: Left): void {
  for (const { volume } of shared) {
    if (from.open.has(volume)) left.open.add(volume);
    const files = left.files.get(volume) ?? new Map<string, Value>();
    for (const [path, value] of from.files.get(volume) ?? []) files.set(path, value);
    left.files.set(volume, files);
  }
}

/** Who runs at the same time may write at any time, if it has to do with the volume at all. */
function beAware(left: Left, shared: readonly Mounted[], pod: KubeObject, other: Container): void {
  const words = wordsOf(other);
  const alone = nothing();
  play(pod, other, alone);
  for (const { volume, root } of shared) {
    if (words.includes(root)) left.files.delete(volume);
    if (words.includes(root) || alone.open.has(volume)) left.open.add(volume);
  }
}

function hasRun(pod: KubeObject, container: Container): boolean {
  const status = statusIn(pod, container);
  return status !== undefined && (status.restartCount > 0 || status.state.waiting === undefined);
}

/** Plays one run to its end and keeps what it leaves; does that make a difference? */
function play(pod: KubeObject, container: Container, left: Left): boolean {
  const surroundings = surroundingsOf(pod, container, lastBegin(pod, container));
  const files = withLeft(surroundings.files, left, pod, container);
  const mounts = emptyDirsOf(pod, container).filter(({ readOnly }) => !readOnly);
  const program = containerProgram(container, { ...surroundings, files, hurried: true });
  let isOpen = !program || MAKES_OTHERS.test(wordsOf(container));
  let changed = false;
  for (let happenings = 0; program && !isOpen; happenings++) {
    const { done, value } = program.next();
    if (done) {
      isOpen = value === 'unknown';
      break;
    }
    if (happenings > MOST_HAPPENINGS) isOpen = true;
    if (value.kind !== 'file') continue;
    const mount = mounts.find(({ root }) => value.path.startsWith(`${root}/`));
    if (!mount) continue;
    const volume = left.files.get(mount.volume) ?? new Map<string, Value>();
    left.files.set(mount.volume, volume);
    const path = value.path.slice(mount.root.length + 1);
    const before = volume.get(path);
    if (!value.exists) volume.delete(path);
    else
      volume.set(path, { text: value.text ?? before?.text ?? '', foreign: value.foreign ?? before?.foreign ?? false });
    changed ||= volume.get(path)?.text !== before?.text;
  }
  if (isOpen) for (const { volume } of mounts) left.open.add(volume);
  return changed && !isOpen;
}

function wordsOf({ command = [], args = [] }: Container): string {
  return [...command, ...args].join(' ');
}

/** Mounted whole; who mounts a part of one sees other paths. */
function emptyDirsOf(pod: KubeObject, { volumeMounts = [] }: Container): Mounted[] {
  const volumes: { name: string; emptyDir?: object }[] = pod['spec'].volumes ?? [];
  const mounted: Mounted[] = [];
  for (const { name, mountPath, readOnly = false, ...more } of volumeMounts) {
    if (!volumes.find((volume) => volume.name === name)?.emptyDir) continue;
    if (!isPart(more)) mounted.push({ volume: name, root: mountPath.replace(/\/+$/, ''), readOnly });
  }
  return mounted;
}

function isPart({ subPath, subPathExpr }: { subPath?: string; subPathExpr?: string }): boolean {
  return Boolean(subPath ?? subPathExpr);
}
