import { parseCertificateRequest } from '../../src/printers/describe/certificate-request';
import { writeContainers } from '../../src/printers/describe/containers';
import { describeEndpointSlice } from '../../src/printers/describe/endpoints';
import { seen, writeEvents } from '../../src/printers/describe/events';
import { describeGeneric, labelFor } from '../../src/printers/describe/generic';
import { describeHorizontalPodAutoscaler } from '../../src/printers/describe/horizontal-pod-autoscaler';
import { describeJob } from '../../src/printers/describe/job';
import { writeAnnotations, writeLabels } from '../../src/printers/describe/maps';
import { describeNetworkPolicy } from '../../src/printers/describe/network-policy';
import { describeNode } from '../../src/printers/describe/node';
import { describePersistentVolume } from '../../src/printers/describe/persistent-volume';
import { podAmounts } from '../../src/printers/describe/pod-resources';
import { describeRole } from '../../src/printers/describe/role';
import { endpointsText } from '../../src/printers/describe/service';
import { base64Length } from '../../src/printers/describe/values';
import { writeVolumes } from '../../src/printers/describe/volumes';
import { described } from '../../src/printers/describe/writer';

const now = Date.parse('2026-01-01T01:00:00Z');
const metadata = { name: 'x', namespace: 'default', creationTimestamp: '2026-01-01T00:00:00Z' };

describe('the writer', () => {
  test('lays columns out, and those behind a flush by themselves', () => {
    const text = described((writer) => {
      writer.field(0, 'A long title', 1);
      writer.field(1, 'B', 2);
      writer.flush();
      writer.field(0, 'C', 3);
    });
    expect(text).toBe('A long title:  1\n  B:           2\nC:  3\n');
  });
  test('shows escape sequences instead of sending them', () => {
    expect(described((writer) => writer.field(0, 'A', '\x1b[31mred\r'))).toBe('A:  ^[[31mred\\r\n');
  });
  test('further in', () => {
    const text = described((writer) => writeLabels(writer.nested(1), 'Labels', { a: 'b', c: 'd' }));
    expect(text).toBe('  Labels:    a=b\n              c=d\n'.replace('              c', '             c'));
  });
});

test('annotations: long ones below their key, at most 140 bytes of a line', () => {
  const annotations = {
    'kubectl.kubernetes.io/last-applied-configuration': '{}',
    short: 'yes\n',
    long: 'x'.repeat(150),
    lines: 'a\nb',
  };
  expect(described((writer) => writeAnnotations(writer, 'Annotations', annotations))).toBe(
    [
      'Annotations:  lines:',
      '                a',
      '                b',
      '              long:',
      `                ${'x'.repeat(138)}...`,
      '              short: yes',
      '',
    ].join('\n'),
  );
  expect(described((writer) => writeAnnotations(writer, 'A', { k: 'é'.repeat(70) }))).toBe(
    `A:  k:\n      ${'é'.repeat(69)}...\n`,
  );
});

test.each([
  ['apiVersion', 'API Version'],
  ['uid', 'UID'],
  ['externalIPs', 'External I Ps'],
  ['UUIDs', 'UUIDs'],
  ['snake_case', 'snake_case'],
  ['foo-bar', 'Foo - Bar'],
  ['XMLHttpRequest', 'XMLHttp Request'],
])('a field %s is shown as %s', (field, label) => {
  expect(labelFor(field)).toBe(label);
});

test('any object by its fields', () => {
  const object = {
    apiVersion: 'ex.io/v1',
    kind: 'Foo',
    metadata: { ...metadata, uid: 'u', managedFields: [{}] },
    spec: { list: [1, 'a', { b: null }], nested: [[1, 2]], ratio: 1.5, empty: {} },
  };
  expect(describeGeneric(object, { now })).toBe(
    [
      'Name:         x',
      'Namespace:    default',
      'Labels:       <none>',
      'Annotations:  <none>',
      'API Version:  ex.io/v1',
      'Kind:         Foo',
      'Metadata:',
      '  Creation Timestamp:  2026-01-01T00:00:00Z',
      '  UID:                 u',
      'Spec:',
      '  Empty:',
      '  List:',
      '    1',
      '    a',
      '    B:  <nil>',
      '  Nested:',
      '    [1 2]',
      '  Ratio:  1.5',
      '',
    ].join('\n'),
  );
});

describe('events', () => {
  const at = (minute: number) => `2026-01-01T00:${String(minute).padStart(2, '0')}:00Z`;
  test('the latest at the end, fields of the object before the message', () => {
    const events = [
      { type: 'Normal', reason: 'B', lastTimestamp: at(50), firstTimestamp: at(50), message: ' later\n' },
      {
        type: 'Warning',
        reason: 'A',
        lastTimestamp: at(40),
        firstTimestamp: at(30),
        count: 3,
        message: 'm',
        source: { component: 'kubelet' },
        involvedObject: { fieldPath: 'spec.containers{a}' },
      },
    ];
    expect(described((writer) => writeEvents(writer, { now, events }))).toBe(
      [
        'Events:',
        '  Type     Reason  Age                From     Message',
        '  ----     ------  ----               ----     -------',
        '  Warning  A       20m (x3 over 30m)  kubelet  spec.containers{a}: m',
        '  Normal   B       10m                         later',
        '',
      ].join('\n'),
    );
  });
  test.each([
    [{ eventTime: at(0), firstTimestamp: null }, '60m'],
    [{ eventTime: at(0), series: { count: 4, lastObservedTime: at(59) } }, '60s (x4 over 60m)'],
    [{}, '<unknown>'],
  ])('%j was seen %s ago', (event, text) => {
    expect(seen(event, now)).toBe(text);
  });
  test('none, or not to be shown', () => {
    expect(described((writer) => writeEvents(writer, { now, events: [] }))).toBe('Events:  <none>\n');
    expect(described((writer) => writeEvents(writer, { now }))).toBe('');
  });
});

test('endpoints of a port: those that are ready, three of them by name', () => {
  const ready = (ip: string, isReady?: boolean) => ({ addresses: [ip], conditions: { ready: isReady } });
  const slices = (...endpoints: object[]) => [{ ports: [{ name: 'http', port: 80 }], endpoints }];
  expect(endpointsText([], 'http')).toBe('<none>');
  expect(endpointsText(slices(ready('1.1.1.1'), ready('1.1.1.2', false)), 'http')).toBe('1.1.1.1:80');
  expect(endpointsText(slices(ready('fd00::1')), 'http')).toBe('[fd00::1]:80');
  expect(endpointsText(slices(ready('1.1.1.1')), 'other')).toBe('');
  expect(endpointsText(slices(...['1', '2', '3', '4', '5'].map((ip) => ready(ip))), 'http')).toBe(
    '1:80,2:80,3:80 + 2 more...',
  );
  expect(endpointsText([{ ports: null, endpoints: [ready('1.1.1.1')] }], '')).toBe('1.1.1.1');
});

test('an endpoint slice that has nothing', () => {
  expect(describeEndpointSlice({ metadata, addressType: 'IPv4', ports: null, endpoints: null }, { now })).toBe(
    'Name:         x\nNamespace:    default\nLabels:       <none>\nAnnotations:  <none>\nAddressType:  IPv4\nPorts: <unset>\nEndpoints: <none>\n',
  );
});

test('rules of a role: by resource, their verbs together, in the order of their texts', () => {
  const rules = [
    { apiGroups: ['apps'], resources: ['deployments/scale'], verbs: ['get', 'update'] },
    { apiGroups: [''], resources: ['pods'], verbs: ['list'] },
    { apiGroups: [''], resources: ['pods'], verbs: ['watch', 'list'] },
    { apiGroups: [''], resources: ['secrets'], resourceNames: ['a'], verbs: ['get'] },
    { nonResourceURLs: ['/healthz'], verbs: ['get'] },
  ];
  const table = describeRole({ metadata, rules }).split('\n').slice(4);
  expect(table).toEqual([
    '  Resources               Non-Resource URLs  Resource Names  Verbs',
    '  ---------               -----------------  --------------  -----',
    '  deployments.apps/scale  []                 []              [get update]',
    '                          [/healthz]         []              [get]',
    '  secrets                 []                 [a]             [get]',
    '  pods                    []                 []              [list watch]',
    '',
  ]);
  expect(describeRole({ metadata, rules: null })).toMatch(/-----\n$/);
});

test('what a pod asks for: sidecars count beside init containers, its own requests come first', () => {
  const container = (cpu: string, more: object = {}) => ({ name: cpu, resources: { requests: { cpu } }, ...more });
  const cpu = (spec: object, status: object = {}, fromStatus = true) =>
    podAmounts({ spec, status }, 'requests', fromStatus).get('cpu')?.toString();
  expect(cpu({ containers: [container('100m'), container('0.2')] })).toBe('300m');
  expect(cpu({ containers: [container('100m')], initContainers: [container('1')] })).toBe('1');
  expect(
    cpu({
      containers: [container('100m')],
      initContainers: [container('50m', { restartPolicy: 'Always' }), container('200m')],
    }),
  ).toBe('250m');
  expect(cpu({ containers: [container('100m')], overhead: { cpu: '5m' } })).toBe('105m');
  expect(cpu({ containers: [container('100m')], resources: { requests: { cpu: '2' } } })).toBe('2');
  const status = { containerStatuses: [{ name: '100m', resources: { requests: { cpu: '300m' } } }] };
  expect(cpu({ containers: [container('100m')] }, status)).toBe('300m');
  expect(cpu({ containers: [container('100m')] }, status, false)).toBe('100m');
});

test('a node: taints in order, roles, and parts of what it has', () => {
  const node = {
    metadata: { ...metadata, labels: { 'node-role.kubernetes.io/b': '', 'kubernetes.io/role': 'a' } },
    spec: {
      taints: [
        { key: 'z', value: 'v', effect: 'NoSchedule' },
        { key: 'a', effect: 'NoExecute' },
      ],
    },
    status: { allocatable: { cpu: '4', memory: '8Gi', 'hugepages-2Mi': '1Gi', 'ex.io/gpu': '2', pods: '110' } },
  };
  const pod = {
    metadata: { name: 'p', namespace: 'n', creationTimestamp: '2026-01-01T00:30:00Z' },
    spec: {
      containers: [{ name: 'a', resources: { requests: { cpu: '1', 'ex.io/gpu': '1' }, limits: { memory: '1Gi' } } }],
    },
  };
  const text = describeNode(node, { now, pods: [pod], lease: { error: 'gone' }, resourceSlices: [] });
  expect(text).toContain('Roles:              a,b\n');
  expect(text).toMatch(/Taints: +a:NoExecute\n +z=v:NoSchedule\n/);
  expect(text).toMatch(/Lease: +Failed to get lease: gone\n/);
  expect(text).toMatch(/ {2}n +p +1 \(25%\) +0 \(0%\) +0 \(0%\) +1Gi \(12%\) +30m\n/);
  expect(text).toMatch(/ {2}hugepages-2Mi +0 \(0%\) +0 \(0%\)\n {2}ex.io\/gpu +1 +0\n$/);
  expect(describeNode(node, { now, pods: undefined, lease: {}, resourceSlices: [] })).toMatch(
    /Pods: +not authorized\n$/,
  );
});

test('network policies: peers, ports and ranges', () => {
  const policy = {
    metadata,
    spec: {
      podSelector: {},
      policyTypes: ['Ingress'],
      ingress: [
        {
          ports: [{ port: 1000, endPort: 2000 }],
          from: [{ ipBlock: { cidr: '10.0.0.0/8', except: ['10.1.0.0/16'] } }],
        },
        {},
      ],
    },
  };
  expect(describeNetworkPolicy(policy).split('\n').slice(5)).toEqual([
    'Spec:',
    '  PodSelector:     <none> (Allowing the specific traffic to all pods in this namespace)',
    '  Allowing ingress traffic:',
    '    To Port Range: 1000-2000/TCP',
    '    From:',
    '      IPBlock:',
    '        CIDR: 10.0.0.0/8',
    '        Except: 10.1.0.0/16',
    '    ----------',
    '    To Port: <any> (traffic allowed to all ports)',
    '    From: <any> (traffic not restricted by source)',
    '  Not affecting egress traffic',
    '  Policy Types: Ingress',
    '',
  ]);
});

test('an autoscaler whose metrics are not known yet', () => {
  const target = (more: object) => ({ name: 'cpu', target: more });
  const spec = {
    scaleTargetRef: { kind: 'Deployment', name: 'web' },
    maxReplicas: 3,
    metrics: [
      { type: 'Resource', resource: target({ type: 'Utilization', averageUtilization: 50 }) },
      { type: 'Resource', resource: target({ type: 'AverageValue', averageValue: '0.5' }) },
      { type: 'Odd' },
    ],
  };
  const text = describeHorizontalPodAutoscaler({ metadata, spec }, { now });
  expect(text).toMatch(/ {2}resource cpu on pods {2}\(as a percentage of request\): +<unknown> \/ 50%\n/);
  expect(text).toMatch(/ {2}resource cpu on pods: +<unknown> \/ 500m\n {2}<unknown metric type "Odd">\n/);
  expect(text).toMatch(/Min replicas: +<unset>\nMax replicas: +3\nDeployment pods: +0 current \/ 0 desired\n$/);
});

test('completed indexes of a job end at a comma', () => {
  const indexes = Array.from({ length: 40 }, (_, i) => i * 2).join(',');
  const job = { metadata, spec: { completionMode: 'Indexed', template: {} }, status: { completedIndexes: indexes } };
  const shown = /Completed Indexes: +(\S+)\n/.exec(describeJob(job, { now }))?.[1] as string;
  expect(shown).toMatch(/,\.\.\.$/);
  expect(indexes.startsWith(shown.slice(0, -3))).toBe(true);
  expect(shown.length).toBeLessThan(60);
});

test('sources of volumes', () => {
  const source = (volume: object) =>
    described((writer) => writeVolumes(writer, [{ name: 'v', ...volume }], ''))
      .split('\n')
      .slice(2);
  expect(source({ nfs: { server: 's', path: '/p' } })).toEqual([
    '    Type:      NFS (an NFS mount that lasts the lifetime of a pod)',
    '    Server:    s',
    '    Path:      /p',
    '    ReadOnly:  false',
    '',
  ]);
  expect(source({ rbd: { monitors: ['a', 'b'], secretRef: { name: 'q' } } })).toContain(
    '    SecretRef:     &LocalObjectReference{Name:q,}',
  );
  expect(source({ rbd: { monitors: [] } })).toContain('    SecretRef:     nil');
  expect(source({ projected: { sources: null } })).toHaveLength(2);
  expect(source({ odd: {} })).toEqual(['  <unknown>', '']);
  const claim = { volumeClaimTemplate: { metadata: { labels: { a: 'b' } }, spec: {} } };
  expect(source({ ephemeral: claim })).toContain('    Labels:            a=b');
});

test('a volume of a driver: handle and attributes, claim and terms', () => {
  const spec = {
    csi: { driver: 'd', volumeHandle: 'h', volumeAttributes: { b: '2', a: '1' } },
    claimRef: { namespace: 'n', name: 'c' },
    capacity: { storage: '1024Mi' },
    nodeAffinity: {
      required: { nodeSelectorTerms: [{ matchExpressions: [{ key: 'k', operator: 'In', values: ['x'] }] }] },
    },
  };
  const text = describePersistentVolume({ metadata, spec, status: { phase: 'Bound' } }, { now });
  expect(text).toMatch(/Claim: +n\/c\n/);
  expect(text).toMatch(/Capacity: +1Gi\n/);
  expect(text).toMatch(/ {2}Required Terms: +\n {4}Term 0: +k in \[x\]\n/);
  expect(text).toMatch(/FSType: +\n {4}VolumeHandle: +h\n {4}ReadOnly: +false\n {4}VolumeAttributes: +a=1\n +b=2\n$/);
});

test('environment: what fields and resources stand for', () => {
  const container = {
    name: 'a',
    resources: { limits: { cpu: '1500m' }, requests: { memory: '100Mi' } },
    env: [
      { name: 'LINES', value: '1\n2' },
      { name: 'CPU', valueFrom: { resourceFieldRef: { resource: 'limits.cpu' } } },
      { name: 'MEM', valueFrom: { resourceFieldRef: { resource: 'requests.memory', divisor: '1Mi' } } },
      { name: 'ALL', valueFrom: { resourceFieldRef: { resource: 'limits.memory' } } },
      { name: 'KEY', valueFrom: { secretKeyRef: { name: 's', key: 'k', optional: true } } },
    ],
  };
  const text = described((writer) =>
    writeContainers(writer, { label: 'Containers', containers: [container], indent: '' }),
  );
  expect(text).toMatch(/LINES: +1\n +2\n/);
  expect(text).toMatch(/CPU: +2 \(limits.cpu\)\n/);
  expect(text).toMatch(/MEM: +100 \(requests.memory\)\n/);
  expect(text).toMatch(/ALL: +node allocatable \(limits.memory\)\n/);
  expect(text).toMatch(/KEY: +<set to the key 'k' in secret 's'> +Optional: true\n/);
});

test.each([
  ['', 0],
  ['YQ==', 1],
  ['YWI=', 2],
  ['YWJj', 3],
])('%j is %d bytes', (text, length) => {
  expect(base64Length(text)).toBe(length);
});

describe('certificate requests', () => {
  const PEM = `-----BEGIN CERTIFICATE REQUEST-----
MIIBZTCCAQsCAQAwSjELMAkGA1UEBhMCTkwxEDAOBgNVBAgMB1V0cmVjaHQxDDAK
BgNVBAoMA2RldjEMMAoGA1UECgwDb3BzMQ0wCwYDVQQDDARqYW5lMFkwEwYHKoZI
zj0CAQYIKoZIzj0DAQcDQgAE72QZPo9IroR1fOWnS2LokDglqaldDvvUWmGUV6Bf
chWDqsbGhaFqo7Yjz2U3E5hQy1LSaPOYIg5AedsVi7497qBfMF0GCSqGSIb3DQEJ
DjFQME4wTAYDVR0RBEUwQ4IJYS5leGFtcGxlggliLmV4YW1wbGWHBAoAAAGHEP0A
AAAAAAAAAAAAAAAAAAGBBWFAYi5jhgxzcGlmZmU6Ly94L3kwCgYIKoZIzj0EAwID
SAAwRQIgLPpEk+Xp8tQ9ODberTnrpTXNuuBIh4trClZjXkEccX8CIQDBAK1lhavL
YeWDOOLkVc1RD++DP7EWl8rI7sVR22N+Ww==
-----END CERTIFICATE REQUEST-----
`;
  test('who asks, and for which names', () => {
    const { subject, ...names } = parseCertificateRequest(btoa(PEM));
    expect(subject).toMatchObject({
      commonName: ['jane'],
      organization: ['dev', 'ops'],
      country: ['NL'],
      locality: [],
    });
    expect(names).toEqual({
      dnsNames: ['a.example', 'b.example'],
      emailAddresses: ['a@b.c'],
      uris: ['spiffe://x/y'],
      ipAddresses: ['10.0.0.1', 'fd00::1'],
    });
  });
  test.each([['nothing'], [PEM.replaceAll('CERTIFICATE REQUEST', 'CERTIFICATE')]])('refuses %j', (pem) => {
    expect(() => parseCertificateRequest(btoa(pem))).toThrow('PEM block type must be CERTIFICATE REQUEST');
  });
  test('refuses what is cut short', () => {
    const cut = PEM.replace(/\n[^\n]+\n-----END/, '\n-----END');
    expect(() => parseCertificateRequest(btoa(cut))).toThrow('x509: malformed certificate request');
  });
});
