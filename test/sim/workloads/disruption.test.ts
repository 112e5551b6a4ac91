/** PodDisruptionBudgets: what their status says, and what an eviction makes of it. */
import type { KubeObject } from '../../../src/apimachinery/meta';
import { ApiError } from '../../../src/apimachinery/status';
import { memoryCluster, type TestCluster } from '../../commands/harness';
import { core } from '../cluster-under-test';

const BUDGETS = { group: 'policy', version: 'v1', resource: 'poddisruptionbudgets' };

async function withWeb(replicas: number, nodes = 2): Promise<TestCluster> {
  const cluster = await memoryCluster({ nodes });
  await cluster.ok(`create deployment web --image=nginx --replicas=${replicas}`);
  await cluster.ok('tick --settle');
  return cluster;
}

async function statusOf(cluster: TestCluster, budget = 'web') {
  const { lastTransitionTime: _, ...condition } = (await cluster.client.get(BUDGETS, 'default', budget))['status']
    .conditions[0];
  const { conditions: _conditions, ...counts } = (await cluster.client.get(BUDGETS, 'default', budget))['status'];
  return { ...counts, condition };
}

const counts = (expectedPods: number, currentHealthy: number, desiredHealthy: number, disruptionsAllowed: number) => ({
  expectedPods,
  currentHealthy,
  desiredHealthy,
  disruptionsAllowed,
});

async function evict(
  cluster: TestCluster,
  name: string,
  deleteOptions?: object,
): Promise<ApiError['status'] | 'evicted'> {
  try {
    await cluster.client.createSubresource(core('pods'), 'default', name, 'eviction', {
      apiVersion: 'policy/v1',
      kind: 'Eviction',
      metadata: { name, namespace: 'default' },
      ...(deleteOptions ? { deleteOptions } : {}),
    });
    return 'evicted';
  } catch (error) {
    if (error instanceof ApiError) return error.status;
    throw error;
  }
}

const podNames = async (cluster: TestCluster, labels = 'app=web') =>
  (await cluster.client.list(core('pods'), 'default', { labelSelector: labels })).items.map(
    (pod) => pod.metadata.name as string,
  );

describe('the status', () => {
  test.each([
    ['--min-available=2', counts(4, 4, 2, 2)],
    ['--min-available=50%', counts(4, 4, 2, 2)],
    ['--min-available=30%', counts(4, 4, 2, 2)],
    ['--min-available=4', counts(4, 4, 4, 0)],
    ['--min-available=9', counts(4, 4, 9, 0)],
    ['--max-unavailable=1', counts(4, 4, 3, 1)],
    ['--max-unavailable=30%', counts(4, 4, 2, 2)],
    ['--max-unavailable=0', counts(4, 4, 4, 0)],
    ['--max-unavailable=100%', counts(4, 4, 0, 4)],
  ])('of a Deployment of 4 with %s', async (flag, wanted) => {
    const cluster = await withWeb(4);
    await cluster.ok(`create pdb web --selector=app=web ${flag}`);
    await cluster.ok('tick --settle');
    const enough = wanted.disruptionsAllowed > 0;
    expect(await statusOf(cluster)).toEqual({
      observedGeneration: 1,
      ...wanted,
      condition: {
        type: 'DisruptionAllowed',
        status: enough ? 'True' : 'False',
        reason: enough ? 'SufficientPods' : 'InsufficientPods',
        message: '',
        observedGeneration: 1,
      },
    });
    expect(await cluster.ok('get pdb --no-headers')).toMatch(new RegExp(` ${wanted.disruptionsAllowed} +\\S+\\n$`));
  });

  test.each(['ReplicaSet', 'ReplicationController', 'StatefulSet'])('reckons with the size of a %s', async (kind) => {
    const cluster = await memoryCluster({ nodes: 2 });
    const selector = kind === 'ReplicationController' ? '{app: web}' : '{matchLabels: {app: web}}';
    cluster.write(
      'web.yaml',
      `
apiVersion: ${kind === 'ReplicationController' ? 'v1' : 'apps/v1'}
kind: ${kind}
metadata: {name: web}
spec:
  replicas: 3
  selector: ${selector}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: nginx}]}
`,
    );
    await cluster.ok('create -f web.yaml');
    await cluster.ok('create pdb web --selector=app=web --max-unavailable=1');
    await cluster.ok('tick --settle');
    expect(await statusOf(cluster)).toMatchObject(counts(3, 3, 2, 1));
  });

  test('of pods whose controller has no size says so, and allows nothing', async () => {
    const cluster = await memoryCluster({ nodes: 1 });
    const owned = (uid: string) => `
apiVersion: v1
kind: Pod
metadata:
  name: a
  labels: {app: web}
  ownerReferences: [{apiVersion: batch/v1, kind: Job, name: j, uid: ${uid}, controller: true}]
spec: {containers: [{name: a, image: nginx}]}
`;
    cluster.write(
      'job.yaml',
      `
apiVersion: batch/v1
kind: Job
metadata: {name: j}
spec: {managedBy: example.com/nobody, template: {spec: {restartPolicy: Never, containers: [{name: a, image: nginx}]}}}
`,
    );
    await cluster.ok('create -f job.yaml');
    cluster.write('pod.yaml', owned(await cluster.ok('get job j -o jsonpath={.metadata.uid}')));
    await cluster.ok('create -f pod.yaml');
    await cluster.ok('create pdb web --selector=app=web --max-unavailable=1');
    await cluster.ok('tick --settle');
    expect(await statusOf(cluster)).toMatchObject({
      disruptionsAllowed: 0,
      condition: {
        status: 'False',
        reason: 'SyncFailed',
        message: 'jobs.batch does not implement the scale subresource',
      },
    });
    expect(
      await cluster.ok(
        'get events --field-selector reason=CalculateExpectedPodCountFailed -o jsonpath={.items[0].message}',
      ),
    ).toBe('Failed to calculate the number of expected pods: jobs.batch does not implement the scale subresource');
  });

  test('counts only what is ready, and follows changes', async () => {
    const cluster = await withWeb(3);
    await cluster.ok('create pdb web --selector=app=web --min-available=2');
    await cluster.ok('tick --settle');
    await cluster.ok('scale deployment web --replicas=5');
    await cluster.ok('tick 4s');
    expect(await statusOf(cluster)).toMatchObject(counts(5, 3, 2, 1));
    await cluster.ok('tick --settle');
    expect(await statusOf(cluster)).toMatchObject(counts(5, 5, 2, 3));
    await cluster.ok(`patch pdb web -p '{"spec":{"minAvailable":5}}'`);
    await cluster.ok('tick --settle');
    expect(await statusOf(cluster)).toMatchObject({ ...counts(5, 5, 5, 0), observedGeneration: 2 });
  });

  test('without pods allows nothing, and says so', async () => {
    const cluster = await memoryCluster({ nodes: 1 });
    await cluster.ok('create pdb web --selector=app=web --min-available=0');
    await cluster.ok('tick --settle');
    expect(await statusOf(cluster)).toMatchObject(counts(0, 0, 0, 0));
    expect(await cluster.ok('get events -o custom-columns=R:.reason,M:.message --no-headers')).toMatch(
      /^NoPods +No matching pods found\n$/,
    );
  });

  test('of pods that nothing manages says that it can not be trusted', async () => {
    const cluster = await memoryCluster({ nodes: 1 });
    await cluster.ok('run lone --image=nginx --labels=app=web');
    await cluster.ok('create pdb web --selector=app=web --max-unavailable=1');
    await cluster.ok('tick --settle');
    expect(await statusOf(cluster)).toMatchObject(counts(0, 1, 0, 0));
    expect(await cluster.ok('get events --field-selector reason=UnmanagedPods -o jsonpath={.items[0].message}')).toBe(
      'Pods selected by this PodDisruptionBudget (selector: &LabelSelector{MatchLabels:map[string]string{app: web,},MatchExpressions:[]LabelSelectorRequirement{},}) were found to be unmanaged. As a result, the status of the PDB cannot be calculated correctly, which may result in undefined behavior. To account for these pods please set ".spec.minAvailable" field of the PDB to an integer value.',
    );
  });
});

describe('an eviction', () => {
  test('takes a disruption; when none is left it is refused, with a reason', async () => {
    const cluster = await withWeb(2);
    await cluster.ok('create pdb web --selector=app=web --min-available=1');
    const [first, second] = (await podNames(cluster)) as [string, string];
    expect(await evict(cluster, first)).toMatchObject({
      code: 429,
      reason: 'TooManyRequests',
      message: "Cannot evict pod as it would violate the pod's disruption budget.",
      details: {
        retryAfterSeconds: 10,
        causes: [
          { reason: 'DisruptionBudget', message: 'The disruption budget web is still being processed by the server.' },
        ],
      },
    });
    await cluster.ok('tick --settle');
    expect(await evict(cluster, first)).toBe('evicted');
    expect(await evict(cluster, second)).toEqual({
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      code: 429,
      reason: 'TooManyRequests',
      message: "Cannot evict pod as it would violate the pod's disruption budget.",
      details: {
        causes: [
          {
            reason: 'DisruptionBudget',
            message: 'The disruption budget web does not allow evicting pods currently',
          },
        ],
      },
    });
    const status = await statusOf(cluster);
    expect(status).toMatchObject({ disruptionsAllowed: 0, condition: { status: 'False', reason: 'InsufficientPods' } });
    expect(Object.keys(status.disruptedPods)).toEqual([first]);
    const pod = await cluster.client.get(core('pods'), 'default', first);
    expect(pod['status'].conditions).toContainEqual(
      expect.objectContaining({
        type: 'DisruptionTarget',
        status: 'True',
        reason: 'EvictionByEvictionAPI',
        message: 'Eviction API: evicting',
      }),
    );
    await cluster.ok('tick 1s');
    expect(await evict(cluster, second)).toMatchObject({
      details: { causes: [{ message: 'The disruption budget web needs 1 healthy pods and has 1 currently' }] },
    });
    await cluster.ok('tick --settle');
    expect(await statusOf(cluster)).toMatchObject(counts(2, 2, 1, 1));
    expect((await statusOf(cluster)).disruptedPods).toBeUndefined();
  });

  test('a drain waits for the budget, and gets through as pods come up elsewhere', async () => {
    const cluster = await withWeb(4, 3);
    await cluster.ok('create pdb web --selector=app=web --max-unavailable=1');
    await cluster.ok('tick --settle');
    const before = (await cluster.client.list(core('pods'), 'default')).items.filter(
      (pod) => pod['spec'].nodeName === 'node-1',
    );
    const drained = await cluster.run('drain node-1');
    expect(drained.code).toBe(0);
    if (before.length > 1)
      expect(drained.err).toContain("Cannot evict pod as it would violate the pod's disruption budget.");
    const after = (await cluster.client.list(core('pods'), 'default')).items;
    expect(after.filter((pod) => pod['spec'].nodeName === 'node-1')).toEqual([]);
    expect(after.filter((pod) => pod['status'].phase === 'Running').length).toBeGreaterThanOrEqual(3);
  });

  async function withUnready(policy?: string): Promise<{ cluster: TestCluster; unready: string }> {
    const cluster = await memoryCluster({ nodes: 2 });
    await cluster.ok('create deployment web --image=nginx --replicas=2');
    await cluster.ok('create deployment slow --image=nginx');
    const template = {
      metadata: { labels: { budget: 'yes' } },
      spec: {
        containers: [{ name: 'nginx', readinessProbe: { exec: { command: ['false'] }, initialDelaySeconds: 86_400 } }],
      },
    };
    await cluster.ok(['patch', 'deployment', 'slow', '-p', JSON.stringify({ spec: { template } })]);
    const labelled = { spec: { template: { metadata: { labels: { budget: 'yes' } } } } };
    await cluster.ok(['patch', 'deployment', 'web', '-p', JSON.stringify(labelled)]);
    await cluster.ok('create pdb web --selector=budget=yes --min-available=3');
    if (policy)
      await cluster.ok(['patch', 'pdb', 'web', '-p', JSON.stringify({ spec: { unhealthyPodEvictionPolicy: policy } })]);
    await cluster.ok('tick 60s');
    const [unready] = (await podNames(cluster, 'app=slow')) as [string];
    expect(await statusOf(cluster)).toMatchObject(counts(3, 2, 3, 0));
    return { cluster, unready };
  }

  test('of a pod that is not ready is refused where too few are healthy', async () => {
    const { cluster, unready } = await withUnready();
    expect(await evict(cluster, unready)).toMatchObject({
      code: 429,
      details: { causes: [{ message: 'The disruption budget web needs 3 healthy pods and has 2 currently' }] },
    });
    // Enough are healthy without it.
    await cluster.ok(`patch pdb web -p '{"spec":{"minAvailable":2}}'`);
    await cluster.ok('tick 2s');
    expect(await evict(cluster, unready)).toBe('evicted');
    expect((await statusOf(cluster)).disruptedPods).toBeUndefined();
  });

  test('of a pod that is not ready is granted in any case with AlwaysAllow', async () => {
    const { cluster, unready } = await withUnready('AlwaysAllow');
    expect(await evict(cluster, unready)).toBe('evicted');
  });

  test('is refused for a pod of two budgets, which is told', async () => {
    const cluster = await withWeb(1);
    await cluster.ok('create pdb web --selector=app=web --min-available=0');
    await cluster.ok('create pdb other --selector=app=web --min-available=0');
    await cluster.ok('tick --settle');
    const [pod] = (await podNames(cluster)) as [string];
    expect(await evict(cluster, pod)).toEqual({
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      code: 500,
      message: 'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.',
    });
    expect(
      await cluster.ok(
        'get events --field-selector reason=MultiplePodDisruptionBudgets -o jsonpath={.items[*].message}',
      ),
    ).toBe(`Pod "default"/"${pod}" matches multiple PodDisruptionBudgets.  Chose "other" arbitrarily.`);
  });

  test('holds to its preconditions', async () => {
    const cluster = await withWeb(1);
    const [name] = (await podNames(cluster)) as [string];
    const pod = await cluster.client.get(core('pods'), 'default', name);
    const conditionsOf = (object: KubeObject) =>
      (object['status'].conditions as { type: string }[]).map(({ type }) => type);
    expect(await evict(cluster, name, { preconditions: { uid: 'another' } })).toMatchObject({ code: 409 });
    expect(await evict(cluster, name, { preconditions: { resourceVersion: '1' } })).toMatchObject({ code: 409 });
    expect(conditionsOf(await cluster.client.get(core('pods'), 'default', name))).not.toContain('DisruptionTarget');
    const { resourceVersion, uid } = pod.metadata;
    expect(await evict(cluster, name, { preconditions: { uid, resourceVersion } })).toBe('evicted');
  });

  test('that was granted and did not happen is forgotten after two minutes', async () => {
    const cluster = await withWeb(2);
    await cluster.ok('create pdb web --selector=app=web --min-available=1');
    await cluster.ok('tick --settle');
    const [name] = (await podNames(cluster)) as [string];
    const budget = await cluster.client.get(BUDGETS, 'default', 'web');
    const pod = await cluster.client.get(core('pods'), 'default', name);
    const lastTransitionTime = budget['status'].conditions[0].lastTransitionTime;
    await cluster.client.updateStatus(BUDGETS, {
      ...budget,
      status: { ...budget['status'], disruptionsAllowed: 0, disruptedPods: { [name]: lastTransitionTime } },
    });
    const target = { type: 'DisruptionTarget', status: 'True', reason: 'EvictionByEvictionAPI', lastTransitionTime };
    await cluster.client.updateStatus(core('pods'), {
      ...pod,
      status: { ...pod['status'], conditions: [...pod['status'].conditions, target] },
    });
    await cluster.ok('tick 5s');
    expect(await statusOf(cluster)).toMatchObject({
      ...counts(2, 1, 1, 0),
      disruptedPods: { [name]: lastTransitionTime },
    });
    await cluster.ok('tick --settle');
    expect(await statusOf(cluster)).toMatchObject(counts(2, 2, 1, 1));
    const after = await cluster.client.get(core('pods'), 'default', name);
    expect(after['status'].conditions.at(-1)).toMatchObject({ type: 'DisruptionTarget', status: 'False' });
    expect(await cluster.ok(`get events --field-selector reason=NotDeleted -o jsonpath={.items[0].message}`)).toBe(
      "Pod was expected by PDB default/default to be deleted but it wasn't",
    );
  });
});
