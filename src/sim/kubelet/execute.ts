/** A command that is run in a container beside its own: what it says and how it ends, where that can be told (program/builtins.ts). */
import type { Executed, Said } from '../../apimachinery/executed';
import type { KubeObject } from '../../apimachinery/meta';
import { parseTime } from '../../apimachinery/time';
import type { Instant } from '../clock';
import { allContainers, allStatuses } from './container';
import { programOf } from './program/container-program';
import { type Elsewhere, surroundingsOfRun } from './program/environment';
import { withLeftFiles } from './program/left-files';

/** A command that has said or done so much is not followed to its end. */
const MOST_HAPPENINGS = 20_000;

/** Undefined where nobody knows what it does or says. */
export async function execute(
  pod: KubeObject,
  name: string,
  command: readonly string[],
  now: Instant,
  elsewhere: Elsewhere,
): Promise<Executed | undefined> {
  const container = allContainers(pod).find((one) => one.container.name === name)?.container;
  if (!container) return undefined;
  // Its environment is that of the container, and what files hold is so now.
  const { containerID = '', state } = allStatuses(pod).find((one) => one.name === name) ?? {};
  const startedAt = parseTime(state?.running?.startedAt ?? '') ?? now;
  const found = await surroundingsOfRun(pod, container, { startedAt, containerID }, elsewhere);
  const surroundings = withLeftFiles(found, pod, { ...container, command: [...command], args: [] }, 0);
  const network = await elsewhere.network?.();
  const words = command.map((text) => ({ text, foreign: false }));
  const program = programOf(words, { ...surroundings, startedAt: now, ...(network ? { network } : {}) });
  const said: Said[] = [];
  let time = 0;
  for (let happenings = 0; program && happenings < MOST_HAPPENINGS; happenings++) {
    const { done, value } = program.next();
    if (done) return typeof value === 'object' ? { said, exitCode: value.exitCode, time } : undefined;
    if (value.kind === 'wait') time += value.milliseconds;
    else if (value.kind === 'say') {
      // It says something that nobody knows.
      if (value.foreign && value.text === '') return undefined;
      const last = said.at(-1);
      if (last?.after === time) last.text += value.text;
      else said.push({ after: time, text: value.text });
    }
  }
  return undefined;
}
