/**
 * The last words of a container: what it has written to its termination log, or else, if it failed and is to be read so, the end of what it
 * said (kubernetes `pkg/kubelet/kuberuntime/kuberuntime_container.go` getTerminationMessage).
 */
import type { KubeObject } from '../../apimachinery/meta';
import type { Instant } from '../clock';
import type { Container } from './container';
import { containerProgram } from './program/container-program';
import { restartsOf, surroundingsInRun } from './program/left-files';

const USUAL_PATH = '/dev/termination-log';
const LONGEST_MESSAGE = 4096;
const LONGEST_LOG = 2048;
const MOST_LINES = 80;
/** A program that has done more by then is not followed. */
const MOST_HAPPENINGS = 20_000;

export function terminationMessage(
  pod: KubeObject,
  container: Container,
  since: Instant,
  end: Instant,
  exitCode: number,
): string | undefined {
  const { command = [], args = [], terminationMessagePath: path = USUAL_PATH, terminationMessagePolicy } = container;
  const readsLog = terminationMessagePolicy === 'FallbackToLogsOnError' && exitCode !== 0;
  if (!readsLog && ![...command, ...args].some((word) => word.includes(path))) return undefined;
  const program = containerProgram(container, surroundingsInRun(pod, container, since, restartsOf(pod, container)));
  let at = since;
  let message = '';
  let log = '';
  for (let happenings = 0; program && happenings < MOST_HAPPENINGS; happenings++) {
    const { done, value } = program.next();
    if (done) break;
    if (value.kind === 'wait') at += value.milliseconds;
    else if (value.kind === 'say') log += value.text;
    else if (value.path === path) message = value.exists ? (value.text ?? message) : '';
    if (at > end) break;
  }
  const text = message.slice(-LONGEST_MESSAGE) || (readsLog ? lastLines(log) : '');
  return text === '' ? undefined : text;
}

function lastLines(log: string): string {
  const lines = log.split(/(?<=\n)/);
  return lines.slice(-MOST_LINES).join('').slice(-LONGEST_LOG);
}
