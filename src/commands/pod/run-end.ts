/** Notes on a pod that containers of it end now, or that a probe fails. */
import { type Befallen, befallenText, containerAnnotation, windowText } from '../../apimachinery/behaviour-annotations';
import type { KubeObject } from '../../apimachinery/meta';
import { CommandError, type Invocation, UsageError } from '../command';
import { containersIn, findOrDefaultContainer, type PodContainer } from '../pods/containers';
import { simulatedNow } from '../simulated-clock';

const PODS = { group: '', version: 'v1', resource: 'pods' };
const LARGEST_CODE = 255;

export interface Ending extends Omit<Befallen, 'at'> {
  /** All main containers, unless one is named. */
  all?: boolean;
  said: string;
}

export async function runEnd(invocation: Invocation, { exitCode, reason, all, said }: Ending): Promise<void> {
  const { flags } = invocation;
  if (exitCode < 0 || exitCode > LARGEST_CODE)
    throw new CommandError(`--exit-code must be from 0 to ${LARGEST_CODE}, not ${exitCode}`);
  const pod = await namedPod(invocation);
  const at = await simulatedNow(invocation);
  const everyone = all === true && flags.string('container') === '';
  const running = everyone
    ? containersIn(pod, 'containers').filter(({ name }) => runs(pod, name))
    : [chosen(invocation, pod)];
  const [first] = running;
  if (!first || !runs(pod, first.name))
    throw new CommandError(
      first
        ? `container ${JSON.stringify(first.name)} in pod ${JSON.stringify(pod.metadata.name)} is not running`
        : `no container in pod ${JSON.stringify(pod.metadata.name)} is running`,
    );
  const text = befallenText({ at, exitCode, ...(reason ? { reason } : {}) });
  await annotate(invocation, pod, running, 'end', () => text);
  const which = everyone || containersIn(pod, 'containers').length === 1 ? '' : `container ${first.name} `;
  invocation.streams.out(`pod/${pod.metadata.name} ${which}${said}\n`);
}

const PROBES = ['startup', 'liveness', 'readiness'];

export async function runFailProbe(invocation: Invocation): Promise<void> {
  const { flags, streams } = invocation;
  const probe = flags.string('probe');
  if (!PROBES.includes(probe))
    throw new CommandError(`invalid probe ${JSON.stringify(probe)}: it must be one of startup, liveness, readiness`);
  const pod = await namedPod(invocation);
  const now = await simulatedNow(invocation);
  const duration = flags.duration('for');
  const container = chosen(invocation, pod);
  if (!(container as unknown as Record<string, unknown>)[`${probe}Probe`])
    throw new CommandError(
      `container ${JSON.stringify(container.name)} in pod ${JSON.stringify(pod.metadata.name)} has no ${probe} probe`,
    );
  const window = windowText(probe, now, duration > 0 ? now + duration : undefined);
  await annotate(invocation, pod, [container], 'fail-probe', (present) => {
    const others = (present ?? '').split(',').filter((part) => part !== '' && part.split('@')[0] !== probe);
    return [...others, window].join(',');
  });
  streams.out(`pod/${pod.metadata.name} fails its ${probe} probe\n`);
}

async function namedPod(invocation: Invocation): Promise<KubeObject> {
  const { args } = invocation;
  if (args.length !== 1) throw new UsageError('one pod must be named');
  const client = await invocation.client();
  const { namespace } = await invocation.namespace();
  return client.get(PODS, namespace, (args[0] as string).replace(/^(pods?|po)\//, ''));
}

function chosen(invocation: Invocation, pod: KubeObject): PodContainer {
  return findOrDefaultContainer(pod, invocation.flags.string('container'), (text) => invocation.streams.err(text));
}

function runs(pod: KubeObject, container: string): boolean {
  const { containerStatuses = [], initContainerStatuses = [], ephemeralContainerStatuses = [] } = pod['status'] ?? {};
  return [...containerStatuses, ...initContainerStatuses, ...ephemeralContainerStatuses].some(
    ({ name, state }) => name === container && state?.running,
  );
}

async function annotate(
  invocation: Invocation,
  pod: KubeObject,
  containers: readonly PodContainer[],
  name: string,
  value: (present: string | undefined) => string,
): Promise<void> {
  const annotations: Record<string, string> = {};
  for (const container of containers) {
    const key = containerAnnotation(container.name, name);
    annotations[key] = value(pod.metadata.annotations?.[key]);
  }
  const { namespace = '', name: podName = '' } = pod.metadata;
  const client = await invocation.client();
  await client.patch(
    PODS,
    namespace,
    podName,
    'merge',
    { metadata: { annotations } },
    {
      fieldManager: invocation.fieldManager('kubectl-pod'),
    },
  );
}
