/** `run --attach`: waits for the pod, attaches to it or shows its log, and leaves with its exit status (run.go handleAttachPod). */
import type { KubeObject } from '../../apimachinery/meta';
import { attachTo } from '../attach/run-attach';
import { CommandError, ExitSilently, type Invocation } from '../command';
import { messageOf } from '../errors';
import { followLogs, printLogs } from '../logs/log-output';
import { logRequests } from '../logs/log-requests';
import { podRunningTimeout } from '../pods/flags';
import { PODS } from '../pods/pods-of';

export async function attachToPod(invocation: Invocation, made: KubeObject): Promise<void> {
  const { flags } = invocation;
  const timeout = podRunningTimeout(flags);
  const pod = await waitForPod(invocation, made, timeout, (one) => isOver(one) || isReady(one));
  const container: string = pod['spec'].containers[0].name;
  if (!isOver(pod)) await tryToAttach(invocation, pod, container);
  const restart = flags.string('restart');
  const ends = !flags.bool('leave-stdin-open') && (restart === 'Never' || restart === 'OnFailure');
  await showLog(invocation, pod, container, timeout, ends);
  if (!ends) return;
  const mayFail = restart === 'Never';
  leaveAs(
    await waitForPod(invocation, made, timeout, (one) => phaseOf(one) === 'Succeeded' || (mayFail && isOver(one))),
    invocation,
  );
}

async function tryToAttach(invocation: Invocation, pod: KubeObject, container: string): Promise<void> {
  const { flags, streams } = invocation;
  try {
    await attachTo(invocation, pod, {
      container,
      stdin: flags.bool('stdin'),
      tty: flags.bool('tty'),
      quiet: flags.bool('quiet'),
    });
  } catch (error) {
    const where = `pod/${pod.metadata.name}`;
    streams.err(`warning: couldn't attach to ${where}, falling back to streaming logs: ${messageOf(error)}\n`);
  }
}

/** Until now, or until the container ends. */
async function showLog(
  invocation: Invocation,
  pod: KubeObject,
  container: string,
  timeout: number,
  follow: boolean,
): Promise<void> {
  const query = follow ? { follow: 'true' } : {};
  const selection = { container, allContainers: false, allPods: false, timeout, query };
  const requests = await logRequests(invocation, pod, selection);
  await (follow ? followLogs : printLogs)(invocation, requests, { prefix: false, ignoreErrors: false, timeout });
}

/** Throws when it does not come to what is waited for in time. */
async function waitForPod(
  invocation: Invocation,
  { metadata }: KubeObject,
  timeout: number,
  condition: (pod: KubeObject) => boolean,
): Promise<KubeObject> {
  const { namespace = '', name = '' } = metadata;
  const client = await invocation.client();
  const time = await invocation.time();
  const deadline = time.now() + timeout;
  for (;;) {
    const pod = await client.get(PODS, namespace, name);
    if (condition(pod)) return pod;
    const left = deadline - time.now();
    if (left <= 0 || !(await time.pass(left))) throw new CommandError('timed out waiting for the condition');
  }
}

/** Ends the command as the container has ended. */
function leaveAs(pod: KubeObject, { streams }: Invocation): void {
  if (phaseOf(pod) === 'Succeeded') return;
  const where = `pod ${pod.metadata.namespace}/${pod.metadata.name}`;
  const ended = pod['status'].containerStatuses?.[0]?.state?.terminated;
  if (!ended?.exitCode) throw new CommandError(`${where} failed with unknown exit code`);
  streams.err(`${where} terminated (${ended.reason})\n${ended.message ? `${ended.message}\n` : ''}`);
  throw new ExitSilently(ended.exitCode);
}

function phaseOf(pod: KubeObject): string {
  return pod['status']?.phase ?? '';
}

function isOver(pod: KubeObject): boolean {
  return phaseOf(pod) === 'Succeeded' || phaseOf(pod) === 'Failed';
}

function isReady(pod: KubeObject): boolean {
  const conditions: { type: string; status: string }[] = pod['status']?.conditions ?? [];
  return phaseOf(pod) === 'Running' && conditions.some(({ type, status }) => type === 'Ready' && status === 'True');
}
