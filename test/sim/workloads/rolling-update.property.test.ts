/**
 * Rolling updates never break what their strategy promises, at any step: whatever the strategy, however long pods take to
 * get ready and to go, and whatever breaks meanwhile.
 */
import fc from 'fast-check';
import { scaledValue } from '../../../src/apimachinery/int-or-string';
import type { KubeObject } from '../../../src/apimachinery/meta';
import type { StepReport } from '../../../src/sim/controller';
import daemonSets from '../../../src/sim/controllers/daemonset/controller';
import { targetNode } from '../../../src/sim/controllers/daemonset/placement';
import deployments from '../../../src/sim/controllers/deployment/controller';
import { isPodActive, isPodAvailable } from '../../../src/sim/controllers/pod-state';
import replicaSets from '../../../src/sim/controllers/replicaset/controller';
import statefulSets from '../../../src/sim/controllers/statefulset/controller';
import { apps, type ClusterUnderTest, clusterWith, makeNode } from '../cluster-under-test';
import { chanceOf, type PodBehaviour, podRunner } from './pod-runner';

const seed = Number(process.env['KUBETICK_SEED'] ?? 1);

/** How the pods of a run behave: everything is decided by chance, but the same each time. */
const behaviours = fc.record({
  salt: fc.nat(1_000_000),
  slowest: fc.constantFrom(0, 5, 20),
  slowestToGo: fc.constantFrom(0, 3, 30),
  /** Of a hundred pods so many break once they are ready. */
  breaking: fc.constantFrom(0, 0, 5, 20),
  /** The pods of the new template never get ready. */
  hopeless: fc.constantFrom(false, false, false, false, true),
});

interface Behaviour {
  salt: number;
  slowest: number;
  slowestToGo: number;
  breaking: number;
  hopeless: boolean;
}

/** Watches a rolling update: `check` is called after each step, with how much more may be missing because pods broke by themselves. */
class Watch {
  private breaks: number[] = [];
  private healthySince = Number.NEGATIVE_INFINITY;
  watching = false;
  steps = 0;

  behaviour({ salt, slowest, slowestToGo, breaking, hopeless }: Behaviour): PodBehaviour {
    const chance = (pod: KubeObject, what: string, bound: number) =>
      chanceOf(`${salt} ${what} ${pod.metadata.name} ${pod.metadata.uid}`, bound);
    return {
      readyAfter: (pod) =>
        hopeless && pod['spec'].containers[0].image === 'app:2'
          ? Number.POSITIVE_INFINITY
          : chance(pod, 'ready', slowest + 1) * 1000,
      goneAfter: (pod) => chance(pod, 'gone', slowestToGo + 1) * 1000,
      breaksAfter: (pod) =>
        this.watching && chance(pod, 'breaks', 100) < breaking ? 3000 + chance(pod, 'when', 30) * 1000 : undefined,
      brokenFor: 15_000,
      onBreak: (_, now) => this.breaks.push(now),
    };
  }

  /** What broke since all was well for a while: controllers see it late, and others have gone by then. */
  slack(isWell: boolean, now: number): number {
    const recent = this.breaks.filter((at) => at > now - 10_000).length;
    if (isWell && recent === 0) this.healthySince = now;
    return this.breaks.filter((at) => at > this.healthySince).length;
  }
}

const template = (image: string) => ({
  metadata: { labels: { app: 'app' } },
  spec: { containers: [{ name: 'app', image }] },
});

async function setImage(cluster: ClusterUnderTest, resource: string, image: string): Promise<void> {
  const patch = { spec: { template: { spec: { containers: [{ name: 'app', image }] } } } };
  await cluster.client.patch(apps(resource), 'default', 'app', 'strategic', patch);
}

function activePods(cluster: ClusterUnderTest): KubeObject[] {
  return cluster.simulation.cache.list('pods').filter(isPodActive);
}

const amount = fc.oneof(
  fc.nat(12),
  fc.integer({ min: 0, max: 40 }).map((percent) => `${percent}%`),
);

test('a Deployment of 50 stays within maxSurge and maxUnavailable at every step', async () => {
  const strategies = fc
    .record({ maxSurge: amount, maxUnavailable: amount })
    .filter(
      ({ maxSurge, maxUnavailable }) =>
        Number.parseInt(`${maxSurge}`, 10) + Number.parseInt(`${maxUnavailable}`, 10) > 0,
    );
  const minReady = fc.constantFrom(0, 0, 4);
  await fc.assert(
    fc.asyncProperty(strategies, minReady, behaviours, async (rollingUpdate, minReadySeconds, behaviour) => {
      const replicas = 50;
      const watch = new Watch();
      const cluster = await clusterWith([deployments, replicaSets, podRunner(watch.behaviour(behaviour))]);
      await cluster.client.create(apps('deployments'), 'default', {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { name: 'app' },
        spec: {
          replicas,
          minReadySeconds,
          selector: { matchLabels: { app: 'app' } },
          strategy: { type: 'RollingUpdate', rollingUpdate },
          template: template('app:1'),
        },
      });
      await cluster.tick({ settle: true });
      const surge = scaledValue(rollingUpdate.maxSurge, replicas, true);
      const unavailable = scaledValue(rollingUpdate.maxUnavailable, replicas, false);
      const least = replicas - (surge === 0 && unavailable === 0 ? 1 : unavailable);
      watch.watching = true;
      const check = ({ from }: StepReport) => {
        const pods = activePods(cluster);
        const available = pods.filter((pod) => isPodAvailable(pod, minReadySeconds, from)).length;
        const slack = watch.slack(available >= least, from);
        watch.steps++;
        expect(pods.length).toBeLessThanOrEqual(replicas + surge);
        expect(available).toBeGreaterThanOrEqual(least - slack);
      };
      await setImage(cluster, 'deployments', 'app:2');
      await cluster.tick({ advance: 15_000 }, check);
      // Changing one's mind on the way is a rollover.
      await setImage(cluster, 'deployments', 'app:3');
      await cluster.tick({ advance: 240_000 }, check);
      watch.watching = false;
      await cluster.tick({ settle: true });
      expect(activePods(cluster).map((pod) => pod['spec'].containers[0].image)).toEqual(Array(replicas).fill('app:3'));
      expect(watch.steps).toBeGreaterThan(3);
    }),
    { seed, numRuns: 7 },
  );
});

test('a StatefulSet is made in order, and updated one pod at a time from the highest ordinal down to the partition', async () => {
  const cases = fc.record({
    partition: fc.nat(4),
    start: fc.constantFrom(0, 0, 7),
    minReadySeconds: fc.constantFrom(0, 3),
  });
  await fc.assert(
    fc.asyncProperty(cases, behaviours, async ({ partition, start, minReadySeconds }, behaviour) => {
      const replicas = 6;
      const watch = new Watch();
      const calm = { ...behaviour, breaking: 0 };
      const cluster = await clusterWith([statefulSets, podRunner(watch.behaviour(calm))]);
      const isAvailable = (pod: KubeObject | undefined, now: number) =>
        pod !== undefined && isPodActive(pod) && isPodAvailable(pod, minReadySeconds, now);
      const pods = (): (KubeObject | undefined)[] =>
        Array.from({ length: replicas }, (_, i) => cluster.simulation.cache.get('pods', 'default', `app-${start + i}`));
      await cluster.client.create(apps('statefulsets'), 'default', {
        apiVersion: 'apps/v1',
        kind: 'StatefulSet',
        metadata: { name: 'app' },
        spec: {
          replicas,
          minReadySeconds,
          ordinals: { start },
          selector: { matchLabels: { app: 'app' } },
          updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition } },
          template: template('app:1'),
        },
      });
      await cluster.tick({ settle: true }, ({ from }) => {
        const there = pods();
        const newest = there.findLastIndex((pod) => pod !== undefined);
        // Whoever comes last came when all before were available.
        expect(there.slice(0, Math.max(0, newest)).every((pod) => isAvailable(pod, from))).toBe(true);
      });
      let lowest = replicas;
      const check = ({ from }: StepReport) => {
        const there = pods();
        const missing = there.flatMap((pod, i) => (isAvailable(pod, from) ? [] : [i]));
        expect(missing.length).toBeLessThanOrEqual(1);
        const updated = there.flatMap((pod, i) => (pod?.['spec'].containers[0].image === 'app:2' ? [i] : []));
        for (const i of [...missing, ...updated]) lowest = Math.min(lowest, i);
        expect(lowest).toBeGreaterThanOrEqual(Math.min(partition, replicas));
        // All above the one in work are done.
        for (let i = lowest + 1; i < replicas; i++) expect(there[i]?.['spec'].containers[0].image).toBe('app:2');
        watch.steps++;
      };
      await setImage(cluster, 'statefulsets', 'app:2');
      await cluster.tick({ settle: true }, check);
      const expected = calm.hopeless ? replicas - 1 : Math.min(partition, replicas);
      expect(lowest).toBe(Math.max(expected, partition));
    }),
    { seed, numRuns: 10 },
  );
});

test('a Parallel StatefulSet is made all at once and updated one pod at a time', async () => {
  await fc.assert(
    fc.asyncProperty(behaviours, async (behaviour) => {
      const replicas = 8;
      const watch = new Watch();
      const cluster = await clusterWith([statefulSets, podRunner(watch.behaviour({ ...behaviour, hopeless: false }))]);
      await cluster.client.create(apps('statefulsets'), 'default', {
        apiVersion: 'apps/v1',
        kind: 'StatefulSet',
        metadata: { name: 'app' },
        spec: {
          replicas,
          podManagementPolicy: 'Parallel',
          selector: { matchLabels: { app: 'app' } },
          template: template('app:1'),
        },
      });
      await cluster.tick();
      expect(activePods(cluster)).toHaveLength(replicas);
      await cluster.tick({ settle: true });
      watch.watching = true;
      await setImage(cluster, 'statefulsets', 'app:2');
      await cluster.tick({ advance: 240_000 }, ({ from }) => {
        const available = activePods(cluster).filter((pod) => isPodAvailable(pod, 0, from)).length;
        expect(available).toBeGreaterThanOrEqual(replicas - 1 - watch.slack(available >= replicas - 1, from));
      });
      watch.watching = false;
      await cluster.tick({ settle: true });
      expect(activePods(cluster).map((pod) => pod['spec'].containers[0].image)).toEqual(Array(replicas).fill('app:2'));
    }),
    { seed, numRuns: 8 },
  );
});

test('a DaemonSet keeps one pod on each node, and within maxSurge and maxUnavailable at every step', async () => {
  const nodes = 12;
  const strategies = fc
    .record({
      most: fc.oneof(
        fc.integer({ min: 1, max: 5 }),
        fc.integer({ min: 1, max: 60 }).map((p) => `${p}%`),
      ),
      surging: fc.boolean(),
    })
    .map(({ most, surging }) =>
      surging ? { maxSurge: most, maxUnavailable: 0 } : { maxSurge: 0, maxUnavailable: most },
    );
  const minReady = fc.constantFrom(0, 0, 4);
  await fc.assert(
    fc.asyncProperty(strategies, minReady, behaviours, async (rollingUpdate, minReadySeconds, behaviour) => {
      const watch = new Watch();
      const cluster = await clusterWith([daemonSets, podRunner(watch.behaviour(behaviour))]);
      for (let i = 0; i < nodes; i++) await makeNode(cluster.client, `node-${i}`);
      await cluster.client.create(apps('daemonsets'), 'default', {
        apiVersion: 'apps/v1',
        kind: 'DaemonSet',
        metadata: { name: 'app' },
        spec: {
          minReadySeconds,
          selector: { matchLabels: { app: 'app' } },
          updateStrategy: { type: 'RollingUpdate', rollingUpdate },
          template: template('app:1'),
        },
      });
      await cluster.tick({ settle: true });
      const surge = scaledValue(rollingUpdate.maxSurge, nodes, true);
      const unavailable = scaledValue(rollingUpdate.maxUnavailable, nodes, true);
      watch.watching = true;
      const check = ({ from }: StepReport) => {
        const byNode = new Map<string, KubeObject[]>();
        for (const pod of activePods(cluster)) {
          const name = targetNode(pod) ?? '';
          byNode.set(name, [...(byNode.get(name) ?? []), pod]);
        }
        const served = [...byNode.values()].filter((pods) =>
          pods.some((pod) => isPodAvailable(pod, minReadySeconds, from)),
        );
        const crowded = [...byNode.values()].filter((pods) => pods.length > 1);
        const least = nodes - unavailable;
        const slack = watch.slack(served.length >= least, from);
        watch.steps++;
        expect(served.length).toBeGreaterThanOrEqual(least - slack);
        expect(Math.max(0, ...crowded.map((pods) => pods.length))).toBeLessThanOrEqual(surge > 0 ? 2 : 0);
        expect(crowded.length).toBeLessThanOrEqual(surge + slack);
      };
      await setImage(cluster, 'daemonsets', 'app:2');
      await cluster.tick({ advance: 20_000 }, check);
      await setImage(cluster, 'daemonsets', 'app:3');
      await cluster.tick({ advance: 240_000 }, check);
      watch.watching = false;
      await cluster.tick({ settle: true });
      expect(activePods(cluster).map((pod) => pod['spec'].containers[0].image)).toEqual(Array(nodes).fill('app:3'));
      expect(watch.steps).toBeGreaterThan(3);
    }),
    { seed, numRuns: 10 },
  );
});
