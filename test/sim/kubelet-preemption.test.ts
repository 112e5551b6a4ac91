/** A critical pod that names its node makes room there: which pods go, and what is said of them. */
import type { KubeObject } from '../../src/apimachinery/meta';
import { podsToPreempt, type Requirement } from '../../src/sim/kubelet/preempting';
import { memoryCluster } from '../commands/harness';

function pod(name: string, qosClass: string, hundreds = 0, priority = 0): KubeObject {
  const requests = { cpu: `${hundreds}00m`, memory: `${hundreds}00Mi` };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name },
    spec: { priority, containers: [{ name: 'c', resources: hundreds === 0 ? {} : { requests } }] },
    status: { qosClass },
  };
}

const pods = {
  bestEffort: pod('bestEffort', 'BestEffort'),
  burstable: pod('burstable', 'Burstable', 1),
  largeBurstable: pod('largeBurstable', 'Burstable', 3),
  guaranteed: pod('guaranteed', 'Guaranteed', 1),
  largeGuaranteed: pod('largeGuaranteed', 'Guaranteed', 3),
  critical: pod('critical', 'Burstable', 9, 2_000_000_000),
};
type Name = keyof typeof pods;

const MIB = 1024 * 1024;
const cpu = (quantity: number): Requirement => ({ resource: 'cpu', quantity });
const memory = (mebibytes: number): Requirement => ({ resource: 'memory', quantity: mebibytes * MIB });
const count = (quantity: number): Requirement => ({ resource: 'pods', quantity });
const incoming = pod('incoming', 'Burstable', 1, 2_000_000_000);

test.each<[string, Name[], Requirement[], Name[] | string]>([
  ['nothing lacks', ['burstable'], [], []],
  ['nobody is there', [], [memory(100)], `(res: memory, q: ${100 * MIB}), `],
  ['as much as one has', ['burstable'], [cpu(100), memory(100)], ['burstable']],
  ['more than there is', ['burstable'], [cpu(100), memory(200)], `(res: memory, q: ${100 * MIB}), `],
  ['one that asked for nothing is of no use', ['burstable', 'bestEffort'], [memory(100)], ['burstable']],
  ['burstable rather than guaranteed', ['guaranteed', 'burstable'], [memory(100)], ['burstable']],
  ['the smaller that does', ['bestEffort', 'largeBurstable', 'burstable'], [cpu(100), memory(100)], ['burstable']],
  ['the larger that does', ['burstable', 'bestEffort', 'largeBurstable'], [cpu(150), memory(250)], ['largeBurstable']],
  [
    'two',
    ['burstable', 'bestEffort', 'largeBurstable', 'guaranteed', 'largeGuaranteed'],
    [cpu(100), memory(350)],
    ['largeBurstable', 'burstable'],
  ],
  [
    'guaranteed ones where there must be, and then no burstable one in vain',
    ['burstable', 'bestEffort', 'largeBurstable', 'guaranteed', 'largeGuaranteed'],
    [cpu(100), memory(550)],
    ['largeBurstable', 'largeGuaranteed'],
  ],
  ['a place among the pods', ['guaranteed', 'bestEffort'], [count(1)], ['bestEffort']],
  ['critical ones stay', ['critical', 'bestEffort'], [cpu(100)], '(res: cpu, q: 100), '],
])('%s', (_, there, lacking, expected) => {
  const found = podsToPreempt(
    incoming,
    there.map((name) => pods[name]),
    lacking,
  );
  if (typeof expected === 'string')
    expect(found).toBe(
      `preemption: error finding a set of pods to preempt: no set of running pods found to reclaim resources: [${expected}]`,
    );
  else expect((found as KubeObject[]).map(({ metadata }) => metadata.name)).toEqual(expected);
});

test('the victim has failed, and says why; a pod that even so has no room is refused', async () => {
  const cluster = await memoryCluster({ nodes: 1, seed: 1 });
  const create = async (name: string, requested: string, more: object = {}) => {
    const containers = [{ name: 'c', image: 'i:1', resources: { requests: { cpu: requested } } }];
    const object = { apiVersion: 'v1', kind: 'Pod', metadata: { name }, spec: { containers, ...more } };
    await cluster.ok('create -f -', { stdin: JSON.stringify(object) });
    await cluster.ok('tick --settle -q');
  };
  const critical = { priorityClassName: 'system-node-critical', nodeName: 'node-1' };
  await create('one', '1');
  await create('three', '3');
  await create('critical', '2', critical);
  const phases = 'get pods -o jsonpath={range.items[*]}{.metadata.name}={.status.phase},{.status.reason};{end}';
  expect(await cluster.ok(phases)).toBe('critical=Running,;one=Running,;three=Failed,Preempting;');
  const victim = JSON.parse(await cluster.ok('get pod three -o json'));
  expect(victim.status.message).toBe('Preempted in order to admit critical pod');
  expect(victim.status.conditions).toContainEqual(
    expect.objectContaining({
      type: 'DisruptionTarget',
      reason: 'TerminationByKubelet',
      message: 'Pod was preempted by Kubelet to accommodate a critical pod.',
    }),
  );
  expect(await cluster.ok('get events --field-selector type=Warning -o jsonpath={.items[*].reason}')).toBe(
    'Preempting',
  );
  await create('huge', '9', critical);
  expect(await cluster.ok('get pod huge -o jsonpath={.status.reason}:{.status.message}')).toBe(
    'UnexpectedAdmissionError:Pod was rejected: Unexpected error while attempting to recover from admission failure: preemption: error finding a set of pods to preempt: no set of running pods found to reclaim resources: [(res: cpu, q: 7000), ]',
  );
  await create('plain', '2', { nodeName: 'node-1' });
  expect(await cluster.ok('get pod plain -o jsonpath={.status.reason}')).toBe('OutOfcpu');
});
