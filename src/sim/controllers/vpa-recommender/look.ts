/** What containers use now, as metrics tell it; and which were killed for want of memory (autoscaler `pkg/recommender/input`). */
import type { LabelSelector } from '../../../apimachinery/labels';
import type { KubeObject } from '../../../apimachinery/meta';
import { parseTime } from '../../../apimachinery/time';
import { containersOf, resourcesOf } from '../../../apimachinery/vertical-scaling/container-resources';
import type { Instant } from '../../clock';
import type { IndexedCache } from '../../controller';
import type { ContainerStatus } from '../../kubelet/container';
import type { PodSample, UsageReader } from '../../load/usage-reader';
import { podsSelected } from '../horizontalpodautoscaler/target';
import type { Sample, Seen } from './history';
import { labelsText } from './memory';

/** Pods that a recommender looks at: those that are no longer pending. */
export function podsMatched(namespace: string, selector: LabelSelector, cache: IndexedCache): readonly KubeObject[] {
  if (selector.empty) return cache.list('pods', namespace).filter(isStarted);
  return podsSelected(namespace, selector, cache).filter(isStarted);
}

function isStarted(pod: KubeObject): boolean {
  return pod['status']?.phase !== 'Pending';
}

/** Of the containers of these pods, sidecars left out. */
export function look(pods: readonly KubeObject[], usage: UsageReader): Seen[] {
  return pods.flatMap((pod) => {
    const { uid = '', labels = {} } = pod.metadata;
    const measured = samplesOf(usage.podSample(pod));
    return factsOf(pod).map(({ container, labels: text, oom }): Seen => {
      return { pod: uid, labels, labelsText: text, container, sample: measured.get(container), oom };
    });
  });
}

/** Pods that are alike have one sample: amounts are worked out once for all of them. */
const amounts = new WeakMap<PodSample, ReadonlyMap<string, Sample>>();
const NOTHING: ReadonlyMap<string, Sample> = new Map();

function samplesOf(sample: PodSample | undefined): ReadonlyMap<string, Sample> {
  if (!sample) return NOTHING;
  let known = amounts.get(sample);
  if (!known) {
    known = new Map(
      sample.containers.map(({ name, cpu, memory }) => [
        name,
        // metrics tell nanocores and bytes; of those, calculateUsage takes whole millicores, rounded up
        { cpu: Math.ceil(Math.round(cpu * 1e9) / 1e6), memory: Math.round(memory) },
      ]),
    );
    amounts.set(sample, known);
  }
  return known;
}

interface Facts {
  container: string;
  labels: string;
  oom: { at: Instant; requested: number } | undefined;
}

/** Pods are frozen. */
const known = new WeakMap<KubeObject, readonly Facts[]>();

function factsOf(pod: KubeObject): readonly Facts[] {
  let facts = known.get(pod);
  if (!facts) {
    const labels = labelsText(pod.metadata.labels);
    facts = containersOf(pod).map(({ name }) => ({ container: name, labels, oom: oomOf(pod, name) }));
    known.set(pod, facts);
  }
  return facts;
}

/** The last time that it was killed so (oom/observer.go OnUpdate). */
function oomOf(pod: KubeObject, container: string): Facts['oom'] {
  const statuses: ContainerStatus[] = pod['status']?.containerStatuses ?? [];
  const status = statuses.find(({ name }) => name === container);
  const ended = [status?.state.terminated, status?.lastState?.terminated].find(
    ({ reason } = {} as never) => reason === 'OOMKilled',
  );
  const at = parseTime(ended?.finishedAt ?? '');
  if (at === undefined) return undefined;
  return { at, requested: resourcesOf(pod, container).requests.get('memory')?.value() ?? 0 };
}
