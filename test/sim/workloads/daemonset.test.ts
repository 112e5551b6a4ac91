/** DaemonSets, as a user sees them. */
import type { KubeObject } from '../../../src/apimachinery/meta';
import { memoryCluster, type TestCluster } from '../../commands/harness';
import { apps, core } from '../cluster-under-test';

const manifest = (spec = '', podSpec = '') => `
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: agent}
spec:
  selector: {matchLabels: {app: agent}}
  ${spec}
  template:
    metadata: {labels: {app: agent}}
    spec:
      ${podSpec}
      containers: [{name: agent, image: 'agent:1'}]
`;

async function withDaemons(spec = '', podSpec = '', nodes = 3): Promise<TestCluster> {
  const cluster = await memoryCluster({ nodes });
  cluster.write('agent.yaml', manifest(spec, podSpec));
  await cluster.ok('apply -f agent.yaml');
  await cluster.ok('tick --settle');
  return cluster;
}

const pods = async (cluster: TestCluster): Promise<KubeObject[]> =>
  (await cluster.client.list(core('pods'), 'default')).items;
const nodesOf = async (cluster: TestCluster) => (await pods(cluster)).map((pod) => pod['spec'].nodeName).sort();
const statusOf = async (cluster: TestCluster) =>
  (await cluster.client.get(apps('daemonsets'), 'default', 'agent'))['status'];

test('a pod on every node, bound there by its affinity, with tolerations for what befalls nodes', async () => {
  const cluster = await withDaemons('', 'tolerations: [{key: own, operator: Exists}]');
  expect(await nodesOf(cluster)).toEqual(['node-1', 'node-2', 'node-3']);
  const pod = (await pods(cluster))[0] as KubeObject;
  expect(pod.metadata.labels).toEqual({
    app: 'agent',
    'controller-revision-hash': expect.any(String),
    'pod-template-generation': '1',
  });
  expect(pod['spec'].affinity).toEqual({
    nodeAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: {
        nodeSelectorTerms: [
          { matchFields: [{ key: 'metadata.name', operator: 'In', values: [pod['spec'].nodeName] }] },
        ],
      },
    },
  });
  const tolerated = (pod['spec'].tolerations as { key: string; effect?: string }[]).map(
    ({ key, effect }) => `${key}:${effect ?? ''}`,
  );
  expect(tolerated).toEqual([
    'own:',
    'node.kubernetes.io/not-ready:NoExecute',
    'node.kubernetes.io/unreachable:NoExecute',
    'node.kubernetes.io/disk-pressure:NoSchedule',
    'node.kubernetes.io/memory-pressure:NoSchedule',
    'node.kubernetes.io/pid-pressure:NoSchedule',
    'node.kubernetes.io/unschedulable:NoSchedule',
  ]);
  expect(await statusOf(cluster)).toEqual({
    currentNumberScheduled: 3,
    desiredNumberScheduled: 3,
    numberAvailable: 3,
    numberMisscheduled: 0,
    numberReady: 3,
    observedGeneration: 1,
    updatedNumberScheduled: 3,
  });
  expect(
    await cluster.ok('get events --field-selector involvedObject.kind=DaemonSet -o custom-columns=M:.message'),
  ).toMatch(/^M\n(Created pod: agent-[a-z0-9]{5}\n){3}$/);
  expect(
    await cluster.ok('get controllerrevisions -o custom-columns=R:.revision,L:.metadata.labels --no-headers'),
  ).toMatch(/^1 +map\[app:agent controller-revision-hash:[a-z0-9]+\]\n$/);
});

test('a pod of the host network puts up with a node without network too', async () => {
  const cluster = await withDaemons('', 'hostNetwork: true', 1);
  const pod = (await pods(cluster))[0] as KubeObject;
  expect(pod['spec'].tolerations.at(-1)).toMatchObject({ key: 'node.kubernetes.io/network-unavailable' });
});

describe('nodes', () => {
  test('that come get a pod, and a cordoned one keeps and gets its own', async () => {
    const cluster = await withDaemons('', '', 1);
    await cluster.ok('cordon node-1');
    cluster.write('node.yaml', 'apiVersion: v1\nkind: Node\nmetadata: {name: late}\n');
    await cluster.ok('apply -f node.yaml');
    await cluster.ok('tick --settle');
    expect((await statusOf(cluster)).desiredNumberScheduled).toBe(2);
    await cluster.ok('delete pod -l app=agent --wait=false');
    await cluster.ok('tick --settle');
    expect(await nodesOf(cluster)).toContain('node-1');
  });

  test('that are chosen by label; the others lose theirs', async () => {
    const cluster = await withDaemons('', 'nodeSelector: {agent: wanted}');
    expect(await pods(cluster)).toEqual([]);
    expect((await statusOf(cluster)).desiredNumberScheduled).toBe(0);
    await cluster.ok('label node node-2 agent=wanted');
    await cluster.ok('tick --settle');
    expect(await nodesOf(cluster)).toEqual(['node-2']);
    await cluster.ok('label node node-2 agent-');
    await cluster.ok('label node node-3 agent=wanted');
    await cluster.ok('tick --settle');
    expect(await nodesOf(cluster)).toEqual(['node-3']);
  });

  test('with a taint: NoSchedule lets a pod that is there stay, and counts it as misplaced; NoExecute does not', async () => {
    const cluster = await withDaemons();
    await cluster.ok('taint node node-1 own=yes:NoSchedule');
    await cluster.ok('tick --settle');
    expect(await nodesOf(cluster)).toEqual(['node-1', 'node-2', 'node-3']);
    expect(await statusOf(cluster)).toMatchObject({ desiredNumberScheduled: 2, numberMisscheduled: 1 });
    await cluster.ok('taint node node-2 own=yes:NoExecute');
    await cluster.ok('tick --settle');
    expect(await nodesOf(cluster)).toEqual(['node-1', 'node-3']);
    await cluster.ok('taint node node-2 own-');
    await cluster.ok('tick --settle');
    expect(await nodesOf(cluster)).toEqual(['node-1', 'node-2', 'node-3']);
  });

  test('that go take their pods along, the placed ones by way of the pod collector', async () => {
    const cluster = await withDaemons();
    await cluster.ok('delete node node-3');
    await cluster.ok('tick --settle');
    expect(await nodesOf(cluster)).toEqual(['node-1', 'node-2']);
    expect(await statusOf(cluster)).toMatchObject({ desiredNumberScheduled: 2, numberReady: 2 });
  });
});

describe('updates', () => {
  const images = async (cluster: TestCluster) =>
    (await pods(cluster)).map((pod) => pod['spec'].containers[0].image).sort();

  test('roll from node to node, and can be followed and undone', async () => {
    const cluster = await withDaemons();
    await cluster.ok('set image ds/agent agent=agent:2');
    const lines = (await cluster.ok('rollout status ds/agent')).split('\n').filter((line) => line !== '');
    expect(lines[0]).toBe('Waiting for daemon set spec update to be observed...');
    expect(lines).toContain(
      'Waiting for daemon set "agent" rollout to finish: 1 out of 3 new pods have been updated...',
    );
    expect(lines).toContain('Waiting for daemon set "agent" rollout to finish: 2 of 3 updated pods are available...');
    expect(lines.at(-1)).toBe('daemon set "agent" successfully rolled out');
    expect(await images(cluster)).toEqual(['agent:2', 'agent:2', 'agent:2']);
    expect(await cluster.ok('rollout history ds/agent')).toMatch(
      /^daemonset.apps\/agent \n.*\n1 +<none>\n2 +<none>\n\n$/,
    );
    const undone = await cluster.run('rollout undo ds/agent');
    expect(undone.out).toBe('daemonset.apps/agent rolled back\n');
    await cluster.ok('tick --settle');
    expect(await images(cluster)).toEqual(['agent:1', 'agent:1', 'agent:1']);
    expect(await cluster.ok('rollout history ds/agent')).toMatch(/\n2 +<none>\n3 +<none>\n/);
    expect(await cluster.ok('rollout restart ds/agent')).toBe('daemonset.apps/agent restarted\n');
    await cluster.ok('tick --settle');
    expect(await cluster.ok('rollout history ds/agent')).toMatch(/\n2 +<none>\n3 +<none>\n4 +<none>\n/);
  });

  test('beside the old pod with maxSurge', async () => {
    const cluster = await withDaemons('updateStrategy: {rollingUpdate: {maxSurge: 1, maxUnavailable: 0}}');
    await cluster.ok('set image ds/agent agent=agent:2');
    await cluster.ok('tick 2s');
    expect(await images(cluster)).toEqual(['agent:1', 'agent:1', 'agent:1', 'agent:2']);
    expect((await statusOf(cluster)).numberAvailable).toBe(3);
    await cluster.ok('tick --settle');
    expect(await images(cluster)).toEqual(['agent:2', 'agent:2', 'agent:2']);
  });

  test('wait for whoever deletes the pods with OnDelete', async () => {
    const cluster = await withDaemons('updateStrategy: {type: OnDelete}');
    await cluster.ok('set image ds/agent agent=agent:2');
    await cluster.ok('tick --settle');
    expect(await images(cluster)).toEqual(['agent:1', 'agent:1', 'agent:1']);
    expect((await statusOf(cluster)).updatedNumberScheduled).toBeUndefined();
    const [pod] = await pods(cluster);
    await cluster.ok(`delete pod ${pod?.metadata.name}`);
    await cluster.ok('tick --settle');
    expect(await images(cluster)).toEqual(['agent:1', 'agent:1', 'agent:2']);
  });

  test('keep no more history than they may', async () => {
    const cluster = await withDaemons('revisionHistoryLimit: 1');
    for (const tag of [2, 3, 4]) {
      await cluster.ok(`set image ds/agent agent=agent:${tag}`);
      await cluster.ok('tick --settle');
    }
    const { items } = await cluster.client.list(apps('controllerrevisions'), 'default');
    expect(items.map((one) => one['revision']).sort()).toEqual([3, 4]);
  });
});

test('a failed pod is replaced, and later each time', async () => {
  const cluster = await withDaemons('', '', 1);
  const waits: number[] = [];
  const now = () => cluster.ok('status').then((text) => Date.parse(/\d{4}-\S+Z/.exec(text)?.[0] ?? ''));
  for (let round = 0; round < 5; round++) {
    const [pod] = (await pods(cluster)) as [KubeObject];
    await cluster.client.updateStatus(core('pods'), { ...pod, status: { ...pod['status'], phase: 'Failed' } });
    const before = Date.parse(pod.metadata.creationTimestamp as string);
    for (let steps = 0; steps < 100; steps++) {
      await cluster.ok('tick 1s');
      const [next] = await pods(cluster);
      if (next?.metadata.uid !== pod.metadata.uid && next) break;
    }
    waits.push(((await now()) - before) / 1000);
  }
  // The first was older than any wait.
  const later = waits.slice(1);
  expect(later).toEqual([...later].sort((a, b) => a - b));
  expect(waits[4]).toBeGreaterThanOrEqual(8);
  const messages = await cluster.ok(
    'get events --field-selector reason=FailedDaemonPod -o custom-columns=M:.message --no-headers',
  );
  expect(messages).toMatch(
    /^(Found failed daemon pod default\/agent-[a-z0-9]{5} on node node-1, will try to kill it\n){5}$/,
  );
});

test('pods that were orphaned are taken over, those that no longer match are let go', async () => {
  const cluster = await withDaemons('', '', 1);
  const [before] = (await pods(cluster)) as [KubeObject];
  await cluster.ok('delete ds agent --cascade=orphan');
  await cluster.ok('tick --settle');
  await cluster.ok('apply -f agent.yaml');
  await cluster.ok('tick --settle');
  expect((await pods(cluster)).map(({ metadata }) => metadata.uid)).toEqual([before.metadata.uid]);
  await cluster.ok(`label pod ${before.metadata.name} app=other --overwrite`);
  await cluster.ok('tick --settle');
  const after = await pods(cluster);
  expect(after).toHaveLength(2);
  expect(after.find(({ metadata }) => metadata.uid === before.metadata.uid)?.metadata.ownerReferences).toBeUndefined();
});
