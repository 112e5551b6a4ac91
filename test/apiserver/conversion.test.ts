import type { KubeObject } from '../../src/apimachinery/meta';
import { horizontalPodAutoscalerConversion } from '../../src/apiserver/conversion/horizontal-pod-autoscaler';
import { take, testServer } from './server-for-tests';

const CORE_EVENTS = { group: '', version: 'v1', resource: 'events' };
const EVENTS = { group: 'events.k8s.io', version: 'v1', resource: 'events' };
const AUTOSCALERS_V1 = { group: 'autoscaling', version: 'v1', resource: 'horizontalpodautoscalers' };
const AUTOSCALERS_V2 = { ...AUTOSCALERS_V1, version: 'v2' };

test('an Event is one object under both of its groups', async () => {
  const { client } = testServer();
  const involvedObject = { kind: 'Pod', namespace: 'default', name: 'web' };
  const watch = await client.watch(EVENTS, 'default');
  await client.create(CORE_EVENTS, 'default', {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name: 'web.1' },
    involvedObject,
    reason: 'Started',
    message: 'Started container',
    source: { component: 'kubelet' },
    count: 2,
    type: 'Normal',
  });
  const served = await client.get(EVENTS, 'default', 'web.1');
  expect(served).toMatchObject({
    apiVersion: 'events.k8s.io/v1',
    regarding: involvedObject,
    note: 'Started container',
    deprecatedSource: { component: 'kubelet' },
    deprecatedCount: 2,
    reason: 'Started',
  });
  expect(served).not.toHaveProperty('involvedObject');
  expect((await client.list(EVENTS, 'default')).items).toEqual([served]);
  expect(await take(watch[Symbol.asyncIterator](), 1)).toEqual(['ADDED web.1']);
  await client.patch(EVENTS, 'default', 'web.1', 'merge', { metadata: { labels: { a: 'b' } } });
  const core = await client.get(CORE_EVENTS, 'default', 'web.1');
  expect(core).toMatchObject({
    apiVersion: 'v1',
    metadata: { labels: { a: 'b' } },
    message: 'Started container',
    count: 2,
  });
  await client.delete(EVENTS, 'default', 'web.1');
  expect((await client.list(CORE_EVENTS, 'default')).items).toEqual([]);
});

describe('HorizontalPodAutoscaler', () => {
  const scaleTargetRef = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' };
  test('v1’s one number is a metric of v2', async () => {
    const { client } = testServer();
    await client.create<KubeObject>(AUTOSCALERS_V1, 'default', {
      apiVersion: 'autoscaling/v1',
      kind: 'HorizontalPodAutoscaler',
      metadata: { name: 'web' },
      spec: { scaleTargetRef, minReplicas: 1, maxReplicas: 5, targetCPUUtilizationPercentage: 70 },
    });
    const v2 = await client.get(AUTOSCALERS_V2, 'default', 'web');
    expect(v2['spec']).toMatchObject({
      scaleTargetRef,
      minReplicas: 1,
      maxReplicas: 5,
      metrics: [
        { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 70 } } },
      ],
    });
    expect((await client.get(AUTOSCALERS_V1, 'default', 'web'))['spec'].targetCPUUtilizationPercentage).toBe(70);
  });

  test('what v1 can’t say goes through it unharmed', () => {
    const v2: KubeObject = {
      apiVersion: 'autoscaling/v2',
      kind: 'HorizontalPodAutoscaler',
      metadata: { name: 'web', annotations: { mine: 'x' } },
      spec: {
        scaleTargetRef,
        maxReplicas: 5,
        metrics: [
          { type: 'Resource', resource: { name: 'memory', target: { type: 'AverageValue', averageValue: '1Gi' } } },
          {
            type: 'Pods',
            pods: { metric: { name: 'rps' }, target: { type: 'AverageValue', averageValue: '10' } },
          },
          {
            type: 'Object',
            object: {
              describedObject: { kind: 'Ingress', name: 'in' },
              metric: { name: 'hits', selector: { matchLabels: { a: 'b' } } },
              target: { type: 'Value', value: '100' },
            },
          },
          {
            type: 'External',
            external: {
              metric: { name: 'queue', selector: { matchLabels: { q: '1' } } },
              target: { type: 'AverageValue', averageValue: '30' },
            },
          },
          { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 50 } } },
        ],
        behavior: { scaleDown: { stabilizationWindowSeconds: 60 } },
      },
      status: {
        currentReplicas: 2,
        currentMetrics: [
          { type: 'Resource', resource: { name: 'cpu', current: { averageUtilization: 40, averageValue: '40m' } } },
        ],
        conditions: [{ type: 'AbleToScale', status: 'True' }],
      },
    };
    const { fromStored, toStored } = horizontalPodAutoscalerConversion;
    const v1 = fromStored(v2);
    expect(v1['spec'].targetCPUUtilizationPercentage).toBe(50);
    expect(v1['status'].currentCPUUtilizationPercentage).toBe(40);
    expect(toStored(v1)).toEqual(v2);
  });

  test('annotations that can’t be read are left alone', () => {
    const { toStored } = horizontalPodAutoscalerConversion;
    const broken = toStored({
      apiVersion: 'autoscaling/v1',
      kind: 'HorizontalPodAutoscaler',
      metadata: { name: 'a', annotations: { 'autoscaling.alpha.kubernetes.io/metrics': '{' } },
      spec: { scaleTargetRef, maxReplicas: 1 },
    });
    expect(broken['spec'].metrics).toHaveLength(1);
  });
});
