/** Stages of kwok: what they select, when they are played, what they do. */
import type { Json } from '../../src/apimachinery/json';
import kubelet from '../../src/sim/kubelet/controller';
import nodeAgent from '../../src/sim/kubelet/node-agent/controller';
import stages from '../../src/sim/stages/controller';
import { found, parseQuery } from '../../src/sim/stages/jq';
import { parseYaml } from '../../src/yaml/read';
import { type ClusterUnderTest, clusterWith, core } from './cluster-under-test';
import { boundPod, NODES, PODS, readyNode, stateOf } from './pod-life/life';

describe('jq', () => {
  const pod = {
    metadata: { name: 'p', labels: { 'a.b/c': 'x' } },
    status: {
      conditions: [
        { type: 'Ready', status: 'True' },
        { type: 'Other', status: 'False' },
      ],
      n: 3,
    },
  };
  test.each<[string, Json[]]>([
    ['.', [pod]],
    ['.metadata.name', ['p']],
    ['.metadata.labels["a.b/c"]', ['x']],
    ['.metadata."name"', ['p']],
    ['.metadata.nothing', []],
    ['.nothing.at.all', []],
    ['.metadata.name.first', []],
    ['.status.conditions[0].type', ['Ready']],
    ['.status.conditions[-1].type', ['Other']],
    ['.status.conditions[].type', ['Ready', 'Other']],
    ['.status.conditions.[] | select( .type == "Ready" ) | .status', ['True']],
    ['.status.conditions[] | select(.type != "Ready" and .status == "False") | .type', ['Other']],
    ['.status.conditions[] | select(.type == "x" or .status == "True") | .type', ['Ready']],
    ['.status.conditions | length', [2]],
    ['.status.n > 2', [true]],
    ['.nothing // "else"', ['else']],
    ['.metadata.name | not', [false]],
    ['.metadata.name[]?', []],
    ['(.status.n)', [3]],
    ['empty', []],
  ])('%s', (text, expected) => {
    expect(found(parseQuery(text), pod)).toEqual(expected);
  });

  test.each([
    ['.a |', 'unexpected end of ".a |"'],
    ['.a[', 'unexpected end in ".a["'],
    ['map(.a)', 'unexpected token "map" in "map(.a)"'],
    ['.a $b', 'unexpected token "$" in ".a $b"'],
    ['.a .b)', 'unexpected token ")" in ".a .b)"'],
  ])('%s is none', (text, message) => {
    expect(() => parseQuery(text)).toThrow(message);
  });
});

async function cluster(...texts: string[]): Promise<ClusterUnderTest> {
  const made = await clusterWith([nodeAgent, kubelet(), stages()]);
  await made.client.create(NODES, '', readyNode());
  for (const text of texts) await put(made, text);
  return made;
}

async function put({ store }: ClusterUnderTest, text: string): Promise<void> {
  const stage = parseYaml(text) as { metadata: { name: string } };
  const { name } = stage.metadata;
  const value = {
    apiVersion: 'kwok.x-k8s.io/v1alpha1',
    kind: 'Stage',
    ...stage,
    metadata: { name, uid: `uid-${name}` },
  };
  await store.commit([{ key: `/registry/kwok.x-k8s.io/stages/${name}`, value: value as unknown as Json }]);
}

const RUN = `
metadata: {name: run}
spec:
  resourceRef: {apiGroup: v1, kind: Pod}
  selector:
    matchExpressions:
    - {key: .metadata.deletionTimestamp, operator: DoesNotExist}
    - {key: .status.phase, operator: In, values: [Pending]}
  delay: {durationMilliseconds: 5000}
  next:
    event: {type: Normal, reason: Ran, message: it runs}
    statusTemplate: |
      {{ $now := Now }}
      phase: Running
      startTime: {{ $now | Quote }}
      hostIP: {{ NodeIPWith .spec.nodeName | Quote }}
      {{ with PodIPsWith .spec.nodeName (or .spec.hostNetwork false) (or .metadata.uid "") (or .metadata.name "") (or .metadata.namespace "") }}
      podIP: {{ index . 0 | Quote }}
      podIPs:
      {{ range . }}
      - ip: {{ . | Quote }}
      {{ end }}
      {{ end }}
      conditions:
      - {type: Ready, status: "True", lastTransitionTime: {{ $now | Quote }}}
      containerStatuses:
      {{ range .spec.containers }}
      - name: {{ .name | Quote }}
        image: {{ .image | Quote }}
        ready: true
        restartCount: 0
        state: {running: {startedAt: {{ $now | Quote }}}}
      {{ end }}
`;

const REMOVE = `
metadata: {name: remove}
spec:
  resourceRef: {kind: Pod}
  selector:
    matchExpressions:
    - {jq: {key: .metadata.deletionTimestamp, operator: Exists}}
  steps:
  - delete: true
`;

test('a Stage decides instead of the kubelet, after its delay', async () => {
  const made = await cluster(RUN, REMOVE);
  await made.client.create(PODS, 'default', boundPod());
  await made.tick({ advance: 4000 });
  expect((await made.client.get(PODS, 'default', 'p'))['status']).toEqual({ phase: 'Pending', qosClass: 'BestEffort' });
  await made.tick({ advance: 2000 });
  const pod = await made.client.get(PODS, 'default', 'p');
  expect(stateOf(pod)).toBe('Running/Ready main:running,ready');
  expect(pod['status']).toMatchObject({
    startTime: '2026-01-01T00:00:05Z',
    hostIP: '172.18.0.3',
    podIP: '10.244.0.2',
    podIPs: [{ ip: '10.244.0.2' }],
  });
  const { items } = await made.client.list(core('events'), 'default');
  expect(items.map(({ reason, message, count }) => `${reason} ${message} ${count}`)).toEqual(['Ran it runs 1']);
  await made.client.delete(PODS, 'default', 'p');
  await made.tick({ settle: true });
  expect((await made.client.list(PODS, 'default')).items).toEqual([]);
});

test('it looks after those that it selects, and nobody else', async () => {
  const selective = RUN.replace(
    'selector:',
    'selector:\n    matchLabels: {staged: "yes"}\n    matchAnnotations: {note: a}',
  );
  const made = await cluster(selective);
  const staged = boundPod({ name: 'staged', annotations: { note: 'a' } });
  staged.metadata.labels = { staged: 'yes' };
  await made.client.create(PODS, 'default', staged);
  await made.client.create(PODS, 'default', boundPod({ name: 'plain' }));
  await made.tick({ settle: true });
  const started = async (name: string) => (await made.client.get(PODS, 'default', name))['status'].startTime;
  expect(await started('staged')).toBe('2026-01-01T00:00:05Z');
  expect(await started('plain')).toBe('2026-01-01T00:00:00Z');
});

test('delays of annotations, and jitter: the same each time', async () => {
  const delayed = RUN.replace(
    'delay: {durationMilliseconds: 5000}',
    `delay:
    durationMilliseconds: 1000
    durationFrom: {expressionFrom: '.metadata.annotations["delay"]'}
    jitterDurationMilliseconds: 60000`,
  );
  const starts = async () => {
    const made = await cluster(delayed);
    for (let i = 0; i < 8; i++)
      await made.client.create(PODS, 'default', boundPod({ name: `p-${i}`, annotations: { delay: '20s' } }));
    await made.tick({ advance: 90_000 });
    const { items } = await made.client.list(PODS, 'default');
    return items.map((pod) => Date.parse(pod['status'].startTime) / 1000 - Date.parse('2026-01-01T00:00:00Z') / 1000);
  };
  const seen = await starts();
  expect(Math.min(...seen)).toBeGreaterThanOrEqual(20);
  expect(Math.max(...seen)).toBeLessThanOrEqual(61);
  expect(new Set(seen).size).toBeGreaterThan(3);
  expect(await starts()).toEqual(seen);
});

test('one of several by weight; weights of annotations', async () => {
  const ending = (name: string, phase: string, weight: number) => `
metadata: {name: ${name}}
spec:
  resourceRef: {kind: Pod}
  selector:
    matchExpressions: [{key: .status.phase, operator: In, values: [Pending]}]
  weight: ${weight}
  weightFrom: {expressionFrom: '.metadata.annotations["${name}"]'}
  next:
    statusTemplate: |
      phase: ${phase}
`;
  const made = await cluster(ending('good', 'Succeeded', 3), ending('bad', 'Failed', 1), ending('never', 'Unknown', 0));
  for (let i = 0; i < 60; i++) await made.client.create(PODS, 'default', boundPod({ name: `p-${i}` }));
  await made.client.create(PODS, 'default', boundPod({ name: 'q', annotations: { good: '0', bad: '1' } }));
  await made.tick({ settle: true });
  const { items } = await made.client.list(PODS, 'default');
  const count = (phase: string) => items.filter((pod) => pod['status'].phase === phase).length;
  expect(count('Succeeded') + count('Failed')).toBe(61);
  expect(count('Succeeded')).toBeGreaterThan(35);
  expect(count('Failed')).toBeGreaterThan(5);
  expect(items.find(({ metadata }) => metadata.name === 'q')?.['status'].phase).toBe('Failed');
});

test('finalizers are added and taken away, and the next Stage may follow at once', async () => {
  const made = await cluster(
    `
metadata: {name: hold}
spec:
  resourceRef: {kind: Pod}
  selector:
    matchExpressions:
    - {key: '.metadata.finalizers[]', operator: NotIn, values: [example.com/hold]}
    - {key: .metadata.deletionTimestamp, operator: DoesNotExist}
  immediateNextStage: true
  next:
    finalizers: {add: [{value: example.com/hold}]}
`,
    RUN.replace('  delay: {durationMilliseconds: 5000}\n', ''),
    `
metadata: {name: let-go}
spec:
  resourceRef: {kind: Pod}
  selector:
    matchExpressions: [{key: .metadata.deletionTimestamp, operator: Exists}]
  delay: {durationMilliseconds: 3000}
  next:
    finalizers: {empty: true}
    delete: true
`,
  );
  await made.client.create(PODS, 'default', boundPod());
  await made.tick();
  const pod = await made.client.get(PODS, 'default', 'p');
  expect(pod.metadata.finalizers).toEqual(['example.com/hold']);
  expect(pod['status'].phase).toBe('Running');
  await made.client.delete(PODS, 'default', 'p');
  await made.tick({ advance: 2000 });
  expect((await made.client.list(PODS, 'default')).items).toHaveLength(1);
  await made.tick({ advance: 4000 });
  expect((await made.client.list(PODS, 'default')).items).toHaveLength(0);
});

test('nodes have Stages too', async () => {
  const made = await cluster(`
metadata: {name: node-initialize}
spec:
  resourceRef: {apiGroup: v1, kind: Node}
  selector:
    matchExpressions:
    - {key: '.status.conditions.[] | select( .type == "Ready" ) | .status', operator: NotIn, values: ["True"]}
  next:
    statusTemplate: |
      conditions:
      {{ range NodeConditions }}
      - lastHeartbeatTime: {{ Now | Quote }}
        lastTransitionTime: {{ Now | Quote }}
        message: {{ .message | Quote }}
        reason: {{ .reason | Quote }}
        status: {{ .status | Quote }}
        type: {{ .type | Quote }}
      {{ end }}
      allocatable:
      {{ with .status.allocatable }}
      {{ YAML . 1 }}
      {{ else }}
        cpu: 32
        memory: 256Gi
        pods: 110
      {{ end }}
`);
  await made.client.create(NODES, '', { apiVersion: 'v1', kind: 'Node', metadata: { name: 'bare' } });
  await made.tick({ settle: true });
  const { status } = await made.client.get(NODES, '', 'bare');
  expect(status.allocatable).toEqual({ cpu: '32', memory: '256Gi', pods: '110' });
  expect(status.conditions.find(({ type }: { type: string }) => type === 'Ready')).toMatchObject({ status: 'True' });
});

test('a Stage that can not be read says why, and selects nothing', async () => {
  const made = await cluster(RUN.replace('operator: DoesNotExist', 'operator: Perhaps'));
  await made.client.create(PODS, 'default', boundPod());
  await made.tick({ advance: 4000 });
  expect(stateOf(await made.client.get(PODS, 'default', 'p'))).toBe('Running/Ready main:running,ready');
  const { items } = await made.client.list(core('events'), 'default');
  expect(items.find(({ reason }) => reason === 'InvalidStage')?.message).toBe('operator "Perhaps" is not supported');
});
