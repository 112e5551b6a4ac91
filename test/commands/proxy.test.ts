/** proxy and trace, as they are typed. */
import { memoryCluster, type TestCluster } from './harness';

const MANIFESTS = `
apiVersion: v1
kind: Pod
metadata: {name: web-a, labels: {app: web}}
spec: {nodeName: node-1, containers: [{name: c, image: web, ports: [{name: http, containerPort: 8080}]}]}
---
apiVersion: v1
kind: Pod
metadata: {name: web-b, labels: {app: web}}
spec: {nodeName: node-2, containers: [{name: c, image: web, ports: [{name: http, containerPort: 8080}]}]}
---
apiVersion: v1
kind: Pod
metadata: {name: client, labels: {app: client}}
spec: {nodeName: node-1, containers: [{name: c, image: web}]}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {type: LoadBalancer, selector: {app: web}, ports: [{name: http, port: 80, targetPort: http, nodePort: 30080}]}
---
apiVersion: v1
kind: Service
metadata: {name: local}
spec: {type: LoadBalancer, externalTrafficPolicy: Local, selector: {app: web}, ports: [{name: http, port: 81, targetPort: http, nodePort: 30081}]}
---
apiVersion: v1
kind: Service
metadata: {name: none}
spec: {selector: {app: nobody}, ports: [{port: 80}]}
---
apiVersion: v1
kind: Service
metadata: {name: two}
spec: {selector: {app: web}, ports: [{name: a, port: 80, targetPort: 8080}, {name: b, port: 53, protocol: UDP, targetPort: 8080}]}
---
apiVersion: v1
kind: Service
metadata: {name: bare}
spec: {clusterIP: None, selector: {app: web}, ports: [{name: http, port: 8080}]}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: shop}
spec:
  rules: [{host: shop.example.com, http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web, port: {name: http}}}}]}}]
`;

let cluster: TestCluster;

beforeAll(async () => {
  cluster = await memoryCluster({ nodes: 3 });
  cluster.write('all.yaml', MANIFESTS);
  await cluster.ok('apply -f all.yaml');
  await cluster.ok('tick --settle');
});

/** The last line, and one of those that begin with a word. */
async function traced(line: string): Promise<{ result: string; of(word: string): string[] }> {
  const out = await cluster.ok(`trace ${line}`);
  const lines = out.trimEnd().split('\n');
  const of = (word: string) => lines.filter((one) => one.startsWith(`${word} `)).map((one) => one.slice(8));
  return { result: of('RESULT')[0] ?? '', of };
}

describe('trace', () => {
  test('from a pod to a service: DNS, rules, backend, and back', async () => {
    const { result, of } = await traced('client web');
    expect(of('DNS')[0]).toMatch(/^client asks \S+ for web\.default\.svc\.cluster\.local\. A: 10\./);
    expect(of('TO')[0]).toContain('cluster IP of default/web');
    expect(of('SOURCE')[0]).toMatch(/^kept/);
    expect(of('BACK')).toContainEqual(
      expect.stringMatching(/^node-1 translates it back: to the client it comes from 10\.\S+:80$/),
    );
    expect(result).toMatch(/^answered: pod default\/web-[ab] gets it/);
  });

  test('many connections, as bars', async () => {
    const out = await cluster.ok('trace client web -n 100');
    const counts = [...out.matchAll(/ on node-\d\s+(\d+)\s+\d+%\s+█+/g)].map(([, count]) => Number(count));
    expect(counts).toHaveLength(2);
    expect(counts.reduce((a, b) => a + b)).toBe(100);
    expect(Math.min(...counts)).toBeGreaterThan(20);
    expect(await cluster.ok('trace client web -n 100')).toBe(out);
  });

  test.each(['iptables', 'nftables'])('no endpoints: rejected, in mode %s', async (mode) => {
    expect((await traced(`client none --mode ${mode}`)).result).toMatch(/^rejected/);
  });

  test('from outside: by node port, load balancer and ingress host', async () => {
    const port = await traced('203.0.113.7 node-3:30080');
    expect(port.of('SOURCE')[0]).toMatch(/^masqueraded: the backend sees 172\.18\.0\.\d instead of 203\.0\.113\.7/);
    expect(port.result).toMatch(/^answered/);
    const balanced = await traced('203.0.113.7 svc/web');
    expect(balanced.of('ROUTE')[0]).toContain('one of 3 that are ready');
    const local = await traced('203.0.113.7 svc/local');
    expect(local.of('ROUTE')[0]).toContain('one of 2 that have an endpoint');
    expect(local.of('SOURCE')[0]).toBe('kept: the backend sees 203.0.113.7');
    const shop = await traced('203.0.113.7 shop.example.com/cart');
    expect(shop.of('ROUTE')[0]).toContain('by default/shop: rule 1, path 1');
    expect(shop.result).toMatch(/^answered/);
  });

  test('Local where there is no endpoint: dropped for those outside, not for pods', async () => {
    expect((await traced('203.0.113.7 node-3:30081')).result).toMatch(/^dropped: node-3 drops it/);
    expect((await traced('client node-1:30081')).result).toMatch(/^answered/);
    const far = await traced('client node-3:30081');
    expect(far.of('ROUTE')[0]).toBe('node-1 has no rule for it, and routes it to node-3');
    expect(far.result).toMatch(/^answered/);
  });

  test('what leads nowhere', async () => {
    const web = JSON.parse(await cluster.ok('get service web -o json')).spec.clusterIP;
    expect((await traced(`203.0.113.7 ${web}:80`)).result).toContain('no route to it from outside');
    expect((await traced(`client ${web}:99`)).result).toContain('nobody has that address');
    expect((await traced(`client ${web}:99 --mode nftables`)).result).toMatch(/^rejected/);
    expect((await traced('client 10.96.200.200:80 --mode nftables')).result).toMatch(/^dropped/);
    expect((await traced('client 8.8.8.8:53')).result).toBe('sent: it leaves the cluster, to 8.8.8.8:53');
    expect((await traced('client 127.0.0.1:80')).result).toContain('never leaves it');
  });

  test('policies of both ends', async () => {
    cluster.write(
      'policy.yaml',
      `
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: web-in}
spec: {podSelector: {matchLabels: {app: web}}, ingress: [{from: [{podSelector: {matchLabels: {app: friend}}}], ports: [{port: http}]}]}
`,
    );
    await cluster.ok('apply -f policy.yaml');
    const denied = await traced('client web');
    expect(denied.of('EGRESS')[0]).toBe('allowed: no NetworkPolicy selects the pod');
    expect(denied.of('INGRESS')[0]).toMatch(/^denied: NetworkPolicy default\/web-in/);
    expect(denied.result).toMatch(/^denied/);
    await cluster.ok('label pod client app=friend --overwrite');
    expect((await traced('client web')).of('INGRESS')[0]).toBe(
      'allowed: by NetworkPolicy default/web-in, spec.ingress[0]',
    );
    await cluster.ok('label pod client app=client --overwrite');
    await cluster.ok('delete networkpolicy web-in');
  });

  test('ports by name and number; which one must be said where there are two', async () => {
    expect((await traced('client web:http')).result).toMatch(/^answered/);
    expect((await traced('client two:53')).of('TO')[0]).toContain(':53/UDP');
    expect((await cluster.run('trace client two')).err).toContain('one of its ports must be given: 80/TCP, 53/UDP');
    expect((await traced('client bare')).result).toMatch(/^answered: pod default\/web-/);
  });

  test('--rules shows them as they are written, --all each one', async () => {
    const out = await cluster.ok('trace client web --rules --all');
    expect(out).toContain('        -A KUBE-SERVICES -m comment --comment "default/web:http cluster IP" -m tcp -p tcp');
    expect(out).not.toContain('for others');
  });

  test('says what is wrong', async () => {
    const wrong = async (line: string) => (await cluster.run(line)).err;
    expect(await wrong('trace client')).toContain('a SOURCE and a DESTINATION must be given');
    expect(await wrong('trace nobody web')).toContain('nobody is no pod of namespace default, no node and no address');
    expect(await wrong('trace client nowhere')).toContain('nowhere is no name that client finds an address for');
    expect(await wrong('trace client web --mode tables')).toContain('mode must be one of');
    expect(await wrong('trace client web --protocol ICMP')).toContain('--protocol must be one of');
    expect(await wrong('trace client web -o wide')).toContain("--output must be 'yaml' or 'json'");
    expect(await wrong('trace client web:0')).toContain('0 is no port');
  });
});

describe('proxy', () => {
  test('rules: of a node, in a mode, counted', async () => {
    const iptables = await cluster.ok('proxy rules');
    expect(iptables).toContain('# for iptables-restore --noflush, on node-1');
    expect(iptables).toContain('default/web:http -> 10.244.0.');
    const nftables = await cluster.ok('proxy rules --mode nftables --node node-2');
    expect(nftables).toContain('# for nft -f -, on node-2');
    const counted = await cluster.ok('proxy rules --count');
    const [, rules] = /nat rules\s+(\d+)/.exec(counted) ?? [];
    const [, nat = ''] = iptables.split('*nat').slice(-2).join('*nat').split('*nat').slice(-2);
    expect(nat.split('\n').filter((line) => line.startsWith('-A'))).toHaveLength(Number(rules));
    expect((await cluster.run('proxy rules --node nowhere')).err).toContain('nodes "nowhere" not found');
  });

  test('mode: shown, set, refused', async () => {
    expect(await cluster.ok('proxy mode')).toBe('iptables\n');
    expect(await cluster.ok('proxy mode nftables')).toBe('kube-proxy set to mode nftables\n');
    expect(await cluster.ok('proxy rules')).toContain('add table ip kube-proxy');
    expect((await cluster.run('proxy mode tables')).err).toContain(
      'mode must be one of [iptables nftables ipvs userspace], not tables',
    );
    expect((await cluster.run('proxy mode --nodeport-addresses everywhere')).err).toContain(
      'invalid CIDR address: everywhere',
    );
    await cluster.ok('proxy mode iptables --masquerade-all');
    expect(JSON.parse(await cluster.ok('proxy mode -o json'))).toMatchObject({ mode: 'iptables', masqueradeAll: true });
    await cluster.ok('proxy mode --masquerade-all=false');
  });

  test('sync: what has changed since the last time', async () => {
    expect(await cluster.ok('proxy sync')).toContain('A full sync');
    await cluster.ok('delete pod web-b');
    await cluster.ok('tick --settle');
    const explained = await cluster.ok('proxy sync --explain --mode iptables');
    expect(explained).toMatch(/Service default\/web has lost endpoint 10\.244\.1\.\d/);
    expect(explained).toMatch(/remove\s+chain KUBE-SEP-\w+\s+2 rules/);
    expect(await cluster.ok('proxy sync')).toContain('Nothing has changed since the last sync');
  });
});
