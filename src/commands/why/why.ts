/** `why`: why things are as they are. Kubetick's own. */
import type { Json } from '../../apimachinery/json';
import { isReason } from '../../apimachinery/status';
import { findResources } from '../builder/builder';
import type { Info } from '../builder/info';
import { type Command, CommandError, type Invocation } from '../command';
import { ownOutput, writeOwnObject } from '../own-object';

/** What is told of one kind of thing: asked of the server, and in words. */
export interface WhySubject {
  explain(invocation: Invocation, info: Info): Promise<WhyAnswer>;
}

export interface WhyAnswer {
  object: Json;
  text(): Promise<string>;
}

/** The kinds that can be asked about, by resource and group. Adding one is adding one line. */
const SUBJECTS: Readonly<Record<string, () => Promise<{ default: WhySubject }>>> = {
  pods: () => import('./pod'),
  nodes: () => import('./node'),
  persistentvolumeclaims: () => import('./claim'),
  'horizontalpodautoscalers.autoscaling': () => import('./horizontal-pod-autoscaler'),
  'verticalpodautoscalers.autoscaling.k8s.io': () => import('./vertical-pod-autoscaler'),
  'nodegroups.kubetick.dev': () => import('./node-group'),
  'deployments.apps': () => import('./workload'),
  'replicasets.apps': () => import('./workload'),
  'statefulsets.apps': () => import('./workload'),
  'daemonsets.apps': () => import('./workload'),
  'jobs.batch': () => import('./workload'),
  replicationcontrollers: () => import('./workload'),
};

const command: Command = {
  use: 'why (TYPE/NAME | TYPE NAME) [--on NODE]',
  short: 'Explain why a pod is where it is, or nowhere, and what would help',
  long: `Explain a pod's placement: the scheduler is asked once more, as things are now, and tells everything it looks at. Which filter rules out which node, and what it compared; how each plugin scores the nodes that are left; which node wins, and whether chance decided.

Of a pod that fits nowhere, the smallest changes are shown that would let it in. Each was tried. If less important pods could be evicted to make room, they are shown too.

Of a deployment or another workload, the first pod is explained that has no node. Of a node, what could run there. Of a claim, each volume and what keeps it from being bound, and whether one will be made. Of a horizontal pod autoscaler, the arithmetic of its decision as things are now: each metric, which pods count, the ratio, what was recommended before, policies and bounds. Of a vertical pod autoscaler, how each recommendation came about, and what becomes of each pod. Of a node group, what the Cluster Autoscaler decided last, number by number, what it would decide now, and what keeps each node.`,
  examples: `# Why does this pod not run?
kubectl why pod/web-5d4f8c7b9-x2x7k

# The first pending pod of a deployment
kubectl why deployment/web

# Why not there?
kubectl why pod/web-5d4f8c7b9-x2x7k --on node-2

# What could run on this node?
kubectl why node/node-1

# Why does this group grow, or not?
kubectl why nodegroup/small

# Why is this claim not bound?
kubectl why pvc/data

# Why does this autoscaler scale, or not?
kubectl why hpa/web

# Why are these requests recommended, and when do pods get them?
kubectl why vpa/web`,
  flags: [
    {
      name: 'on',
      type: 'string',
      usage: 'Tell only of this node: why the pod is there, or why not.',
      completion: { offer: 'names', type: 'node' },
    },
    { name: 'output', shorthand: 'o', type: 'string', usage: 'Output format. One of: (json, yaml).' },
  ],
  completion: {
    offer: 'types-and-names',
    types: [
      'pod',
      'node',
      'persistentvolumeclaim',
      'horizontalpodautoscaler',
      'verticalpodautoscaler',
      'deployment',
      'replicaset',
      'statefulset',
      'daemonset',
      'job',
      'replicationcontroller',
    ],
  },
  run,
};

export default command;

async function run(invocation: Invocation): Promise<void> {
  const { flags, args, streams } = invocation;
  const output = ownOutput(flags);
  const { namespace, explicit } = await invocation.namespace();
  const search = { args, namespace, allowEmptySelector: explicit, latest: true, flatten: true };
  const answers: WhyAnswer[] = [];
  await (await findResources(invocation, search)).visit(async (info) => {
    const { default: subject } = await subjectOf(info)();
    answers.push(await subject.explain(invocation, info));
  });
  if (output === '') {
    const texts: string[] = [];
    for (const answer of answers) texts.push(await answer.text());
    streams.out(texts.join('\n'));
    return;
  }
  const objects = answers.map(({ object }) => object);
  const whole: Json =
    objects.length === 1 ? (objects[0] as Json) : { apiVersion: 'kubetick.dev/v1', kind: 'WhyList', items: objects };
  await writeOwnObject(streams, output, whole);
}

function subjectOf(info: Info): () => Promise<{ default: WhySubject }> {
  const { plural, group } = info.reachable().mapping;
  const resource = group ? `${plural}.${group}` : plural;
  const subject = Object.hasOwn(SUBJECTS, resource) ? SUBJECTS[resource] : undefined;
  if (subject) return subject;
  throw new CommandError(`why knows nothing of ${resource}; it explains ${Object.keys(SUBJECTS).join(', ')}`);
}

/** Asks the cluster why; only one in a folder, or served by kubetick, has an answer. */
export async function askWhy<T>(invocation: Invocation, path: string, query: Record<string, string> = {}): Promise<T> {
  const client = await invocation.client();
  try {
    return (await client.request({ method: 'GET', path: `/kubetick/why/${path}`, query })) as T;
  } catch (error) {
    const unknown =
      isReason(error, 'NotFound') && /could not find the requested resource/.test((error as Error).message);
    if (!unknown && !isReason(error, 'Forbidden')) throw error;
    throw new CommandError('why needs a cluster of kubetick: another server does not tell what it thinks');
  }
}
