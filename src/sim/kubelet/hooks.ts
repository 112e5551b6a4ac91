/** What the kubelet runs inside a container or asks of it: hooks and probes (kubernetes `pkg/kubelet/lifecycle/handlers.go`). */
import type { KubeObject } from '../../apimachinery/meta';
import { playProgram } from './behaviour';
import type { Container, Handler } from './container';
import type { Declared } from './declared';

export interface Outcome {
  /** Milliseconds. */
  runFor: number;
  exitCode: number;
}

/** How long the command of a handler takes and how it ends; undefined where it has none, or nobody knows. */
export function commandTime(pod: KubeObject, container: Container, handler: Handler): Outcome | undefined {
  const command = handler.exec?.command;
  if (!command) return undefined;
  if (known.has(handler)) return known.get(handler);
  const outcome = played(pod, container, command);
  known.set(handler, outcome);
  return outcome;
}

/** By handler: they are frozen, and asked again and again. */
const known = new WeakMap<Handler, Outcome | undefined>();

function played(pod: KubeObject, container: Container, command: string[]): Outcome | undefined {
  const ending = playProgram(pod, { ...container, command, args: [] });
  return ending && { runFor: ending.runFor ?? Number.POSITIVE_INFINITY, exitCode: ending.exitCode };
}

/** How long a hook takes, and whether it fails. What nobody knows ends well, at once. */
export function hookOutcome(
  pod: KubeObject,
  container: Container,
  hook: 'postStart' | 'preStop',
  declared: Declared,
): Outcome | undefined {
  const handler = container.lifecycle?.[hook];
  if (!handler) return undefined;
  const outcome = handler.sleep
    ? { runFor: handler.sleep.seconds * 1000, exitCode: 0 }
    : (commandTime(pod, container, handler) ?? { runFor: 0, exitCode: 0 });
  const runFor = Math.ceil(outcome.runFor / 1000) * 1000;
  return { runFor, exitCode: declared.failHook.includes(hook) ? 1 : outcome.exitCode };
}

/** What is told of a postStart hook that failed (HandlerRunner.Run). */
export function hookComplaint(pod: KubeObject, container: Container, { exitCode }: Outcome): string {
  const { postStart } = container.lifecycle ?? {};
  const { name, namespace, uid } = pod.metadata;
  const where = `for Container ${JSON.stringify(container.name)} in Pod "${name}_${namespace}(${uid})"`;
  const command = postStart?.exec?.command;
  if (command) {
    const error = `command '${command.join(' ')}' exited with ${exitCode}: `;
    return `Exec lifecycle hook ([${command.join(' ')}]) ${where} failed - error: ${error}, message: ""`;
  }
  const { path = '', port = 80, scheme = 'HTTP', host = pod['status']?.podIP ?? '' } = postStart?.httpGet ?? {};
  const target = `${host}:${portOf(container, port)}`;
  const url = `${scheme.toLowerCase()}://${target}${path.startsWith('/') ? path : `/${path}`}`;
  const error = `Get "${url}": dial tcp ${target}: connect: connection refused`;
  return `HTTP lifecycle hook (${path}) ${where} failed - error: ${error}`;
}

/** The number of a port that may be named. */
export function portOf({ ports }: Container, port: number | string): number | string {
  return ports?.find(({ name }) => name === port)?.containerPort ?? port;
}
