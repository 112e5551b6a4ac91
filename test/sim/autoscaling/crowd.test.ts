/** Pods that are alike are measured together: an autoscaler must not be able to tell. */
import fc from 'fast-check';
import type { KubeObject } from '../../../src/apimachinery/meta';
import { formatTime } from '../../../src/apimachinery/time';
import { LoadMetrics, type MetricSource } from '../../../src/sim/controllers/horizontalpodautoscaler/metric-source';
import { evaluateMetrics } from '../../../src/sim/controllers/horizontalpodautoscaler/proposals';
import { UsageReader } from '../../../src/sim/load/usage-reader';
import type { LoadView } from '../../../src/sim/load/view';

const NOW = Date.parse('2026-01-01T12:00:00Z');

interface Kind {
  cpu: number;
  request: number;
  count: number;
  /** Seconds since it got ready; none: it is not. */
  ready: number | undefined;
}

function podOf({ cpu, request, ready }: Kind, name: string): KubeObject {
  const at = formatTime(NOW - 1000 * (ready ?? 600));
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'default', uid: name, annotations: { 'kwok.x-k8s.io/usage-cpu': `${cpu}m` } },
    spec: { containers: [{ name: 'main', resources: { requests: { cpu: `${request}m` } } }] },
    status: {
      phase: 'Running',
      startTime: at,
      conditions: [{ type: 'Ready', status: ready === undefined ? 'False' : 'True', lastTransitionTime: at }],
      containerStatuses: [{ name: 'main', state: { running: { startedAt: at } } }],
    },
  };
}

function evaluated(pods: readonly KubeObject[], target: number, current: number, together: boolean) {
  const view: LoadView = {
    list: (resource) => (resource === 'pods' ? pods : []),
    get: () => undefined,
    byUid: () => undefined,
    index: () => pods,
  };
  const metrics = new LoadMetrics(new UsageReader(view, NOW), { get: () => ({}) as KubeObject });
  let asked = 0;
  const source: MetricSource = {
    resource: (...args) => metrics.resource(...args),
    pods: (...args) => metrics.pods(...args),
    object: (...args) => metrics.object(...args),
    external: (...args) => metrics.external(...args),
    ...(together
      ? {
          crowd(...args: Parameters<LoadMetrics['crowd']>) {
            const crowd = metrics.crowd(...args);
            if (crowd) asked++;
            return crowd;
          },
        }
      : {}),
  };
  const subject = {
    pods,
    currentReplicas: current,
    statusReplicas: current,
    tolerances: { scaleDown: 0.1, scaleUp: 0.1 },
    now: NOW,
    namespace: 'default',
    source,
  };
  const spec = {
    type: 'Resource',
    resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: target } },
  };
  const { outcomes, ...rest } = evaluateMetrics([spec as Parameters<typeof evaluateMetrics>[0][number]], subject);
  const told = outcomes.map(({ proposal, ...more }) => ({
    ...more,
    proposal: proposal && {
      ...proposal,
      arithmetic: { ...proposal.arithmetic, measured: proposal.arithmetic.measured() },
    },
  }));
  return { result: { ...rest, told }, asked };
}

test('together or one by one, it is the same', () => {
  let together = 0;
  const kind = fc.record({
    cpu: fc.integer({ min: 0, max: 999 }),
    request: fc.integer({ min: 1, max: 500 }),
    count: fc.integer({ min: 1, max: 4 }),
    ready: fc.oneof(
      { weight: 8, arbitrary: fc.constantFrom(15, 16, 100, 4000) },
      { weight: 1, arbitrary: fc.constantFrom(undefined, 5, 14) },
    ),
  });
  fc.assert(
    fc.property(fc.array(kind, { minLength: 1, maxLength: 5 }), fc.integer({ min: 1, max: 200 }), (kinds, target) => {
      const pods = kinds.flatMap((one, i) => Array.from({ length: one.count }, (_, k) => podOf(one, `web-${i}-${k}`)));
      const crowd = evaluated(pods, target, pods.length, true);
      expect(crowd.result).toEqual(evaluated(pods, target, pods.length, false).result);
      together += crowd.asked;
    }),
    { seed: 11, numRuns: 300 },
  );
  expect(together).toBeGreaterThan(100);
});
