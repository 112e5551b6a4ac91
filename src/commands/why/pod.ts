/** Why a pod is where it is, or nowhere. */
import type { Json } from '../../apimachinery/json';
import type { PodExplanation } from '../../sim/scheduler/why/explanation';
import type { Invocation } from '../command';
import { askWhy, type WhyAnswer, type WhySubject } from './why';

const subject: WhySubject = {
  explain: (invocation, info) => explainPod(invocation, info.namespace, info.name),
};
export default subject;

export async function explainPod(invocation: Invocation, namespace: string, name: string): Promise<WhyAnswer> {
  const { flags, streams } = invocation;
  const on = flags.string('on');
  const path = `pods/${encodeURIComponent(namespace)}/${encodeURIComponent(name)}`;
  const told = await askWhy<PodExplanation>(invocation, path, on ? { on } : {});
  return {
    object: told as unknown as Json,
    async text() {
      const { podText } = await import('./pod-text');
      return podText(streams, told, on);
    },
  };
}
