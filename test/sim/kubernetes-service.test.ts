/** The Service `kubernetes` comes back, whoever deletes it. */
import { memoryCluster } from '../commands/harness';

test('delete all --all takes it, and the API server makes it again within ten seconds', async () => {
  const cluster = await memoryCluster({ nodes: 1 });
  const told = async () => cluster.ok('get service,endpointslice -o name');
  const spec = await cluster.ok('get service kubernetes -o jsonpath={.spec}');
  await cluster.ok('tick 3s', { program: 'kubetick' });
  expect(await cluster.ok('delete all --all')).toBe('service "kubernetes" deleted from default namespace\n');
  await cluster.ok('delete endpointslice kubernetes');
  expect((await cluster.run('get service,endpointslice -o name')).out).toBe('');
  await cluster.ok('tick 6s', { program: 'kubetick' });
  expect((await cluster.run('get service kubernetes')).err).toBe(
    'Error from server (NotFound): services "kubernetes" not found\n',
  );
  await cluster.ok('tick 2s', { program: 'kubetick' });
  expect(await told()).toBe('service/kubernetes\nendpointslice.discovery.k8s.io/kubernetes\n');
  expect(await cluster.ok('get service kubernetes -o jsonpath={.spec}')).toBe(spec);
});

test('what somebody writes into its addresses is put right; a settle waits for that', async () => {
  const cluster = await memoryCluster({ nodes: 1 });
  const addresses = () => cluster.ok('get endpointslice kubernetes -o jsonpath={.endpoints}');
  const before = await addresses();
  await cluster.ok(`patch endpointslice kubernetes --type merge -p '{"endpoints":[{"addresses":["10.9.9.9"]}]}'`);
  await cluster.ok('tick --settle', { program: 'kubetick' });
  expect(await addresses()).toBe(before);
});
