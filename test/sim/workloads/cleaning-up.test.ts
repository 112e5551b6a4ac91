/** Pods and Jobs that nobody else would delete. */
import type { KubeObject } from '../../../src/apimachinery/meta';
import podCollector from '../../../src/sim/controllers/pod-gc/controller';
import { memoryCluster, type TestCluster } from '../../commands/harness';
import { clusterWith, core, make, START } from '../cluster-under-test';

const pod = (name: string, more: object = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'default' },
  spec: { nodeName: 'node-a', containers: [{ name: 'a', image: 'a' }] },
  ...more,
});

const podNames = async (cluster: TestCluster) =>
  (await cluster.client.list(core('pods'), 'default')).items.map(({ metadata }) => metadata.name);

describe('the pod collector', () => {
  test('deletes the pods of a node that is gone, which count as failed first', async () => {
    const cluster = await memoryCluster({ nodes: 2 });
    await cluster.ok('create deployment web --image=nginx --replicas=4');
    await cluster.ok('tick --settle');
    const before = new Set(await podNames(cluster));
    await cluster.ok('delete node node-2');
    await cluster.ok('tick 10s');
    expect(new Set(await podNames(cluster))).toEqual(before);
    await cluster.ok('tick --settle');
    const { items } = await cluster.client.list(core('pods'), 'default');
    expect(items.map(({ spec }) => spec.nodeName)).toEqual(Array(4).fill('node-1'));
    expect(items.filter(({ metadata }) => before.has(metadata.name)).length).toBe(2);
  });

  test('says of a pod that it must keep why it failed', async () => {
    const cluster = await clusterWith([podCollector]);
    const kept = pod('kept');
    kept.metadata.finalizers = ['example.com/keep'];
    await make(cluster.client, core('pods'), kept);
    await cluster.tick({ settle: true });
    const { status, metadata } = await cluster.client.get(core('pods'), 'default', 'kept');
    expect(status.phase).toBe('Failed');
    expect(status.conditions).toContainEqual(
      expect.objectContaining({
        type: 'DisruptionTarget',
        status: 'True',
        reason: 'DeletionByPodGC',
        message: 'PodGC: node no longer exists',
      }),
    );
    expect(metadata.deletionTimestamp).toBeDefined();
    expect((await cluster.tick({ settle: true })).actions).toEqual([]);
  });

  test('deletes what was being deleted on a node that is out of service, and nothing else there', async () => {
    const cluster = await clusterWith([podCollector]);
    const node = (ready: string, taints: object[] = []): KubeObject => ({
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name: 'node-a' },
      spec: { taints },
      status: { conditions: [{ type: 'Ready', status: ready }] },
    });
    await make(cluster.client, core('nodes'), node('True'));
    for (const name of ['going', 'staying'])
      await make(cluster.client, core('pods'), pod(name, { status: { phase: 'Running' } }));
    await cluster.client.delete(core('pods'), 'default', 'going');
    await cluster.tick({ advance: 120_000 });
    const names = async () =>
      (await cluster.client.list(core('pods'), 'default')).items.map(({ metadata }) => metadata.name);
    expect(await names()).toEqual(['going', 'staying']);
    const present = await cluster.client.get(core('nodes'), '', 'node-a');
    await cluster.client.updateStatus(core('nodes'), { ...present, status: node('Unknown')['status'] });
    const down = await cluster.client.get(core('nodes'), '', 'node-a');
    const taint = { key: 'node.kubernetes.io/out-of-service', value: 'nodeshutdown', effect: 'NoExecute' };
    await cluster.client.update(core('nodes'), { ...down, spec: { ...down['spec'], taints: [taint] } });
    await cluster.tick({ settle: true });
    expect(await names()).toEqual(['staying']);
  });

  test('keeps no more than 12,500 ended pods, and lets evicted ones go first', async () => {
    const cluster = await clusterWith([podCollector]);
    await make(cluster.client, core('nodes'), { apiVersion: 'v1', kind: 'Node', metadata: { name: 'node-a' } });
    // Straight into the store: making them through the API takes a while.
    const template = await make(cluster.client, core('pods'), pod('template'));
    const { resourceVersion: _, ...metadata } = template.metadata;
    const writes = Array.from({ length: 12_503 }, (_unused, i) => ({
      key: `/registry/core/pods/default/p${String(i).padStart(5, '0')}`,
      value: JSON.parse(
        JSON.stringify({
          ...template,
          metadata: {
            ...metadata,
            name: `p${String(i).padStart(5, '0')}`,
            uid: `uid-${i}`,
            creationTimestamp: new Date(START + i * 1000).toISOString().replace('.000', ''),
          },
          status: i === 7000 ? { phase: 'Failed', reason: 'Evicted' } : { phase: i % 2 ? 'Succeeded' : 'Failed' },
        }),
      ),
    }));
    await cluster.store.commit(writes);
    await cluster.tick({ settle: true });
    const names = new Set((await cluster.client.list(core('pods'), 'default')).items.map((one) => one.metadata.name));
    expect(names.size).toBe(12_501);
    for (const gone of ['p07000', 'p00000', 'p00001']) expect(names.has(gone)).toBe(false);
    expect(names.has('template')).toBe(true);
  });
});

describe('a Job with ttlSecondsAfterFinished', () => {
  const JOBS = { group: 'batch', version: 'v1', resource: 'jobs' };
  async function withJob(ttl: string): Promise<{ cluster: TestCluster; finish(type: string): Promise<void> }> {
    const cluster = await memoryCluster({ nodes: 1 });
    cluster.write(
      'job.yaml',
      `
apiVersion: batch/v1
kind: Job
metadata: {name: once}
spec:
  ${ttl}
  template: {spec: {restartPolicy: Never, containers: [{name: a, image: a}]}}
`,
    );
    await cluster.ok('create -f job.yaml');
    return {
      cluster,
      async finish(type) {
        const job = await cluster.client.get(JOBS, 'default', 'once');
        const time = job.metadata.creationTimestamp as string;
        const condition = { status: 'True', lastProbeTime: time, lastTransitionTime: time };
        const before = type === 'Complete' ? 'SuccessCriteriaMet' : 'FailureTarget';
        await cluster.client.updateStatus(JOBS, {
          ...job,
          status: {
            startTime: time,
            ...(type === 'Complete' ? { completionTime: time, succeeded: 1 } : {}),
            conditions: [
              { type: before, ...condition },
              { type, ...condition },
            ],
          },
        });
      },
    };
  }

  test.each(['Complete', 'Failed'])('is deleted so long after it is %s', async (type) => {
    const { cluster, finish } = await withJob('ttlSecondsAfterFinished: 100');
    await cluster.ok('tick 5s');
    await finish(type);
    await cluster.ok('tick 90s');
    expect(await cluster.ok('get jobs -o name')).toBe('job.batch/once\n');
    await cluster.ok('tick 10s');
    expect(await cluster.ok('get jobs -o name')).toBe('');
  });

  test('stays without, and until it has ended', async () => {
    const { cluster, finish } = await withJob('');
    await finish('Complete');
    await cluster.ok('tick --settle');
    expect(await cluster.ok('get jobs -o name')).toBe('job.batch/once\n');
  });
});
