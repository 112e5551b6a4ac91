/** The rows of the other kinds. */
import type { KubeObject } from '../../src/apimachinery/meta';
import { formatTime } from '../../src/apimachinery/time';
import { manifest, NOW, row, stored } from './judged';

const ago = (seconds: number): string => formatTime(NOW - seconds * 1000);
const RBAC = 'rbac.authorization.k8s.io';
const CLAIM = 'spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}';
const VOLUME = 'spec: {accessModes: [ReadWriteOnce, ReadOnlyMany], capacity: {storage: 1Gi}, hostPath: {path: /x}}';

test.each([
  ['v1 Namespace', '', { status: { phase: 'Active' } }, { Name: 'x', Status: 'Active' }],
  ['v1 ConfigMap', 'data: {a: b, c: d}, binaryData: {e: ""}', {}, { Data: 3 }],
  ['v1 Secret', 'stringData: {a: b}', {}, { Type: 'Opaque', Data: 1 }],
  [
    'v1 Node',
    'spec: {unschedulable: true}',
    {
      metadata: { name: 'x', labels: { 'node-role.kubernetes.io/control-plane': '' } },
      status: {
        conditions: [{ type: 'Ready', status: 'True' }],
        nodeInfo: { kubeletVersion: 'v1.36.2', osImage: 'O', kernelVersion: 'K', containerRuntimeVersion: 'C' },
        addresses: [{ type: 'InternalIP', address: '10.0.0.1' }],
      },
    },
    {
      Status: 'Ready,SchedulingDisabled',
      Roles: 'control-plane',
      Version: 'v1.36.2',
      'Internal-IP': '10.0.0.1',
      'External-IP': '<none>',
      'OS-Image': 'O',
      'Kernel-Version': 'K',
      'Container-Runtime': 'C',
    },
  ],
  [
    'v1 PersistentVolumeClaim',
    CLAIM,
    {},
    { Status: 'Pending', Volume: '', Capacity: '', 'Access Modes': '', StorageClass: '', VolumeMode: 'Filesystem' },
  ],
  [
    'v1 PersistentVolumeClaim',
    CLAIM.replace('{accessModes', '{volumeName: v, storageClassName: s, accessModes'),
    { status: { phase: 'Bound', capacity: { storage: '1Gi' }, accessModes: ['ReadWriteOnce'] } },
    { Status: 'Bound', Volume: 'v', Capacity: '1Gi', 'Access Modes': 'RWO', StorageClass: 's' },
  ],
  [
    'v1 PersistentVolume',
    VOLUME.replace('{accessModes', '{claimRef: {namespace: a, name: b}, accessModes'),
    { status: { phase: 'Bound' } },
    {
      Capacity: '1Gi',
      'Access Modes': 'RWO,ROX',
      'Reclaim Policy': 'Retain',
      Status: 'Bound',
      Claim: 'a/b',
      VolumeAttributesClass: '<unset>',
    },
  ],
  [
    'v1 ResourceQuota',
    'spec: {hard: {pods: 2}}',
    { status: { hard: { pods: '2', 'limits.cpu': '4', 'requests.cpu': '2' }, used: { pods: '1' } } },
    { Request: 'pods: 1/2, requests.cpu: 0/2', Limit: 'limits.cpu: 0/4' },
  ],
  [
    'networking.k8s.io/v1 Ingress',
    'spec: {ingressClassName: nginx, tls: [{}], rules: [{host: a.b}, {host: c.d}, {host: e.f}, {host: g.h}]}',
    { status: { loadBalancer: { ingress: [{ hostname: 'z' }, { ip: '1.1.1.1' }] } } },
    { Class: 'nginx', Hosts: 'a.b,c.d,e.f + 1 more...', Address: '1.1.1.1,z', Ports: '80, 443' },
  ],
  ['networking.k8s.io/v1 NetworkPolicy', 'spec: {podSelector: {}}', {}, { 'Pod-Selector': '<none>' }],
  [
    'policy/v1 PodDisruptionBudget',
    'spec: {maxUnavailable: "25%"}',
    { status: { disruptionsAllowed: 2 } },
    { 'Min Available': 'N/A', 'Max Unavailable': '25%', 'Allowed Disruptions': 2 },
  ],
  [
    'autoscaling/v2 HorizontalPodAutoscaler',
    'spec: {maxReplicas: 3, scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: d}}',
    {},
    { Reference: 'Deployment/d', Targets: 'cpu: <unknown>/80%', MinPods: '1', MaxPods: 3, Replicas: 0 },
  ],
  [
    'autoscaling/v2 HorizontalPodAutoscaler',
    'spec: {maxReplicas: 3, scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: d}, metrics: [{type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 50}}}, {type: Resource, resource: {name: memory, target: {type: AverageValue, averageValue: 1Gi}}}, {type: Pods, pods: {metric: {name: m}, target: {type: AverageValue, averageValue: 5}}}]}',
    {
      status: {
        currentReplicas: 2,
        currentMetrics: [{ type: 'Resource', resource: { name: 'cpu', current: { averageUtilization: 30 } } }],
      },
    },
    { Targets: 'cpu: 30%/50%, memory: <unknown>/1Gi + 1 more...', Replicas: 2 },
  ],
  [
    `${RBAC}/v1 RoleBinding`,
    'roleRef: {kind: ClusterRole, name: view}, subjects: [{kind: User, name: u}, {kind: Group, name: g}, {kind: ServiceAccount, namespace: m, name: s}]',
    {},
    { Role: 'ClusterRole/view', Users: 'u', Groups: 'g', ServiceAccounts: 'm/s' },
  ],
  [
    'scheduling.k8s.io/v1 PriorityClass',
    'value: 7',
    {},
    { Value: 7, 'Global-Default': false, PreemptionPolicy: 'PreemptLowerPriority' },
  ],
  [
    'storage.k8s.io/v1 StorageClass',
    'provisioner: p, volumeBindingMode: WaitForFirstConsumer',
    { metadata: { name: 'x', annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } } },
    {
      Name: 'x (default)',
      Provisioner: 'p',
      ReclaimPolicy: 'Delete',
      VolumeBindingMode: 'WaitForFirstConsumer',
      AllowVolumeExpansion: false,
    },
  ],
  [
    'storage.k8s.io/v1 CSIDriver',
    'spec: {tokenRequests: [{audience: a}, {audience: b}]}',
    {},
    { AttachRequired: true, PodInfoOnMount: false, TokenRequests: 'a,b', Modes: 'Persistent' },
  ],
  ['coordination.k8s.io/v1 Lease', 'spec: {holderIdentity: h}', {}, { Holder: 'h' }],
  [
    'flowcontrol.apiserver.k8s.io/v1 FlowSchema',
    'spec: {priorityLevelConfiguration: {name: p}}',
    {},
    { PriorityLevel: 'p', MatchingPrecedence: 1000, DistinguisherMethod: '<none>', MissingPL: '?' },
  ],
])('columns of %s %s', async (kind, rest, more, expected) => {
  const made = { ...(await stored(manifest(kind, rest))), ...more } as KubeObject;
  made.metadata = { ...made.metadata, creationTimestamp: ago(3600 * 5) };
  const cells = await row(made);
  expect(cells).toMatchObject(expected);
  if ('Age' in cells) expect(cells.Age).toBe('5h');
});
