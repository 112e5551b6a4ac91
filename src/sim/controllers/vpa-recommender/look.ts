/** What containers use now, as metrics tell it; and which were killed for want of memory (autoscaler `pkg/recommender/input`). */
import type { LabelSelector } from '../../../apimachinery/labels';
import type { KubeObject } from '../../../apimachinery/meta';
import { parseTime } from '../../../apimachinery/time';
import { containersOf, resourcesOf } from '../../../apimachinery/vertical-scaling/container-resources';
import type { IndexedCache } from '../../controller';
import type { ContainerStatus } from '../../kubelet/container';
import type { PodSample, UsageReader } from '../../load/usage-reader';
import { podsSelected } from '../horizontalpodautoscaler/target';
import { groupKey, type PodFacts, type Sample, type SeenPod } from './history';

/** Pods that a recommender looks at: those that are no longer pending. */
export function podsMatched(namespace: string, selector: LabelSelector, cache: IndexedCache): readonly KubeObject[] {
  if (selector.empty) return cache.list('pods', namespace).filter(isStarted);
  return podsSelected(namespace, selector, cache).filter(isStarted);
}

function isStarted(pod: KubeObject): boolean {
  return pod['status']?.phase !== 'Pending';
}

/** Of the containers of these pods, sidecars left out. */
export function look(pods: readonly KubeObject[], usage: UsageReader): SeenPod[] {
  return pods.map((pod) => ({
    uid: pod.metadata.uid ?? '',
    facts: factsOf(pod),
    samples: samplesOf(usage.podSample(pod)),
  }));
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

/** Pods are frozen. */
const known = new WeakMap<KubeObject, PodFacts>();

function factsOf(pod: KubeObject): PodFacts {
  let facts = known.get(pod);
  if (!facts) {
    const { labels = {} } = pod.metadata;
    const containers = containersOf(pod).map(({ name }) => ({
      name,
      group: groupKey(labels, name),
      oom: oomOf(pod, name),
    }));
    facts = { labels, containers };
    known.set(pod, facts);
  }
  return facts;
}

/** The last time that it was killed so (oom/observer.go OnUpdate). */
function oomOf(pod: KubeObject, container: string): PodFacts['containers'][number]['oom'] {
  const statuses: ContainerStatus[] = pod['status']?.containerStatuses ?? [];
  const status = statuses.find(({ name }) => name === container);
  const ended = [status?.state.terminated, status?.lastState?.terminated].find(
    ({ reason } = {} as never) => reason === 'OOMKilled',
  );
  const at = parseTime(ended?.finishedAt ?? '');
  if (at === undefined) return undefined;
  return { at, requested: resourcesOf(pod, container).requests.get('memory')?.value() ?? 0 };
}
