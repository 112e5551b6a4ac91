/** What pods are told of a look: that it adds nodes for them, or why it does not (autoscaler `processors/status`, `processors/capacitybuffer`). */
import type { IndexedCache } from '../controller';
import type { PodInfo } from '../scheduler/pod-info';
import { byBuffer, isBuffer } from './capacity-buffers';
import type { Effects } from './effects';
import { isExpected } from './expected-pods';
import type { ScaleUpOutcome, Unhelped } from './scale-up';

interface World {
  effects: Effects;
  cache: Pick<IndexedCache, 'get'>;
}

/** EventingScaleUpStatusProcessor */
export function sayUnhelped(outcome: ScaleUpOutcome, { effects, cache }: World): void {
  const { result, resizes, triggered, unhelped } = outcome;
  const current = ({ namespace, name, pod }: PodInfo) => cache.get('pods', namespace, name) ?? pod;
  if (result !== 'ScaleUpSuccessful' && result !== 'ScaleUpError')
    for (const one of unhelped.filter(({ pod }) => !isExpected(pod) && !isBuffer(pod)))
      effects.sayOf(
        current(one.pod),
        'Normal',
        'NotTriggerScaleUp',
        `pod didn't trigger scale-up: ${reasonsOf(one, result)}`,
      );
  sayOfBuffers(outcome, { effects, cache });
  if (resizes.length === 0) return;
  const told = toldResizes(resizes);
  for (const pod of triggered.filter((one) => !isExpected(one) && !isBuffer(one)))
    effects.sayOf(current(pod), 'Normal', 'TriggeredScaleUp', `pod triggered scale-up: [${told}]`);
}

function toldResizes(resizes: ScaleUpOutcome['resizes']): string {
  return resizes.map(({ group, from, to, max }) => `{${group} ${from}->${to} (max: ${max})}`).join(' ');
}

/** FakePodsScaleUpStatusProcessor: of pods that are not there their buffer is told. */
function sayOfBuffers({ result, resizes, triggered, unhelped }: ScaleUpOutcome, { effects, cache }: World): void {
  if (result !== 'ScaleUpSuccessful' && result !== 'ScaleUpError') {
    const left = unhelped.filter(({ pod }) => isBuffer(pod));
    for (const [buffer, pods] of byBuffer(left, ({ pod }) => pod, cache)) {
      const why = pods.map((one) => reasonsOf(one, result)).join(',');
      const text = `capacity buffer ${pods.length} fake pods didn't trigger scale-up: ${why}`;
      effects.sayOf(buffer, 'Normal', 'NotTriggerScaleUp', text);
    }
  }
  if (resizes.length === 0) return;
  for (const [buffer, pods] of byBuffer(triggered.filter(isBuffer), (pod) => pod, cache)) {
    const text = `capacity buffer ${pods.length} fake pods triggered scale-up: [${toldResizes(resizes)}]`;
    effects.sayOf(buffer, 'Normal', 'TriggeredScaleUp', text);
  }
}

/** ReasonsMessage: `2 Insufficient cpu, 1 max node group size reached`. */
function reasonsOf({ rejected, skipped }: Unhelped, result: ScaleUpOutcome['result']): string {
  if (result === 'ScaleUpLimitedByMaxNodesTotal') return 'max total nodes in cluster reached';
  const counts = new Map<string, number>();
  const add = (reason: string) => counts.set(reason, (counts.get(reason) ?? 0) + 1);
  for (const reasons of rejected.values()) for (const reason of reasons) add(reason);
  for (const reason of skipped.values()) add(reason);
  return [...counts].map(([reason, count]) => `${count} ${reason}`).join(', ');
}
