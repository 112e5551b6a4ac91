/** What kube-proxy wrote in userspace mode, and whom it connected to. */
import { ConnectionTable } from '../../../src/sim/proxy/connections/table';
import { USERSPACE } from '../../../src/sim/proxy/userspace/proxy';
import { service, situation } from './views';

const endpoints = [{ address: '10.0.1.5' }, { address: '10.0.1.6' }, { address: '10.0.2.7', ready: false }];
const web = service('ns/web', {
  ...{ type: 'NodePort', clusterIPs: ['172.30.0.10'], externalIPs: ['198.51.100.1'], endpoints },
  ports: [{ name: 'http', port: 80, nodePort: 30080 }],
});
const chance = { below: () => 0 };

function started(services = [web]) {
  const proxy = USERSPACE.start(situation());
  proxy.sync(services);
  return proxy;
}

test('portals: for containers and for the host, node ports last, and a way in for what comes from elsewhere', () => {
  const text = started().rules()[0]?.text ?? '';
  const [, port = ''] = /--to-ports (\d+)/.exec(text) ?? [];
  expect(Number(port)).toBeGreaterThanOrEqual(32768);
  const http = '-m comment --comment ns/web:http -p tcp -m tcp';
  for (const line of [
    `-A KUBE-PORTALS-CONTAINER ${http} --dport 80 -d 172.30.0.10/32 -j REDIRECT --to-ports ${port}`,
    `-A KUBE-PORTALS-HOST ${http} --dport 80 -d 172.30.0.10/32 -j DNAT --to-destination 192.168.0.2:${port}`,
    `-A KUBE-PORTALS-CONTAINER ${http} --dport 80 -d 198.51.100.1/32 -m physdev ! --physdev-is-in -j REDIRECT --to-ports ${port}`,
    `-A KUBE-PORTALS-CONTAINER ${http} --dport 80 -d 198.51.100.1/32 -m addrtype --dst-type LOCAL -j REDIRECT --to-ports ${port}`,
    `-A KUBE-PORTALS-HOST ${http} --dport 80 -d 198.51.100.1/32 -m addrtype --dst-type LOCAL -j DNAT --to-destination 192.168.0.2:${port}`,
    `-A KUBE-NODEPORT-CONTAINER ${http} --dport 30080 -j REDIRECT --to-ports ${port}`,
    `-A KUBE-NODEPORT-HOST ${http} --dport 30080 -j DNAT --to-destination 192.168.0.2:${port}`,
    `-A KUBE-NODEPORT-NON-LOCAL ${http} --dport ${port} -m state --state NEW -j ACCEPT`,
  ])
    expect(text).toContain(`${line}\n`);
  expect(text.indexOf('-j KUBE-PORTALS-CONTAINER')).toBeLessThan(text.indexOf('-j KUBE-NODEPORT-CONTAINER'));
});

test('round robin over those that are ready, through the proxy, which the backend sees', () => {
  const proxy = started();
  const table = new ConnectionTable(undefined, 0);
  const walks = [0, 1, 2].map(() =>
    proxy.walk(
      { protocol: 'TCP', source: '10.0.1.9', sourcePort: 1, destination: '172.30.0.10', port: 80, hook: 'prerouting' },
      { chance, balancers: table },
    ),
  );
  expect(walks.map(({ backend }) => backend?.ip)).toEqual(['10.0.1.5', '10.0.1.6', '10.0.1.5']);
  expect(walks[0]).toMatchObject({
    userspaceHops: 2,
    masqueraded: true,
    source: '10.0.1.1',
    servicePort: 'ns/web:http',
  });
  expect(walks[0]?.steps.map(({ place }) => place)).toContain('kube-proxy');
});

test('affinity: as long as its time since the last connection', () => {
  const proxy = started([{ ...web, affinitySeconds: 60 }]);
  let record = new ConnectionTable(undefined, 0).record();
  const open = (at: number, source: string) => {
    const table = new ConnectionTable(record, at * 1000);
    const walk = proxy.walk(
      { protocol: 'TCP', source, sourcePort: 1, destination: '172.30.0.10', port: 80, hook: 'prerouting' },
      { chance, balancers: table, affinity: table },
    );
    record = table.record();
    return walk.backend?.ip;
  };
  expect([open(0, '10.0.1.8'), open(0, '10.0.1.9')]).toEqual(['10.0.1.5', '10.0.1.6']);
  expect([open(59, '10.0.1.9'), open(118, '10.0.1.9'), open(178, '10.0.1.9')]).toEqual([
    ...['10.0.1.6', '10.0.1.6', '10.0.1.5'],
  ]);
});

test('an endpoint that goes touches no rule', () => {
  const proxy = started();
  const { input, touched } = proxy.syncService('ns/web', { ...web, endpoints: web.endpoints.slice(1) });
  expect(input).toEqual([]);
  expect(touched).toEqual([{ action: 'change', what: 'round robin of ns/web:http', detail: '10.0.1.6:80' }]);
  expect(proxy.syncService('ns/web', undefined).touched.map(({ action }) => action)).toContain('remove');
  expect(proxy.counts()['listening ports']).toBe(0);
});
