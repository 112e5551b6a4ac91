/** What says what it said is the very same, so that nobody has to look at it again; and what makes it another. */
import { deepFreeze } from '../../../src/apimachinery/json';
import type { KubeObject } from '../../../src/apimachinery/meta';
import { isSharedPart } from '../../../src/apimachinery/shared-part';
import { formatTime } from '../../../src/apimachinery/time';
import type { PodCondition } from '../../../src/sim/controllers/pod-state';
import { PodAddresses } from '../../../src/sim/kubelet/addresses';
import type { ContainerStatus } from '../../../src/sim/kubelet/container';
import { factsOfNode } from '../../../src/sim/kubelet/node-state';
import { type DraftCondition, podConditions } from '../../../src/sim/kubelet/pod-status';
import { statusWith, type Told } from '../../../src/sim/kubelet/told-status';
import { readyNode } from './life';

const TIME = '2026-01-01T00:00:00Z';
const NOW = Date.parse('2026-01-01T00:01:00Z');

const running: ContainerStatus = {
  name: 'main',
  image: 'i',
  imageID: 'i@sha256:0',
  ready: true,
  started: true,
  restartCount: 0,
  state: { running: { startedAt: TIME } },
  lastState: {},
};

function podWith(conditions: readonly PodCondition[], generation = 1, more: object = {}): KubeObject {
  return deepFreeze({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p', namespace: 'default', uid: 'p', generation },
    spec: { containers: [{ name: 'main', image: 'i' }], ...more },
    status: { conditions },
  });
}

const statuses = (main: ContainerStatus) => ({ initContainerStatuses: [], containerStatuses: [main] });

function conditionsOf(pod: KubeObject, main = running, more?: readonly DraftCondition[]): readonly PodCondition[] {
  return podConditions(pod, statuses(main), 'Running', true, NOW, more);
}

const stateOf = (conditions: readonly PodCondition[]) => conditions.map(({ type, status }) => `${type}=${status}`);

describe('conditions', () => {
  const told = podConditions(podWith([]), statuses(running), 'Running', true, Date.parse(TIME));
  const foreign: PodCondition = { type: 'DisruptionTarget', status: 'False', lastTransitionTime: TIME };

  it('are one list as long as they say the same', () => {
    const pod = podWith([...told, foreign]);
    expect(conditionsOf(pod)).toBe(pod['status'].conditions);
  });

  it('are one list for all pods that come to be alike at one moment', () => {
    const list = [...told];
    const unready = { ...running, ready: false };
    const first = conditionsOf(podWith(list), unready);
    expect(conditionsOf(podWith(list), unready)).toBe(first);
    expect(isSharedPart(first)).toBe(true);
    const later = podConditions(podWith(list), statuses(unready), 'Running', true, NOW + 1000);
    expect([later[2]?.lastTransitionTime, first[2]?.lastTransitionTime]).toEqual([NOW + 1000, NOW].map(formatTime));
    expect(conditionsOf(podWith(list), unready)).toEqual(first);
    expect(conditionsOf(podWith([...list, foreign]), unready)).toContain(foreign);
    expect(conditionsOf(podWith(list, 2), unready)).toMatchObject(Array(5).fill({ observedGeneration: 2 }));
    expect(podConditions(podWith(list), statuses(unready), 'Running', false, NOW)[0]?.status).toBe('False');
    expect(conditionsOf(podWith(list))).toBe(list);
  });

  it('that did not change are the same in a list that did, and keep their time', () => {
    const pod = podWith(told);
    const now = conditionsOf(pod, { ...running, ready: false });
    expect(stateOf(now)).toEqual([
      'PodReadyToStartContainers=True',
      'Initialized=True',
      'Ready=False',
      'ContainersReady=False',
      'PodScheduled=True',
    ]);
    expect(now.map((one, i) => one === told[i])).toEqual([true, true, false, false, true]);
    expect(now[2]).toMatchObject({ lastTransitionTime: '2026-01-01T00:01:00Z', reason: 'ContainersNotReady' });
  });

  it.each([
    ['another generation', podWith(told, 2)],
    ['another message', podWith(told.map((one) => ({ ...one, message: 'so so' })))],
    ['a time of a probe', podWith(told.map((one) => ({ ...one, lastProbeTime: TIME })))],
  ])('are told anew for %s', (_, pod) => {
    const now = conditionsOf(pod);
    expect(now.some((one, i) => one === pod['status'].conditions[i])).toBe(false);
    expect(now[0]).toMatchObject({ lastTransitionTime: TIME, observedGeneration: pod.metadata.generation });
  });

  it('of others stay behind them, the passing ones only while they hold', () => {
    const pending: PodCondition = { type: 'PodResizePending', status: 'True', lastTransitionTime: TIME };
    const pod = podWith([foreign, ...told, pending]);
    expect(conditionsOf(pod).at(-1)).toBe(foreign);
    expect(conditionsOf(pod)).toHaveLength(told.length + 1);
    const more = [{ type: 'PodResizePending', status: 'True', reason: 'Deferred' }];
    expect(stateOf(conditionsOf(pod, running, more)).slice(-2)).toEqual([
      'PodResizePending=True',
      'DisruptionTarget=False',
    ]);
  });

  it('hang on readiness gates of others', () => {
    const gated = { readinessGates: [{ conditionType: 'example.com/fed' }] };
    const fed = (status: string) => ({ type: 'example.com/fed', status, lastTransitionTime: TIME });
    const ready = (conditions: PodCondition[]) => conditionsOf(podWith(conditions, 1, gated))[2]?.status;
    expect([ready([...told]), ready([...told, fed('False')]), ready([...told, fed('True')])]).toEqual([
      'False',
      'False',
      'True',
    ]);
  });
});

describe('a status', () => {
  const conditions: PodCondition[] = [];
  const all: Told = {
    observedGeneration: 1,
    phase: 'Running',
    conditions,
    startTime: TIME,
    containerStatuses: [running],
    initContainerStatuses: [],
    ephemeralContainerStatuses: [],
    hostIPs: ['172.18.0.3'],
    hostAddresses: [{ ip: '172.18.0.3' }],
    podIPs: ['10.244.0.2'],
  };
  const before = statusWith({ qosClass: 'BestEffort' }, all);

  it('has all that is told, beside what others told', () => {
    expect(before).toEqual({
      qosClass: 'BestEffort',
      observedGeneration: 1,
      phase: 'Running',
      conditions,
      startTime: TIME,
      containerStatuses: [running],
      hostIP: '172.18.0.3',
      hostIPs: [{ ip: '172.18.0.3' }],
      podIP: '10.244.0.2',
      podIPs: [{ ip: '10.244.0.2' }],
    });
  });

  it('is the very same while it says all of it', () => {
    expect(statusWith(before, { ...all, containerStatuses: [running] })).toBe(before);
    // Nothing is told of that, and what is there stays.
    expect(statusWith(before, { ...all, hostIPs: [], podIPs: [], observedGeneration: undefined })).toBe(before);
  });

  it.each<[string, Partial<Told>]>([
    ['observedGeneration', { observedGeneration: 2 }],
    ['phase', { phase: 'Failed' }],
    ['conditions', { conditions: [{ type: 'Ready', status: 'True' }] }],
    ['startTime', { startTime: '2026-01-01T00:00:01Z' }],
    ['containerStatuses', { containerStatuses: [{ ...running, ready: false }] }],
    ['initContainerStatuses', { initContainerStatuses: [running] }],
    ['ephemeralContainerStatuses', { ephemeralContainerStatuses: [running] }],
    ['hostIPs', { hostIPs: ['172.18.0.4'], hostAddresses: [{ ip: '172.18.0.4' }] }],
    ['podIPs', { podIPs: ['10.244.0.2', 'fd00::2'] }],
  ])('is another when %s differs', (field, told) => {
    const now = statusWith(before, { ...all, ...told });
    expect(now).not.toEqual(before);
    expect(now['qosClass']).toBe('BestEffort');
    if (field !== 'containerStatuses') expect(now['containerStatuses']).toBe(before['containerStatuses']);
  });
});

describe('addresses', () => {
  const node = readyNode();
  const pod = (uid: string, podIP?: string): KubeObject => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: uid, namespace: 'default', uid },
    spec: { nodeName: 'n' },
    status: podIP ? { podIP } : {},
  });

  /** The cache of a step: the pods of the node, in one list. */
  function step(...pods: KubeObject[]) {
    return {
      index: () => pods,
      byUid: (uid: string) => pods.find(({ metadata }) => metadata.uid === uid),
    } as unknown as Parameters<PodAddresses['assign']>[2];
  }

  it('are the lowest that nobody has, nor was given in the same step', () => {
    const addresses = new PodAddresses();
    const [a, b] = [pod('a'), pod('b')];
    const cache = step(pod('x', '10.244.0.2'), pod('y', '10.244.0.4'), a, b);
    const given = [a, b, a].map((one) => addresses.assign(one, node, cache));
    expect(given).toEqual(['10.244.0.3', '10.244.0.5', '10.244.0.3']);
  });

  it('stay given until the cache shows them, and are free again when who got them is gone', () => {
    const addresses = new PodAddresses();
    const [a, b, c] = [pod('a'), pod('b'), pod('c')];
    const first = step(a, b);
    expect([a, b].map((one) => addresses.assign(one, node, first))).toEqual(['10.244.0.2', '10.244.0.3']);
    // a is gone before it was written; b is not written yet.
    expect(addresses.assign(c, node, step(b, c))).toBe('10.244.0.2');
    expect(addresses.assign(b, node, step(b, pod('c', '10.244.0.2')))).toBe('10.244.0.3');
  });

  it('run out', () => {
    const addresses = new PodAddresses();
    const small = { ...node, spec: { podCIDR: '10.244.0.0/30' } };
    const [a, b] = [pod('a'), pod('b')];
    const cache = step(a, b);
    expect([a, b].map((one) => addresses.assign(one, small, cache))).toEqual(['10.244.0.2', undefined]);
  });
});

describe('a node', () => {
  it('is read once, and anew when it is another', () => {
    const node = readyNode();
    expect(factsOfNode(node)).toBe(factsOfNode(node));
    const conditions = [
      { type: 'Ready', status: 'False' },
      { type: 'MemoryPressure', status: 'True' },
    ];
    expect(factsOfNode({ ...node, status: { ...node['status'], conditions } })).toMatchObject({
      user: 'system:node:n',
      isSilent: false,
      isUnready: true,
      pressures: ['MemoryPressure'],
      hostIPs: ['172.18.0.3'],
    });
  });
});
