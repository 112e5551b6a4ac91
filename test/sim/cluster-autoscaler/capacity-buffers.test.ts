/** Room that is always kept: CapacityBuffers (upstream's cases, capacitybuffer/… and processors/capacitybuffer/…_test.go). */
import { type Autoscaled, autoscaled } from './autoscaled';

const ENABLE = 'autoscaler --capacity-buffer-controller-enabled --capacity-buffer-pod-injection-enabled';
const BUFFERS = { group: 'autoscaling.x-k8s.io', version: 'v1beta1', resource: 'capacitybuffers' };

async function buffer(cluster: Autoscaled, name: string, spec: object): Promise<void> {
  const kind = { apiVersion: 'autoscaling.x-k8s.io/v1beta1', kind: 'CapacityBuffer' };
  cluster.write(`${name}.yaml`, JSON.stringify({ ...kind, metadata: { name }, spec }));
  await cluster.ok(`apply -f ${name}.yaml`);
}

async function template(cluster: Autoscaled, name: string, cpu = '1'): Promise<void> {
  const resources = `{limits: {cpu: "${cpu}", memory: 100Mi}}`;
  cluster.write(
    `${name}.yaml`,
    `apiVersion: v1
kind: PodTemplate
metadata: {name: ${name}}
template: {metadata: {labels: {app: ${name}}}, spec: {containers: [{name: main, image: example.com/main:1, resources: ${resources}}]}}
`,
  );
  await cluster.ok(`apply -f ${name}.yaml`);
}

const statusOf = async (cluster: Autoscaled, name: string) =>
  (await cluster.client.get(BUFFERS, 'default', name))['status'] ?? {};

/** `ReadyForProvisioning=True AttributesSetSuccessfully: ready` */
async function conditions(cluster: Autoscaled, name: string): Promise<string[]> {
  const { conditions: list = [] } = await statusOf(cluster, name);
  return list.map(
    ({ type, status, reason, message }: Record<string, string>) =>
      `${type}=${status} ${reason}${message ? `: ${message}` : ''}`,
  );
}
const READY = 'ReadyForProvisioning=True AttributesSetSuccessfully: ready';
const FREE = 'LimitedByQuotas=False ResourceQuotasAllocated';
const INJECTED = 'Provisioning=True FakePodsInjected';
const refused = (why: string) => `ReadyForProvisioning=False error: Buffer not ready for provisioning: ${why}`;

const POOL = 'pool --cpu 4 --max 5';

test('nodes are added for pods that are not there, and stay', async () => {
  const cluster = await autoscaled(0, POOL, ENABLE);
  await template(cluster, 'worker');
  await buffer(cluster, 'some', { podTemplateRef: { name: 'worker' }, replicas: 5 });
  await cluster.tick('3m');
  expect(await conditions(cluster, 'some')).toEqual([READY, FREE, INJECTED]);
  expect(await statusOf(cluster, 'some')).toMatchObject({
    podTemplateRef: { name: 'capacitybuffer-some-pod-template' },
    podTemplateGeneration: 1,
    replicas: 5,
    provisioningStrategy: 'buffer.x-k8s.io/active-capacity',
  });
  expect(await cluster.sizes()).toEqual(['pool 2']);
  expect(await cluster.events('TriggeredScaleUp')).toEqual([
    'capacity buffer 5 fake pods triggered scale-up: [{pool 0->2 (max: 5)}]',
  ]);
  // Nobody uses them, and they are needed.
  await cluster.tick('20m');
  expect(await cluster.sizes()).toEqual(['pool 2']);
  // Pods that come have room at once, and the buffer gets new room.
  await cluster.pods('web', { cpu: '1', replicas: 4 });
  await cluster.tick('4s');
  const placed = await cluster.ok(`get pods -o jsonpath={range.items[?(@.spec.nodeName)]}x{end}`);
  expect(placed).toBe('xxxx');
  await cluster.tick('2m');
  expect(await cluster.sizes()).toEqual(['pool 3']);
  await cluster.ok('delete cb some');
  await cluster.ok('delete deployment web');
  await cluster.tick('25m');
  expect(await cluster.sizes()).toEqual(['pool 0']);
});

test('what does not fit is told of the buffer, not of its pods', async () => {
  const cluster = await autoscaled(0, POOL, ENABLE);
  await template(cluster, 'worker', '9');
  await buffer(cluster, 'some', { podTemplateRef: { name: 'worker' }, replicas: 2 });
  await cluster.tick('1m');
  expect(await cluster.sizes()).toEqual(['pool 0']);
  expect(await cluster.events('NotTriggerScaleUp')).toEqual([
    "capacity buffer 2 fake pods didn't trigger scale-up: 1 Insufficient cpu,1 Insufficient cpu",
  ]);
});

test.each<[what: string, spec: object, ready: string, replicas: number | undefined]>([
  ['by limits', { limits: { cpu: '2500m', memory: '10Gi' } }, READY, 2],
  ['the least of both', { replicas: 1, limits: { cpu: '2500m' } }, READY, 1],
  [
    'limits of something else',
    { limits: { 'example.com/gpu': 1 } },
    refused("couldn't get number of replicas for buffer: resources in configured limits not found in the pod template"),
    undefined,
  ],
])('how many: %s', async (_, spec, ready, replicas) => {
  const cluster = await autoscaled(0, POOL, ENABLE);
  await template(cluster, 'worker');
  await buffer(cluster, 'some', { podTemplateRef: { name: 'worker' }, ...spec });
  await cluster.tick('5s');
  expect((await conditions(cluster, 'some'))[0]).toBe(ready);
  expect((await statusOf(cluster, 'some')).replicas).toBe(replicas);
});

test('a share of a Deployment, like its pods', async () => {
  const cluster = await autoscaled(0, POOL, ENABLE);
  await cluster.pods('web', { cpu: '1', replicas: 4 });
  await buffer(cluster, 'some', { scalableRef: { apiGroup: 'apps', kind: 'Deployment', name: 'web' }, percentage: 60 });
  await cluster.tick('5m');
  expect((await statusOf(cluster, 'some')).replicas).toBe(2);
  expect(await cluster.sizes()).toEqual(['pool 2']);
  const labels = await cluster.ok(
    'get podtemplate capacitybuffer-some-pod-template -o jsonpath={.template.metadata.labels.app}',
  );
  expect(labels).toBe('web');
  await cluster.ok('scale deployment web --replicas=10');
  await cluster.tick('1m');
  expect((await statusOf(cluster, 'some')).replicas).toBe(6);
});

test('a Job has no scale: by its own template', async () => {
  const cluster = await autoscaled(0, POOL, ENABLE);
  await cluster.pods('batch', { kind: 'Job', cpu: '1', replicas: 4 });
  await buffer(cluster, 'some', { scalableRef: { apiGroup: 'batch', kind: 'Job', name: 'batch' }, percentage: 50 });
  await cluster.tick('5s');
  expect((await statusOf(cluster, 'some')).replicas).toBe(2);
});

test.each([
  [
    { podTemplateRef: { name: 'no' }, replicas: 1 },
    `capacity buffer client can't get pod template: podtemplates "no" not found`,
  ],
  [
    { scalableRef: { apiGroup: 'apps', kind: 'DaemonSet', name: 'no' }, replicas: 1 },
    'failed to resolve live pod: failed to get scale object: failed to get scale sub resource: the server could not find the requested resource, failed to resolve scalable object: kind apps/DaemonSet is not supported to use pod template',
  ],
])('what it names is not there (%#)', async (spec, why) => {
  const cluster = await autoscaled(0, POOL, ENABLE);
  await buffer(cluster, 'some', spec);
  await cluster.tick('1m');
  expect(await conditions(cluster, 'some')).toEqual([refused(why)]);
});

test('a template that comes later, and changes', async () => {
  const cluster = await autoscaled(0, POOL, ENABLE);
  await buffer(cluster, 'some', { podTemplateRef: { name: 'worker' }, replicas: 3 });
  await cluster.tick('1m');
  await template(cluster, 'worker');
  await cluster.tick('1m');
  expect(await cluster.sizes()).toEqual(['pool 1']);
  await template(cluster, 'worker', '3');
  await cluster.tick('1m');
  expect((await statusOf(cluster, 'some')).podTemplateGeneration).toBe(2);
  expect(await cluster.sizes()).toEqual(['pool 3']);
  await cluster.ok(['patch', 'cb', 'some', '--type=merge', '-p', '{"spec":{"replicas":0}}']);
  await cluster.tick('1m');
  expect(await conditions(cluster, 'some')).toContain(
    'Provisioning=False BufferIsEmpty: CapacityBuffer has zero replicas',
  );
});

test('quotas: one buffer after the other', async () => {
  const cluster = await autoscaled(0, POOL, ENABLE);
  await cluster.ok('create quota few --hard=requests.cpu=3');
  await template(cluster, 'worker');
  await buffer(cluster, 'a', { podTemplateRef: { name: 'worker' }, replicas: 2 });
  await cluster.tick('2s');
  await buffer(cluster, 'b', { podTemplateRef: { name: 'worker' }, replicas: 2 });
  await cluster.tick('1m');
  expect((await statusOf(cluster, 'a')).replicas).toBe(2);
  expect((await statusOf(cluster, 'b')).replicas).toBe(1);
  expect((await conditions(cluster, 'b'))[1]).toBe(
    'LimitedByQuotas=True ResourceQuotasAllocated: Buffer replicas limited from 2 to 1 due to quotas: few',
  );
});

test('without a dry run only requests are filled in', async () => {
  const cluster = await autoscaled(0, POOL, `${ENABLE} --capacity-buffer-pod-dry-run-enabled=false`);
  await template(cluster, 'worker');
  await buffer(cluster, 'some', { podTemplateRef: { name: 'worker' }, replicas: 1 });
  await cluster.tick('1m');
  const spec = JSON.parse(
    await cluster.ok('get podtemplate capacitybuffer-some-pod-template -o jsonpath={.template.spec}'),
  );
  expect(spec.containers[0].resources.requests).toEqual({ cpu: '1', memory: '100Mi' });
  expect(spec.tolerations).toBeUndefined();
});

test('the kind, and its rules', async () => {
  const cluster = await autoscaled(0, POOL, ENABLE);
  cluster.write(
    'bad.yaml',
    JSON.stringify({
      apiVersion: 'autoscaling.x-k8s.io/v1beta1',
      kind: 'CapacityBuffer',
      metadata: { name: 'bad' },
      spec: { podTemplateRef: { name: 'x' } },
    }),
  );
  expect((await cluster.run('apply -f bad.yaml')).err).toContain('If X is set, replicas or limits must also be set');
  await template(cluster, 'worker');
  await buffer(cluster, 'some', { podTemplateRef: { name: 'worker' }, replicas: 1 });
  await cluster.tick('1m');
  expect(await cluster.ok('get cb')).toMatch(/^NAME +STRATEGY +PODTEMPLATE +REPLICAS +CONDITIONSTYPE +/);
});
