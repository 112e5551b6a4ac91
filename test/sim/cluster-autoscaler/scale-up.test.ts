/** Pods that fit nowhere get nodes: how many, of which group, when, and what limits it. */
import { autoscaled } from './autoscaled';

describe('scaling up', () => {
  test('no pods, no nodes: a group costs nothing, and the cluster is at rest', async () => {
    const cluster = await autoscaled(1, 'pool');
    await cluster.tick();
    const before = await cluster.ok('status -o json');
    await cluster.tick();
    await cluster.tick();
    expect(await cluster.ok('status -o json')).toBe(before);
    expect(await cluster.sizes()).toEqual(['pool 0']);
  });

  test('from nothing: as many nodes as the pods need, after the time that a machine takes', async () => {
    const cluster = await autoscaled(0, 'pool --cpu 4 --memory 16Gi --provision-time 90s');
    await cluster.pods('web', { replicas: 10, cpu: '1500m' });
    await cluster.tick('60s');
    expect(await cluster.sizes()).toEqual(['pool 5']);
    expect(await cluster.nodes()).toEqual([]);
    await cluster.tick();
    expect(await cluster.nodes()).toEqual(['pool-1', 'pool-2', 'pool-3', 'pool-4', 'pool-5']);
    expect(await cluster.ok('get deployment web -o jsonpath={.status.readyReplicas}')).toBe('10');
    expect(await cluster.events('TriggeredScaleUp')).toEqual(['pod triggered scale-up: [{pool 0->5 (max: 10)}]']);
    expect(await cluster.events('ScaledUpGroup')).toEqual([
      'Scale-up: setting group pool size to 5 instead of 0 (max: 10)',
      'Scale-up: group pool size set to 5 instead of 0 (max: 10)',
    ]);
  });

  test('a new node is of its group: provider, labels, taints, zone', async () => {
    const cluster = await autoscaled(0, 'gpu --labels tier=ml --taints dedicated=gpu:NoSchedule --zone a --initial 1');
    await cluster.tick('5s');
    const node = JSON.parse(await cluster.ok('get node gpu-1 -o json'));
    expect(node.metadata.labels).toMatchObject({
      'kubetick.dev/nodegroup': 'gpu',
      tier: 'ml',
      'topology.kubernetes.io/zone': 'a',
    });
    expect(node.spec).toMatchObject({
      providerID: 'kubetick://gpu/gpu-1',
      taints: [{ key: 'dedicated', value: 'gpu', effect: 'NoSchedule' }],
    });
  });

  test('first-fit decreasing: large pods first, small ones beside them', async () => {
    const cluster = await autoscaled(0, 'pool --cpu 4 --memory 16Gi');
    await cluster.pods('small', { replicas: 4, cpu: '1' });
    await cluster.pods('large', { replicas: 4, cpu: '3' });
    await cluster.tick();
    expect(await cluster.sizes()).toEqual(['pool 4']);
    const { last } = (await cluster.why('pool')) as never as { last: { options: { packing: number[] }[] } };
    expect(last.options[0]?.packing).toEqual([2, 2, 2, 2]);
  });

  test('pods of DaemonSets take their part of each new node', async () => {
    const cluster = await autoscaled(0, 'pool --cpu 4 --memory 16Gi');
    await cluster.pods('agent', { kind: 'DaemonSet', cpu: '1' });
    await cluster.pods('web', { replicas: 6, cpu: '1' });
    await cluster.tick();
    expect(await cluster.sizes()).toEqual(['pool 2']);
    // What is there shows what runs on each; a DaemonSet of later counts there only with --force-ds.
    expect(await cluster.ok('get pods -l app=agent -o name')).toContain('pod/agent-');
  });

  test('nodes on their way count: more pods ask for the rest only', async () => {
    const cluster = await autoscaled(0, 'pool --cpu 4 --memory 16Gi --provision-time 5m');
    await cluster.pods('web', { replicas: 3, cpu: '2' });
    await cluster.tick('30s');
    expect(await cluster.sizes()).toEqual(['pool 2']);
    await cluster.pods('more', { replicas: 2, cpu: '2' });
    await cluster.tick('30s');
    expect(await cluster.sizes()).toEqual(['pool 3']);
  });

  test('each pod to its own host: one node each', async () => {
    const cluster = await autoscaled(0, 'pool --cpu 8');
    const spec =
      'affinity: {podAntiAffinity: {requiredDuringSchedulingIgnoredDuringExecution: [{topologyKey: kubernetes.io/hostname, labelSelector: {matchLabels: {app: web}}}]}}';
    await cluster.pods('web', { replicas: 3, cpu: '100m', spec });
    await cluster.tick();
    expect(await cluster.sizes()).toEqual(['pool 3']);
  });

  test('spread over hosts, the estimate goes back to nodes that have room', async () => {
    const cluster = await autoscaled(0, 'pool --cpu 4');
    const spec =
      'topologySpreadConstraints: [{maxSkew: 1, topologyKey: kubernetes.io/hostname, whenUnsatisfiable: DoNotSchedule, labelSelector: {matchLabels: {app: web}}}]';
    await cluster.pods('web', { replicas: 4, cpu: '1', spec });
    await cluster.tick('5m');
    expect(await cluster.ok('get deployment web -o jsonpath={.status.readyReplicas}')).toBe('4');
    expect(Number((await cluster.sizes())[0]?.split(' ')[1])).toBeLessThanOrEqual(4);
  });

  test('pods that choose a node by label or bear a taint choose the group', async () => {
    const cluster = await autoscaled(
      0,
      'plain --cpu 4',
      'ssd --cpu 4 --labels disk=ssd',
      'gpu --cpu 4 --taints dedicated=gpu:NoSchedule',
    );
    await cluster.pods('db', { spec: 'nodeSelector: {disk: ssd}' });
    await cluster.tick();
    expect(await cluster.sizes()).toEqual(['gpu 0', 'plain 0', 'ssd 1']);
    await cluster.pods('ml', {
      spec: 'nodeSelector: {kubetick.dev/nodegroup: gpu}, tolerations: [{key: dedicated, operator: Exists}]',
    });
    await cluster.tick();
    expect(await cluster.sizes()).toEqual(['gpu 1', 'plain 0', 'ssd 1']);
  });

  test('nobody can help: each reason, with how many groups it holds for', async () => {
    const cluster = await autoscaled(
      0,
      'a --cpu 2',
      'b --cpu 2',
      'gpu --cpu 16 --taints dedicated=gpu:NoSchedule',
      'full --cpu 16 --max 0',
    );
    await cluster.pods('web', { cpu: '8' });
    await cluster.tick();
    expect(await cluster.events('NotTriggerScaleUp')).toEqual([
      "pod didn't trigger scale-up: 2 Insufficient cpu, 1 node(s) had untolerated taint(s), 1 max node group size reached",
    ]);
  });

  test('a group at its most', async () => {
    const cluster = await autoscaled(0, 'pool --cpu 4 --max 2');
    await cluster.pods('web', { replicas: 6, cpu: '2' });
    await cluster.tick();
    expect(await cluster.sizes()).toEqual(['pool 2']);
    expect(await cluster.events('NotTriggerScaleUp')).toEqual([
      "pod didn't trigger scale-up: 1 max node group size reached",
    ]);
    await cluster.ok('nodegroup set pool --max 3');
    await cluster.tick();
    expect(await cluster.sizes()).toEqual(['pool 3']);
  });

  test.each([
    ['--max-nodes-total=3', ['pool 2']],
    ['--cores-total=0:12', ['pool 2']],
    ['--memory-total=0:40', ['pool 1']],
    ['--max-nodes-per-scaleup=1', ['pool 4']],
  ])('%s limits the cluster', async (flag, sizes) => {
    const cluster = await autoscaled(1, 'pool --cpu 4 --memory 16Gi', `autoscaler ${flag}`);
    await cluster.pods('web', { replicas: 10, cpu: '2' });
    await cluster.tick();
    expect(await cluster.sizes()).toEqual(sizes);
    const [reason] = await cluster.events('NotTriggerScaleUp');
    if (flag.startsWith('--max-nodes-total')) {
      expect(reason).toBe("pod didn't trigger scale-up: max total nodes in cluster reached");
      expect(await cluster.events('MaxNodesTotalReached')).toEqual(['Max total nodes in cluster reached: 3']);
    } else if (flag.startsWith('--cores'))
      expect(reason).toBe(`pod didn't trigger scale-up: 1 exceeded quota: "cluster-wide", resources: cpu`);
  });

  test('pods below the cutoff count for nothing', async () => {
    const cluster = await autoscaled(0, 'pool --cpu 4');
    cluster.write(
      'low.yaml',
      'apiVersion: scheduling.k8s.io/v1\nkind: PriorityClass\nmetadata: {name: low}\nvalue: -20\n',
    );
    await cluster.ok('apply -f low.yaml');
    await cluster.pods('batch', { spec: 'priorityClassName: low' });
    await cluster.tick();
    expect(await cluster.sizes()).toEqual(['pool 0']);
    expect(await cluster.events('NotTriggerScaleUp')).toEqual([]);
    await cluster.ok('nodegroup autoscaler --expendable-pods-priority-cutoff=-30');
    await cluster.tick();
    expect(await cluster.sizes()).toEqual(['pool 1']);
  });

  test('young pods wait: by the flag, and by their own annotation', async () => {
    const cluster = await autoscaled(0, 'pool', 'other', 'autoscaler --new-pod-scale-up-delay=2m');
    const own = (group: string) => `nodeSelector: {kubetick.dev/nodegroup: ${group}}`;
    const annotations = { 'cluster-autoscaler.kubernetes.io/pod-scale-up-delay': '5m' };
    await cluster.pods('web', { spec: own('pool') });
    await cluster.pods('later', { spec: own('other'), annotations });
    await cluster.tick('110s');
    expect(await cluster.sizes()).toEqual(['other 0', 'pool 0']);
    await cluster.tick('30s');
    expect(await cluster.sizes()).toEqual(['other 0', 'pool 1']);
    await cluster.tick();
    expect(await cluster.sizes()).toEqual(['other 1', 'pool 1']);
  });

  test('groups that are alike share new nodes, if told to', async () => {
    const groups = ['a --zone a', 'b --zone b', 'c --zone c', 'other --memory 64Gi'];
    const cluster = await autoscaled(0, ...groups, 'autoscaler --balance-similar-node-groups');
    await cluster.pods('web', { replicas: 6, cpu: '3' });
    await cluster.tick();
    expect(await cluster.sizes()).toEqual(['a 2', 'b 2', 'c 2', 'other 0']);
  });

  test('without that, one group gets them all', async () => {
    const cluster = await autoscaled(0, 'a --cpu 4 --zone a', 'b --cpu 4 --zone b');
    await cluster.pods('web', { replicas: 4, cpu: '3' });
    await cluster.tick();
    expect((await cluster.sizes()).map((size) => size.split(' ')[1]).sort()).toEqual(['0', '4']);
  });

  test('below its least size a group is brought up only when told to', async () => {
    const cluster = await autoscaled(1, 'pool --min 2 --initial 0');
    await cluster.tick('5m');
    expect(await cluster.sizes()).toEqual(['pool 0']);
    await cluster.ok('nodegroup autoscaler --enforce-node-group-min-size');
    await cluster.tick();
    expect(await cluster.sizes()).toEqual(['pool 2']);
    expect(await cluster.nodes()).toEqual(['node-1', 'pool-1', 'pool-2']);
  });

  test('where no node is ready, nothing is added if that is not wanted', async () => {
    const cluster = await autoscaled(0, 'pool', 'autoscaler --scale-up-from-zero=false');
    await cluster.pods('web');
    await cluster.tick('62s');
    expect(await cluster.sizes()).toEqual(['pool 0']);
    await cluster.ok('nodegroup autoscaler --reset --frequent-loops-enabled=false');
    await cluster.tick('6s');
    expect(await cluster.sizes()).toEqual(['pool 0']);
    await cluster.tick('3s');
    expect(await cluster.sizes()).toEqual(['pool 1']);
  });

  test('a cordoned, tainted or full node is no reason: the pod fits elsewhere, nothing is added', async () => {
    const cluster = await autoscaled(2, 'pool --cpu 4');
    await cluster.ok('cordon node-1');
    await cluster.pods('web', { replicas: 3, cpu: '1' });
    await cluster.tick();
    expect(await cluster.sizes()).toEqual(['pool 0']);
  });
});

describe('expanders', () => {
  /** Two groups that both help: 8 pods of one core. */
  async function chosen(expander: string, small: string, large: string, more: string[] = []): Promise<string[]> {
    const cluster = await autoscaled(0, `large ${large}`, `small ${small}`, `autoscaler --expander=${expander}`);
    for (const [name, text] of more.map((one, i) => [`more-${i}.yaml`, one] as const)) {
      cluster.write(name, text);
      await cluster.ok(`apply -f ${name}`);
    }
    await cluster.pods('web', { replicas: 8, cpu: '1', memory: '1Gi' });
    await cluster.tick('30s');
    return cluster.sizes();
  }
  const small = '--cpu 2 --memory 2Gi';
  const large = '--cpu 16 --memory 64Gi';

  test.each([
    ['least-waste', ['large 0', 'small 4']],
    ['least-nodes', ['large 1', 'small 0']],
    ['least-nodes,least-waste', ['large 1', 'small 0']],
    ['most-pods,least-waste', ['large 0', 'small 4']],
  ])('%s', async (expander, sizes) => {
    expect(await chosen(expander, small, large)).toEqual(sizes);
  });

  test('most-pods: the group that helps more of them', async () => {
    expect(await chosen('most-pods', `${small} --max 2`, large)).toEqual(['large 1', 'small 0']);
  });

  test('price: the cheaper one; not alone the machine, what is got for it', async () => {
    expect(await chosen('price', `${small} --price 0.1`, `${large} --price 9`)).toEqual(['large 0', 'small 4']);
    expect(await chosen('price', `${small} --price 9`, `${large} --price 0.2`)).toEqual(['large 1', 'small 0']);
  });

  const priorities = (text: string) =>
    `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: cluster-autoscaler-priority-expander, namespace: kube-system}\ndata:\n  priorities: |\n${text.replace(/^/gm, '    ')}\n`;

  test('priority: the highest whose expression matches', async () => {
    expect(await chosen('priority', small, large, [priorities('10: [".*"]\n50: ["^lar"]')])).toEqual([
      'large 1',
      'small 0',
    ]);
    expect(await chosen('priority', small, large, [priorities('10: [".*"]\n50: ["small"]')])).toEqual([
      'large 0',
      'small 4',
    ]);
  });

  test('priority: who matches nothing is not used, and that is said', async () => {
    const cluster = await autoscaled(
      0,
      `large ${large}`,
      `small ${small}`,
      'autoscaler --expander=priority,least-nodes',
    );
    cluster.write('p.yaml', priorities('10: ["^small$"]'));
    await cluster.ok('apply -f p.yaml');
    await cluster.pods('web', { replicas: 8 });
    await cluster.tick('30s');
    expect(await cluster.sizes()).toEqual(['large 0', 'small 4']);
    expect(await cluster.events('PriorityConfigMapNotMatchedGroup')).toEqual([
      "Priority expander: node group large not found in priority expander configuration. The group won't be used.",
    ]);
  });

  test.each<[string, string | RegExp | undefined]>([
    ['{}', undefined],
    [
      'priorities: ""',
      'Wrong configuration for priority expander: priority configuration in cluster-autoscaler-priority-expander configmap is empty; please provide valid configuration. Ignoring update.',
    ],
    [
      'priorities: "10: [\'(\']"',
      /^Wrong configuration for priority expander: Can't compile regexp rule for priority 10 and rule \(: /,
    ],
    ['other: x', "Wrong configmap for priority expander, doesn't contain priorities key. Ignoring update."],
  ])('priority: a map that says nothing (%s) filters nobody', async (data, complaint) => {
    const cluster = await autoscaled(
      0,
      `large ${large}`,
      `small ${small}`,
      'autoscaler --expander=priority,least-nodes',
    );
    if (complaint) {
      cluster.write(
        'p.yaml',
        `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: cluster-autoscaler-priority-expander, namespace: kube-system}\ndata: {${data}}\n`,
      );
      await cluster.ok('apply -f p.yaml');
    }
    await cluster.pods('web', { replicas: 8 });
    await cluster.tick('30s');
    expect(await cluster.sizes()).toEqual(['large 1', 'small 0']);
    const said = await cluster.events('PriorityConfigMapInvalid');
    if (complaint) expect(said).toEqual([typeof complaint === 'string' ? complaint : expect.stringMatching(complaint)]);
    else expect(said).toEqual([]);
  });

  test('random: any of them, and the same again with the same seed', async () => {
    const [first, second] = [await chosen('random', small, large), await chosen('random', small, large)];
    expect(first).toEqual(second);
    expect([
      ['large 1', 'small 0'],
      ['large 0', 'small 4'],
    ]).toContainEqual(first);
  });
});

describe('why nodegroup', () => {
  test('the arithmetic of the last decision, number by number', async () => {
    const cluster = await autoscaled(
      0,
      'big --cpu 8 --memory 16Gi --max 1',
      'small --cpu 2 --memory 4Gi --max 5',
      'full --max 0',
    );
    await cluster.pods('web', { replicas: 12, cpu: '500m', memory: '256Mi' });
    await cluster.tick('30s');
    const told = (await cluster.why('small')) as never as { last: object; size: object; present?: object };
    expect(told.size).toEqual({ min: 0, max: 5, target: 3, ready: 0, upcoming: 3 });
    expect(told.last).toMatchObject({
      pending: 12,
      result: 'ScaleUpSuccessful',
      expander: 'least-waste',
      best: 'small',
      wanted: 3,
      refusals: [{ group: 'full', skipped: 'max node group size reached' }],
      resizes: [{ group: 'small', from: 0, to: 3, max: 5 }],
      options: [
        {
          group: 'big',
          pods: 12,
          nodes: 1,
          packing: [12],
          scores: [{ expander: 'least-waste', score: '1.0625', kept: false }],
        },
        {
          group: 'small',
          pods: 12,
          nodes: 3,
          packing: [4, 4, 4],
          scores: [{ expander: 'least-waste', score: '0.75', kept: true }],
        },
      ],
    });
    expect(told.present).toBeUndefined();
    const text = await cluster.ok('why nodegroup/big');
    expect(text).toContain(
      'small wins by least-waste: 3 nodes.\nsmall was resized from 0 to 3 (max 5).\nbig was not resized.\n',
    );
    expect(text).toContain('full: max node group size reached\n');
  });

  test('what would be decided now, before it is', async () => {
    const cluster = await autoscaled(0, 'pool --cpu 2');
    await cluster.pods('web', { cpu: '4' });
    await cluster.tick();
    expect(await cluster.ok('why ng pool')).toContain('pool: Insufficient cpu (1 pod)\nNo group would help.\n');
  });

  test('there is no such group', async () => {
    const cluster = await autoscaled(0, 'pool');
    expect((await cluster.run('why nodegroup/nosuch')).err).toContain('nodegroups.kubetick.dev "nosuch" not found');
  });
});
