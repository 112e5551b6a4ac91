/** NodeName, NodeUnschedulable, NodeDeclaredFeatures, NodePorts, TaintToleration, SchedulingGates: what they rule out and how they score. */

import { schedulingGates } from '../../../../src/sim/scheduler/plugins/scheduling-gates';
import { PodInfo } from '../../../../src/sim/scheduler/pod-info';
import { filtered, node, pod, scored } from '../small-cluster';

describe('NodeName', () => {
  const WRONG = "node(s) didn't match the requested node name !";
  const nodes = [node('a'), node('b')];
  test.each([
    ['no name: any', undefined, { a: 'ok', b: 'ok' }],
    ['an empty name: any', '', { a: 'ok', b: 'ok' }],
    ['the one that is named', 'a', { a: 'ok', b: WRONG }],
    ['the other', 'b', { a: WRONG, b: 'ok' }],
    ['one that is not there', 'c', { a: WRONG, b: WRONG }],
    ['case matters', 'A', { a: WRONG, b: WRONG }],
    ['not a part of it', 'a.example', { a: WRONG, b: WRONG }],
    ['nor the beginning', '', { a: 'ok', b: 'ok' }],
  ])('%s', (_, nodeName, expected) => {
    expect(filtered('NodeName', { nodes }, pod('p', nodeName === undefined ? {} : { spec: { nodeName } }))).toEqual(
      expected,
    );
  });
  test.each([
    ['its labels do not matter', node('n', { labels: { 'kubernetes.io/hostname': 'other' } }), 'n', 'ok'],
    ['its hostname label is not its name', node('n', { labels: { 'kubernetes.io/hostname': 'h' } }), 'h', WRONG],
    ['being full does not matter', node('n', { pods: '0' }), 'n', 'ok'],
    ['being cordoned does not matter', node('n', { cordoned: true }), 'n', 'ok'],
  ])('%s', (_, one, nodeName, expected) => {
    expect(filtered('NodeName', { nodes: [one] }, pod('p', { spec: { nodeName } }))).toEqual({ n: expected });
  });
});

describe('NodeUnschedulable', () => {
  const OUT = 'node(s) were unschedulable !';
  const nodes = [node('open'), node('cordoned', { cordoned: true })];
  const KEY = 'node.kubernetes.io/unschedulable';
  test.each([
    ['a pod without tolerations', [], OUT],
    ['one that tolerates it by key and effect', [{ key: KEY, operator: 'Exists', effect: 'NoSchedule' }], 'ok'],
    ['by key alone', [{ key: KEY, operator: 'Exists' }], 'ok'],
    ['by equal and no value', [{ key: KEY, operator: 'Equal', effect: 'NoSchedule' }], 'ok'],
    ['by equal and an empty value', [{ key: KEY, value: '' }], 'ok'],
    ['that tolerates everything', [{ operator: 'Exists' }], 'ok'],
    ['that tolerates every NoSchedule', [{ operator: 'Exists', effect: 'NoSchedule' }], 'ok'],
    ['that tolerates another value', [{ key: KEY, value: 'true' }], OUT],
    ['that tolerates another effect', [{ key: KEY, operator: 'Exists', effect: 'NoExecute' }], OUT],
    ['that tolerates another key', [{ key: 'node.kubernetes.io/not-ready', operator: 'Exists' }], OUT],
    [
      'that tolerates it among others',
      [
        { key: 'x', operator: 'Exists' },
        { key: KEY, operator: 'Exists' },
      ],
      'ok',
    ],
    ['with an unknown operator', [{ key: KEY, operator: 'Near' }], OUT],
  ])('%s', (_, tolerations, expected) => {
    expect(filtered('NodeUnschedulable', { nodes }, pod('p', { spec: { tolerations } }))).toEqual({
      open: 'ok',
      cordoned: expected,
    });
  });
});

describe('NodeDeclaredFeatures', () => {
  const OUT = "node(s) didn't match Pod's required features !";
  const declaring = (name: string, ...declaredFeatures: string[]) => {
    const one = node(name);
    return { ...one, status: { ...one['status'], declaredFeatures } };
  };
  const nodes = [
    node('old'),
    declaring('other', 'ExtendWebSocketsToKubelet'),
    declaring('new', 'ExtendWebSocketsToKubelet', 'RestartAllContainersOnContainerExits'),
    declaring('all', 'RestartAllContainersOnContainerExits', 'UserNamespacesHostNetworkSupport'),
  ];
  const restarting = (action: string) => ({
    name: 'c',
    image: 'i',
    restartPolicyRules: [{ action, exitCodes: { operator: 'In', values: [42] } }],
  });
  const plain = { name: 'c', image: 'i' };
  const [anywhere, new_, all] = [
    ['ok', 'ok', 'ok', 'ok'],
    [OUT, OUT, 'ok', 'ok'],
    [OUT, OUT, OUT, 'ok'],
  ];
  test.each([
    ['a pod like any', { containers: [plain] }, anywhere],
    ['one container restarts by a rule', { containers: [restarting('Restart')] }, anywhere],
    ['all containers restart', { containers: [plain, restarting('RestartAllContainers')] }, new_],
    ['… for an init container', { containers: [plain], initContainers: [restarting('RestartAllContainers')] }, new_],
    ['on the host network', { containers: [plain], hostNetwork: true }, anywhere],
    ['with users of its own', { containers: [plain], hostUsers: false }, anywhere],
    ['both', { containers: [plain], hostNetwork: true, hostUsers: false }, all],
    ['all of it', { containers: [restarting('RestartAllContainers')], hostNetwork: true, hostUsers: false }, all],
  ])('%s', (_, spec, [old, other, newer, every]) => {
    expect(filtered('NodeDeclaredFeatures', { nodes }, pod('p', { spec }))).toEqual({
      old,
      other,
      new: newer,
      all: every,
    });
  });
});

describe('NodePorts', () => {
  const TAKEN = "node(s) didn't have free ports for the requested pod ports";
  const withPorts = (...ports: object[]) => ({ containers: [{ name: 'c', image: 'i', ports }] });
  const http = { containerPort: 80, hostPort: 8080 };
  test.each([
    ['no host port', [{ containerPort: 80 }], [http], 'ok'],
    ['the same port', [http], [http], TAKEN],
    ['another port', [{ containerPort: 80, hostPort: 8081 }], [http], 'ok'],
    ['the same number, another protocol', [{ ...http, protocol: 'UDP' }], [http], 'ok'],
    ['the same number, the same other protocol', [{ ...http, protocol: 'UDP' }], [{ ...http, protocol: 'UDP' }], TAKEN],
    ['another address', [{ ...http, hostIP: '10.0.0.1' }], [{ ...http, hostIP: '10.0.0.2' }], 'ok'],
    ['the same address', [{ ...http, hostIP: '10.0.0.1' }], [{ ...http, hostIP: '10.0.0.1' }], TAKEN],
    ['all addresses meet one', [http], [{ ...http, hostIP: '10.0.0.1' }], TAKEN],
    ['one meets all addresses', [{ ...http, hostIP: '10.0.0.1' }], [{ ...http, hostIP: '0.0.0.0' }], TAKEN],
    ['the second of two ports', [{ containerPort: 1, hostPort: 1 }, http], [http], TAKEN],
    ['the container port does not matter', [{ containerPort: 99, hostPort: 8080 }], [http], TAKEN],
    ['hostPort 0 is none', [{ containerPort: 80, hostPort: 0 }], [{ containerPort: 80, hostPort: 0 }], 'ok'],
  ])('%s', (_, wanted, taken, expected) => {
    const pods = [pod('holder', { on: 'n', spec: withPorts(...taken) })];
    expect(
      filtered('NodePorts', { nodes: [node('n'), node('free')], pods }, pod('p', { spec: withPorts(...wanted) })),
    ).toEqual({
      n: expected,
      free: 'ok',
    });
  });
  test('sidecars hold ports, init containers do not', () => {
    const sidecar = { name: 's', image: 'i', restartPolicy: 'Always', ports: [http] };
    const init = { name: 'i', image: 'i', ports: [{ containerPort: 1, hostPort: 9090 }] };
    const pods = [pod('holder', { on: 'n', spec: { initContainers: [sidecar, init] } })];
    const asking = (hostPort: number) =>
      filtered(
        'NodePorts',
        { nodes: [node('n')], pods },
        pod('p', { spec: withPorts({ containerPort: 1, hostPort }) }),
      );
    expect([asking(8080), asking(9090)]).toEqual([{ n: TAKEN }, { n: 'ok' }]);
  });
});

describe('TaintToleration', () => {
  const OUT = 'node(s) had untolerated taint(s) !';
  test.each([
    ['no taint', [], [], 'ok'],
    ['NoSchedule', ['dedicated=gpu:NoSchedule'], [], OUT],
    ['NoExecute', ['dedicated=gpu:NoExecute'], [], OUT],
    ['PreferNoSchedule only scores', ['dedicated=gpu:PreferNoSchedule'], [], 'ok'],
    [
      'tolerated by value',
      ['dedicated=gpu:NoSchedule'],
      [{ key: 'dedicated', operator: 'Equal', value: 'gpu', effect: 'NoSchedule' }],
      'ok',
    ],
    ['Equal is the default', ['dedicated=gpu:NoSchedule'], [{ key: 'dedicated', value: 'gpu' }], 'ok'],
    ['another value', ['dedicated=gpu:NoSchedule'], [{ key: 'dedicated', value: 'cpu' }], OUT],
    ['Exists takes any value', ['dedicated=gpu:NoSchedule'], [{ key: 'dedicated', operator: 'Exists' }], 'ok'],
    [
      'an empty key with Exists takes all',
      ['dedicated=gpu:NoSchedule', 'x=y:NoExecute'],
      [{ operator: 'Exists' }],
      'ok',
    ],
    [
      'for another effect',
      ['dedicated=gpu:NoSchedule'],
      [{ key: 'dedicated', operator: 'Exists', effect: 'NoExecute' }],
      OUT,
    ],
    ['one of two', ['a=1:NoSchedule', 'b=2:NoSchedule'], [{ key: 'a', operator: 'Exists' }], OUT],
    [
      'both of two',
      ['a=1:NoSchedule', 'b=2:NoSchedule'],
      [
        { key: 'a', operator: 'Exists' },
        { key: 'b', value: '2' },
      ],
      'ok',
    ],
    ['a taint without a value', ['a:NoSchedule'], [{ key: 'a', operator: 'Equal' }], 'ok'],
    ['Gt is behind a gate that is off', ['n=5:NoSchedule'], [{ key: 'n', operator: 'Gt', value: '3' }], OUT],
  ])('filter: %s', (_, taints, tolerations, expected) => {
    expect(
      filtered('TaintToleration', { nodes: [node('n', { taints })] }, pod('p', { spec: { tolerations } })),
    ).toEqual({
      n: expected,
    });
  });

  const soft = (...keys: string[]) => keys.map((key) => `${key}=v:PreferNoSchedule`);
  test.each([
    ['nobody has any: all the same', [[], []], [], [100, 100]],
    ['one untolerated against none', [soft('a'), []], [], [0, 100]],
    ['the more, the worse', [soft('a'), soft('a', 'b'), []], [], [50, 0, 100]],
    ['tolerated ones do not count', [soft('a', 'b'), soft('c')], [{ key: 'a', operator: 'Exists' }], [0, 0]],
    ['tolerated by value', [soft('a'), soft('b')], [{ key: 'a', value: 'v' }], [100, 0]],
    [
      'a toleration of NoSchedule does not soften',
      [soft('a'), []],
      [{ key: 'a', operator: 'Exists', effect: 'NoSchedule' }],
      [0, 100],
    ],
    ['one without an effect does', [soft('a'), soft('b')], [{ key: 'a', operator: 'Exists' }], [100, 0]],
    ['everything tolerated', [soft('a', 'b'), []], [{ operator: 'Exists' }], [100, 100]],
    ['hard taints do not count', [['h=1:NoSchedule'], soft('a')], [], [100, 0]],
    ['three against one', [soft('a', 'b', 'c'), soft('a')], [], [0, 67]],
    ['two against three', [soft('a', 'b'), soft('a', 'b', 'c')], [], [34, 0]],
    ['four levels', [soft('a', 'b', 'c', 'd'), soft('a', 'b', 'c'), soft('a', 'b'), soft('a')], [], [0, 25, 50, 75]],
  ])('score: %s', (_, taints, tolerations, expected) => {
    const nodes = taints.map((each, i) => node(`n${i}`, { taints: each }));
    const scores = scored('TaintToleration', { nodes }, pod('p', { spec: { tolerations } }));
    expect(Object.values(scores)).toEqual(expected);
  });
});

describe('SchedulingGates', () => {
  test.each([
    [[], undefined],
    [[{ name: 'a' }], 'waiting for scheduling gates: [a]'],
    [[{ name: 'a' }, { name: 'example.com/b' }], 'waiting for scheduling gates: [a example.com/b]'],
  ])('%j', (gates, expected) => {
    expect(schedulingGates.preEnqueue?.(new PodInfo(pod('p', { spec: { schedulingGates: gates } })))).toBe(expected);
  });
});
