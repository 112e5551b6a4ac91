/** A command that is run in a container beside its own: what it says and how it ends, where that can be told (program/builtins.ts). */
import type { Executed } from '../../apimachinery/executed';
import type { KubeObject } from '../../apimachinery/meta';
import { parseTime } from '../../apimachinery/time';
import type { Instant } from '../clock';
import type { Container, ContainerStatus } from './container';
import { programOf } from './program/container-program';
import { type ListServices, type ReadObject, referencedData, surroundingsOf } from './program/environment';
import type { PodNetwork } from './program/program';

/** A command that has said or done so much is not followed to its end. */
const MOST_HAPPENINGS = 20_000;

/** Undefined where nobody knows what it does or says. */
export async function execute(
  pod: KubeObject,
  name: string,
  command: readonly string[],
  now: Instant,
  read: ReadObject,
  network: () => Promise<PodNetwork>,
  services: ListServices,
): Promise<Executed | undefined> {
  const { containers = [], initContainers = [], ephemeralContainers = [] } = pod['spec'] ?? {};
  const all: Container[] = [...containers, ...initContainers, ...ephemeralContainers];
  const container = all.find((one) => one.name === name);
  if (!container) return undefined;
  const data = await referencedData(pod, container, read);
  // Its environment is that of the container, and what files hold is so now.
  const { running } = statusOf(pod, name)?.state ?? {};
  const surroundings = surroundingsOf(
    pod,
    container,
    parseTime(running?.startedAt ?? '') ?? now,
    data,
    await services(),
  );
  const words = command.map((text) => ({ text, foreign: false }));
  const program = programOf(words, { ...surroundings, startedAt: now, network: await network() });
  let output = '';
  let time = 0;
  for (let happenings = 0; program && happenings < MOST_HAPPENINGS; happenings++) {
    const { done, value } = program.next();
    if (done) return typeof value === 'object' ? { output, exitCode: value.exitCode, time } : undefined;
    if (value.kind === 'wait') time += value.milliseconds;
    else if (value.kind === 'say') {
      // It says something that nobody knows.
      if (value.foreign && value.text === '') return undefined;
      output += value.text;
    }
  }
  return undefined;
}

function statusOf({ status }: KubeObject, name: string): ContainerStatus | undefined {
  const { containerStatuses = [], initContainerStatuses = [], ephemeralContainerStatuses = [] } = status ?? {};
  const all: ContainerStatus[] = [...containerStatuses, ...initContainerStatuses, ...ephemeralContainerStatuses];
  return all.find((one) => one.name === name);
}
