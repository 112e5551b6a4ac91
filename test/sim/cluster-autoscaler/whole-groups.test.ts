/** Groups of which only all machines make sense: they grow to the full, and go as a whole. */
import { type Autoscaled, autoscaled } from './autoscaled';

const SLICE = 'slice --cpu 4 --max 4 --provision-time 20s --zero-or-max-node-scaling';

/** Some pods of the slice alone. */
const ON_SLICE = 'nodeSelector: {kubetick.dev/nodegroup: slice}';

async function unneeded(cluster: Autoscaled): Promise<void> {
  await cluster.ok('scale deployment web --replicas=0');
  await cluster.ok('nodegroup autoscaler --scale-down-unneeded-time=1m --scale-down-delay-after-add=1m');
}

describe('growing', () => {
  test('one pod: all machines', async () => {
    const cluster = await autoscaled(0, SLICE);
    await cluster.pods('web');
    await cluster.tick('90s');
    expect(await cluster.sizes()).toEqual(['slice 4']);
    expect(await cluster.events('TriggeredScaleUp')).toEqual(['pod triggered scale-up: [{slice 0->4 (max: 4)}]']);
    expect(await cluster.ok('why nodegroup/slice')).toContain('All of them go, or none.');
  });

  test('more pods than it could take: no more than all', async () => {
    const cluster = await autoscaled(0, SLICE);
    await cluster.pods('web', { replicas: 30 });
    await cluster.tick('90s');
    expect(await cluster.sizes()).toEqual(['slice 4']);
  });

  test('what is missing is added, whatever is there', async () => {
    const cluster = await autoscaled(0, `${SLICE} --initial 1`);
    await cluster.pods('web', { replicas: 5 });
    await cluster.tick('90s');
    expect(await cluster.sizes()).toEqual(['slice 4']);
  });

  test('the cluster may not have so many nodes: none at all', async () => {
    const cluster = await autoscaled(1, SLICE, 'autoscaler --max-nodes-total=4');
    await cluster.pods('web', { spec: ON_SLICE });
    await cluster.tick('90s');
    expect(await cluster.sizes()).toEqual(['slice 0']);
    expect(await cluster.events('NotTriggerScaleUp')).toEqual([
      "pod didn't trigger scale-up: 1 atomic scale-up exceeds cluster node count limit",
    ]);
  });

  test('nor so many cores: none at all', async () => {
    const cluster = await autoscaled(0, SLICE, 'autoscaler --cores-total=0:15');
    await cluster.pods('web');
    await cluster.tick('90s');
    expect(await cluster.sizes()).toEqual(['slice 0']);
    expect(await cluster.events('NotTriggerScaleUp')).toEqual([
      'pod didn\'t trigger scale-up: 1 exceeded quota: "cluster-wide", resources: cpu',
    ]);
  });

  test('it is not balanced with others of its kind', async () => {
    const cluster = await autoscaled(
      0,
      'a --cpu 4 --max 4 --zero-or-max-node-scaling',
      'b --cpu 4 --max 4 --zero-or-max-node-scaling',
      'autoscaler --balance-similar-node-groups',
    );
    await cluster.pods('web', { replicas: 2 });
    await cluster.tick('90s');
    expect((await cluster.sizes()).map((size) => size.split(' ')[1]).sort()).toEqual(['0', '4']);
  });
});

describe('going', () => {
  test('all at once, when none is needed', async () => {
    const cluster = await autoscaled(0, SLICE);
    await cluster.pods('web', { replicas: 4, cpu: '3' });
    await cluster.tick('2m');
    expect(await cluster.nodes()).toHaveLength(4);
    await unneeded(cluster);
    await cluster.tick('70s');
    expect(await cluster.sizes()).toEqual(['slice 4']);
    await cluster.tick('20s');
    expect(await cluster.sizes()).toEqual(['slice 0']);
    expect(await cluster.nodes()).toEqual([]);
  });

  test('one is needed: none goes', async () => {
    const cluster = await autoscaled(0, SLICE);
    await cluster.pods('web', { replicas: 4, cpu: '3' });
    await cluster.tick('2m');
    await cluster.ok('scale deployment web --replicas=1');
    await cluster.ok('nodegroup autoscaler --scale-down-unneeded-time=1m --scale-down-delay-after-add=1m');
    await cluster.tick('10m');
    expect(await cluster.sizes()).toEqual(['slice 4']);
    expect((await cluster.ok('why nodegroup/slice')).replace(/\s+/g, ' ')).toContain(
      'stays: all nodes of its group go, or none (AtomicScaleDownFailed)',
    );
  });

  test('though they are more than may go at the same time; another such group waits for the next look', async () => {
    const group = (name: string) => `${name} --cpu 4 --max 3 --initial 3 --zero-or-max-node-scaling`;
    const cluster = await autoscaled(
      1,
      group('a'),
      group('b'),
      'autoscaler --max-scale-down-parallelism=2 --scale-down-unneeded-time=30s --node-delete-delay-after-taint=30s',
    );
    // The next look is a second later.
    await cluster.tick('51s');
    const going = async () => (await cluster.ok('get nodes')).split('\n').filter((line) => /Disabled/.test(line));
    expect(await going()).toHaveLength(3);
    await cluster.tick('5m');
    expect(await cluster.sizes()).toEqual(['a 0', 'b 0']);
  });

  test('one can not be emptied after all: the others stay, too', async () => {
    const cluster = await autoscaled(
      1,
      'slice --cpu 4 --max 3 --provision-time 20s --zero-or-max-node-scaling',
      'autoscaler --scale-down-unneeded-time=1m --scale-down-delay-after-add=1m --node-delete-delay-after-taint=30s --unremovable-node-recheck-timeout=30s',
    );
    await cluster.pods('blocker', { cpu: '4' });
    await cluster.pods('web', { cpu: '100m' });
    await cluster.tick('2m');
    expect(await cluster.nodes()).toHaveLength(4);
    await cluster.ok('delete deployment blocker');
    const isGoing = async () => (await cluster.taints('slice-1')).includes('ToBeDeletedByClusterAutoscaler:NoSchedule');
    for (let i = 0; i < 40 && !(await isGoing()); i++) await cluster.tick('5s');
    expect(await isGoing()).toBe(true);
    await cluster.ok('create pdb web --selector=app=web --min-available=1');
    await cluster.tick('40s');
    expect(await cluster.sizes()).toEqual(['slice 3']);
    const failures = await cluster.events('ScaleDownFailed');
    expect(failures).toHaveLength(2);
    expect(failures).toContain("failed to delete empty node: couldn't scale down other nodes in this node group");
    for (const node of ['slice-1', 'slice-2', 'slice-3'])
      expect(await cluster.taints(node)).not.toContain('ToBeDeletedByClusterAutoscaler:NoSchedule');
    await cluster.ok('delete pdb web');
    await cluster.tick('10m');
    expect(await cluster.sizes()).toEqual(['slice 0']);
  });
});

describe('machines that fail', () => {
  test('one can not be made: all are given back', async () => {
    const cluster = await autoscaled(0, `${SLICE} --fail quota:1`);
    await cluster.pods('web');
    await cluster.tick('25s');
    expect(await cluster.sizes()).toEqual(['slice 0']);
    expect(await cluster.events('ScaleUpFailed')).toEqual([
      "Failed adding 1 nodes to group slice due to OutOfResource.QUOTA_EXCEEDED; source errors: Instance 'slice-1' creation failed: Quota 'CPUS' exceeded.",
    ]);
  });

  test('unless the others may stay', async () => {
    const cluster = await autoscaled(0, `${SLICE} --fail quota:1 --allow-non-atomic-scale-up-to-max`);
    await cluster.pods('web');
    await cluster.tick('2m');
    expect(await cluster.nodes()).toEqual(['slice-2', 'slice-3', 'slice-4']);
  });

  test('one never registers: all go', async () => {
    const cluster = await autoscaled(0, `${SLICE} --fail silent:1 --max-node-provision-time=3m`);
    await cluster.pods('web');
    await cluster.tick('2m');
    expect(await cluster.nodes()).toEqual(['slice-2', 'slice-3', 'slice-4']);
    await cluster.tick('3m');
    expect((await cluster.events('DeleteUnregistered')).sort()).toEqual(
      [1, 2, 3, 4].map((i) => `Removed unregistered node slice-${i}`),
    );
  });
});
