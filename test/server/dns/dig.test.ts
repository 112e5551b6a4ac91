/** The real dig (Debian's dnsutils) asks for every row of the Kubernetes DNS specification 1.1.0. */
import { execFile, spawnSync } from 'node:child_process';
import { promisify } from 'node:util';
import { askCluster } from '../../../src/server/dns/ask-cluster';
import { DNSListener } from '../../../src/server/dns/dns-listener';
import { memoryCluster } from '../../commands/harness';

const isThere = spawnSync('dig', ['-v']).error === undefined;
if (!isThere) console.warn('dig is not installed (Debian: bind9-dnsutils): its tests are skipped');
const withDig = isThere ? describe : describe.skip;

const MANIFESTS = `
apiVersion: v1
kind: Service
metadata: {name: six}
spec: {ipFamilies: [IPv6], ports: [{name: https, port: 443}], clusterIP: 'fd00:96::6', clusterIPs: ['fd00:96::6']}
---
apiVersion: v1
kind: Service
metadata: {name: headless}
spec: {clusterIP: None, ports: [{name: https, port: 443}, {name: stats, port: 9000, protocol: UDP}]}
---
apiVersion: v1
kind: Service
metadata: {name: unready}
spec: {clusterIP: None, ports: [{port: 80}]}
---
apiVersion: v1
kind: Service
metadata: {name: foo}
spec: {type: ExternalName, externalName: www.example.com}
---
apiVersion: v1
kind: Service
metadata: {name: crowd}
spec: {clusterIP: None, ports: [{name: http, port: 80}]}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: headless-4, labels: {kubernetes.io/service-name: headless}}
addressType: IPv4
endpoints:
- {addresses: [10.3.0.100], hostname: my-pet}
- {addresses: [10.3.0.101], hostname: my-pet-2}
- {addresses: [10.3.0.102]}
- {addresses: [10.3.0.103], hostname: gone, conditions: {ready: false}}
ports: [{name: https, port: 443}, {name: stats, port: 9000, protocol: UDP}]
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: headless-6, labels: {kubernetes.io/service-name: headless}}
addressType: IPv6
endpoints: [{addresses: ['2001:db8::1'], hostname: my-pet}]
ports: [{name: https, port: 443}, {name: stats, port: 9000, protocol: UDP}]
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: unready-4, labels: {kubernetes.io/service-name: unready}}
addressType: IPv4
endpoints: [{addresses: [10.3.0.200], conditions: {ready: false}}]
ports: [{port: 80}]
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: crowd-4, labels: {kubernetes.io/service-name: crowd}}
addressType: IPv4
endpoints: [${Array.from({ length: 100 }, (_, i) => `{addresses: [10.4.0.${i + 1}]}`).join(', ')}]
ports: [{name: http, port: 80}]
`;

withDig('dig', () => {
  let listener: DNSListener;
  beforeAll(async () => {
    const cluster = await memoryCluster({ settings: { serviceCIDR: '10.96.0.0/16,fd00:96::/112' } });
    cluster.write('dns.yaml', MANIFESTS);
    await cluster.ok('create -f dns.yaml');
    listener = await DNSListener.open({ host: '127.0.0.1', port: 0, answer: askCluster(cluster.client.transport) });
  });
  afterAll(() => listener.close());

  async function dig(...question: string[]) {
    const words = ['@127.0.0.1', '-p', String(listener.port), '+tries=1', '+time=5', '+nocookie', ...question];
    const { stdout } = await promisify(execFile)('dig', words, { env: { ...process.env, HOME: '/nonexistent' } });
    const section = (name: string) =>
      (new RegExp(`;; ${name} SECTION:\n((?:[^;\n].*\n)+)`).exec(stdout)?.[1] ?? '')
        .trimEnd()
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => line.replace(/\s+/g, ' '));
    return {
      status: /status: ([A-Z]+)/.exec(stdout)?.[1],
      flags: /;; flags: ([a-z ]*);/.exec(stdout)?.[1],
      answers: section('ANSWER'),
      authority: section('AUTHORITY'),
      additional: section('ADDITIONAL'),
      text: stdout,
    };
  }

  const svc = (name: string) => `${name}.default.svc.cluster.local.`;

  test.each<[row: string, question: string[], answers: string[]]>([
    ['2.2 schema version', ['dns-version.cluster.local.', 'TXT'], ['dns-version.cluster.local. 28800 IN TXT "1.1.0"']],
    ['2.3.1 A', [svc('kubernetes')], [`${svc('kubernetes')} 5 IN A 10.96.0.1`]],
    ['2.3.1 AAAA', [svc('six'), 'AAAA'], [`${svc('six')} 5 IN AAAA fd00:96::6`]],
    [
      '2.3.2 SRV',
      [svc('_https._tcp.kubernetes'), 'SRV'],
      [`${svc('_https._tcp.kubernetes')} 5 IN SRV 0 100 443 ${svc('kubernetes')}`],
    ],
    ['2.3.3 PTR', ['-x', '10.96.0.1'], [`1.0.96.10.in-addr.arpa. 5 IN PTR ${svc('kubernetes')}`]],
    [
      '2.3.3 PTR of IPv6',
      ['-x', 'fd00:96::6'],
      [`6.${'0.'.repeat(23)}6.9.0.0.0.0.d.f.ip6.arpa. 5 IN PTR ${svc('six')}`],
    ],
    [
      '2.4.1 A of a headless service',
      [svc('headless')],
      ['10.3.0.100', '10.3.0.101', '10.3.0.102'].map((ip) => `${svc('headless')} 5 IN A ${ip}`),
    ],
    ['2.4.1 A of a hostname', [svc('my-pet.headless')], [`${svc('my-pet.headless')} 5 IN A 10.3.0.100`]],
    ['2.4.1 AAAA of a headless service', [svc('headless'), 'AAAA'], [`${svc('headless')} 5 IN AAAA 2001:db8::1`]],
    ['2.4.1 AAAA of a hostname', [svc('my-pet.headless'), 'AAAA'], [`${svc('my-pet.headless')} 5 IN AAAA 2001:db8::1`]],
    [
      '2.4.2 SRV, one for each named port and endpoint',
      [svc('_https._tcp.headless'), 'SRV'],
      ['my-pet', 'my-pet-2', '10-3-0-102'].map(
        (host) => `${svc('_https._tcp.headless')} 5 IN SRV 0 25 443 ${svc(`${host}.headless`)}`,
      ),
    ],
    ['2.4.3 PTR', ['-x', '10.3.0.100'], [`100.0.3.10.in-addr.arpa. 5 IN PTR ${svc('my-pet.headless')}`]],
    [
      '2.4.3 PTR of IPv6',
      ['-x', '2001:db8::1'],
      [`1.${'0.'.repeat(23)}8.b.d.0.1.0.0.2.ip6.arpa. 5 IN PTR ${svc('my-pet.headless')}`],
    ],
    ['2.5 CNAME', [svc('foo')], [`${svc('foo')} 5 IN CNAME www.example.com.`]],
    ['2.5 CNAME for IPv6', [svc('foo'), 'AAAA'], [`${svc('foo')} 5 IN CNAME www.example.com.`]],
    ['names are compared without case', [svc('KUBERNETES')], [`${svc('KUBERNETES')} 5 IN A 10.96.0.1`]],
  ])('%s', async (_, question, answers) => {
    for (const transport of [['+notcp'], ['+tcp']]) {
      const got = await dig(...transport, ...question);
      expect({ status: got.status, flags: got.flags, answers: got.answers }).toEqual({
        status: 'NOERROR',
        flags: 'qr aa rd',
        answers,
      });
    }
  });

  test.each([
    ['2.4.1 no ready endpoint', [svc('unready')], 'NXDOMAIN', 'qr aa rd'],
    ['no such service', [svc('none')], 'NXDOMAIN', 'qr aa rd'],
    ['nothing of this type', [svc('kubernetes'), 'AAAA'], 'NOERROR', 'qr aa rd'],
    ['a type of no interest', [svc('kubernetes'), 'HTTPS'], 'NOERROR', 'qr aa rd'],
    ['not of the cluster', ['www.example.com.'], 'REFUSED', 'qr rd'],
    ['another class', [svc('kubernetes'), '-c', 'CH'], 'REFUSED', 'qr rd'],
    ['a version of EDNS that is not there yet', ['+edns=1', '+noednsneg', svc('kubernetes')], 'BADVERS', 'qr rd'],
    ['another opcode', ['+opcode=NOTIFY', svc('kubernetes')], 'NOTIMP', 'qr rd'],
  ])('%s', async (_, question, status, flags) => {
    const got = await dig(...question);
    expect({ status: got.status, flags: got.flags, answers: got.answers }).toEqual({ status, flags, answers: [] });
    if (flags.includes('aa'))
      expect(got.authority).toEqual([expect.stringMatching(/^cluster\.local\. 5 IN SOA ns\.dns/)]);
  });

  test('what an SRV record points to is told besides', async () => {
    const { additional } = await dig(svc('_stats._udp.headless'), 'SRV');
    expect(additional).toEqual([
      `${svc('my-pet.headless')} 5 IN A 10.3.0.100`,
      `${svc('my-pet-2.headless')} 5 IN A 10.3.0.101`,
      `${svc('10-3-0-102.headless')} 5 IN A 10.3.0.102`,
      `${svc('my-pet.headless')} 5 IN AAAA 2001:db8::1`,
    ]);
  });

  test('what is too long for the buffer is cut, and asked for over TCP', async () => {
    const plain = await dig('+noedns', '+ignore', svc('crowd'));
    expect(plain.flags).toBe('qr aa tc rd');
    // With names compressed a record is 16 bytes.
    expect(plain.answers).toHaveLength(Math.floor((512 - 12 - svc('crowd').length - 1 - 4) / 16));
    const larger = await dig('+bufsize=1232', '+ignore', svc('crowd'));
    expect(larger.flags).toBe('qr aa tc rd');
    expect(larger.answers.length).toBeGreaterThan(70);
    expect((await dig('+bufsize=4096', svc('crowd'))).answers).toHaveLength(100);
    const whole = await dig('+noedns', svc('crowd'));
    expect(whole.text).toContain('(TCP)');
    expect(whole.answers).toHaveLength(100);
  });
});
