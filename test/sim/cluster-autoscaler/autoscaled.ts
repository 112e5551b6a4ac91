/** A cluster with node groups, spoken to as a user would. */
import { memoryCluster, type TestCluster } from '../../commands/harness';

export interface PodWish {
  cpu?: string;
  memory?: string;
  replicas?: number;
  annotations?: Record<string, string>;
  namespace?: string;
  /** More of the pod's spec, as YAML of one line. */
  spec?: string;
  /** A kind that has a pod template. */
  kind?: 'Deployment' | 'StatefulSet' | 'DaemonSet' | 'Job' | 'Pod';
}

export interface Autoscaled extends TestCluster {
  /** Some pods of a workload. */
  pods(name: string, wish?: PodWish): Promise<void>;
  tick(time?: string): Promise<void>;
  /** Names of the nodes. */
  nodes(): Promise<string[]>;
  /** `pool 3`, for each group: how many nodes it shall have. */
  sizes(): Promise<string[]>;
  /** Messages of events of a reason, each once. */
  events(reason: string): Promise<string[]>;
  taints(node: string): Promise<string[]>;
  /** How the status map tells it. */
  status(): Promise<string>;
  why(group: string): Promise<Record<string, never> & { [key: string]: never }>;
}

export async function autoscaled(nodes: number, ...groups: string[]): Promise<Autoscaled> {
  const cluster = await memoryCluster({ nodes });
  for (const group of groups)
    await cluster.ok(`nodegroup ${/^(add|autoscaler) /.test(group) ? group : `add ${group}`}`);
  const lines = async (line: readonly string[]) =>
    [...new Set((await cluster.ok(line)).split('\n'))].filter((text) => text !== '');
  return {
    ...cluster,
    async pods(name, wish = {}) {
      cluster.write(`${name}.yaml`, manifest(name, wish));
      await cluster.ok(`apply -f ${name}.yaml`);
    },
    async tick(time = '--settle') {
      await cluster.ok(`tick ${time} -q`);
    },
    nodes: () => lines(['get', 'nodes', '-o', 'jsonpath={range .items[*]}{.metadata.name}{"\\n"}{end}']),
    sizes: () =>
      lines(['get', 'nodegroups', '-o', 'jsonpath={range .items[*]}{.metadata.name} {.spec.targetSize}{"\\n"}{end}']),
    events: (reason) =>
      lines(['get', 'events', '-A', '-o', `jsonpath={range .items[?(@.reason=="${reason}")]}{.message}{"\\n"}{end}`]),
    taints: (node) =>
      lines(['get', 'node', node, '-o', 'jsonpath={range .spec.taints[*]}{.key}:{.effect}{"\\n"}{end}']),
    status: () =>
      cluster.ok([
        'get',
        'configmap',
        '-n',
        'kube-system',
        'cluster-autoscaler-status',
        '-o',
        'jsonpath={.data.status}',
      ]),
    why: async (group) => JSON.parse(await cluster.ok(`why nodegroup/${group} -o json`)),
  };
}

function manifest(name: string, wish: PodWish): string {
  const { cpu = '1', memory = '1Gi', replicas = 1, annotations, namespace, spec = '', kind = 'Deployment' } = wish;
  const group = { Deployment: 'apps/v1', StatefulSet: 'apps/v1', DaemonSet: 'apps/v1', Job: 'batch/v1', Pod: 'v1' }[
    kind
  ];
  const own = JSON.stringify(annotations ?? {});
  const container = `{name: main, image: example.com/main:1, resources: {requests: {cpu: "${cpu}", memory: ${memory}}}}`;
  const head = `apiVersion: ${group}\nkind: ${kind}\nmetadata: {name: ${name}, labels: {app: ${name}}${namespace ? `, namespace: ${namespace}` : ''}${kind === 'Pod' ? `, annotations: ${own}` : ''}}\n`;
  const pod = `{containers: [${container}]${kind === 'Job' ? ', restartPolicy: Never' : ''}${spec ? `, ${spec}` : ''}}`;
  if (kind === 'Pod') return `${head}spec: ${pod}\n`;
  const count = kind === 'DaemonSet' || kind === 'Job' ? '' : `replicas: ${replicas}, `;
  const selector =
    kind === 'Job'
      ? `parallelism: ${replicas}, completions: ${replicas}, `
      : `selector: {matchLabels: {app: ${name}}}, `;
  return `${head}spec: {${count}${selector}template: {metadata: {labels: {app: ${name}}, annotations: ${own}}, spec: ${pod}}}\n`;
}
