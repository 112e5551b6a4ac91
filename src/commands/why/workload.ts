/** Why the pods of a workload are not all where they should be: its first pod without a node, or else its first. */

import { selectorOf } from '../../apimachinery/labels';
import { asJson, controllerOf, type KubeObject } from '../../apimachinery/meta';
import type { Info } from '../builder/info';
import { CommandError, type Invocation } from '../command';
import { explainPod } from './pod';
import type { WhySubject } from './why';

const PODS = { group: '', version: 'v1', resource: 'pods' };
const REPLICA_SETS = { group: 'apps', version: 'v1', resource: 'replicasets' };

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

/** Those that it made, itself or by its replica sets, and that are not on their way out; where all have ended, those. */
async function podsOf(invocation: Invocation, { object, namespace }: Info): Promise<KubeObject[]> {
  const client = await invocation.client();
  const { selector = {} } = (object as KubeObject)['spec'];
  // A ReplicationController's selector is plain labels.
  const wanted =
    selector.matchLabels || selector.matchExpressions ? selectorOf(selector) : selectorOf({ matchLabels: selector });
  const labelSelector = wanted.toString();
  const { kind, metadata } = object as KubeObject;
  const owned = (items: readonly KubeObject[], owners: ReadonlySet<string | undefined>) =>
    items.filter((one) => owners.has(controllerOf(one)?.uid));
  let owners: ReadonlySet<string | undefined> = new Set([metadata.uid]);
  if (kind === 'Deployment') {
    const sets = await client.list(REPLICA_SETS, namespace, { labelSelector });
    owners = new Set(owned(sets.items, owners).map((set) => set.metadata.uid));
  }
  const pods = await client.list(PODS, namespace, { labelSelector });
  const own = owned(pods.items, owners).filter(
    (pod) => !pod.metadata.deletionTimestamp && asJson(pod)['status'] !== null,
  );
  const running = own.filter((pod) => !['Succeeded', 'Failed'].includes(pod['status']?.phase));
  return running.length > 0 ? running : own;
}
