/** The phase of a pod by what its containers do (the facts of kubernetes `pkg/kubelet/kubelet_pods_test.go`, TestPodPhase…). */
import type { KubeObject } from '../../../src/apimachinery/meta';
import type { ContainerStatus } from '../../../src/sim/kubelet/container';
import { podPhase } from '../../../src/sim/kubelet/pod-status';

/** What a container does, in a word: `waits`, `runs`, `unstarted`, `0`, `1` (ended so), `again 1` (waits after it ended so). */
type Doing = string;

function status(name: string, doing: Doing): ContainerStatus {
  const common = { name, image: 'i', imageID: '', ready: false, restartCount: 0, lastState: {} };
  if (doing === 'waits') return { ...common, state: { waiting: { reason: 'PodInitializing' } } };
  if (doing === 'runs' || doing === 'unstarted')
    return { ...common, started: doing === 'runs', state: { running: { startedAt: '2026-01-01T00:00:00Z' } } };
  const [, again, code, reason = 'Error'] = /^(again )?(\d+)(?: (\w+))?$/.exec(doing) as RegExpExecArray;
  const time = '2026-01-01T00:00:00Z';
  const terminated = { exitCode: Number(code), reason, startedAt: time, finishedAt: time, containerID: 'c' };
  if (!again) return { ...common, state: { terminated } };
  return { ...common, state: { waiting: { reason: 'CrashLoopBackOff' } }, lastState: { terminated } };
}

/** `{ init, sidecars, main }`, each a list of what containers do; a sidecar stands behind the init containers. */
interface Case {
  policy: 'Always' | 'OnFailure' | 'Never';
  init?: Doing[];
  sidecars?: Doing[];
  main: Doing[];
  ended?: boolean;
  phase: string;
}

const cases: Case[] = [
  { policy: 'Always', main: ['waits', 'waits'], phase: 'Pending' },
  { policy: 'Always', main: ['runs', 'runs'], phase: 'Running' },
  { policy: 'Always', main: ['0', '1'], phase: 'Running' },
  { policy: 'Always', main: ['0', '0'], ended: true, phase: 'Succeeded' },
  { policy: 'Always', main: ['0', '1'], ended: true, phase: 'Failed' },
  { policy: 'Always', main: ['runs', '1'], phase: 'Running' },
  { policy: 'Always', main: ['runs', 'waits'], phase: 'Pending' },
  { policy: 'Always', main: ['runs', 'again 1'], phase: 'Running' },
  { policy: 'Never', main: ['0', '0'], phase: 'Succeeded' },
  { policy: 'Never', main: ['1', '1'], phase: 'Failed' },
  { policy: 'Never', main: ['runs', '1'], phase: 'Running' },
  { policy: 'Never', main: ['again 137 RestartingAllContainers'], phase: 'Running' },
  { policy: 'OnFailure', main: ['0', '0'], phase: 'Succeeded' },
  { policy: 'OnFailure', main: ['1', '1'], phase: 'Running' },
  { policy: 'OnFailure', main: ['runs', 'waits'], phase: 'Pending' },
  { policy: 'OnFailure', main: ['runs', 'again 1'], phase: 'Running' },

  { policy: 'Never', init: ['waits'], main: ['waits'], phase: 'Pending' },
  { policy: 'Never', init: ['runs'], main: ['waits'], phase: 'Pending' },
  { policy: 'Never', init: ['1'], main: ['waits'], phase: 'Failed' },
  { policy: 'Never', init: ['137 RestartingAllContainers'], main: ['waits'], phase: 'Pending' },
  { policy: 'Always', init: ['1'], main: ['waits'], phase: 'Pending' },
  { policy: 'Always', init: ['again 1'], main: ['waits'], phase: 'Pending' },
  { policy: 'Always', init: ['0'], main: ['waits'], phase: 'Pending' },
  { policy: 'Never', init: ['0'], main: ['0', '0'], phase: 'Succeeded' },
  { policy: 'Never', init: ['0'], main: ['0', '1'], phase: 'Failed' },
  { policy: 'Never', init: ['runs'], main: ['again 1'], phase: 'Pending' },

  { policy: 'Never', sidecars: ['unstarted'], main: ['waits'], phase: 'Pending' },
  { policy: 'Never', sidecars: ['runs'], main: ['waits'], phase: 'Pending' },
  { policy: 'Never', sidecars: ['runs'], main: ['runs'], phase: 'Running' },
  { policy: 'Never', sidecars: ['unstarted'], main: ['runs'], phase: 'Running' },
  { policy: 'Never', sidecars: ['runs'], main: ['0'], phase: 'Running' },
  { policy: 'Never', sidecars: ['0'], main: ['0'], phase: 'Succeeded' },
  { policy: 'Never', sidecars: ['1'], main: ['0'], phase: 'Succeeded' },
  { policy: 'Never', sidecars: ['again 1'], main: ['runs'], phase: 'Running' },
  { policy: 'Never', sidecars: ['again 1'], main: ['0'], phase: 'Succeeded' },
  { policy: 'OnFailure', sidecars: ['0'], main: ['1'], phase: 'Running' },
];

test.each(cases)('$policy: init $init, sidecars $sidecars, main $main: $phase', (one) => {
  const { policy, init = [], sidecars = [], main, ended = false, phase } = one;
  const containers = (kind: string, doings: Doing[], more = {}) =>
    doings.map((_, i) => ({ name: `${kind}-${i}`, image: 'i', ...more }));
  const statuses = (kind: string, doings: Doing[]) => doings.map((doing, i) => status(`${kind}-${i}`, doing));
  const pod: KubeObject = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {},
    spec: {
      restartPolicy: policy,
      initContainers: [...containers('init', init), ...containers('sidecar', sidecars, { restartPolicy: 'Always' })],
      containers: containers('main', main),
    },
  };
  const initContainerStatuses = [...statuses('init', init), ...statuses('sidecar', sidecars)];
  expect(podPhase(pod, { initContainerStatuses, containerStatuses: statuses('main', main) }, ended)).toBe(phase);
});
