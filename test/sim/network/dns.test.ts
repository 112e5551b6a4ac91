/** The cluster's names: what CoreDNS answers to each question (its plugin/kubernetes/handler_test.go has the same cases). */
import type { DNSAnswer } from '../../../src/apimachinery/dns-message';
import { recordData } from '../../../src/apimachinery/dns-message';
import { memoryCluster, type TestCluster } from '../../commands/harness';

const MANIFESTS = `
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {clusterIP: 10.96.1.1, selector: {app: web}, ports: [{name: http, port: 80}, {name: dns, port: 53, protocol: UDP}]}
---
apiVersion: v1
kind: Service
metadata: {name: both}
spec:
  ipFamilyPolicy: RequireDualStack
  clusterIP: 10.96.1.2
  clusterIPs: [10.96.1.2, 'fd00:96::2']
  ports: [{port: 80}]
---
apiVersion: v1
kind: Service
metadata: {name: db}
spec: {clusterIP: None, ipFamilyPolicy: RequireDualStack, selector: {app: db}, ports: [{name: sql, port: 5432}]}
---
apiVersion: v1
kind: Service
metadata: {name: portless}
spec: {clusterIP: None, selector: {app: db}}
---
apiVersion: v1
kind: Service
metadata: {name: empty}
spec: {clusterIP: None, selector: {app: none}, ports: [{port: 80}]}
---
apiVersion: v1
kind: Service
metadata: {name: out}
spec: {type: ExternalName, externalName: www.example.com}
---
apiVersion: v1
kind: Service
metadata: {name: alias}
spec: {type: ExternalName, externalName: web.default.svc.cluster.local}
---
apiVersion: v1
kind: Service
metadata: {name: loop}
spec: {type: ExternalName, externalName: loop.default.svc.cluster.local}
---
apiVersion: v1
kind: Service
metadata: {name: nowhere}
spec: {type: ExternalName, externalName: none.default.svc.cluster.local}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: db-1, labels: {kubernetes.io/service-name: db}}
addressType: IPv4
endpoints:
- {addresses: [10.244.0.2], hostname: db-0, conditions: {ready: true}}
- {addresses: [10.244.0.3], conditions: {ready: true}}
- {addresses: [10.244.0.4], hostname: db-2, conditions: {ready: false, serving: true}}
ports: [{name: sql, port: 5432}]
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: db-2, labels: {kubernetes.io/service-name: db}}
addressType: IPv6
endpoints:
- {addresses: ['fd00:244::2'], hostname: db-0}
- {addresses: ['fd00:244::'], conditions: {ready: true}}
ports: [{name: sql, port: 5432}]
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: portless-1, labels: {kubernetes.io/service-name: portless}}
addressType: IPv4
endpoints: [{addresses: [10.244.0.9]}]
ports: []
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: web-1, labels: {kubernetes.io/service-name: web}}
addressType: IPv4
endpoints: [{addresses: [10.244.0.7]}]
ports: [{name: http, port: 8080}]
---
apiVersion: v1
kind: Pod
metadata: {name: client}
spec: {containers: [{name: c, image: i}]}
---
apiVersion: v1
kind: Pod
metadata: {name: own}
spec:
  dnsPolicy: None
  dnsConfig: {nameservers: [10.96.0.10], searches: [svc.cluster.local], options: [{name: ndots, value: '2'}]}
  containers: [{name: c, image: i}]
---
apiVersion: v1
kind: Pod
metadata: {name: more}
spec:
  dnsConfig: {searches: [example.com], options: [{name: ndots, value: '1'}, {name: edns0}]}
  containers: [{name: c, image: i}]
---
apiVersion: v1
kind: Pod
metadata: {name: host}
spec: {hostNetwork: true, containers: [{name: c, image: i}]}
`;

let cluster: TestCluster;
beforeAll(async () => {
  cluster = await memoryCluster({
    settings: { serviceCIDR: '10.96.0.0/16,fd00:96::/112', clusterCIDR: '10.244.0.0/16,fd00:244::/56' },
  });
  cluster.write('dns.yaml', MANIFESTS);
  await cluster.ok('create -f dns.yaml');
});

async function ask(name: string, type: string): Promise<DNSAnswer> {
  return cluster.client.request({ method: 'GET', path: '/kubetick/dns/query', query: { name, type } });
}

/** `db-0 A 10.244.0.2`, with what all names end in left out. */
function lines(records: DNSAnswer['answers']): string[] {
  return records.map((record) =>
    `${record.name} ${record.type} ${recordData(record)}`.replaceAll('.default.svc.cluster.local.', ''),
  );
}

const D = 'default.svc.cluster.local';

describe('answers', () => {
  test.each<[question: string, answers: string[], additionals?: string[]]>([
    [`web.${D} A`, ['web A 10.96.1.1']],
    [`WEB.${D} A`, ['WEB A 10.96.1.1']],
    [`both.${D} A`, ['both A 10.96.1.2']],
    [`both.${D} AAAA`, ['both AAAA fd00:96::2']],
    [`web.${D} SRV`, ['web SRV 0 50 80 web', 'web SRV 0 50 53 web'], ['web A 10.96.1.1']],
    [`_http._tcp.web.${D} SRV`, ['_http._tcp.web SRV 0 100 80 web'], ['web A 10.96.1.1']],
    [`_DNS._UDP.web.${D} SRV`, ['_DNS._UDP.web SRV 0 100 53 web'], ['web A 10.96.1.1']],
    [`both.${D} SRV`, ['both SRV 0 50 80 both'], ['both A 10.96.1.2', 'both AAAA fd00:96::2']],
    [`db.${D} A`, ['db A 10.244.0.2', 'db A 10.244.0.3']],
    [`db.${D} AAAA`, ['db AAAA fd00:244::2', 'db AAAA fd00:244::']],
    [`db-0.db.${D} A`, ['db-0.db A 10.244.0.2']],
    [`db-0.db.${D} AAAA`, ['db-0.db AAAA fd00:244::2']],
    [`10-244-0-3.db.${D} A`, ['10-244-0-3.db A 10.244.0.3']],
    [`fd00-244--0.db.${D} AAAA`, ['fd00-244--0.db AAAA fd00:244::']],
    [
      `_sql._tcp.db.${D} SRV`,
      [
        '_sql._tcp.db SRV 0 25 5432 db-0.db',
        '_sql._tcp.db SRV 0 25 5432 10-244-0-3.db',
        '_sql._tcp.db SRV 0 25 5432 fd00-244--0.db',
      ],
      [
        'db-0.db A 10.244.0.2',
        '10-244-0-3.db A 10.244.0.3',
        'db-0.db AAAA fd00:244::2',
        'fd00-244--0.db AAAA fd00:244::',
      ],
    ],
    [`portless.${D} A`, ['portless A 10.244.0.9']],
    [`10-244-0-9.portless.${D} A`, ['10-244-0-9.portless A 10.244.0.9']],
    // An endpoint of a service that has an address of its own has a name too.
    [`10-244-0-7.web.${D} A`, ['10-244-0-7.web A 10.244.0.7']],
    [`out.${D} A`, ['out CNAME www.example.com.']],
    [`out.${D} CNAME`, ['out CNAME www.example.com.']],
    [`alias.${D} A`, ['alias CNAME web', 'web A 10.96.1.1']],
    ['10-0-0-1.default.pod.cluster.local A', ['10-0-0-1.default.pod.cluster.local. A 10.0.0.1']],
    ['fd00--1.default.pod.cluster.local AAAA', ['fd00--1.default.pod.cluster.local. AAAA fd00::1']],
    ['dns-version.cluster.local TXT', ['dns-version.cluster.local. TXT "1.1.0"']],
    ['1.1.96.10.in-addr.arpa PTR', ['1.1.96.10.in-addr.arpa. PTR web']],
    ['2.0.244.10.in-addr.arpa PTR', ['2.0.244.10.in-addr.arpa. PTR db-0.db']],
    [
      '2.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.6.9.0.0.0.0.d.f.ip6.arpa PTR',
      ['2.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.6.9.0.0.0.0.d.f.ip6.arpa. PTR both'],
    ],
    ['cluster.local NS', ['cluster.local. NS ns.dns.cluster.local.'], ['ns.dns.cluster.local. A 10.96.0.10']],
    ['ns.dns.cluster.local A', ['ns.dns.cluster.local. A 10.96.0.10']],
  ])('%s', async (question, answers, additionals = []) => {
    const [name = '', type = ''] = question.split(' ');
    const answer = await ask(name, type);
    expect({ ...answer, answers: lines(answer.answers), additionals: lines(answer.additionals) }).toEqual({
      code: 'NOERROR',
      authoritative: true,
      answers,
      authorities: [],
      additionals,
    });
  });

  test.each<[question: string, code: string]>([
    // It is there, and has nothing of this type.
    [`web.${D} AAAA`, 'NOERROR'],
    [`web.${D} TXT`, 'NOERROR'],
    [`web.${D} MX`, 'NOERROR'],
    [`web.${D} CNAME`, 'NOERROR'],
    [`web.${D} SOA`, 'NOERROR'],
    [`web.${D} TYPE65`, 'NOERROR'],
    [`out.${D} SRV`, 'NOERROR'],
    [`loop.${D} A`, 'NOERROR'],
    [`nowhere.${D} A`, 'NOERROR'],
    ['cluster.local A', 'NOERROR'],
    ['svc.cluster.local A', 'NOERROR'],
    ['pod.cluster.local A', 'NOERROR'],
    ['default.svc.cluster.local A', 'NOERROR'],
    ['default.pod.cluster.local A', 'NOERROR'],
    ['svc.cluster.local NS', 'NOERROR'],
    // Nothing of that name.
    [`none.${D} A`, 'NXDOMAIN'],
    [`none.${D} TXT`, 'NXDOMAIN'],
    [`none.${D} NS`, 'NXDOMAIN'],
    [`empty.${D} A`, 'NXDOMAIN'],
    [`db-2.db.${D} A`, 'NXDOMAIN'],
    [`_none._tcp.web.${D} SRV`, 'NXDOMAIN'],
    [`_http._udp.web.${D} SRV`, 'NXDOMAIN'],
    [`x.out.${D} CNAME`, 'NXDOMAIN'],
    [`a.b.c.web.${D} A`, 'NXDOMAIN'],
    ['web.other.svc.cluster.local A', 'NXDOMAIN'],
    ['other.svc.cluster.local A', 'NXDOMAIN'],
    ['foo.cluster.local A', 'NXDOMAIN'],
    ['x.default.pod.cluster.local A', 'NXDOMAIN'],
    ['300-0-0-1.default.pod.cluster.local A', 'NXDOMAIN'],
    ['10-0-0-1.other.pod.cluster.local A', 'NXDOMAIN'],
    ['9.9.9.9.in-addr.arpa PTR', 'NXDOMAIN'],
  ])('%s: nothing, and who says so', async (question, code) => {
    const [name = '', type = ''] = question.split(' ');
    const answer = await ask(name, type);
    expect(answer).toMatchObject({ code, authoritative: true, answers: [], additionals: [] });
    const zone = name.endsWith('arpa') ? 'in-addr.arpa' : 'cluster.local';
    expect(answer.authorities.map(recordData)).toEqual([
      expect.stringMatching(new RegExp(`^ns\\.dns\\.${zone}\\. hostmaster\\.${zone}\\. [0-9]+ 7200 1800 86400 5$`)),
    ]);
  });

  test.each(['www.example.com A', 'local A', 'notcluster.local A', 'cluster.local AXFR'])(
    '%s is refused',
    async (q) => {
      const [name = '', type = ''] = q.split(' ');
      expect(await ask(name, type)).toEqual({
        code: 'REFUSED',
        authoritative: false,
        answers: [],
        authorities: [],
        additionals: [],
      });
    },
  );
});

describe('dns NAME --from POD', () => {
  async function queries(line: string): Promise<string[]> {
    const told = JSON.parse(await cluster.ok(`dns ${line} -o json`));
    return told.attempts.map(
      (one: { name: string; code: string; noData: boolean }) => `${one.name} ${one.noData ? 'no data' : one.code}`,
    );
  }

  test.each<[line: string, queries: string[]]>([
    ['web --from client', [`web.${D}. NOERROR`]],
    ['web.default --from client', [`web.default.${D}. NXDOMAIN`, `web.${D}. NOERROR`]],
    [`web.${D}. --from client`, [`web.${D}. NOERROR`]],
    // Four dots are fewer than five: the search list comes first, in vain.
    [
      `web.${D} --from client`,
      [
        `web.${D}.${D}. NXDOMAIN`,
        `web.${D}.svc.cluster.local. NXDOMAIN`,
        `web.${D}.cluster.local. NXDOMAIN`,
        `web.${D}. NOERROR`,
      ],
    ],
    [
      'web --from client --type aaaa',
      [`web.${D}. no data`, 'web.svc.cluster.local. NXDOMAIN', 'web.cluster.local. NXDOMAIN', 'web. REFUSED'],
    ],
    ['web.default --from own', [`web.${D}. NOERROR`]],
    ['web.default.svc --from own', ['web.default.svc. REFUSED', 'web.default.svc.svc.cluster.local. NXDOMAIN']],
    [
      'shop --from more',
      [
        `shop.${D}. NXDOMAIN`,
        'shop.svc.cluster.local. NXDOMAIN',
        'shop.cluster.local. NXDOMAIN',
        'shop.example.com. REFUSED',
        'shop. REFUSED',
      ],
    ],
    ['web --from host', ['web. REFUSED']],
    ['web', ['web. REFUSED']],
    ['10.96.1.1', ['1.1.96.10.in-addr.arpa. NOERROR']],
  ])('%s', async (line, expected) => {
    expect(await queries(line)).toEqual(expected);
  });

  test('prints the resolv.conf, each query and the answer', async () => {
    expect(await cluster.ok('dns web.default --from default/client')).toBe(
      `search default.svc.cluster.local svc.cluster.local cluster.local
nameserver 10.96.0.10
options ndots:5

    QUERY                                    TYPE   SERVER       ANSWER
1   web.default.default.svc.cluster.local.   A      10.96.0.10   NXDOMAIN
2   web.default.svc.cluster.local.           A      10.96.0.10   NOERROR

NAME                             TTL   TYPE   DATA
web.default.svc.cluster.local.   5     A      10.96.1.1
`,
    );
    expect(await cluster.ok('dns nope. --from client')).toContain(
      'nope. is not a name of the cluster, and nothing is forwarded.',
    );
  });

  test('the options of a pod replace those that all pods have', async () => {
    const { config } = JSON.parse(await cluster.ok('dns web --from more -o json'));
    expect(config).toEqual({
      nameservers: ['10.96.0.10'],
      searches: [D, 'svc.cluster.local', 'cluster.local', 'example.com'],
      options: ['ndots:1', 'edns0'],
    });
  });

  test.each([
    ['dns', 'error: one NAME must be given'],
    ['dns web --type XYZ', 'error: --type must be one of [A AAAA SRV PTR TXT CNAME NS SOA MX ANY], not XYZ'],
    ['dns web --from none', 'Error from server (NotFound): pods "none" not found'],
    ['dns a..b', 'error: "a..b" is not a name of DNS'],
    ['dns web -o wide', "error: --output must be 'yaml' or 'json'"],
  ])('%s is an error', async (line, message) => {
    const { err, code } = await cluster.run(line);
    expect(err).toContain(message);
    expect(code).toBe(1);
  });
});

test('a cluster with a kube-dns service is asked there', async () => {
  await cluster.ok('create service clusterip kube-dns -n kube-system --clusterip=10.96.0.53 --tcp=53:53');
  expect(lines((await ask('cluster.local', 'NS')).answers)).toEqual([
    'cluster.local. NS kube-dns.kube-system.svc.cluster.local.',
  ]);
  const { attempts } = JSON.parse(await cluster.ok('dns web --from client -o json'));
  expect(attempts).toMatchObject([{ server: '10.96.0.53', code: 'NOERROR' }]);
  await cluster.ok('delete service kube-dns -n kube-system');
});
