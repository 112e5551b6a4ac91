/** What a learner of kubernetes.io types, and what the page says happens. Each test names the page. */
import { memoryCluster } from './harness';

test('tasks/configure-pod-container/assign-pod-level-resources: a pod with resources of its own runs', async () => {
  const cluster = await memoryCluster({ nodes: 1 });
  cluster.write(
    'pod.yaml',
    `apiVersion: v1
kind: Pod
metadata: {name: demo}
spec:
  resources: {requests: {cpu: 500m}, limits: {cpu: "1", memory: 200Mi}}
  containers:
  - {name: one, image: nginx, resources: {requests: {cpu: 100m}, limits: {cpu: 200m, memory: 100Mi}}}
  - {name: two, image: nginx}
`,
  );
  await cluster.ok('apply -f pod.yaml');
  await cluster.ok('tick 10s -q');
  expect(await cluster.ok('get pod demo')).toMatch(/demo +2\/2 +Running/);
  expect(await cluster.ok('get pod demo -o jsonpath={.spec.resources.requests}')).toBe(
    '{"cpu":"500m","memory":"100Mi"}',
  );
});

test('concepts/workloads/controllers/job: work of which nothing is known ends', async () => {
  const cluster = await memoryCluster({ nodes: 1 });
  await cluster.ok([
    'create',
    'job',
    'pi',
    '--image=perl:5.34.0',
    '--',
    'perl',
    '-Mbignum=bpi',
    '-wle',
    'print bpi(99)',
  ]);
  await cluster.ok('run pi --image=perl:5.34.0 --restart=Never -- perl -Mbignum=bpi');
  expect(await cluster.ok('wait --for=condition=complete job/pi')).toBe('job.batch/pi condition met\n');
  expect(await cluster.ok('get jobs pi')).toMatch(/pi +Complete +1\/1/);
  // Nobody knows whether what stands for itself is work.
  expect(await cluster.ok('get pod pi')).toMatch(/pi +1\/1 +Running/);
});

test('tasks/configure-pod-container/assign-memory-resource: who uses more memory than it may is killed', async () => {
  const cluster = await memoryCluster({ nodes: 1 });
  const pod = (name: string, memory: string, limits: string, image = 'polinux/stress') =>
    `---
apiVersion: v1
kind: Pod
metadata: {name: ${name}}
spec:
  containers:
  - {name: main, image: ${image}, ${memory}, resources: {limits: ${limits}}}
`;
  const stress = (bytes: string) => `command: [stress], args: [--vm, "1", --vm-bytes, ${bytes}, --vm-hang, "1"]`;
  cluster.write(
    'pods.yaml',
    pod('fits', stress('150M'), '{memory: 200Mi}') +
      pod('starves', stress('250M'), '{memory: 100Mi}') +
      pod('spins', 'args: [-cpus, "2"]', '{cpu: "1"}', 'vish/stress'),
  );
  await cluster.ok('apply -f pods.yaml');
  await cluster.ok('tick 90s -q');
  expect((await cluster.ok('top pod')).replace(/ +/g, ' ')).toMatch(/fits 1m 150Mi \n(.*\n)?spins 1000m 1Mi/);
  expect(await cluster.ok('get pods')).toMatch(/fits +1\/1 +Running +0/);
  const last = await cluster.ok('get pod starves -o jsonpath={.status.containerStatuses[0].lastState.terminated}');
  expect(JSON.parse(last)).toMatchObject({ exitCode: 137, reason: 'OOMKilled' });
  expect(await cluster.ok('get pod starves')).toMatch(/OOMKilled|CrashLoopBackOff/);
});

test('tasks/debug/debug-application/debug-service: a shell that nobody can be attached to ends, and its pod goes', async () => {
  const cluster = await memoryCluster({ nodes: 1 });
  const ran = await cluster.run('run -it --rm --restart=Never busybox --image=busybox sh');
  expect({ out: ran.out, code: ran.code }).toEqual({ out: 'pod "busybox" deleted from default namespace\n', code: 0 });
  expect(await cluster.ok('get events --field-selector=reason=Killing -o name')).toBe('');
});
