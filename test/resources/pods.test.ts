/** Pods: what they become, what is wrong with them, and what of them may change. */
import type { KubeObject } from '../../src/apimachinery/meta';
import pods from '../../src/apiserver/resources/core/pod';
import { created, read, stored, updated } from './judged';

const POD = `
apiVersion: v1
kind: Pod
metadata: {name: p}
spec:
  containers:
  - {name: one, image: "img:1", ports: [{containerPort: 80}]}
  - {name: two, image: img}
`;

test('defaults and the status of a new pod', async () => {
  const pod = await stored(POD);
  expect(pod.spec).toEqual({
    containers: [
      {
        name: 'one',
        image: 'img:1',
        ports: [{ containerPort: 80, protocol: 'TCP' }],
        imagePullPolicy: 'IfNotPresent',
        terminationMessagePath: '/dev/termination-log',
        terminationMessagePolicy: 'File',
        resources: {},
      },
      {
        name: 'two',
        image: 'img',
        imagePullPolicy: 'Always',
        terminationMessagePath: '/dev/termination-log',
        terminationMessagePolicy: 'File',
        resources: {},
      },
    ],
    dnsPolicy: 'ClusterFirst',
    restartPolicy: 'Always',
    securityContext: {},
    terminationGracePeriodSeconds: 30,
    schedulerName: 'default-scheduler',
    enableServiceLinks: true,
  });
  expect(pod.status).toEqual({ phase: 'Pending', qosClass: 'BestEffort' });
});

test.each([
  ['no resources', '{}', 'BestEffort'],
  ['a request', '{requests: {cpu: 1}}', 'Burstable'],
  ['limits only', '{limits: {cpu: 1, memory: 1Gi}}', 'Guaranteed'],
  [
    'limits that equal requests',
    '{limits: {cpu: 1, memory: 1Gi}, requests: {cpu: 1000m, memory: 1024Mi}}',
    'Guaranteed',
  ],
  ['a limit of one resource', '{limits: {cpu: 1}}', 'Burstable'],
])('QoS class with %s', async (_, resources, expected) => {
  const { object } = await created(`
apiVersion: v1
kind: Pod
metadata: {name: p}
spec: {containers: [{name: c, image: i, resources: ${resources}}]}
`);
  expect(object.status.qosClass).toBe(expected);
});

/** The spec, and what is wrong with it. */
const BAD: [string, string[]][] = [
  ['{}', ['spec.containers: Required value']],
  ['{containers: [{name: c}]}', ['spec.containers[0].image: Required value']],
  ['{containers: [{name: "", image: i}]}', ['spec.containers[0].name: Required value']],
  [
    '{containers: [{name: A_b, image: i}]}',
    [
      `spec.containers[0].name: Invalid value: "A_b": a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')`,
    ],
  ],
  [
    '{containers: [{name: c, image: " i"}]}',
    ['spec.containers[0].image: Invalid value: " i": must not have leading or trailing whitespace'],
  ],
  [
    '{containers: [{name: c, image: i, imagePullPolicy: Sometimes}]}',
    [
      'spec.containers[0].imagePullPolicy: Unsupported value: "Sometimes": supported values: "Always", "IfNotPresent", "Never"',
    ],
  ],
  [
    '{containers: [{name: c, image: i, ports: [{containerPort: 0}, {containerPort: 1, hostPort: 70000, protocol: HTTP}]}]}',
    [
      'spec.containers[0].ports[0].containerPort: Required value',
      'spec.containers[0].ports[1].hostPort: Invalid value: 70000: must be between 1 and 65535, inclusive',
      'spec.containers[0].ports[1].protocol: Unsupported value: "HTTP": supported values: "SCTP", "TCP", "UDP"',
    ],
  ],
  [
    '{containers: [{name: c, image: i, env: [{name: "a=b", value: x}, {name: B, valueFrom: {}}]}]}',
    [
      `spec.containers[0].env[0].name: Invalid value: "a=b": a valid environment variable name must consist only of printable ASCII characters other than '='`,
      'spec.containers[0].env[1].valueFrom: Invalid value: "": must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`',
    ],
  ],
  [
    '{containers: [{name: c, image: i, resources: {requests: {cpu: 2, memory: -1}, limits: {cpu: 1}}}]}',
    [
      'spec.containers[0].resources.requests: Invalid value: "2": must be less than or equal to cpu limit of 1',
      'spec.containers[0].resources.requests[memory]: Invalid value: "-1": must be greater than or equal to 0',
    ],
  ],
  [
    '{containers: [{name: c, image: i, resources: {limits: {disk: 1}}}]}',
    [
      'spec.containers[0].resources.limits[disk]: Invalid value: "disk": must be a standard resource type or fully qualified',
      'spec.containers[0].resources.limits[disk]: Invalid value: "disk": must be a standard resource for containers',
      'spec.containers[0].resources.requests[disk]: Invalid value: "disk": must be a standard resource type or fully qualified',
      'spec.containers[0].resources.requests[disk]: Invalid value: "disk": must be a standard resource for containers',
    ],
  ],
  [
    '{containers: [{name: c, image: i, volumeMounts: [{name: v, mountPath: /a}, {name: w, mountPath: /a}]}], volumes: [{name: v}, {name: v}]}',
    [
      'spec.volumes[1].name: Duplicate value: "v"',
      'spec.containers[0].volumeMounts[1].name: Not found: "w"',
      'spec.containers[0].volumeMounts[1].mountPath: Invalid value: "/a": must be unique',
    ],
  ],
  [
    '{containers: [{name: c, image: i}], volumes: [{name: v, hostPath: {path: /x, type: Pipe}, emptyDir: {}}]}',
    ['spec.volumes[0].hostPath: Forbidden: may not specify more than 1 volume type'],
  ],
  [
    '{containers: [{name: c, image: i, livenessProbe: {periodSeconds: -1}, readinessProbe: {httpGet: {port: x_y, path: ""}, successThreshold: -1}}]}',
    [
      'spec.containers[0].livenessProbe: Required value: must specify a handler type',
      'spec.containers[0].livenessProbe.periodSeconds: Invalid value: -1: must be greater than or equal to 0',
      `spec.containers[0].readinessProbe.httpGet.port: Invalid value: "x_y": must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)`,
      'spec.containers[0].readinessProbe.successThreshold: Invalid value: -1: must be greater than or equal to 0',
    ],
  ],
  [
    '{containers: [{name: c, image: i}], restartPolicy: Maybe, dnsPolicy: Mine, terminationGracePeriodSeconds: -5}',
    [
      'spec.restartPolicy: Unsupported value: "Maybe": supported values: "Always", "OnFailure", "Never"',
      'spec.dnsPolicy: Unsupported value: "Mine": supported values: "ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"',
    ],
  ],
  [
    '{containers: [{name: c, image: i}], tolerations: [{operator: Equal, value: x}], nodeSelector: {"a b": x}}',
    [
      `spec.nodeSelector: Invalid value: "a b": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')`,
      'spec.tolerations[0].operator: Invalid value: "Equal": operator must be Exists when `key` is empty, which means "match all values and all keys"',
    ],
  ],
  [
    '{containers: [{name: c, image: i}], initContainers: [{name: c, image: i, restartPolicy: Maybe, readinessProbe: {tcpSocket: {port: 1}}}]}',
    [
      'spec.initContainers[0].restartPolicy: Unsupported value: "Maybe": supported values: "Always", "Never", "OnFailure"',
      'spec.initContainers[0].name: Duplicate value: "c"',
      'spec.initContainers[0].readinessProbe: Forbidden: may not be set for init containers without restartPolicy=Always',
    ],
  ],
  [
    '{containers: [{name: c, image: i, securityContext: {runAsUser: -1, privileged: true, allowPrivilegeEscalation: false}}]}',
    [
      'spec.containers[0].securityContext.runAsUser: Invalid value: -1: must be between 0 and 2147483647, inclusive',
      'spec.containers[0].securityContext: Invalid value: {"Capabilities":null,"Privileged":true,"SELinuxOptions":null,"WindowsOptions":null,"RunAsUser":-1,"RunAsGroup":null,"RunAsNonRoot":null,"ReadOnlyRootFilesystem":null,"AllowPrivilegeEscalation":false,"ProcMount":null,"SeccompProfile":null,"AppArmorProfile":null}: cannot set `allowPrivilegeEscalation` to false and `privileged` to true',
    ],
  ],
  [
    '{containers: [{name: c, image: i}], affinity: {podAffinity: {requiredDuringSchedulingIgnoredDuringExecution: [{labelSelector: {matchLabels: {a: b}}}]}}}',
    [
      'spec.affinity.podAffinity.requiredDuringSchedulingIgnoredDuringExecution[0].topologyKey: Required value: can not be empty',
      'spec.affinity.podAffinity.requiredDuringSchedulingIgnoredDuringExecution[0].topologyKey: Invalid value: "": name part must be non-empty',
      `spec.affinity.podAffinity.requiredDuringSchedulingIgnoredDuringExecution[0].topologyKey: Invalid value: "": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')`,
    ],
  ],
  [
    '{containers: [{name: c, image: i}], topologySpreadConstraints: [{maxSkew: 0, topologyKey: "", whenUnsatisfiable: Never}]}',
    [
      'spec.topologySpreadConstraints[0].maxSkew: Invalid value: 0: must be greater than zero',
      'spec.topologySpreadConstraints[0].topologyKey: Required value: can not be empty',
      'spec.topologySpreadConstraints[0].whenUnsatisfiable: Unsupported value: "Never": supported values: "DoNotSchedule", "ScheduleAnyway"',
    ],
  ],
  [
    '{containers: [{name: c, image: i}], hostname: A.b, activeDeadlineSeconds: 0}',
    [
      'spec.activeDeadlineSeconds: Invalid value: 0: must be between 1 and 2147483647, inclusive',
      `spec.hostname: Invalid value: "A.b": a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')`,
    ],
  ],
];

test.each(BAD)('spec %s', async (spec, expected) => {
  const { errors } = await created(`{apiVersion: v1, kind: Pod, metadata: {name: p}, spec: ${spec}}`);
  expect(errors).toEqual(expected);
});

const MAY_CHANGE =
  'spec: Forbidden: pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)';

describe('updates', () => {
  test('of images, labels and added tolerations', async () => {
    const { errors } = await updated(await stored(POD), (pod) => {
      pod.spec.containers[0].image = 'img:2';
      pod.metadata.labels = { a: 'b' };
      pod.spec.tolerations = [{ key: 'k', operator: 'Exists', effect: 'NoExecute' }];
      pod.spec.activeDeadlineSeconds = 100;
    });
    expect(errors).toEqual([]);
  });

  test('of anything else: with the difference', async () => {
    const { errors } = await updated(await stored(POD), (pod) => {
      pod.spec.restartPolicy = 'Never';
    });
    expect(errors).toHaveLength(1);
    const [first, ...diff] = (errors[0] as string).split('\n');
    expect(first).toBe(MAY_CHANGE);
    expect(diff.filter((line) => /^[-+] /.test(line))).toEqual([
      '- "RestartPolicy": "Always",',
      '+ "RestartPolicy": "Never",',
    ]);
    expect(diff[0]).toMatch(/^@@ -\d+,7 \+\d+,7 @@$/);
  });

  test('of the list of containers', async () => {
    const fewer = await updated(await stored(POD), (pod) => void pod.spec.containers.pop());
    expect(fewer.errors).toEqual(['spec.containers: Forbidden: pod updates may not add or remove containers']);
    const more = await updated(
      await stored(POD),
      (pod) => void pod.spec.containers.push({ name: 'three', image: 'i' }),
    );
    expect(more.errors).toEqual(['spec.containers: Forbidden: pod updates may not add or remove containers']);
  });

  test('of an image to nothing', async () => {
    const { errors } = await updated(await stored(POD), (pod) => {
      pod.spec.containers[0].image = '';
    });
    // Of the image itself, and of the change; a response tells equal ones once.
    expect([...new Set(errors)]).toEqual(['spec.containers[0].image: Required value']);
  });

  test('of a deadline that is there already', async () => {
    const pod = await stored(POD.replace('spec:', 'spec:\n  activeDeadlineSeconds: 10'));
    const longer = await updated(pod, (now) => {
      now.spec.activeDeadlineSeconds = 11;
    });
    expect(longer.errors).toEqual([
      'spec.activeDeadlineSeconds: Invalid value: 11: must be less than or equal to previous value',
    ]);
    const none = await updated(pod, (now) => {
      delete now.spec.activeDeadlineSeconds;
    });
    expect(none.errors).toEqual([
      'spec.activeDeadlineSeconds: Invalid value: null: must not update from a positive integer to nil value',
    ]);
  });

  test('scheduling gates go, and never come', async () => {
    const gated = await stored(POD.replace('spec:', 'spec:\n  schedulingGates: [{name: a.b/c}]'));
    const freed = await updated(gated, (pod) => {
      delete pod.spec.schedulingGates;
    });
    expect(freed.errors).toEqual([]);
    const more = await updated(gated, (pod) => {
      pod.spec.schedulingGates = [{ name: 'a.b/c' }, { name: 'a.b/d' }];
    });
    expect(more.errors).toEqual([
      "spec.schedulingGates[1].name: Forbidden: only deletion is allowed, but found new scheduling gate 'a.b/d'",
    ]);
  });
});

describe('seconds of grace for a delete', () => {
  const pod = (spec: object, status: object = {}) =>
    ({ ...read(POD)[0], spec: { nodeName: 'n', terminationGracePeriodSeconds: 30, ...spec }, status }) as KubeObject;
  test.each([
    ['as the pod says', pod({}), undefined, 30],
    ['as the request says', pod({}), 5, 5],
    ['none for a pod without a node', pod({ nodeName: '' }), undefined, 0],
    ['none for a pod that failed', pod({}, { phase: 'Failed' }), undefined, 0],
    ['none for a pod that succeeded', pod({}, { phase: 'Succeeded' }), 20, 0],
    ['one where the pod says less than none', pod({ terminationGracePeriodSeconds: -3 }), undefined, 1],
  ])('%s', (_, object, requested, expected) => {
    expect(pods.gracePeriod?.(object, requested)).toBe(expected);
  });
});

test('warnings', async () => {
  const pod = await stored(`
apiVersion: v1
kind: Pod
metadata: {name: p, annotations: {scheduler.alpha.kubernetes.io/critical-pod: ""}}
spec:
  nodeSelector: {beta.kubernetes.io/os: linux}
  containers:
  - name: c
    image: i
    ports: [{containerPort: 80}, {containerPort: 80}]
    env: [{name: A, value: a}, {name: A, value: b}]
    resources: {requests: {memory: 100m}}
`);
  expect(pods.warnings?.(pod)).toEqual([
    'spec.nodeSelector[beta.kubernetes.io/os]: deprecated since v1.14; use "kubernetes.io/os" instead',
    'metadata.annotations[scheduler.alpha.kubernetes.io/critical-pod]: non-functional in v1.16+; use the "priorityClassName" field instead',
    'spec.containers[0].resources.requests[memory]: fractional byte value "100m" is invalid, must be an integer',
    'spec.containers[0].env[1]: hides previous definition of "A", which may be dropped when using apply',
    'spec.containers[0].ports[1]: duplicate port definition with spec.containers[0].ports[0]',
  ]);
});
