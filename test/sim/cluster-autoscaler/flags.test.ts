/** Flags that change how groups grow and go; and those that change nothing, or can't be set. */
import { type Autoscaled, autoscaled } from './autoscaled';

test('--parallel-scale-up: when the cloud refuses one group, the other grows all the same', async () => {
  const groups = ['a --cpu 4 --price 0.1 --fail refuse', 'b --cpu 4 --price 0.2'];
  const flags = 'autoscaler --balance-similar-node-groups --expander=price';
  for (const [more, size] of [
    ['', 0],
    [' --parallel-scale-up', 2],
  ] as const) {
    const cluster = await autoscaled(0, ...groups, `${flags}${more}`);
    await cluster.pods('web', { replicas: 4, cpu: '3' });
    for (let i = 0; i < 12 && (await cluster.events('FailedToScaleUpGroup')).length === 0; i++)
      await cluster.tick('1s');
    expect(await cluster.sizes()).toEqual(['a 0', `b ${size}`]);
    expect(await cluster.events('FailedToScaleUpGroup')).toEqual([
      'Scale-up failed for group a: the cloud refuses to add machines to node group a',
    ]);
  }
});

test('--salvo-scale-up: several groups grow in one look', async () => {
  const groups = ['red --cpu 4 --labels colour=red', 'blue --cpu 4 --labels colour=blue'];
  for (const [more, sizes] of [
    ['--salvo-scale-up=false', 1],
    ['--salvo-scale-up', 3],
  ] as const) {
    const cluster = await autoscaled(0, ...groups, `autoscaler --frequent-loops-enabled=false ${more}`);
    await cluster.pods('red', { cpu: '3', replicas: 2, spec: 'nodeSelector: {colour: red}' });
    await cluster.pods('blue', { cpu: '3', spec: 'nodeSelector: {colour: blue}' });
    await cluster.tick('11s');
    const counts = (await cluster.sizes()).map((size) => Number(size.split(' ')[1]));
    const sum = counts.reduce((all, one) => all + one, 0);
    if (sizes === 3) expect(counts).toEqual([1, 2]);
    else expect(counts.filter((count) => count > 0)).toHaveLength(1);
    expect(sum).toBeGreaterThanOrEqual(sizes);
    const triggered = await cluster.events('TriggeredScaleUp');
    expect(triggered).toHaveLength(sizes === 3 ? 2 : 1);
    await cluster.tick('1m');
    expect(await cluster.sizes()).toEqual(['blue 1', 'red 2']);
  }
});

test('--node-deletion-batcher-interval: machines that can go are gathered', async () => {
  const cluster = await autoscaled(
    1,
    'pool --cpu 4 --initial 2',
    'autoscaler --scale-down-unneeded-time=30s --node-deletion-batcher-interval=40s',
  );
  // Marked at 00:50, and five seconds later nothing holds them up.
  await cluster.tick('60s');
  expect(await cluster.sizes()).toEqual(['pool 2']);
  expect(await cluster.taints('pool-1')).toContain('ToBeDeletedByClusterAutoscaler:NoSchedule');
  await cluster.tick('34s');
  expect(await cluster.sizes()).toEqual(['pool 2']);
  await cluster.tick('2s');
  expect(await cluster.sizes()).toEqual(['pool 0']);
});

test('--dynamic-node-delete-delay-after-taint-enabled: nobody has to be waited for', async () => {
  const flags = 'autoscaler --scale-down-unneeded-time=30s --node-delete-delay-after-taint=1m';
  const cluster = await autoscaled(1, 'pool --cpu 4 --initial 1', flags);
  await cluster.tick('55s');
  expect(await cluster.sizes()).toEqual(['pool 1']);
  const quick = await autoscaled(
    1,
    'pool --cpu 4 --initial 1',
    `${flags} --dynamic-node-delete-delay-after-taint-enabled`,
  );
  await quick.tick('55s');
  expect(await quick.sizes()).toEqual(['pool 0']);
});

test('--enable-proactive-scaleup: nodes also for pods that are still to be made', async () => {
  const quota = 'create quota few --hard=pods=2';
  // The controller tells that its pods are refused.
  const tick = (cluster: Autoscaled, time: string) => cluster.run(`tick ${time} -q`);
  const plain = await autoscaled(0, 'pool --cpu 4 --provision-time 20s');
  await plain.ok(quota);
  await plain.pods('web', { replicas: 6, cpu: '3' });
  await tick(plain, '1m');
  expect(await plain.sizes()).toEqual(['pool 2']);
  const cluster = await autoscaled(0, 'pool --cpu 4 --provision-time 20s', 'autoscaler --enable-proactive-scaleup');
  await cluster.ok(quota);
  await cluster.pods('web', { replicas: 6, cpu: '3' });
  await tick(cluster, '1m');
  expect(await cluster.sizes()).toEqual(['pool 6']);
  // Nothing is said of pods that are not there.
  expect(await cluster.ok('get events -o jsonpath={.items[*].involvedObject.name}')).not.toContain('-copy-');
  const limited = await autoscaled(
    0,
    'pool --cpu 4 --provision-time 20s',
    'autoscaler --enable-proactive-scaleup --pod-injection-limit=3 --frequent-loops-enabled=false',
  );
  await limited.ok(quota);
  await limited.pods('web', { replicas: 6, cpu: '3' });
  await tick(limited, '11s');
  expect(await limited.sizes()).toEqual(['pool 3']);
});

test('--ignore-taint: what --startup-taint was called', async () => {
  const pool = 'pool --cpu 4 --provision-time 20s --taints booting=yes:NoSchedule';
  const cluster = await autoscaled(0, pool, 'autoscaler --ignore-taint=booting');
  await cluster.pods('web');
  await cluster.tick('30s');
  expect(await cluster.sizes()).toEqual(['pool 1']);
  const strict = await autoscaled(0, pool);
  await strict.pods('web');
  await strict.tick('30s');
  expect(await strict.sizes()).toEqual(['pool 0']);
});

test('what changes nothing is taken, shown and said', async () => {
  const cluster = await autoscaled(0, 'pool');
  const { code, out, err } = await cluster.run('nodegroup autoscaler --max-inactivity=1h --address=:9090');
  expect({ code, out }).toEqual({ code: 0, out: 'clusterautoscaler.kubetick.dev/cluster-autoscaler created\n' });
  expect(err).toBe(`Warning: --address changes nothing here: the autoscaler has no metrics and no port of its own
Warning: --max-inactivity changes nothing here: the autoscaler never hangs
`);
  expect(await cluster.ok('nodegroup autoscaler')).toBe(
    'FLAG               VALUE   DEFAULT\n--address          :9090   :8085\n--max-inactivity   1h      10m0s\n',
  );
  // As it comes it needs no word.
  expect((await cluster.run('nodegroup autoscaler --estimator=binpacking --predicate-parallelism=4')).err).toBe('');
  const all = await cluster.ok('nodegroup autoscaler --all');
  expect(all.trim().split('\n').length).toBeGreaterThan(120);
  expect(all).not.toContain('zero-or-max');
  expect(await cluster.ok('nodegroup autoscaler --help')).not.toContain('--max-inactivity');
});

test.each([
  ['--estimator=old', 'invalid value "old" of --estimator: there is no other estimator'],
  ['--capacity-quotas-enabled', 'invalid value "true" of --capacity-quotas-enabled: there are no CapacityQuotas here'],
  [
    '--nodes=1:10:pool',
    'invalid value "1:10:pool" of --nodes: groups of nodes are declared with kubetick nodegroup add',
  ],
  ['--enable-dynamic-resource-allocation=false', '--enable-dynamic-resource-allocation flag must be true'],
  ['--max-failing-time=soon', 'invalid value "soon" of --max-failing-time: time: invalid duration "soon"'],
  ['--kube-client-qps=many', 'invalid value "many" of --kube-client-qps: must be a number'],
])('what can not be set is refused: %s', async (flag, complaint) => {
  const cluster = await autoscaled(0, 'pool');
  const { code, err } = await cluster.run(`nodegroup autoscaler ${flag}`);
  expect(code).toBe(1);
  expect(err).toContain(complaint);
});
