/** What a simulated container does once it is started: servers run on, commands that say when they end do so. */
import type { KubeObject } from '../../apimachinery/meta';
import type { Container } from './container';
import { containerProgram } from './program/container-program';
import { surroundingsOf } from './program/environment';
import { type Connect, mayConnect } from './program/network';
import { RunsOn } from './program/program';

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

/** How long work takes that says nothing of itself: an init container, `echo`, `true`. */
export const SHORT_WORK = 1000;

const RUNS_ON: Behaviour = { exitCode: 0 };

/** A program that has not ended after so much is taken for one that never does. */
const MOST_HAPPENINGS = 20_000;

/** A program that has asked so often is taken for one that asks until it is answered otherwise. */
const MOST_REQUESTS = 500;

/** `init`: an init container that is no sidecar; it is there to end. */
export function behaviourOf(pod: KubeObject, container: Container, init: boolean, connect?: Connect): Behaviour {
  return commandBehaviour(pod, container, connect) ?? (init ? { runFor: SHORT_WORK, exitCode: 0 } : RUNS_ON);
}

/** By container: they are frozen, and looked at again and again. */
const known = new WeakMap<Container, Behaviour | undefined>();

/**
 * How long its command takes and how it ends, where that can be told (program/builtins.ts). What asks for something over the network
 * is answered as the cluster is now: one that waits for a Service goes on waiting, or has what it waited for.
 */
function commandBehaviour(pod: KubeObject, container: Container, connect: Connect | undefined): Behaviour | undefined {
  if (connect && mayConnect(container)) return connectedBehaviour(pod, container, connect);
  if (!known.has(container)) known.set(container, takingTime(playProgram(pod, container)));
  return known.get(container);
}

interface ConnectedPlay {
  /** By host and port. */
  found: ReadonlyMap<string, { host: string; port: number; outcome: string }>;
  behaviour: Behaviour | undefined;
}

const plays = new WeakMap<Container, ConnectedPlay>();

/** As long as it would find the same on the network as when it was played, it does the same. */
function connectedBehaviour(pod: KubeObject, container: Container, connect: Connect): Behaviour | undefined {
  const last = plays.get(container);
  const isSame = [...(last?.found.values() ?? [])].every((one) => connect(one.host, one.port).outcome === one.outcome);
  if (last && isSame) return last.behaviour;
  const found = new Map<string, { host: string; port: number; outcome: string }>();
  let requests = 0;
  const connectAndNote: Connect = (host, port) => {
    if (++requests > MOST_REQUESTS) throw new RunsOn();
    const connection = connect(host, port);
    found.set(`${host}:${port}`, { host, port, outcome: connection.outcome });
    return connection;
  };
  const behaviour = takingTime(playProgram(pod, container, connectAndNote));
  plays.set(container, { found, behaviour });
  return behaviour;
}

function takingTime(played: Behaviour | undefined): Behaviour | undefined {
  return played?.runFor === undefined ? played : { ...played, runFor: Math.max(played.runFor, SHORT_WORK) };
}

/** Plays the container's command to its end; undefined where nobody knows what it does. */
export function playProgram(pod: KubeObject, container: Container, connect?: Connect): Behaviour | undefined {
  // Nothing that takes time or decides hangs on what time it is.
  const surroundings = { ...surroundingsOf(pod, container, 0), hurried: true };
  const program = containerProgram(container, connect ? { ...surroundings, connect } : surroundings);
  if (!program) return undefined;
  let runFor = 0;
  const changes: FileChange[] = [];
  const files = () => (changes.length > 0 ? { files: changes } : {});
  for (let happenings = 0; happenings < MOST_HAPPENINGS; happenings++) {
    const { done, value } = program.next();
    if (done) {
      if (value === 'unknown') return undefined;
      return value === 'runs on' ? { ...RUNS_ON, ...files() } : { runFor, exitCode: value.exitCode, ...files() };
    }
    if (value.kind === 'wait') runFor += value.milliseconds;
    else if (value.kind === 'file') changes.push({ after: runFor, path: value.path, exists: value.exists });
  }
  return { ...RUNS_ON, ...files() };
}
