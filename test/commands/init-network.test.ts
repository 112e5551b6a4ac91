/** The ranges that `init` is given. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from './harness';

const home = mkdtempSync(join(tmpdir(), 'kubetick-init-'));
afterAll(() => rmSync(home, { recursive: true, force: true }));
const kubetick = (line: string) =>
  run(line, { cwd: home, program: 'kubetick', environment: { HOME: home, KUBETICK_STATE: join(home, 'state') } });

test('addresses, pods and ports come from the ranges that were given', async () => {
  const line =
    'init --nodes 1 --service-cidr fd00:96::/112,10.97.0.0/24 --pod-cidr fd00:244::/56,10.9.0.0/16 --service-node-port-range 31000+9';
  expect((await kubetick(line)).code).toBe(0);
  const { spec } = JSON.parse((await kubetick('get svc kubernetes -o json')).out);
  expect(spec).toMatchObject({ clusterIP: 'fd00:96::1', ipFamilies: ['IPv6'] });
  const node = JSON.parse((await kubetick('get node node-1 -o json')).out);
  expect(node.spec.podCIDRs).toEqual(['fd00:244::/64', '10.9.0.0/24']);
  expect((await kubetick('create service nodeport a --tcp=80 --node-port=31010')).err).toContain(
    'The range of valid ports is 31000-31009',
  );
  const endpoint = JSON.parse((await kubetick('get endpointslice kubernetes -o json')).out);
  expect(endpoint.addressType).toBe('IPv6');
});

test('without nodes there is no cloud, unless a range is given', async () => {
  await kubetick('init --force --nodes 0');
  expect((await kubetick('get ingressclass')).err).toBe('No resources found\n');
  await kubetick('init --force --nodes 1');
  expect((await kubetick('get ingressclass -o name')).out).toBe('ingressclass.networking.k8s.io/kubetick\n');
  await kubetick('init --force --nodes 1 --load-balancer-range none');
  expect((await kubetick('get ingressclass')).err).toBe('No resources found\n');
});

test.each([
  ['--service-cidr x', 'invalid CIDR address: x'],
  ['--service-cidr 10.0.0.0/8,10.1.0.0/16', 'two ranges must be of different families'],
  ['--service-cidr 10.0.0.0/8,fd00::/112,10.1.0.0/16', 'at most two ranges, one of each family'],
  ['--service-cidr fd00::/32', 'shortest allowed prefix length for service CIDR is 64, got 32'],
  ['--pod-cidr 10.0.0.0/25', 'a node gets a /24, and 10.0.0.0/25 is smaller'],
  ['--pod-cidr 10.0.0.0/7', 'New CIDR set failed; the node CIDR size is too big'],
  ['--nodes 3 --pod-cidr 10.0.0.0/23', 'there is room for 2 nodes, not for 3'],
  ['--service-node-port-range 5-1', 'end port cannot be less than start port: 5-1'],
  ['--service-node-port-range 0-70000', 'the port range cannot be greater than 65535: 0-70000'],
  ['--service-node-port-range some', 'unable to parse port range: some'],
  ['--load-balancer-range 1', 'invalid CIDR address: 1'],
])('init --force %s is refused, and the cluster stays', async (flags, problem) => {
  const { err, code } = await kubetick(`init --force ${flags}`);
  expect(err).toMatch(/^error: invalid argument ".*" for "--.*" flag: /);
  expect(err).toContain(problem);
  expect(code).toBe(1);
  expect((await kubetick('get nodes -o name')).out).toBe('node/node-1\n');
});
