/** What a simulated container has written: what its command says, as far as that can be told (behaviour.ts has the time it takes). */
import type { KubeObject } from '../../apimachinery/meta';
import { badRequest } from '../../apimachinery/status';
import { parseTime } from '../../apimachinery/time';
import type { Instant } from '../clock';
import { mayAsk } from './asking';
import { allContainers, allStatuses } from './container';
import { containerProgram } from './program/container-program';
import { type Elsewhere, surroundingsOfRun } from './program/environment';
import { restartsOf, withLeftFiles } from './program/left-files';
import type { Program } from './program/program';

export interface LogLine {
  at: Instant;
  /** With its line end; without one it is the last and not finished. */
  text: string;
}

/** The log of one run of a container, read on from where it was left. */
export interface ContainerLog {
  /** Which run it is. */
  containerID: string;
  /** Its end; undefined while it runs. */
  finishedAt: Instant | undefined;
  /** Whether nobody knows what it does from where it was read to: it may wait for something to be typed. */
  readonly untold: boolean;
  /** What has been written by then and was not read before. */
  readUntil(now: Instant): LogLine[];
}

/** A log that has grown past this is begun anew: only the last file is shown (kubelet containerLogMaxSize, 10Mi). */
const MOST_LETTERS = 10 * 1024 * 1024;

/**
 * What it asked for over the network is told as it would be answered now.
 * @throws ApiError 400 where there is no log (kubelet_pods.go validateContainerLogStatus)
 */
export async function openContainerLog(
  pod: KubeObject,
  name: string,
  previous: boolean,
  elsewhere: Elsewhere,
): Promise<ContainerLog> {
  const run = runOf(pod, name, previous);
  const container = allContainers(pod).find((one) => one.container.name === name)?.container;
  // What its image runs nobody knows.
  if (!container?.command?.length && !container?.args?.length) return new ProgramLog(run, undefined);
  const before = Math.max(0, restartsOf(pod, container) - (previous ? 1 : 0));
  const found = await surroundingsOfRun(pod, container, run, elsewhere);
  const surroundings = withLeftFiles(found, pod, container, before);
  const { network } = elsewhere;
  if (network && mayAsk(container)) surroundings.network = await network();
  return new ProgramLog(run, containerProgram(container, surroundings));
}

interface Run {
  containerID: string;
  startedAt: Instant;
  finishedAt: Instant | undefined;
}

class ProgramLog implements ContainerLog {
  readonly containerID: string;
  readonly finishedAt: Instant | undefined;
  untold: boolean;
  private at: Instant;
  private partial: LogLine | undefined;
  private program: Program | undefined;

  constructor({ containerID, startedAt, finishedAt }: Run, program: Program | undefined) {
    this.containerID = containerID;
    this.finishedAt = finishedAt;
    this.at = startedAt;
    this.program = program;
    this.untold = program === undefined;
  }

  readUntil(now: Instant): LogLine[] {
    let lines: LogLine[] = [];
    let letters = 0;
    while (this.program && this.at <= now) {
      const { done, value } = this.program.next();
      if (done) {
        this.untold = value === 'unknown';
        this.program = undefined;
        break;
      }
      if (value.kind === 'wait') {
        this.at += value.milliseconds;
        continue;
      }
      if (value.kind === 'file') continue;
      for (const text of value.text.split(/(?<=\n)/)) {
        const line = this.write(text);
        if (!line) continue;
        lines.push(line);
        letters += line.text.length;
      }
      if (letters > MOST_LETTERS) [lines, letters] = [[], 0];
    }
    // What was begun is shown as far as it goes, when nothing more comes.
    if (this.partial && (!this.program || this.finishedAt !== undefined)) {
      lines.push(this.partial);
      this.partial = undefined;
    }
    return lines;
  }

  private write(text: string): LogLine | undefined {
    const begun = this.partial ?? { at: this.at, text: '' };
    const line = { at: begun.at, text: begun.text + text };
    this.partial = line.text.endsWith('\n') || line.text === '' ? undefined : line;
    return this.partial || line.text === '' ? undefined : line;
  }
}

/** The run whose log is meant. @throws ApiError 400 */
function runOf(pod: KubeObject, name: string, previous: boolean): Run {
  const status = allStatuses(pod).find((one) => one.name === name);
  const container = `container ${JSON.stringify(name)} in pod ${JSON.stringify(pod.metadata.name)}`;
  if (!status) throw badRequest(`${container} is not available`);
  const { state = {}, lastState = {} } = status;
  const { waiting, running, terminated } = state;
  const last = lastState.terminated;
  const ended = (end: typeof last): Run | undefined =>
    end?.containerID
      ? {
          containerID: end.containerID,
          startedAt: parseTime(end.startedAt) ?? 0,
          finishedAt: parseTime(end.finishedAt) ?? 0,
        }
      : undefined;
  if (previous) {
    const run = ended(last);
    if (!run) throw badRequest(`previous terminated ${container} not found`);
    return run;
  }
  if (running) {
    const startedAt = parseTime(running.startedAt) ?? 0;
    return { containerID: status.containerID ?? '', startedAt, finishedAt: undefined };
  }
  if (terminated || last) {
    const run = ended(terminated) ?? ended(last);
    if (!run) throw badRequest(`${container} is terminated`);
    return run;
  }
  if (!waiting) throw badRequest(`${container} is waiting to start - no logs yet`);
  throw badRequest(`${container} is waiting to start: ${whyWaiting(waiting.reason ?? '')}`);
}

function whyWaiting(reason: string): string {
  if (reason === 'ErrImagePull') return "image can't be pulled";
  return reason === 'ImagePullBackOff' ? 'trying and failing to pull image' : reason;
}
