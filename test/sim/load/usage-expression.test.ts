/** Expressions of kwok's ResourceUsages, with their own functions and quantities. */
import type { KubeObject } from '../../../src/apimachinery/meta';
import { evaluateUsage } from '../../../src/sim/load/usage-expression';

const CREATED = Date.parse('2026-01-01T00:00:00Z');
const container = { name: 'main', image: 'x', resources: { requests: { cpu: '200m', memory: '64Mi' } } };
const pod: KubeObject = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    name: 'web',
    namespace: 'default',
    creationTimestamp: '2026-01-01T00:00:00Z',
    annotations: { 'kwok.x-k8s.io/usage-cpu': '70m', 'example.com/users': '30' },
  },
  spec: { containers: [container], priority: 3 },
};
const node: KubeObject = {
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name: 'node-1' },
  status: { allocatable: { cpu: '4', memory: '16Gi' } },
};

test.each<[string, string, number]>([
  [
    "kwok's own",
    '"kwok.x-k8s.io/usage-cpu" in pod.metadata.annotations ? Quantity(pod.metadata.annotations["kwok.x-k8s.io/usage-cpu"]) : Quantity("1m")',
    0.07,
  ],
  ['no such annotation', '"other" in pod.metadata.annotations ? Quantity("9") : Quantity("4m")', 0.004],
  ['nothing there at all', '"other" in pod.metadata.labels ? Quantity("9") : Quantity("4m")', 0.004],
  ['growing', 'Quantity("10m") * (pod.SinceSecond() / 60.0)', 0.01],
  ['the other way round', 'Quantity("10m") * (SinceSecond(pod) / 30.0)', 0.02],
  ['int, uint, and back', '(Quantity("1m") * 90 + Quantity("10m") - Quantity("40m")) / 2u', 0.03],
  ['compared', 'Quantity("1500m") > Quantity("1") && Quantity("1Ki") <= Quantity("1024") ? 0.05 : 0.0', 0.05],
  ['by what is requested', 'container.resources.requests["cpu"] / 4', 0.05],
  ['what is not requested is 0', 'container.resources.limits["cpu"] + Quantity("3m")', 0.003],
  ['by the node', 'node.status.allocatable["cpu"] * 0.01', 0.04],
  ['by text', 'double(pod.metadata.annotations["example.com/users"]) * 0.001', 0.03],
  ['by the container', 'container.name == "main" ? 0.012 : 0.0', 0.012],
  ['the time', 'UnixSecond(Now()) - UnixSecond(pod.metadata.creationTimestamp) == 60.0 ? 0.06 : 0.0', 0.06],
  ['chance', 'Rand() >= 0.0 && Rand() < 1.0 ? 0.01 : 0.0', 0.01],
  ['a bool', 'true', 1],
  ['no expression', 'pod.metadata.', 0],
  ['no number', '"much"', 0],
  ['no such field', 'pod.spec.nothing.at.all', 0],
  ['nothing by nothing', 'Quantity("1") / 0', 0],
  ['a whole number of a spec', 'pod.spec.priority * 2', 6],
  ['a list', 'pod.spec.containers.size() == 1 ? 0.5 : 0.0', 0.5],
  ['with its present time', 'now() == Now() ? 1.0 : 0.0', 1],
  ['less than nothing', '-Quantity("1")', -1],
])('%s', (_, expression, amount) => {
  const moment = { now: CREATED + 60_000, random: () => 0.25 };
  expect(evaluateUsage(expression, { node, pod, container }, moment)).toBeCloseTo(amount, 9);
});

test('each evaluation has its own time and its own chance', () => {
  const at = (now: number, chance: number) =>
    evaluateUsage('pod.SinceSecond() + Rand()', { node, pod, container }, { now: CREATED + now, random: () => chance });
  expect([at(1000, 0.5), at(5500, 0.25)]).toEqual([1.5, 5.75]);
});
