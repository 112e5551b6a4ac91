/** ReplicationControllers share the logic of ReplicaSets; what is their own is looked at here. */
import { memoryCluster } from '../../commands/harness';
import { core } from '../cluster-under-test';

const MANIFEST = `
apiVersion: v1
kind: ReplicationController
metadata: {name: web}
spec:
  replicas: 3
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: 'nginx:1'}]}
`;

test('makes pods, counts them, scales, lets go of those that no longer match, and leaves them behind', async () => {
  const cluster = await memoryCluster({ nodes: 2 });
  cluster.write('web.yaml', MANIFEST);
  await cluster.ok('create -f web.yaml');
  await cluster.ok('tick --settle');
  const controller = await cluster.client.get(core('replicationcontrollers'), 'default', 'web');
  expect(controller['status']).toEqual({
    availableReplicas: 3,
    fullyLabeledReplicas: 3,
    observedGeneration: 1,
    readyReplicas: 3,
    replicas: 3,
  });
  expect(await cluster.ok('get rc --no-headers')).toMatch(/^web +3 +3 +3 /);
  expect(await cluster.ok('describe rc web')).toMatch(
    /Normal +SuccessfulCreate +\S+ +replication-controller +Created pod: web-[a-z0-9]{5}\n/,
  );
  await cluster.ok('scale rc web --replicas=2');
  await cluster.ok('tick --settle');
  const [first] = (await cluster.ok('get pods -o name')).split('\n');
  await cluster.ok(`label ${first} app=other --overwrite`);
  await cluster.ok('tick --settle');
  expect((await cluster.ok('get pods -l app=web -o name')).split('\n')).toHaveLength(3);
  expect(await cluster.ok(`get ${first} -o jsonpath={.metadata.ownerReferences}`)).toBe('');
  await cluster.ok('delete rc web --cascade=orphan');
  await cluster.ok('tick --settle');
  expect((await cluster.ok('get pods -o name')).split('\n')).toHaveLength(4);
});

test('tells why it can not make pods, and does not try them all', async () => {
  const cluster = await memoryCluster({ nodes: 1 });
  cluster.write('web.yaml', MANIFEST.replace('spec: {containers', 'spec: {serviceAccountName: ghost, containers'));
  await cluster.ok('create -f web.yaml');
  await cluster.run('tick');
  const refusal = 'error looking up service account default/ghost: serviceaccount "ghost" not found';
  const { items } = await cluster.client.list(core('events'), 'default');
  expect(items.map((event) => [event['reason'], event['message'], event['count']])).toEqual([
    ['FailedCreate', `Error creating: pods "web-" is forbidden: ${refusal}`, 1],
  ]);
  const controller = await cluster.client.get(core('replicationcontrollers'), 'default', 'web');
  expect(controller['status'].conditions).toMatchObject([
    { type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate', message: expect.stringContaining(refusal) },
  ]);
  cluster.write('ghost.yaml', 'apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: ghost}\n');
  await cluster.ok('create -f ghost.yaml');
  await cluster.run('tick 60s');
  expect(await cluster.ok('get rc --no-headers')).toMatch(/^web +3 +3 +3 /);
  const mended = await cluster.client.get(core('replicationcontrollers'), 'default', 'web');
  expect(mended['status'].conditions).toBeUndefined();
});
