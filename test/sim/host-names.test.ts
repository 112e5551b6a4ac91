/** The name that a pod's containers take for that of their machine. */
import { hostNameComplaint, kernelNameOf } from '../../src/sim/kubelet/host-name';
import { memoryCluster } from '../commands/harness';

const pod = (spec: object, name = 'p') => ({ apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: 'n' }, spec });
const FQDN = { setHostnameAsFQDN: true };

test.each<[string, object, string]>([
  ['its own name', {}, 'p'],
  ['a hostname', { hostname: 'web' }, 'web'],
  ['a subdomain is not part of it', { hostname: 'web', subdomain: 'sub' }, 'web'],
  ['but where it shall be', { hostname: 'web', subdomain: 'sub', ...FQDN }, 'web.sub.n.svc.cluster.local'],
  ['without a subdomain there is no more', { ...FQDN }, 'p'],
  [
    'another one altogether',
    { hostnameOverride: 'my.host.example', hostname: 'web', subdomain: 'sub' },
    'my.host.example',
  ],
  ['that of the node', { hostNetwork: true, nodeName: 'node-1' }, 'node-1'],
])('%s', (_, spec, expected) => {
  expect(kernelNameOf(pod(spec))).toBe(expected);
});

test('a long one is cut, and does not end with a dash', () => {
  expect(kernelNameOf(pod({}, `${'a'.repeat(62)}-bcd`))).toBe('a'.repeat(62));
});

test.each([
  ['as long as the kernel allows', 'a'.repeat(34), undefined],
  [
    'longer by one',
    'a'.repeat(35),
    `failed to construct FQDN from pod hostname and cluster domain, FQDN ${'a'.repeat(35)}.subdomain.n.svc.cluster.local is too long (64 characters is the max, 65 characters requested)`,
  ],
])('%s', (_, hostname, expected) => {
  expect(hostNameComplaint(pod({ hostname, subdomain: 'subdomain', ...FQDN }))).toBe(expected);
  expect(hostNameComplaint(pod({ hostname, subdomain: 'subdomain' }))).toBeUndefined();
});

test('without a name there is no sandbox', async () => {
  const cluster = await memoryCluster({ nodes: 1, seed: 1 });
  const spec = { ...FQDN, subdomain: 's'.repeat(60), containers: [{ name: 'c', image: 'i:1' }] };
  await cluster.ok('create -f -', {
    stdin: JSON.stringify({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' }, spec }),
  });
  await cluster.ok('tick --settle -q');
  await cluster.ok('tick 1m -q');
  expect(await cluster.ok('get pod p --no-headers')).toMatch(/^p +0\/1 +ContainerCreating +0 /);
  const events = JSON.parse(await cluster.ok('get events --field-selector reason=FailedCreatePodSandBox -o json'));
  expect(events.items).toHaveLength(1);
  expect(events.items[0]).toMatchObject({ type: 'Warning', count: expect.any(Number) });
  expect(events.items[0].count).toBeGreaterThan(3);
  expect(events.items[0].message).toMatch(/^Failed to create pod sandbox: failed to construct FQDN from pod hostname/);
});
