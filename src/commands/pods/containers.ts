/** Which container of a pod is meant (kubectl pkg/cmd/util/podcmd/podcmd.go). */
import type { KubeObject } from '../../apimachinery/meta';
import { CommandError } from '../command';

export const DEFAULT_CONTAINER = 'kubectl.kubernetes.io/default-container';

/** As much of a container as commands look at. */
export interface PodContainer {
  name: string;
  tty?: boolean;
  ports?: { name?: string; containerPort: number; protocol?: string }[];
}

const LISTS = ['containers', 'initContainers', 'ephemeralContainers'] as const;

/** The container of that name, whichever list it is in (FindContainerByName). */
export function findContainer(pod: KubeObject, name: string): PodContainer | undefined {
  for (const list of LISTS) {
    const found = containersIn(pod, list).find((container) => container.name === name);
    if (found) return found;
  }
  return undefined;
}

/** `a, b, debugger (ephem), prepare (init)` (AllContainerNames). */
export function allContainerNames(pod: KubeObject): string {
  const names = (list: (typeof LISTS)[number], mark: string) =>
    containersIn(pod, list).map(({ name }) => `${name}${mark}`);
  return [
    ...names('containers', ''),
    ...names('ephemeralContainers', ' (ephem)'),
    ...names('initContainers', ' (init)'),
  ].join(', ');
}

/** How a container is asked for that is not there. */
export function invalidContainer(pod: KubeObject, name: string): CommandError {
  return new CommandError(
    `container ${name} is not valid for pod ${pod.metadata.name} out of: ${allContainerNames(pod)}`,
  );
}

/** `Defaulted container "a" out of: a, b`; undefined where there is no choice. */
export function defaultedNotice(pod: KubeObject, name: string): string | undefined {
  const all = LISTS.reduce((sum, list) => sum + containersIn(pod, list).length, 0);
  if (all <= 1) return undefined;
  return `Defaulted container ${JSON.stringify(name)} out of: ${allContainerNames(pod)}\n`;
}

/** The container of that name; without one that of the annotation, else the first, with a word about it (FindOrDefaultContainerByName). */
export function findOrDefaultContainer(pod: KubeObject, given: string, notice: (text: string) => void): PodContainer {
  const [first] = containersIn(pod, 'containers');
  if (!first) {
    const { namespace, name } = pod.metadata;
    throw new CommandError(`pod ${namespace}/${name} does not have any containers`);
  }
  const name = given || pod.metadata.annotations?.[DEFAULT_CONTAINER] || '';
  if (name !== '') {
    const container = findContainer(pod, name);
    if (!container) throw invalidContainer(pod, name);
    return container;
  }
  const text = defaultedNotice(pod, first.name);
  if (text) notice(text);
  return first;
}

/** The containers of one list of a pod's spec. */
export function containersIn(pod: KubeObject, list: (typeof LISTS)[number]): PodContainer[] {
  return pod['spec']?.[list] ?? [];
}
