/** What a simulated container does once it is started: servers run on, commands that say when they end do so. */
import { controllerOf, type KubeObject } from '../../apimachinery/meta';
import { mayAsk } from './asking';
import type { Container } from './container';
import { containerProgram } from './program/container-program';
import { findsLeftFiles, surroundingsInRun } from './program/left-files';
import { type PodNetwork, RunsOn } from './program/program';

export interface Behaviour {
  /** Milliseconds until it ends by itself; undefined for one that runs on. */
  runFor?: number;
  exitCode: number;
  /** The files that it makes and removes, after so many milliseconds each. */
  files?: readonly FileChange[];
}

export interface FileChange {
  after: number;
  path: string;
  exists: boolean;
}

/** How long work takes that says nothing of itself: an init container, one of a Job, `echo`, `true`. */
export const SHORT_WORK = 1000;

const RUNS_ON: Behaviour = { exitCode: 0 };
const WORKS: Behaviour = { runFor: SHORT_WORK, exitCode: 0 };

/** A program that has not ended after so much is taken for one that never does. */
const MOST_HAPPENINGS = 20_000;

/** A program that has asked so often is taken for one that asks until it is answered otherwise. */
const MOST_REQUESTS = 500;

/**
 * `init`: an init container that is no sidecar; it is there to end, as are those that do the work of a Job or of `run -i`.
 * `restarts`: how many runs of it there were before.
 */
export function behaviourOf(
  pod: KubeObject,
  container: Container,
  init: boolean,
  network?: PodNetwork,
  restarts = 0,
): Behaviour {
  const commanded = commandBehaviour(pod, container, network, restarts);
  if (commanded) return commanded;
  const isWork = init || (doesWork(pod, container) && pod['spec'].containers.includes(container));
  return isWork ? WORKS : RUNS_ON;
}

/** Nobody can be attached to it: what reads from whoever is finds its input at an end. */
function doesWork(pod: KubeObject, { stdinOnce }: Container): boolean {
  const { restartPolicy } = pod['spec'];
  if (controllerOf(pod)?.kind === 'Job') return restartPolicy !== 'Always';
  return stdinOnce === true && restartPolicy === 'Never';
}

/** By container: they are frozen, and looked at again and again. */
const known = new WeakMap<Container, { run: number; behaviour: Behaviour | undefined }>();

/**
 * How long its command takes and how it ends, where that can be told (program/builtins.ts). What asks for something over the network
 * is answered as the cluster is now: one that waits for a Service goes on waiting, or has what it waited for.
 */
function commandBehaviour(
  pod: KubeObject,
  container: Container,
  network: PodNetwork | undefined,
  restarts: number,
): Behaviour | undefined {
  if (!hasCommand(container)) return undefined;
  // One run is as the other, but for what they leave behind.
  const run = restarts > 0 && findsLeftFiles(pod, container) ? restarts : 0;
  if (network && mayAsk(container)) return askingBehaviour(pod, container, network, run);
  let last = known.get(container);
  if (last?.run !== run) {
    last = { run, behaviour: takingTime(playProgram(pod, container, undefined, run)) };
    known.set(container, last);
  }
  return last.behaviour;
}

function hasCommand({ command, args }: Container): boolean {
  return (command !== undefined && command.length > 0) || (args !== undefined && args.length > 0);
}

/** One thing that was asked, and what came of it. */
interface Request {
  again(network: PodNetwork): string;
  answer: string;
}

interface Play {
  run: number;
  asked: ReadonlyMap<string, Request>;
  behaviour: Behaviour | undefined;
}

const plays = new WeakMap<Container, Play>();

/** As long as it would find the same on the network as when it was played, it does the same. */
function askingBehaviour(
  pod: KubeObject,
  container: Container,
  network: PodNetwork,
  run: number,
): Behaviour | undefined {
  const last = plays.get(container);
  const isSame = [...(last?.asked.values() ?? [])].every(({ again, answer }) => again(network) === answer);
  if (last?.run === run && isSame) return last.behaviour;
  const asked = new Map<string, Request>();
  const behaviour = takingTime(playProgram(pod, container, noting(network, asked), run));
  plays.set(container, { run, asked, behaviour });
  return behaviour;
}

function noting(network: PodNetwork, asked: Map<string, Request>): PodNetwork {
  let requests = 0;
  const note = (key: string, again: Request['again']) => {
    if (++requests > MOST_REQUESTS) throw new RunsOn();
    if (!asked.has(key)) asked.set(key, { again, answer: again(network) });
  };
  return {
    resolver: network.resolver,
    connect(host, port) {
      note(`${host}:${port}`, (now) => now.connect(host, port).outcome);
      return network.connect(host, port);
    },
    ask(name, type) {
      note(`${name} ${type}`, (now) => {
        const answer = now.ask(name, type);
        return typeof answer === 'string' ? answer : `${answer.code} ${answer.answers.length}`;
      });
      return network.ask(name, type);
    },
  };
}

function takingTime(played: Behaviour | undefined): Behaviour | undefined {
  return played?.runFor === undefined ? played : { ...played, runFor: Math.max(played.runFor, SHORT_WORK) };
}

/** Plays the container's command to its end; undefined where nobody knows what it does. */
export function playProgram(
  pod: KubeObject,
  container: Container,
  network?: PodNetwork,
  run = 0,
): Behaviour | undefined {
  if (!hasCommand(container)) return undefined;
  // Nothing that takes time or decides hangs on what time it is.
  const surroundings = { ...surroundingsInRun(pod, container, 0, run), hurried: true };
  const program = containerProgram(container, network ? { ...surroundings, network } : surroundings);
  if (!program) return undefined;
  let runFor = 0;
  const changes: FileChange[] = [];
  const there = new Map<string, boolean>();
  const files = () => (changes.length > 0 ? { files: changes } : {});
  for (let happenings = 0; happenings < MOST_HAPPENINGS; happenings++) {
    const { done, value } = program.next();
    if (done) {
      if (value === 'unknown') return undefined;
      return value === 'runs on' ? { ...RUNS_ON, ...files() } : { runFor, exitCode: value.exitCode, ...files() };
    }
    if (value.kind === 'wait') runFor += value.milliseconds;
    else if (value.kind === 'file' && there.get(value.path) !== value.exists) {
      there.set(value.path, value.exists);
      changes.push({ after: runFor, path: value.path, exists: value.exists });
    }
  }
  return { ...RUNS_ON, ...files() };
}
