/** Waits for the container to debug with and attaches to it, or shows its log (DebugOptions.handleAttachPod). */
import type { KubeObject } from '../../apimachinery/meta';
import { notFound } from '../../apimachinery/status';
import { attachTo } from '../attach/run-attach';
import { CommandError, type Invocation } from '../command';
import { messageOf } from '../errors';
import { isNotFound } from '../invocation';
import { printLogs } from '../logs/log-output';
import { logRequests } from '../logs/log-requests';
import { PODS } from '../pods/pods-of';
import type { DebugOptions } from './debug-options';

/** How far time may go in one step while nothing happens. */
const STEP = 3_600_000;

export async function attachToDebugger(
  invocation: Invocation,
  made: KubeObject,
  container: string,
  options: DebugOptions,
): Promise<void> {
  const pod = await waitForContainer(invocation, made, container, options.quiet);
  const { stdin, tty, quiet } = options;
  if (!statusOf(pod, container)?.state?.terminated) {
    try {
      return await attachTo(invocation, pod, { container, stdin, tty, quiet });
    } catch (error) {
      const where = `pod/${pod.metadata.name}`;
      invocation.streams.err(
        `warning: couldn't attach to ${where}, falling back to streaming logs: ${messageOf(error)}\n`,
      );
    }
  }
  await showLog(invocation, pod, container);
}

/** What the container has written until now. */
export async function showLog(invocation: Invocation, pod: KubeObject, container: string): Promise<void> {
  const selection = { container, allContainers: false, allPods: false, timeout: 0, query: {} };
  const requests = await logRequests(invocation, pod, selection);
  await printLogs(invocation, requests, { prefix: false, ignoreErrors: false, timeout: 0 });
}

async function waitForContainer(
  invocation: Invocation,
  made: KubeObject,
  container: string,
  quiet: boolean,
): Promise<KubeObject> {
  const client = await invocation.client();
  const time = await invocation.time();
  const { namespace = '', name = '' } = made.metadata;
  let said = '';
  for (;;) {
    let pod: KubeObject;
    try {
      pod = await client.get(PODS, namespace, name);
    } catch (error) {
      if (isNotFound(error)) throw notFound({ group: '', resource: 'pods' }, '');
      throw error;
    }
    const { running, terminated, waiting } = statusOf(pod, container)?.state ?? {};
    if (running || terminated) return pod;
    const message = waiting?.message ?? '';
    if (!quiet && message !== '' && message !== said) {
      invocation.streams.err(`Warning: container ${container}: ${message}\n`);
    }
    said = message;
    // Nothing will ever change, and so the container never starts.
    if (!(await time.pass(STEP))) throw new CommandError('timed out waiting for the condition');
  }
}

interface ContainerStatus {
  name: string;
  state?: { running?: unknown; terminated?: unknown; waiting?: { message?: string } };
}

function statusOf(pod: KubeObject, container: string): ContainerStatus | undefined {
  const { initContainerStatuses = [], containerStatuses = [], ephemeralContainerStatuses = [] } = pod['status'] ?? {};
  const all: ContainerStatus[] = [...initContainerStatuses, ...containerStatuses, ...ephemeralContainerStatuses];
  return all.find(({ name }) => name === container);
}
