/** Services from outside: what they are given, keep and give back; who gives load balancers and ingresses their addresses. */
import type { KubeObject } from '../../src/apimachinery/meta';
import { memoryCluster, type TestCluster } from '../commands/harness';

const DUAL = { serviceCIDR: '10.96.0.0/16,fd00:96::/112', clusterCIDR: '10.244.0.0/16,fd00:244::/56' };

const service = (name: string, spec: string) =>
  `{apiVersion: v1, kind: Service, metadata: {name: ${name}}, spec: ${spec}}`;
const PORT = 'ports: [{port: 80}]';

async function apply(cluster: TestCluster, ...manifests: string[]): Promise<void> {
  await cluster.ok('apply -f -', { stdin: manifests.join('\n---\n') });
}
async function get(cluster: TestCluster, what: string): Promise<KubeObject> {
  return JSON.parse(await cluster.ok(`get ${what} -o json`));
}
/** `10.96.0.1 default/kubernetes`: who has which address. */
async function held(cluster: TestCluster): Promise<string[]> {
  const { items } = (await get(cluster, 'ipaddresses')) as unknown as { items: KubeObject[] };
  return items.map(({ metadata, spec: { parentRef } }) => `${metadata.name} ${parentRef.namespace}/${parentRef.name}`);
}
async function events(cluster: TestCluster, name: string): Promise<string[]> {
  const { items } = (await get(cluster, `events --field-selector involvedObject.name=${name}`)) as unknown as {
    items: KubeObject[];
  };
  return items.map(({ type, reason, message }) => `${type} ${reason} ${message}`);
}

describe('addresses', () => {
  test('an IPAddress comes and goes with its Service', async () => {
    const cluster = await memoryCluster();
    await apply(cluster, service('a', `{${PORT}, clusterIP: 10.96.0.7}`));
    expect(await held(cluster)).toEqual(['10.96.0.1 default/kubernetes', '10.96.0.7 default/a']);
    expect(await get(cluster, 'ipaddress 10.96.0.7')).toMatchObject({
      metadata: {
        labels: {
          'ipaddress.kubernetes.io/ip-family': 'IPv4',
          'ipaddress.kubernetes.io/managed-by': 'ipallocator.k8s.io',
        },
      },
      spec: { parentRef: { resource: 'services', namespace: 'default', name: 'a' } },
    });
    await cluster.ok('delete service a');
    expect(await held(cluster)).toEqual(['10.96.0.1 default/kubernetes']);
    await apply(cluster, service('b', `{${PORT}, clusterIP: 10.96.0.7}`));
    expect(await held(cluster)).toContain('10.96.0.7 default/b');
  });

  test('with a type that needs none they are given back, and taken anew', async () => {
    const cluster = await memoryCluster();
    await apply(cluster, service('a', `{${PORT}, type: NodePort}`));
    const before = (await get(cluster, 'svc a'))['spec'];
    await cluster.ok('patch svc a -p \'{"spec":{"type":"ExternalName","externalName":"a.b"}}\'');
    expect((await get(cluster, 'svc a'))['spec']).not.toHaveProperty('clusterIP');
    expect((await get(cluster, 'svc a'))['spec'].ports[0]).not.toHaveProperty('nodePort');
    expect(await held(cluster)).toEqual(['10.96.0.1 default/kubernetes']);
    await apply(
      cluster,
      service(
        'b',
        `{type: NodePort, clusterIP: ${before.clusterIP}, ports: [{port: 80, nodePort: ${before.ports[0].nodePort}}]}`,
      ),
    );
    await cluster.ok('patch svc a -p \'{"spec":{"type":"LoadBalancer","externalName":null}}\'');
    const after = (await get(cluster, 'svc a'))['spec'];
    expect(after.clusterIP).not.toBe(before.clusterIP);
    expect(after.ports[0].nodePort).not.toBe(before.ports[0].nodePort);
    expect(await held(cluster)).toContain(`${after.clusterIP} default/a`);
  });

  test('a second family is added and given up', async () => {
    const cluster = await memoryCluster({ settings: DUAL });
    await apply(cluster, service('a', `{${PORT}}`));
    const [first] = (await get(cluster, 'svc a'))['spec'].clusterIPs;
    await cluster.ok('patch svc a -p \'{"spec":{"ipFamilyPolicy":"RequireDualStack"}}\'');
    const { clusterIPs, ipFamilies } = (await get(cluster, 'svc a'))['spec'];
    expect(ipFamilies).toEqual(['IPv4', 'IPv6']);
    expect(clusterIPs).toEqual([first, expect.stringMatching(/^fd00:96::/)]);
    expect(await held(cluster)).toHaveLength(3);
    await cluster.ok('patch svc a -p \'{"spec":{"ipFamilyPolicy":"SingleStack"}}\'');
    expect((await get(cluster, 'svc a'))['spec']).toMatchObject({ clusterIPs: [first], ipFamilies: ['IPv4'] });
    expect(await held(cluster)).toHaveLength(2);
    const { err } = await cluster.run('patch svc a -p \'{"spec":{"ipFamilies":["IPv6"]}}\'');
    expect(err).toContain('expected an IPv6 value as indicated by `ipFamilies[0]`');
  });

  test.each<[spec: string, message: string]>([
    [
      `{${PORT}, ipFamilyPolicy: RequireDualStack}`,
      'spec.ipFamilyPolicy: Invalid value: "RequireDualStack": this cluster is not configured for dual-stack services',
    ],
    [`{${PORT}, ipFamilies: [IPv6]}`, 'spec.ipFamilies[0]: Invalid value: "IPv6": not configured on this cluster'],
    [
      `{${PORT}, clusterIP: 10.96.0.0}`,
      'failed to allocate IP 10.96.0.0: the provided IP (10.96.0.0) is not in the valid range. The range of valid IPs is 10.96.0.0/12',
    ],
    [`{${PORT}, clusterIP: 10.96.0.1}`, 'failed to allocate IP 10.96.0.1: provided IP is already allocated'],
    [
      `{${PORT}, clusterIP: 10.1.0.1}`,
      'failed to allocate IP 10.1.0.1: the provided network does not match the current range',
    ],
    [
      '{type: NodePort, ports: [{port: 80, nodePort: 29999}]}',
      'spec.ports[0].nodePort: Invalid value: 29999: provided port is not in the valid range. The range of valid ports is 30000-32767',
    ],
  ])('%s is refused', async (spec, message) => {
    const cluster = await memoryCluster();
    const { err, code } = await cluster.run('create -f -', { stdin: service('a', spec) });
    expect(err).toContain(message);
    expect(code).toBe(1);
    expect(await held(cluster)).toHaveLength(1);
  });

  test('a full range gives no more, until there is another one', async () => {
    const cluster = await memoryCluster({
      settings: { serviceCIDR: '10.96.0.0/29', serviceNodePortRange: '30000-30001' },
    });
    for (const name of ['a', 'b', 'c', 'd', 'e']) await cluster.ok(`create service clusterip ${name} --tcp=80`);
    const { err } = await cluster.run('create service clusterip f --tcp=80');
    expect(err).toBe(
      'error: failed to create ClusterIP service: Internal error occurred: failed to allocate a serviceIP: range is full\n',
    );
    await apply(
      cluster,
      '{apiVersion: networking.k8s.io/v1, kind: ServiceCIDR, metadata: {name: more}, spec: {cidrs: [10.97.0.0/28]}}',
    );
    await cluster.ok('create service clusterip f --tcp=80');
    expect((await get(cluster, 'svc f'))['spec'].clusterIP).toMatch(/^10\.97\.0\./);
    await cluster.ok('create service nodeport g --tcp=80,81');
    const full = await cluster.run('create service nodeport h --tcp=80');
    expect(full.err).toBe(
      'error: failed to create NodePort service: Internal error occurred: failed to allocate a nodePort: range is full\n',
    );
  });

  test('of those who ask at once, one gets an address and the others another or none', async () => {
    const cluster = await memoryCluster({ settings: { serviceCIDR: '10.96.0.0/27' } });
    const create = (name: string, spec: KubeObject['spec']) =>
      cluster.client.create<KubeObject>({ group: '', version: 'v1', resource: 'services' }, 'default', {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name },
        spec: { ports: [{ port: 80 }], ...spec },
      });
    const made = await Promise.all(Array.from({ length: 20 }, (_, i) => create(`s${i}`, {})));
    expect(new Set(made.map(({ spec }) => spec.clusterIP)).size).toBe(20);
    const taken = (await held(cluster)).map((line) => line.split(' ')[0]);
    const free = Array.from({ length: 30 }, (_, i) => `10.96.0.${i + 1}`).find((address) => !taken.includes(address));
    const asked = await Promise.allSettled(['a', 'b', 'c'].map((name) => create(name, { clusterIP: free })));
    expect(asked.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const one of asked)
      if (one.status === 'rejected') expect(one.reason.message).toContain('provided IP is already allocated');
  });

  test('a dry run takes nothing and shows no address in particular', async () => {
    const cluster = await memoryCluster();
    const shown = JSON.parse(await cluster.ok('create service nodeport a --tcp=80,81 --dry-run=server -o json'));
    expect(shown.spec).toMatchObject({ clusterIP: '10.96.0.0', ports: [{ nodePort: 32769 }, { nodePort: 32770 }] });
    expect(await held(cluster)).toHaveLength(1);
  });
});

describe('ServiceCIDRs', () => {
  test('become ready, and do not go while they hold addresses', async () => {
    const cluster = await memoryCluster();
    await apply(
      cluster,
      '{apiVersion: networking.k8s.io/v1, kind: ServiceCIDR, metadata: {name: more}, spec: {cidrs: [10.200.0.0/24]}}',
    );
    await cluster.ok('tick --settle');
    const ready = await get(cluster, 'servicecidr more');
    expect(ready.metadata.finalizers).toEqual(['networking.k8s.io/service-cidr-finalizer']);
    expect(ready['status'].conditions).toMatchObject([
      { type: 'Ready', status: 'True', message: 'Kubernetes Service CIDR is ready' },
    ]);
    await apply(cluster, service('a', `{${PORT}, clusterIP: 10.200.0.9}`));
    await cluster.ok('delete servicecidr more --wait=false');
    await cluster.ok('tick 30s');
    expect((await get(cluster, 'servicecidr more'))['status'].conditions).toMatchObject([
      {
        status: 'False',
        reason: 'Terminating',
        message: expect.stringContaining('There are still IPAddresses referencing the ServiceCIDR'),
      },
    ]);
    // One that goes gives no addresses any more.
    const { err } = await cluster.run('create -f -', { stdin: service('b', `{${PORT}, clusterIP: 10.200.0.10}`) });
    expect(err).toContain('the provided network does not match the current range');
    await cluster.ok('delete svc a');
    await cluster.ok('tick 30s');
    expect((await cluster.run('get servicecidr more')).err).toContain('not found');
  });
});

describe('repair', () => {
  test('an address without an IPAddress gets one, and one that nobody has is given back', async () => {
    const cluster = await memoryCluster();
    await apply(cluster, service('a', `{${PORT}, clusterIP: 10.96.0.7}`));
    await cluster.ok('delete ipaddress 10.96.0.7');
    await apply(
      cluster,
      `{apiVersion: networking.k8s.io/v1, kind: IPAddress, metadata: {name: 10.96.0.8, labels: {ipaddress.kubernetes.io/managed-by: ipallocator.k8s.io}}, spec: {parentRef: {resource: services, namespace: default, name: gone}}}`,
      `{apiVersion: networking.k8s.io/v1, kind: IPAddress, metadata: {name: 10.96.0.9}, spec: {parentRef: {resource: others, name: x}}}`,
    );
    await cluster.ok('tick --settle');
    expect(await held(cluster)).toEqual([
      '10.96.0.1 default/kubernetes',
      '10.96.0.7 default/a',
      '10.96.0.9 undefined/x',
    ]);
    expect(await events(cluster, 'a')).toEqual([
      'Warning ClusterIPNotAllocated Cluster IP [IPv4]: 10.96.0.7 is not allocated; repairing',
    ]);
    expect(await events(cluster, '10.96.0.8')).toEqual([
      'Warning IPAddressNotAllocated IPAddress: 10.96.0.8 for Service default/gone appears to have leaked: cleaning up',
    ]);
  });
});

describe('a cloud', () => {
  test('gives load balancers addresses, and takes them back', async () => {
    const cluster = await memoryCluster({ nodes: 1 });
    await apply(
      cluster,
      service('a', `{type: LoadBalancer, ${PORT}}`),
      service('asks', `{type: LoadBalancer, loadBalancerIP: 172.18.255.9, ${PORT}}`),
      service('elsewhere', `{type: LoadBalancer, loadBalancerClass: acme.com/lb, ${PORT}}`),
      `{apiVersion: v1, kind: Service, metadata: {name: proxied, annotations: {kubetick.dev/load-balancer-ip-mode: Proxy}}, spec: {type: LoadBalancer, ${PORT}}}`,
    );
    await cluster.ok('tick --settle');
    expect((await get(cluster, 'svc a'))['status'].loadBalancer).toEqual({
      ingress: [{ ip: '172.18.255.1', ipMode: 'VIP' }],
    });
    expect((await get(cluster, 'svc asks'))['status'].loadBalancer.ingress).toMatchObject([{ ip: '172.18.255.9' }]);
    expect((await get(cluster, 'svc elsewhere'))['status'].loadBalancer).toEqual({});
    expect((await get(cluster, 'svc proxied'))['status'].loadBalancer.ingress).toMatchObject([{ ipMode: 'Proxy' }]);
    expect((await get(cluster, 'svc a')).metadata.finalizers).toEqual(['service.kubernetes.io/load-balancer-cleanup']);
    expect(await events(cluster, 'a')).toEqual([
      'Normal EnsuringLoadBalancer Ensuring load balancer',
      'Normal EnsuredLoadBalancer Ensured load balancer',
    ]);
    await cluster.ok('patch svc a -p \'{"spec":{"type":"ClusterIP"}}\'');
    await cluster.ok('tick --settle');
    const changed = await get(cluster, 'svc a');
    expect(changed['status'].loadBalancer).toEqual({});
    expect(changed.metadata).not.toHaveProperty('finalizers');
    expect((await events(cluster, 'a')).slice(2)).toEqual([
      'Normal Type LoadBalancer -> ClusterIP',
      'Normal DeletingLoadBalancer Deleting load balancer',
      'Normal DeletedLoadBalancer Deleted load balancer',
    ]);
    await cluster.ok('delete svc asks');
    expect((await cluster.run('get svc asks')).err).toContain('not found');
    await apply(cluster, service('next', `{type: LoadBalancer, ${PORT}}`));
    await cluster.ok('tick --settle');
    expect((await get(cluster, 'svc next'))['status'].loadBalancer.ingress).toMatchObject([{ ip: '172.18.255.1' }]);
  });

  test('without a range they stay pending', async () => {
    const cluster = await memoryCluster({ nodes: 1, settings: { loadBalancerRange: '' } });
    await apply(cluster, service('a', `{type: LoadBalancer, ${PORT}}`));
    await cluster.ok('tick --settle');
    expect(await cluster.ok('get svc a')).toContain('<pending>');
    expect((await cluster.run('get ingressclass')).err).toBe('No resources found\n');
  });

  test('when no address is left the service is told', async () => {
    const cluster = await memoryCluster({ nodes: 1, settings: { loadBalancerRange: '172.18.255.0/30' } });
    await apply(cluster, service('a', `{type: LoadBalancer, ${PORT}}`), service('b', `{type: LoadBalancer, ${PORT}}`));
    await cluster.ok('tick 5s');
    expect((await events(cluster, 'b')).at(-1)).toBe(
      'Warning SyncLoadBalancerFailed Error syncing load balancer: failed to ensure load balancer: no address is left in the range',
    );
  });

  test('reaches the ingresses of the default class', async () => {
    const cluster = await memoryCluster({ nodes: 1 });
    const ingress = (name: string, spec: string) =>
      `{apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {name: ${name}}, spec: {${spec}, defaultBackend: {service: {name: a, port: {number: 80}}}}}`;
    await apply(cluster, ingress('a', 'tls: []'), ingress('b', 'ingressClassName: nginx'));
    expect((await get(cluster, 'ingress a'))['spec'].ingressClassName).toBe('kubetick');
    await cluster.ok('tick --settle');
    expect((await get(cluster, 'ingress a'))['status'].loadBalancer).toEqual({ ingress: [{ ip: '172.18.255.254' }] });
    expect((await get(cluster, 'ingress b'))['status'].loadBalancer).toEqual({});
    await cluster.ok('delete ingressclass kubetick');
    await cluster.ok('tick --settle');
    expect((await get(cluster, 'ingress a'))['status'].loadBalancer).toEqual({});
  });
});

test('in a dual-stack cluster nodes, pods and endpoints have addresses of both families', async () => {
  const cluster = await memoryCluster({ nodes: 2, settings: DUAL });
  await apply(
    cluster,
    '{apiVersion: v1, kind: Pod, metadata: {name: p, labels: {app: p}}, spec: {containers: [{name: c, image: i}]}}',
    '{apiVersion: v1, kind: Pod, metadata: {name: h}, spec: {hostNetwork: true, containers: [{name: c, image: i}]}}',
    service('p', `{ipFamilyPolicy: PreferDualStack, selector: {app: p}, ${PORT}}`),
  );
  await cluster.ok('tick --settle');
  const node = await get(cluster, `node ${(await get(cluster, 'pod p'))['spec'].nodeName}`);
  const [four, six]: string[] = node['spec'].podCIDRs;
  expect([four, six]).toEqual([
    expect.stringMatching(/^10\.244\.\d\.0\/24$/),
    expect.stringMatching(/^fd00:244:.*:\/64$/),
  ]);
  const ips = (await get(cluster, 'pod p'))['status'].podIPs;
  expect(ips).toEqual([{ ip: four?.replace('.0/24', '.2') }, { ip: six?.replace('/64', '2') }]);
  const hosts = (await get(cluster, 'pod h'))['status'];
  expect(hosts.podIPs).toEqual(hosts.hostIPs);
  expect(hosts.hostIPs).toHaveLength(2);
  const { items } = (await get(cluster, 'endpointslices -l kubernetes.io/service-name=p')) as unknown as {
    items: KubeObject[];
  };
  expect(items.map((slice) => [slice['addressType'], slice['endpoints'][0].addresses]).sort()).toEqual([
    ['IPv4', [ips[0].ip]],
    ['IPv6', [ips[1].ip]],
  ]);
});
