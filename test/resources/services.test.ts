/** Services, their addresses and ports, and who stands behind them. */
import type { KubeObject } from '../../src/apimachinery/meta';
import { formatTime } from '../../src/apimachinery/time';
import { contextWith, created, NOW, read, row, stored, updated } from './judged';

const service = (spec: string, name = 's') =>
  `{apiVersion: v1, kind: Service, metadata: {name: ${name}}, spec: ${spec}}`;
const PORTS = 'ports: [{port: 80}]';

test('defaults of a service', async () => {
  const { spec, status } = await stored(service(`{${PORTS}}`));
  expect(spec).toEqual({
    ports: [{ port: 80, protocol: 'TCP', targetPort: 80 }],
    type: 'ClusterIP',
    sessionAffinity: 'None',
    internalTrafficPolicy: 'Cluster',
    ipFamilies: ['IPv4'],
    ipFamilyPolicy: 'SingleStack',
    clusterIP: expect.stringMatching(/^10\.(9[6-9]|1[01]\d)\.\d+\.\d+$/),
    clusterIPs: [spec.clusterIP],
  });
  expect(status).toEqual({ loadBalancer: {} });
});

describe('addresses', () => {
  test('the same service gets the same address, another one another', async () => {
    const address = async (name: string) => (await stored(service(`{${PORTS}}`, name))).spec.clusterIP;
    expect(await address('a')).toBe(await address('a'));
    expect(await address('a')).not.toBe(await address('b'));
  });

  test('no two services share one', async () => {
    const all: KubeObject[] = [];
    for (let i = 0; i < 60; i++)
      all.push(await stored(service(`{${PORTS}, type: NodePort}`, `s${i}`), contextWith(all)));
    expect(new Set(all.map((one) => one.spec.clusterIP)).size).toBe(60);
    expect(new Set(all.map((one) => one.spec.ports[0].nodePort)).size).toBe(60);
    for (const one of all) {
      expect(one.spec.ports[0].nodePort).toBeGreaterThanOrEqual(30000);
      expect(one.spec.ports[0].nodePort).toBeLessThanOrEqual(32767);
    }
  });

  test('one may be chosen, and no one else gets it', async () => {
    const first = await stored(service(`{${PORTS}, clusterIP: 10.96.0.10}`));
    expect(first.spec.clusterIPs).toEqual(['10.96.0.10']);
    const second = await created(service(`{${PORTS}, clusterIP: 10.96.0.10}`, 't'), contextWith([first]));
    expect(second.errors).toEqual([
      'Service "t" is invalid: spec.clusterIPs: Invalid value: ["10.96.0.10"]: failed to allocate IP 10.96.0.10: provided IP is already allocated',
    ]);
    // The deleted service gave it back.
    await stored(service(`{${PORTS}, clusterIP: 10.96.0.10}`, 't'));
  });

  test('one outside the range is refused', async () => {
    const { errors } = await created(service(`{${PORTS}, clusterIP: 10.0.0.1}`));
    expect(errors).toEqual([
      'Service "s" is invalid: spec.clusterIPs: Invalid value: ["10.0.0.1"]: failed to allocate IP 10.0.0.1: the provided network does not match the current range',
    ]);
  });

  test('a headless service and a name elsewhere have none', async () => {
    const headless = await stored(service(`{${PORTS}, clusterIP: None, selector: {a: b}}`));
    expect(headless.spec).toMatchObject({
      clusterIP: 'None',
      clusterIPs: ['None'],
      ipFamilies: ['IPv4'],
      ipFamilyPolicy: 'SingleStack',
    });
    const selectsNothing = await stored(service(`{${PORTS}, clusterIP: None}`));
    expect(selectsNothing.spec).toMatchObject({ ipFamilies: ['IPv4', 'IPv6'], ipFamilyPolicy: 'RequireDualStack' });
    const external = await stored(service('{type: ExternalName, externalName: a.b}'));
    expect(external.spec).not.toHaveProperty('clusterIP');
    expect(external.spec).not.toHaveProperty('ipFamilies');
  });

  test('a node port that is taken is refused', async () => {
    const first = await stored(service('{type: NodePort, ports: [{port: 80, nodePort: 31000}]}'));
    const second = await created(
      service('{type: NodePort, ports: [{port: 80, nodePort: 31000}]}', 't'),
      contextWith([first]),
    );
    expect(second.errors).toEqual([
      'Service "t" is invalid: spec.ports[0].nodePort: Invalid value: 31000: provided port is already allocated',
    ]);
  });
});

test.each([
  ['{}', ['spec.ports: Required value']],
  [
    '{ports: [{}]}',
    [
      'spec.ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive',
      'spec.ports[0].targetPort: Invalid value: 0: must be between 1 and 65535, inclusive',
    ],
  ],
  [
    '{ports: [{port: 70000}]}',
    [
      'spec.ports[0].port: Invalid value: 70000: must be between 1 and 65535, inclusive',
      'spec.ports[0].targetPort: Invalid value: 70000: must be between 1 and 65535, inclusive',
    ],
  ],
  ['{ports: [{port: 80}, {port: 81}]}', ['spec.ports[0].name: Required value', 'spec.ports[1].name: Required value']],
  [
    '{ports: [{port: 80, name: a}, {port: 80, name: b}]}',
    [
      'spec.ports[1]: Duplicate value: {"Name":"","Protocol":"TCP","AppProtocol":null,"Port":80,"TargetPort":0,"NodePort":0}',
    ],
  ],
  [
    '{ports: [{port: 80, protocol: HTTP}], sessionAffinity: Maybe}',
    [
      'spec.ports[0].protocol: Unsupported value: "HTTP": supported values: "SCTP", "TCP", "UDP"',
      'spec.sessionAffinity: Unsupported value: "Maybe": supported values: "ClientIP", "None"',
    ],
  ],
  [
    `{${PORTS}, type: Odd}`,
    ['spec.type: Unsupported value: "Odd": supported values: "ClusterIP", "ExternalName", "LoadBalancer", "NodePort"'],
  ],
  [
    '{ports: [{port: 80, nodePort: 31000}]}',
    [`spec.ports[0].nodePort: Forbidden: may not be used when \`type\` is 'ClusterIP'`],
  ],
  ['{type: ExternalName}', ['spec.externalName: Required value']],
  [
    `{${PORTS}, externalTrafficPolicy: Local}`,
    ['spec.externalTrafficPolicy: Invalid value: "Local": may only be set for externally-accessible services'],
  ],
])('complaints about a service of %s', async (spec, expected) => {
  expect((await created(service(spec))).errors).toEqual(expected);
});

describe('changes', () => {
  test('the address stays', async () => {
    const { errors } = await updated(await stored(service(`{${PORTS}}`)), (object) => {
      object.spec.clusterIP = '10.96.7.7';
    });
    expect(errors).toEqual(['spec.clusterIPs[0]: Invalid value: ["10.96.7.7"]: may not change once set']);
  });

  test('it is kept when a manifest leaves it out', async () => {
    const old = await stored(service(`{${PORTS}, type: NodePort}`));
    const { object, errors } = await updated(old, (now) => {
      delete now.spec.clusterIP;
      delete now.spec.clusterIPs;
      delete now.spec.ports[0].nodePort;
    });
    expect(errors).toEqual([]);
    expect(object.spec.clusterIP).toBe(old.spec.clusterIP);
    expect(object.spec.ports[0].nodePort).toBe(old.spec.ports[0].nodePort);
  });

  test('a name elsewhere takes address and port away, and a type that needs them brings new ones', async () => {
    const old = await stored(service(`{${PORTS}, type: NodePort}`));
    const away = await updated(old, (now) => {
      now.spec = { type: 'ExternalName', externalName: 'a.b', ports: now.spec.ports };
      delete now.spec.ports[0].nodePort;
    });
    expect(away.errors).toEqual([]);
    expect(away.object.spec).not.toHaveProperty('clusterIP');
    const back = await updated(away.object, (now) => {
      now.spec.type = 'NodePort';
      delete now.spec.externalName;
    });
    expect(back.errors).toEqual([]);
    expect(back.object.spec.clusterIP).toMatch(/^10\./);
    expect(back.object.spec.ports[0].nodePort).toBeGreaterThanOrEqual(30000);
  });

  test('a service that no longer is reached from outside gives its node port back', async () => {
    const { object, errors } = await updated(await stored(service(`{${PORTS}, type: NodePort}`)), (now) => {
      now.spec.type = 'ClusterIP';
    });
    expect(errors).toEqual([]);
    expect(object.spec.ports[0]).not.toHaveProperty('nodePort');
  });
});

test.each([
  [`{${PORTS}, clusterIP: 10.96.0.9}`, {}, ['ClusterIP', '10.96.0.9', '<none>', '80/TCP', '<none>']],
  [
    '{type: NodePort, clusterIP: 10.96.0.9, ports: [{port: 80, name: w, nodePort: 31000}, {port: 53, protocol: UDP, name: d, nodePort: 31001}], selector: {b: c, a: b}}',
    {},
    ['NodePort', '10.96.0.9', '<none>', '80:31000/TCP,53:31001/UDP', 'a=b,b=c'],
  ],
  [
    '{type: LoadBalancer, clusterIP: 10.96.0.9, ports: [{port: 80, nodePort: 31000}]}',
    {},
    ['LoadBalancer', '10.96.0.9', '<pending>', '80:31000/TCP', '<none>'],
  ],
  [
    '{type: LoadBalancer, clusterIP: 10.96.0.9, ports: [{port: 80, nodePort: 31000}]}',
    { loadBalancer: { ingress: [{ ip: '1.2.3.4' }] } },
    ['LoadBalancer', '10.96.0.9', '1.2.3.4', '80:31000/TCP', '<none>'],
  ],
  [`{${PORTS}, clusterIP: None}`, {}, ['ClusterIP', 'None', '<none>', '80/TCP', '<none>']],
  ['{type: ExternalName, externalName: a.b}', {}, ['ExternalName', '<none>', 'a.b', '<none>', '<none>']],
  [
    `{${PORTS}, clusterIP: 10.96.0.9, externalIPs: [1.1.1.1, 2.2.2.2]}`,
    {},
    ['ClusterIP', '10.96.0.9', '1.1.1.1,2.2.2.2', '80/TCP', '<none>'],
  ],
])('columns of a service of %s', async (spec, status, [type, address, external, ports, selector]) => {
  expect(await row({ ...(await stored(service(spec))), status })).toMatchObject({
    Type: type,
    'Cluster-IP': address,
    'External-IP': external,
    'Port(s)': ports,
    Selector: selector,
  });
});

test('columns of endpoints and of their slices', async () => {
  const [endpoints, slice] = read(`
apiVersion: v1
kind: Endpoints
metadata: {name: e}
subsets:
- addresses: [{ip: 10.0.0.1}, {ip: 10.0.0.2}, {ip: 10.0.0.3}, {ip: 10.0.0.4}]
  ports: [{port: 80, protocol: TCP}]
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: e}
addressType: IPv4
ports: [{port: 80, protocol: TCP, name: ""}]
endpoints: [{addresses: [10.0.0.1]}, {addresses: [10.0.0.2]}, {addresses: [10.0.0.3]}, {addresses: [10.0.0.4]}]
`) as [KubeObject, KubeObject];
  expect(await row(endpoints)).toMatchObject({ Endpoints: '10.0.0.1:80,10.0.0.2:80,10.0.0.3:80 + 1 more...' });
  expect(await row(slice)).toMatchObject({
    AddressType: 'IPv4',
    Ports: '80',
    Endpoints: '10.0.0.1,10.0.0.2,10.0.0.3 + 1 more...',
  });
});

test('complaints about slices', async () => {
  const { errors } = await created(`
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: e}
addressType: IPv4
endpoints: [{addresses: [a.b]}, {addresses: []}]
`);
  expect(errors).toEqual([
    'endpoints[0].addresses[0]: Invalid value: "a.b": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
    'endpoints[1].addresses: Required value: must contain at least 1 address',
  ]);
});

test('columns of an event', async () => {
  const ago = (seconds: number) => formatTime(NOW - seconds * 1000);
  const [event] = read(`
apiVersion: v1
kind: Event
metadata: {name: p.1}
involvedObject: {kind: Pod, name: p, namespace: default, fieldPath: "spec.containers{c}"}
reason: Started
message: " Started container "
type: Normal
source: {component: kubelet, host: n1}
count: 3
firstTimestamp: "${ago(600)}"
lastTimestamp: "${ago(60)}"
`) as [KubeObject];
  expect(await row(event)).toMatchObject({
    'Last Seen': '60s',
    Type: 'Normal',
    Reason: 'Started',
    Object: 'pod/p',
    Subobject: 'spec.containers{c}',
    Source: 'kubelet, n1',
    Message: 'Started container',
    'First Seen': '10m',
    Count: 3,
    Name: 'p.1',
  });
});
