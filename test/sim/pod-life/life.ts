/** The life of one pod on one node, told line by line: what changed at which second, and what was said. */
import type { KubeObject } from '../../../src/apimachinery/meta';
import type { ContainerStatus } from '../../../src/sim/kubelet/container';
import kubelet from '../../../src/sim/kubelet/controller';
import { type ClusterUnderTest, clusterWith, core, START } from '../cluster-under-test';

export const PODS = core('pods');
export const NODES = core('nodes');

export interface PodParts {
  annotations?: Record<string, string>;
  /** Of the container `main`. */
  main?: object;
  /** Of the pod. */
  spec?: object;
  name?: string;
}

/** A pod bound to the node `n`; its image is there unless told. */
export function boundPod({ annotations, main, spec, name = 'p' }: PodParts = {}): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'default', ...(annotations ? { annotations } : {}) },
    spec: { nodeName: 'n', containers: [{ name: 'main', image: 'example/main:1', ...main }], ...spec },
  };
}

export function readyNode(name = 'n', status: object = {}): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name },
    spec: { podCIDR: '10.244.0.0/24' },
    status: {
      allocatable: { cpu: '4', memory: '8Gi', pods: '110' },
      capacity: { cpu: '4', memory: '8Gi', pods: '110' },
      addresses: [{ type: 'InternalIP', address: '172.18.0.3' }],
      conditions: [{ type: 'Ready', status: 'True' }],
      ...status,
    },
  };
}

/** One node, and nobody but the kubelets. */
export async function oneNode(status?: object): Promise<ClusterUnderTest> {
  const cluster = await clusterWith([kubelet()]);
  await cluster.client.create(NODES, '', readyNode('n', status));
  return cluster;
}

/** `Running/Ready main:running,ready,1` */
export function stateOf(pod: KubeObject | undefined): string {
  if (!pod) return 'gone';
  const status = pod['status'];
  const ready = status.conditions?.find((one: { type: string }) => one.type === 'Ready')?.status === 'True';
  const all: ContainerStatus[] = [
    ...(status.initContainerStatuses ?? []),
    ...(status.containerStatuses ?? []),
    ...(status.ephemeralContainerStatuses ?? []),
  ];
  const phase = status.reason ? `${status.phase}(${status.reason})` : status.phase;
  return [`${phase}${ready ? '/Ready' : ''}`, ...all.map(containerText)].join(' ');
}

function containerText({ name, state, ready, restartCount }: ContainerStatus): string {
  const { running, terminated, waiting } = state;
  const what = running
    ? 'running'
    : terminated
      ? `${terminated.reason}(${terminated.exitCode})`
      : (waiting?.reason ?? 'waiting');
  return `${name}:${what}${ready ? ',ready' : ''}${restartCount > 0 ? `,${restartCount}` : ''}`;
}

export interface Life {
  cluster: ClusterUnderTest;
  /** Each change, with the second at which it was seen: `3s Running/Ready main:running,ready`. */
  states: string[];
  /** Each event: `3s Started Container started`; repeats have their count. */
  events: string[];
  pod: KubeObject | undefined;
}

type Deeds = Record<number, (cluster: ClusterUnderTest) => Promise<unknown>>;

/** Lets a pod live for so many seconds; `deeds` are done at the second that is their key. */
export async function live(pod: KubeObject, seconds: number, deeds: Deeds = {}, node?: object): Promise<Life> {
  const cluster = await oneNode(node);
  await cluster.client.create(PODS, 'default', pod);
  return goOn(cluster, pod.metadata.name ?? '', 0, seconds, deeds);
}

/** Goes on with one that lives; with a new process each second if `restarting`. */
export async function goOn(
  cluster: ClusterUnderTest,
  name: string,
  from: number,
  to: number,
  deeds: Deeds = {},
  restarting = false,
): Promise<Life> {
  const states: string[] = [];
  let at = cluster;
  let pod: KubeObject | undefined;
  for (let second = from; second < to; second++) {
    await deeds[second]?.(at);
    if (restarting) at = await at.restart();
    const report = await at.tick({ advance: 1000 });
    expect(report.failures).toEqual([]);
    pod = (await at.client.list(PODS, 'default')).items.find((one) => one.metadata.name === name);
    const state = stateOf(pod);
    if (!states.at(-1)?.endsWith(`s ${state}`)) states.push(`${second}s ${state}`);
  }
  const { items } = await at.client.list(core('events'), 'default');
  const events = items
    .filter((event) => event['involvedObject'].name === name)
    .sort((a, b) => (a.metadata.name as string).localeCompare(b.metadata.name as string))
    .map((event) => {
      const first = (Date.parse(event['firstTimestamp']) - START) / 1000;
      const count = event['count'] > 1 ? ` (x${event['count']})` : '';
      return `${first}s ${event['reason']} ${event['message']}${count}`;
    });
  return { cluster: at, states, events, pod };
}
