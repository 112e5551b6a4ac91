/** Stopping and going on in a new process gives the same bytes, whatever pods go through. */
import fc from 'fast-check';
import nodeLifecycle from '../../../src/sim/controllers/node-lifecycle/controller';
import taintEviction from '../../../src/sim/controllers/taint-eviction/controller';
import kubelet from '../../../src/sim/kubelet/controller';
import nodeAgent from '../../../src/sim/kubelet/node-agent/controller';
import { type ClusterUnderTest, clusterWith, namespace } from '../cluster-under-test';
import { boundPod, NODES, PODS, readyNode } from './life';

const seconds = fc.integer({ min: 1, max: 40 });
const note = (name: string, value: fc.Arbitrary<string>) => value.map((text) => ({ [`kubetick.dev/${name}`]: text }));
const probe = fc.record({
  tcpSocket: fc.constant({ port: 80 }),
  periodSeconds: fc.integer({ min: 1, max: 7 }),
  failureThreshold: fc.integer({ min: 1, max: 4 }),
  initialDelaySeconds: fc.integer({ min: 0, max: 5 }),
});
const failure = fc
  .tuple(fc.constantFrom('startup', 'liveness', 'readiness'), seconds, seconds)
  .map(([type, from, length]) => `${type}@${from}s-${from + length}s`);
const annotations = fc
  .tuple(
    fc.option(
      note(
        'run-for',
        seconds.map((n) => `${n}s`),
      ),
      { nil: {} },
    ),
    fc.option(note('exit-code', fc.constantFrom('0', '1', '3')), { nil: {} }),
    fc.option(note('crash-loop', fc.constantFrom('1', '2', 'true')), { nil: {} }),
    fc.option(note('fail-probe', failure), { nil: {} }),
    fc.option(note('pull-error', fc.constantFrom('1', '2', 'true')), { nil: {} }),
    fc.option(note('ignore-term', fc.constant('true')), { nil: {} }),
    fc.option(
      note(
        'oom-after',
        seconds.map((n) => `${n}s`),
      ),
      { nil: {} },
    ),
  )
  .map((notes) => Object.assign({}, ...notes) as Record<string, string>);
const pod = fc.record({
  annotations,
  main: fc.record({ startupProbe: probe, livenessProbe: probe, readinessProbe: probe }, { requiredKeys: [] }),
  spec: fc.record(
    {
      restartPolicy: fc.constantFrom('Always', 'OnFailure', 'Never'),
      activeDeadlineSeconds: seconds,
      terminationGracePeriodSeconds: fc.integer({ min: 1, max: 9 }),
      initContainers: fc.constant([{ name: 'side', image: 'example/side:1', restartPolicy: 'Always' }]),
    },
    { requiredKeys: [] },
  ),
});
const deed = fc.record({ at: seconds, what: fc.constantFrom('delete', 'fail', 'recover', 'press', 'relieve') });

const CONTROLLERS = () => [nodeLifecycle, taintEviction, nodeAgent, kubelet()];
const LENGTH = 60;

async function play(
  pods: { annotations: Record<string, string>; main: object; spec: object }[],
  deeds: { at: number; what: string }[],
  between: (cluster: ClusterUnderTest) => Promise<ClusterUnderTest>,
): Promise<string> {
  let cluster = await clusterWith(CONTROLLERS());
  await cluster.client.create({ group: '', version: 'v1', resource: 'namespaces' }, '', namespace('kube-node-lease'));
  for (const name of ['n', 'other']) await cluster.client.create(NODES, '', readyNode(name));
  for (const [i, parts] of pods.entries())
    await cluster.client.create(PODS, 'default', boundPod({ ...parts, name: `p-${i}` }));
  for (let second = 0; second < LENGTH; second++) {
    for (const { at, what } of deeds) if (at === second) await perform(cluster, what);
    const report = await cluster.tick({ advance: 1000 });
    expect(report.failures).toEqual([]);
    cluster = await between(cluster);
  }
  return cluster.dump();
}

async function perform({ client, clock }: ClusterUnderTest, what: string): Promise<void> {
  const now = new Date(clock.now()).toISOString().replace('.000', '');
  const annotate = (name: string, value: string | null) =>
    client.patch(NODES, '', 'n', 'merge', { metadata: { annotations: { [`kubetick.dev/${name}`]: value } } });
  if (what === 'delete') await client.delete(PODS, 'default', 'p-0').catch(() => {});
  else if (what === 'fail') await annotate('failed-since', now);
  else if (what === 'recover') await annotate('failed-since', null);
  else if (what === 'press') await annotate('pressure', `memory@${now}`);
  else await annotate('pressure', null);
}

test('a new process at each second', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(pod, { minLength: 1, maxLength: 2 }),
      fc.array(deed, { maxLength: 3 }),
      async (pods, deeds) => {
        const whole = await play(pods, deeds, async (cluster) => cluster);
        const parts = await play(pods, deeds, (cluster) => cluster.restart());
        expect(parts).toBe(whole);
      },
    ),
    { numRuns: 12, seed: 7 },
  );
});
