/** Nodes with GPUs: what they are like, what limits them, and when they go. */
import { type Autoscaled, autoscaled } from './autoscaled';

const GPUS = 'gpu --cpu 8 --gpu 4 --gpu-type a100 --max 5 --provision-time 20s';

async function training(cluster: Autoscaled, gpus: number, replicas = 1, resource = 'nvidia.com/gpu'): Promise<void> {
  cluster.write(
    'train.yaml',
    `apiVersion: apps/v1
kind: Deployment
metadata: {name: train}
spec:
  replicas: ${replicas}
  selector: {matchLabels: {app: train}}
  template:
    metadata: {labels: {app: train}}
    spec:
      containers: [{name: main, image: example.com/train:1, resources: {requests: {cpu: 100m}, limits: {${resource}: ${gpus}}}}]
`,
  );
  await cluster.ok('apply -f train.yaml');
}

test('a node offers them, and says of which type they are', async () => {
  const cluster = await autoscaled(0, `${GPUS} --initial 1`);
  await cluster.tick('5s');
  const { metadata, status } = JSON.parse(await cluster.ok('get node gpu-1 -o json'));
  expect(metadata.labels['kubetick.dev/accelerator']).toBe('a100');
  expect(status.capacity['nvidia.com/gpu']).toBe('4');
  expect(status.allocatable['nvidia.com/gpu']).toBe('4');
});

test.each(['amd.com/gpu', 'habana.ai/gaudi'])('of another maker: %s', async (resource) => {
  const cluster = await autoscaled(0, `${GPUS} --gpu-resource ${resource}`);
  await training(cluster, 1, 2, resource);
  await cluster.tick('2m');
  expect(await cluster.sizes()).toEqual(['gpu 1']);
});

test('pods that ask for them get a group that has some, when others may have come for half a minute', async () => {
  const cluster = await autoscaled(0, GPUS, 'plain --cpu 8 --provision-time 20s');
  await training(cluster, 2, 5);
  await cluster.tick('30s');
  expect(await cluster.sizes()).toEqual(['gpu 0', 'plain 0']);
  await cluster.tick('1m');
  expect(await cluster.sizes()).toEqual(['gpu 3', 'plain 0']);
});

test('no group has any', async () => {
  const cluster = await autoscaled(0, 'plain --cpu 8');
  await training(cluster, 1);
  await cluster.tick('2m');
  expect(await cluster.events('NotTriggerScaleUp')).toEqual([
    "pod didn't trigger scale-up: 1 Insufficient nvidia.com/gpu",
  ]);
});

test('no more in the cluster than --gpu-total says, nor fewer', async () => {
  const cluster = await autoscaled(0, GPUS, 'autoscaler --gpu-total=a100:4:10 --gpu-total=t4:0:0');
  await training(cluster, 4, 4);
  await cluster.tick('2m');
  expect(await cluster.sizes()).toEqual(['gpu 2']);
  await cluster.tick('1m');
  expect(await cluster.events('NotTriggerScaleUp')).toContain(
    'pod didn\'t trigger scale-up: 1 exceeded quota: "cluster-wide", resources: a100',
  );
  await cluster.ok('scale deployment train --replicas=0');
  await cluster.tick('30m');
  expect(await cluster.sizes()).toEqual(['gpu 1']);
  expect(await cluster.ok('why nodegroup/gpu')).toContain('MinimalResourceLimitExceeded');
});

test('only they count when it is asked whether a node is used', async () => {
  const cluster = await autoscaled(1, GPUS, 'autoscaler --scale-down-unneeded-time=1m --scale-down-delay-after-add=1m');
  await training(cluster, 3);
  await cluster.tick('5m');
  // Of its CPU next to nothing is asked for, of its GPUs three quarters.
  expect(await cluster.sizes()).toEqual(['gpu 1']);
  const { scaleDown } = JSON.parse(await cluster.ok('why nodegroup/gpu -o json'));
  expect(scaleDown).toMatchObject({
    threshold: 0.5,
    ofGpus: true,
    nodes: [{ node: 'gpu-1', gpu: 0.75, reason: 'NotUnderutilized' }],
  });
  await cluster.ok('delete deployment train');
  // A pod that asks for no GPU is none of a reason to keep it.
  await cluster.pods('web', { cpu: '3', spec: 'nodeSelector: {kubetick.dev/nodegroup: gpu}' });
  await cluster.tick('30s');
  await cluster.ok(['patch', 'deployment', 'web', '-p', '{"spec":{"template":{"spec":{"nodeSelector":null}}}}']);
  await cluster.tick('10m');
  expect(await cluster.sizes()).toEqual(['gpu 0']);
});

test('a threshold of their own, for the cluster or for a group', async () => {
  const cluster = await autoscaled(
    1,
    `${GPUS} --initial 2 --scale-down-gpu-utilization-threshold=0.8`,
    'autoscaler --scale-down-unneeded-time=1m --scale-down-delay-after-add=1m',
  );
  await training(cluster, 2, 2);
  await cluster.tick('5m');
  // Two on each, which are half: one node has room for all four.
  expect(await cluster.sizes()).toEqual(['gpu 1']);
  await cluster.tick('5m');
  expect(await cluster.ok('get deployment train -o jsonpath={.status.readyReplicas}')).toBe('2');
});

test('where they are not there yet the node is not ready', async () => {
  const cluster = await autoscaled(0, `${GPUS} --initial 1`);
  await cluster.tick('5s');
  await cluster.ok([
    'patch',
    'node',
    'gpu-1',
    '--subresource=status',
    '--type=json',
    '-p',
    '[{"op":"remove","path":"/status/capacity/nvidia.com~1gpu"},{"op":"remove","path":"/status/allocatable/nvidia.com~1gpu"}]',
  ]);
  await cluster.tick('30s');
  expect(await cluster.status()).toContain('notStarted: 1');
  await cluster.tick('16m');
  expect(await cluster.status()).toMatch(/resourceUnready: 1\n *total: 1/);
});

test('--price: what pods do not need is dear', async () => {
  const cluster = await autoscaled(
    0,
    'gpu --cpu 4 --gpu 1 --price 0.1 --provision-time 20s',
    'plain --cpu 4 --price 0.5 --provision-time 20s',
    'autoscaler --expander=price',
  );
  await cluster.pods('web');
  await cluster.tick('1m');
  expect(await cluster.sizes()).toEqual(['gpu 0', 'plain 1']);
});

test.each([
  ['add x --gpu-type a100', '--gpu-type says of which kind the GPUs are, and --gpu that there are any'],
  ['add x --gpu -1', '--gpu must not be negative, but is -1'],
  [
    'add x --gpu 1 --gpu-resource cpu',
    'invalid value "cpu" of --gpu-resource: it must be one of nvidia.com/gpu, habana.ai/gaudi, gpu.intel.com/xe, amd.com/gpu, microsoft.com/directx',
  ],
  ['add x --gpu 1 --gpu-type a/b', 'invalid value "a/b" of --gpu-type: '],
  ['autoscaler --gpu-total=a100:1', 'invalid value "a100:1" of --gpu-total: incorrect gpu limit specification: a100:1'],
  ['autoscaler --gpu-total=a100:x:1', 'incorrect gpu limit - min is not integer: a100:x:1'],
  ['autoscaler --gpu-total=a100:2:1', 'incorrect gpu limit - min is greater than max; a100:2:1'],
])('%s', async (line, complaint) => {
  const cluster = await autoscaled(0);
  const { code, err } = await cluster.run(`nodegroup ${line}`);
  expect(code).toBe(1);
  expect(err).toContain(complaint);
});
