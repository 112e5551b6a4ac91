/** Nodes that are not needed go: when, in what order, and what keeps them. */
import { type Autoscaled, autoscaled, type PodWish } from './autoscaled';

/** Two nodes of a group of four cores, the second of which has one pod only, of this kind; a node of nobody has room for it. */
async function underused(wish: PodWish = {}, ...flags: string[]): Promise<Autoscaled> {
  const cluster = await autoscaled(1, 'pool --cpu 4 --memory 16Gi --initial 1', ...flags);
  await cluster.tick('2s');
  await cluster.ok('cordon node-1');
  await cluster.pods('web', wish);
  await cluster.tick('5s');
  await cluster.ok('uncordon node-1');
  await cluster.tick('2s');
  return cluster;
}

interface ToldNode {
  node: string;
  reason?: string;
  why?: string;
  message?: string;
  goesAt?: string;
}

async function outlook(cluster: Autoscaled, group = 'pool'): Promise<ToldNode[]> {
  const { scaleDown } = (await cluster.why(group)) as never as { scaleDown: { nodes: ToldNode[] } };
  return scaleDown.nodes;
}

describe('scaling down', () => {
  test('an empty node goes after ten minutes, with taints, events and its machine', async () => {
    const cluster = await autoscaled(1, 'pool --initial 2 --min 1');
    await cluster.tick('30s');
    expect(await cluster.taints('pool-1')).toEqual(['DeletionCandidateOfClusterAutoscaler:PreferNoSchedule']);
    expect(await cluster.status()).toMatch(/scaleDown:\n\s+candidates: 2\n/);
    await cluster.tick('9m40s');
    expect(await cluster.nodes()).toEqual(['node-1', 'pool-1', 'pool-2']);
    await cluster.tick('13s');
    const [going] = (await cluster.events('ScaleDownEmpty'))[0]?.match(/pool-\d/) ?? [];
    expect(await cluster.taints(going ?? '')).toContain('ToBeDeletedByClusterAutoscaler:NoSchedule');
    await cluster.tick();
    expect(await cluster.nodes()).toHaveLength(2);
    expect(await cluster.sizes()).toEqual(['pool 1']);
    expect(await cluster.events('ScaleDownEmpty')).toEqual([
      `Scale-down: removing empty node "${going}"`,
      `Scale-down: empty node ${going} removed`,
    ]);
    expect(await cluster.events('ScaleDown')).toEqual(['marked the node as toBeDeleted/unschedulable']);
    // The one that stays is not marked any more: its group is at its least.
    expect(await cluster.taints((await cluster.nodes())[1] ?? '')).toEqual([]);
  });

  test('a node that is hardly used is drained: its pods are evicted and run elsewhere', async () => {
    const cluster = await underused();
    await cluster.tick();
    expect(await cluster.nodes()).toEqual(['node-1']);
    expect(await cluster.ok('get deployment web -o jsonpath={.status.readyReplicas}')).toBe('1');
    expect(await cluster.events('ScaleDown')).toEqual(
      expect.arrayContaining([
        'deleting pod for node scale down',
        expect.stringMatching(
          /^Scale-down: removing node pool-1, utilization: \{0\.25 0\.0625 0 0 cpu 0\.25\}, pods to reschedule: web-/,
        ),
        'Scale-down: node pool-1 removed with drain',
      ]),
    );
  });

  test('exactly half is little enough, more is not; the flag says what is', async () => {
    const cluster = await underused({ cpu: '2' });
    expect((await outlook(cluster))[0]).toMatchObject({ node: 'pool-1', cpu: 0.5, reason: 'NotUnneededLongEnough' });
    const busy = await underused({ cpu: '2100m' });
    expect((await outlook(busy))[0]).toMatchObject({ reason: 'NotUnderutilized' });
    await busy.ok('nodegroup autoscaler --scale-down-utilization-threshold=0.6');
    expect((await outlook(busy))[0]).toMatchObject({ reason: 'NotUnneededLongEnough' });
    await busy.ok('nodegroup set pool --scale-down-utilization-threshold=0.1');
    expect((await outlook(busy))[0]).toMatchObject({ reason: 'NotUnderutilized' });
  });

  test('memory counts as much as cpu', async () => {
    const cluster = await underused({ cpu: '100m', memory: '9Gi' });
    expect((await outlook(cluster))[0]).toMatchObject({ reason: 'NotUnderutilized', memory: 0.5625 });
  });

  test('pods of DaemonSets count, unless told', async () => {
    const cluster = await autoscaled(1, 'pool --cpu 4 --initial 1');
    await cluster.pods('agent', { kind: 'DaemonSet', cpu: '3' });
    await cluster.tick('20s');
    expect((await outlook(cluster))[0]).toMatchObject({ cpu: 0.75, reason: 'NotUnderutilized' });
    await cluster.ok('nodegroup autoscaler --ignore-daemonsets-utilization');
    expect((await outlook(cluster))[0]).toMatchObject({ cpu: 0 });
    await cluster.tick();
    expect(await cluster.nodes()).toEqual(['node-1']);
  });

  test.each<[string, PodWish, string, RegExp]>([
    ['a bare pod', { kind: 'Pod' }, 'NotReplicated', /^default\/web is not replicated$/],
    [
      'an emptyDir',
      { spec: 'volumes: [{name: v, emptyDir: {}}]' },
      'LocalStorageRequested',
      /^pod with local storage present: web-/,
    ],
    [
      'a hostPath',
      { spec: 'volumes: [{name: v, hostPath: {path: /x}}]' },
      'LocalStorageRequested',
      /^pod with local storage present: web-/,
    ],
    [
      'an annotation that says so',
      { annotations: { 'cluster-autoscaler.kubernetes.io/safe-to-evict': 'false' } },
      'NotSafeToEvictAnnotation',
      /^pod annotated as not safe to evict present: web-/,
    ],
    [
      'a pod of kube-system',
      { namespace: 'kube-system' },
      'UnmovableKubeSystemPod',
      /^non-daemonset, non-mirrored, non-pdb-assigned kube-system pod present: web-/,
    ],
  ])('%s keeps its node', async (_, wish, why, message) => {
    const cluster = await underused(wish);
    expect((await outlook(cluster))[0]).toMatchObject({
      reason: 'BlockedByPod',
      why,
      message: expect.stringMatching(message),
    });
    await cluster.tick('25m');
    expect(await cluster.nodes()).toEqual(['node-1', 'pool-1']);
    expect(await cluster.ok('why node/pool-1')).toContain(`(${why}).\n`);
  });

  test.each<[string, PodWish, string[]]>([
    [
      'a bare pod that is safe to evict',
      { kind: 'Pod', annotations: { 'cluster-autoscaler.kubernetes.io/safe-to-evict': 'true' } },
      [],
    ],
    ['an emptyDir in memory', { spec: 'volumes: [{name: v, emptyDir: {medium: Memory}}]' }, []],
    [
      'an emptyDir that is safe',
      {
        spec: 'volumes: [{name: v, emptyDir: {}}]',
        annotations: { 'cluster-autoscaler.kubernetes.io/safe-to-evict-local-volumes': 'u,v' },
      },
      [],
    ],
    [
      'an emptyDir, where that is allowed',
      { spec: 'volumes: [{name: v, emptyDir: {}}]' },
      ['autoscaler --skip-nodes-with-local-storage=false'],
    ],
    [
      'a pod of kube-system, where that is allowed',
      { namespace: 'kube-system' },
      ['autoscaler --skip-nodes-with-system-pods=false'],
    ],
    ['a pod of a StatefulSet', { kind: 'StatefulSet' }, []],
    ['a pod of a Job', { kind: 'Job', annotations: { 'kubetick.dev/run-for': '2h' } }, []],
  ])('%s does not', async (_, wish, flags) => {
    const cluster = await underused(wish, ...flags);
    await cluster.tick('16m');
    expect(await cluster.nodes()).toEqual(['node-1']);
  });

  test('a pod of kube-system keeps its node for an hour only', async () => {
    const cluster = await underused({ namespace: 'kube-system' });
    await cluster.tick('60m');
    expect(await cluster.nodes()).toEqual(['node-1', 'pool-1']);
    await cluster.tick('20m');
    expect(await cluster.nodes()).toEqual(['node-1']);
  });

  test('too few replicas, where that is asked for', async () => {
    const cluster = await underused({}, 'autoscaler --min-replica-count=2');
    expect((await outlook(cluster))[0]).toMatchObject({ why: 'MinReplicasReached' });
  });

  test('a disruption budget with nothing left keeps the node until it lets go', async () => {
    const cluster = await underused();
    await cluster.ok('create poddisruptionbudget web --selector=app=web --min-available=1');
    await cluster.tick('10s');
    expect((await outlook(cluster))[0]).toMatchObject({ why: 'NotEnoughPdb' });
    await cluster.tick('20m');
    expect(await cluster.nodes()).toEqual(['node-1', 'pool-1']);
    await cluster.ok('delete pdb web');
    await cluster.tick();
    expect(await cluster.nodes()).toEqual(['node-1']);
  });

  test('pods that fit nowhere else keep the node', async () => {
    const cluster = await underused({ spec: 'nodeSelector: {kubetick.dev/nodegroup: pool}' });
    expect((await outlook(cluster))[0]).toMatchObject({ reason: 'NoPlaceToMovePods' });
    await cluster.tick('25m');
    expect(await cluster.nodes()).toEqual(['node-1', 'pool-1']);
  });

  test('a node that says so itself is left alone', async () => {
    const cluster = await autoscaled(1, 'pool --initial 1');
    await cluster.tick('5s');
    await cluster.ok('annotate node pool-1 cluster-autoscaler.kubernetes.io/scale-down-disabled=true');
    await cluster.tick('25m');
    expect(await cluster.nodes()).toEqual(['node-1', 'pool-1']);
    expect((await outlook(cluster))[0]).toMatchObject({ reason: 'ScaleDownDisabledAnnotation' });
  });

  test('a pod that shall end by itself is waited for', async () => {
    const annotations = {
      'cluster-autoscaler.kubernetes.io/safe-to-evict': 'on-completion',
      'kubetick.dev/run-for': '30m',
    };
    const cluster = await underused({ kind: 'Job', annotations });
    await cluster.tick('25m');
    expect(await cluster.nodes()).toEqual(['node-1', 'pool-1']);
    await cluster.tick('10m');
    expect(await cluster.nodes()).toEqual(['node-1']);
  });

  test('an unready node takes twenty minutes, and none where that is not wanted', async () => {
    const cluster = await autoscaled(1, 'pool --fail unready', 'autoscaler --max-node-startup-time=1m');
    await cluster.ok('nodegroup set pool --size 1');
    await cluster.tick('15m');
    expect(await cluster.nodes()).toEqual(['node-1', 'pool-1']);
    await cluster.ok('nodegroup autoscaler --scale-down-unready-enabled=false');
    await cluster.tick('15m');
    expect((await outlook(cluster))[0]).toMatchObject({ reason: 'ScaleDownUnreadyDisabled' });
    await cluster.ok('nodegroup autoscaler --scale-down-unready-enabled=true');
    await cluster.tick('22m');
    expect(await cluster.nodes()).toEqual(['node-1']);
  });

  test('not within ten minutes after nodes were added', async () => {
    const cluster = await autoscaled(1, 'pool --cpu 4 --initial 1', 'autoscaler --scale-down-unneeded-time=1m');
    await cluster.tick('50s');
    await cluster.pods('big', { replicas: 2, cpu: '3', spec: 'nodeSelector: {kubetick.dev/nodegroup: pool}' });
    await cluster.tick('90s');
    expect(await cluster.sizes()).toEqual(['pool 2']);
    await cluster.ok('delete deployment big');
    await cluster.tick('8m');
    expect(await cluster.sizes()).toEqual(['pool 2']);
    await cluster.tick('2m');
    expect(await cluster.sizes()).toEqual(['pool 0']);
  });

  test('the same delay for the group that grew only', async () => {
    const flags = '--scale-down-unneeded-time=1m --scale-down-delay-type-local';
    const cluster = await autoscaled(1, 'idle --initial 1', 'pool --cpu 4', `autoscaler ${flags}`);
    await cluster.pods('big', { cpu: '3', spec: 'nodeSelector: {kubetick.dev/nodegroup: pool}' });
    await cluster.tick('90s');
    await cluster.ok('delete deployment big');
    await cluster.tick('4m');
    expect(await cluster.sizes()).toEqual(['idle 0', 'pool 1']);
    await cluster.tick('8m');
    expect(await cluster.sizes()).toEqual(['idle 0', 'pool 0']);
  });

  test('empty nodes go ten at a time, drained ones one by one', async () => {
    const cluster = await autoscaled(0, 'pool --initial 14 --max 20', 'autoscaler --max-scale-down-parallelism=10');
    await cluster.tick('10m22s');
    expect(await cluster.events('ScaleDownEmpty')).toHaveLength(10);
    await cluster.tick();
    expect(await cluster.sizes()).toEqual(['pool 0']);
  });

  test('drained nodes go one by one', async () => {
    const cluster = await autoscaled(1, 'pool --cpu 4 --initial 3', 'autoscaler --scale-down-unneeded-time=1m');
    await cluster.tick('2s');
    await cluster.ok('cordon node-1');
    const annotations = { 'kubetick.dev/ignore-term': 'true' };
    await cluster.pods('web', { replicas: 3, cpu: '1900m', annotations });
    await cluster.tick('5s');
    await cluster.ok('uncordon node-1');
    const removing = async () =>
      (await cluster.events('ScaleDown')).filter((text) => text.startsWith('Scale-down: removing')).length;
    await cluster.tick('93s');
    expect(await removing()).toBe(1);
    await cluster.tick();
    expect(await removing()).toBe(2);
    expect(await cluster.sizes()).toEqual(['pool 1']);
  });

  test('least cores of the cluster', async () => {
    const cluster = await autoscaled(1, 'pool --cpu 4 --initial 3', 'autoscaler --cores-total=12:100');
    await cluster.tick();
    expect(await cluster.sizes()).toEqual(['pool 2']);
    expect((await outlook(cluster)).map(({ reason }) => reason)).toContain('MinimalResourceLimitExceeded');
  });

  test('what holds up the removal: annotations of others, for a while', async () => {
    const cluster = await autoscaled(1, 'pool --initial 1', 'autoscaler --scale-down-unneeded-time=30s');
    await cluster.tick('2s');
    await cluster.ok('annotate node pool-1 delay-deletion.cluster-autoscaler.kubernetes.io/mine=x');
    await cluster.tick('90s');
    expect(await cluster.nodes()).toEqual(['node-1', 'pool-1']);
    expect(await cluster.taints('pool-1')).toContain('ToBeDeletedByClusterAutoscaler:NoSchedule');
    await cluster.tick('2m');
    expect(await cluster.nodes()).toEqual(['node-1']);
  });

  test('a pod that comes when the node is on its way out keeps it after all', async () => {
    const flags = '--scale-down-unneeded-time=30s --node-delete-delay-after-taint=30s';
    const cluster = await autoscaled(1, 'pool --initial 1', `autoscaler ${flags}`);
    await cluster.tick('55s');
    expect(await cluster.taints('pool-1')).toContain('ToBeDeletedByClusterAutoscaler:NoSchedule');
    const anywhere = 'nodeName: pool-1';
    await cluster.pods('web', { kind: 'Pod', spec: anywhere });
    await cluster.tick('40s');
    expect(await cluster.events('ScaleDownFailed')).toEqual([
      'failed to delete empty node: GetPodsToMove for "pool-1" returned error: default/web is not replicated',
    ]);
    expect(await cluster.taints('pool-1')).not.toContain('ToBeDeletedByClusterAutoscaler:NoSchedule');
    expect(await cluster.nodes()).toEqual(['node-1', 'pool-1']);
  });

  test('an eviction that is refused for two minutes: the node stays, uncordoned', async () => {
    const flags = '--scale-down-unneeded-time=30s --node-delete-delay-after-taint=20s';
    const cluster = await underused({}, `autoscaler ${flags}`);
    await cluster.tick('45s');
    expect(await cluster.taints('pool-1')).toContain('ToBeDeletedByClusterAutoscaler:NoSchedule');
    cluster.write(
      'pdb.yaml',
      'apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {name: web}\nspec: {maxUnavailable: 1, selector: {matchLabels: {app: web}}}\n',
    );
    await cluster.ok('apply -f pdb.yaml');
    await cluster.tick('15s');
    await cluster.ok(['patch', 'pdb', 'web', '-p', '{"spec":{"maxUnavailable":0}}']);
    await cluster.tick('5m');
    const failed = await cluster.events('ScaleDownFailed');
    expect(failed.length).toBeGreaterThan(0);
    expect(failed.join('\n')).toMatch(/not enough pod disruption budget|failed to evict pod default\/web-/);
    expect(await cluster.nodes()).toEqual(['node-1', 'pool-1']);
    expect(await cluster.ok('get node pool-1 -o jsonpath={.spec.unschedulable}')).toBe('');
  });

  test('the status map tells since when all is as it is, and when that was last seen', async () => {
    const cluster = await autoscaled(1, 'pool --min 1');
    await cluster.tick('1h5s');
    const status = await cluster.status();
    expect(status).toContain('time: 2026-01-01 01:00:00 +0000 UTC\n');
    expect(status.match(/lastProbeTime: .*/g)).toEqual(Array(6).fill('lastProbeTime: "2026-01-01T01:00:00Z"'));
    expect(status).toMatch(/ {2}health:\n {4}lastProbeTime: .*\n {4}lastTransitionTime: "2026-01-01T00:00:\d\dZ"\n/);
    const path = 'jsonpath={.metadata.annotations.cluster-autoscaler\\.kubernetes\\.io/last-updated}';
    expect(await cluster.ok(['get', 'configmap', '-n', 'kube-system', 'cluster-autoscaler-status', '-o', path])).toBe(
      '2026-01-01 01:00:00 +0000 UTC',
    );
  });

  test('turned off, nothing goes', async () => {
    const cluster = await autoscaled(1, 'pool --initial 1', 'autoscaler --scale-down-enabled=false');
    await cluster.tick('30m');
    expect(await cluster.nodes()).toEqual(['node-1', 'pool-1']);
    expect(await cluster.ok('why nodegroup/pool')).toContain('No node is removed.\n');
  });
});
