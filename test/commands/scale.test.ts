import { memoryCluster, type TestCluster } from './harness';

let cluster: TestCluster;
beforeEach(async () => {
  cluster = await memoryCluster({ nodes: 1 });
  await cluster.ok('create deployment web --image=nginx --replicas=2');
});
const size = () => cluster.ok('get deployment web -o jsonpath={.spec.replicas}');

test('sets the number of replicas', async () => {
  expect(await cluster.ok('scale deployment web --replicas=4')).toBe('deployment.apps/web scaled\n');
  expect(await size()).toBe('4');
  expect(await cluster.ok('scale deployment web --replicas=0 --dry-run=client')).toBe(
    'deployment.apps/web scaled (dry run)\n',
  );
  expect(await cluster.ok('scale deployment web --replicas=0 --dry-run=server')).toBe(
    'deployment.apps/web scaled (server dry run)\n',
  );
  expect(await cluster.ok('scale --all deployments --replicas=1 -o jsonpath={.spec.replicas}')).toBe('1');
});
test('under conditions', async () => {
  expect((await cluster.run('scale deployment web --current-replicas=3 --replicas=1')).err).toBe(
    'error: Expected replicas to be 3, was 2\n',
  );
  expect(await size()).toBe('2');
  await cluster.ok('scale deployment web --current-replicas=2 --replicas=1');
  expect(await size()).toBe('1');
  const version = await cluster.ok('get deployment web -o jsonpath={.metadata.resourceVersion}');
  await cluster.ok(`scale deployment web --resource-version=${version} --replicas=2`);
  expect((await cluster.run(`scale deployment web --resource-version=${version} --replicas=1`)).err).toMatch(
    new RegExp(`^error: Expected resource version to be ${version}, was \\d+\\n$`),
  );
});
test('those that are there, then what is not', async () => {
  expect(await cluster.run('scale --replicas=1 deployment/web deployment/nosuch')).toEqual({
    out: 'deployment.apps/web scaled\n',
    err: 'Error from server (NotFound): deployments.apps "nosuch" not found\n',
    code: 1,
  });
});
test('--timeout lets time pass until they are there', async () => {
  expect(await cluster.ok('scale deployment web --replicas=3 --timeout=5m')).toBe('deployment.apps/web scaled\n');
  expect(await cluster.ok('get deployment web -o jsonpath={.status.replicas}')).toBe('3');
});
test.each([
  ['deployment/web', 'error: required flag(s) "replicas" not set\n'],
  [
    'deployment/web --replicas=-1',
    'error: The --replicas=COUNT flag is required, and COUNT must be greater than or equal to 0\n',
  ],
  [
    'deployment/web --replicas=1 --current-replicas=-2',
    'error: The --current-replicas must specify an integer of -1 or greater\n',
  ],
  ['--all cm --replicas=1 -l a=b', "error: setting 'all' parameter but found a non empty selector. \n"],
])('refuses %s', async (args, error) => {
  expect((await cluster.run(`scale ${args}`)).err).toBe(error);
});
