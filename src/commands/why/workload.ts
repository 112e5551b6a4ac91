/** Why the pods of a workload are not all where they should be: its first pod without a node, or else its first. */

import { selectorOf } from '../../apimachinery/labels';
import { asJson, type KubeObject } from '../../apimachinery/meta';
import type { Info } from '../builder/info';
import { CommandError, type Invocation } from '../command';
import { explainPod } from './pod';
import type { WhySubject } from './why';

const PODS = { group: '', version: 'v1', resource: 'pods' };

const subject: WhySubject = {
  async explain(invocation, info) {
    const pods = await podsOf(invocation, info);
    const { mapping, name } = info.reachable();
    const waiting = pods.find((pod) => !pod['spec'].nodeName);
    const pod = waiting ?? pods[0];
    const what = `${mapping.kind.toLowerCase()}${mapping.group ? `.${mapping.group}` : ''}/${name}`;
    if (!pod) throw new CommandError(`${what} has no pods`);
    const head = headOf(what, pods.length, pods.filter((one) => !one['spec'].nodeName).length);
    const answer = await explainPod(invocation, info.namespace, pod.metadata.name ?? '');
    return { object: answer.object, text: async () => `${head}\n\n${await answer.text()}` };
  },
};
export default subject;

function headOf(what: string, pods: number, waiting: number): string {
  if (waiting > 0) return `${waiting} of ${pods} pods of ${what} ${waiting === 1 ? 'has' : 'have'} no node. The first:`;
  return pods === 1 ? `The only pod of ${what} has a node:` : `All ${pods} pods of ${what} have a node. The first:`;
}

async function podsOf(invocation: Invocation, { object, namespace }: Info): Promise<KubeObject[]> {
  const client = await invocation.client();
  const { selector = {} } = (object as KubeObject)['spec'];
  // A ReplicationController's selector is plain labels.
  const wanted =
    selector.matchLabels || selector.matchExpressions ? selectorOf(selector) : selectorOf({ matchLabels: selector });
  const { items } = await client.list(PODS, namespace, { labelSelector: wanted.toString() });
  return items.filter((pod) => !pod.metadata.deletionTimestamp && asJson(pod)['status'] !== null);
}
