/** What objects of the other kinds get that their manifests leave out, and what the server warns of. */
import type { KubeObject } from '../../src/apimachinery/meta';
import { formatTime } from '../../src/apimachinery/time';
import { contextWith, created, definitionOf, manifest, NOW, stored } from './judged';

const RBAC = 'rbac.authorization.k8s.io';
const CLAIM = 'spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}';
const VOLUME = 'spec: {accessModes: [ReadWriteOnce, ReadOnlyMany], capacity: {storage: 1Gi}, hostPath: {path: /x}}';
const WEBHOOK = 'name: a.b.c, clientConfig: {url: "https://a"}, sideEffects: None, admissionReviewVersions: [v1]';
const CRD =
  'spec: {group: a.b, scope: Namespaced, names: {plural: foos, kind: Foo}, versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object}}}]}';

test.each([
  ['v1 Namespace', '', { spec: { finalizers: ['kubernetes'] }, status: { phase: 'Active' } }],
  ['v1 Secret', 'stringData: {a: b}', { data: { a: 'Yg==' }, type: 'Opaque' }],
  ['v1 PersistentVolumeClaim', CLAIM, { spec: { volumeMode: 'Filesystem' }, status: { phase: 'Pending' } }],
  [
    'v1 PersistentVolume',
    VOLUME,
    {
      spec: { persistentVolumeReclaimPolicy: 'Retain', volumeMode: 'Filesystem', hostPath: { path: '/x', type: '' } },
      status: { phase: 'Pending', lastPhaseTransitionTime: formatTime(NOW) },
    },
  ],
  [
    'v1 LimitRange',
    'spec: {limits: [{type: Container, max: {cpu: 1, memory: 1Gi}, default: {cpu: 500m}, min: {ephemeral-storage: 1}}]}',
    {
      spec: {
        limits: [
          {
            type: 'Container',
            max: { cpu: '1', memory: '1Gi' },
            min: { 'ephemeral-storage': '1' },
            default: { cpu: '500m', memory: '1Gi' },
            defaultRequest: { cpu: '500m', memory: '1Gi', 'ephemeral-storage': '1' },
          },
        ],
      },
    },
  ],
  ['storage.k8s.io/v1 StorageClass', 'provisioner: p', { reclaimPolicy: 'Delete', volumeBindingMode: 'Immediate' }],
  ['scheduling.k8s.io/v1 PriorityClass', 'value: 5', { preemptionPolicy: 'PreemptLowerPriority' }],
  [
    'networking.k8s.io/v1 NetworkPolicy',
    'spec: {podSelector: {}, egress: [{ports: [{port: 53}]}]}',
    { spec: { policyTypes: ['Ingress', 'Egress'], egress: [{ ports: [{ port: 53, protocol: 'TCP' }] }] } },
  ],
  [
    'networking.k8s.io/v1 Ingress',
    'spec: {defaultBackend: {service: {name: s, port: {number: 80}}}}',
    { status: { loadBalancer: {} } },
  ],
  [
    'policy/v1 PodDisruptionBudget',
    'spec: {minAvailable: 1}',
    { status: { currentHealthy: 0, desiredHealthy: 0, disruptionsAllowed: 0, expectedPods: 0 } },
  ],
  [
    'autoscaling/v2 HorizontalPodAutoscaler',
    'spec: {maxReplicas: 3, scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: d}, behavior: {scaleDown: {selectPolicy: Min}}}',
    {
      spec: {
        minReplicas: 1,
        metrics: [
          { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } } },
        ],
        behavior: {
          scaleUp: {
            stabilizationWindowSeconds: 0,
            selectPolicy: 'Max',
            policies: [
              { type: 'Pods', value: 4, periodSeconds: 15 },
              { type: 'Percent', value: 100, periodSeconds: 15 },
            ],
          },
          scaleDown: { selectPolicy: 'Min', policies: [{ type: 'Percent', value: 100, periodSeconds: 15 }] },
        },
      },
    },
  ],
  [
    `${RBAC}/v1 RoleBinding`,
    'roleRef: {kind: Role, name: r}, subjects: [{kind: User, name: u}, {kind: ServiceAccount, name: s}]',
    {
      roleRef: { apiGroup: RBAC },
      subjects: [
        { kind: 'User', name: 'u', apiGroup: RBAC },
        { kind: 'ServiceAccount', name: 's' },
      ],
    },
  ],
  [
    'admissionregistration.k8s.io/v1 MutatingWebhookConfiguration',
    `webhooks: [{${WEBHOOK}}]`,
    {
      webhooks: [
        {
          failurePolicy: 'Fail',
          matchPolicy: 'Equivalent',
          namespaceSelector: {},
          objectSelector: {},
          timeoutSeconds: 10,
          reinvocationPolicy: 'Never',
        },
      ],
    },
  ],
])('defaults of %s %s', async (kind, rest, expected) => {
  expect(await stored(manifest(kind, rest))).toMatchObject(expected);
});

test('defaults of a definition of a kind', async () => {
  expect(await stored(manifest('apiextensions.k8s.io/v1 CustomResourceDefinition', CRD, 'foos.a.b'))).toMatchObject({
    spec: { names: { singular: 'foo', listKind: 'FooList' }, conversion: { strategy: 'None' } },
    status: { storedVersions: ['v1'] },
  });
});

test('a local API service is available at once', async () => {
  const spec = 'spec: {group: a.b, version: v1, groupPriorityMinimum: 1, versionPriority: 1}';
  expect((await stored(manifest('apiregistration.k8s.io/v1 APIService', spec, 'v1.a.b'))).status.conditions).toEqual([
    {
      type: 'Available',
      status: 'True',
      lastTransitionTime: formatTime(NOW),
      reason: 'Local',
      message: 'Local APIServices are always available',
    },
  ]);
});

test('a certificate request is of who asks for it', async () => {
  const pem = btoa('-----BEGIN CERTIFICATE REQUEST-----\nMAA=\n-----END CERTIFICATE REQUEST-----\n');
  const { object: made, errors } = await created(
    manifest(
      'certificates.k8s.io/v1 CertificateSigningRequest',
      `spec: {request: ${pem}, signerName: a.b/c, usages: [client auth], username: someone-else}`,
    ),
    { ...contextWith(), user: { name: 'ann', groups: ['g'] } },
  );
  expect(errors).toEqual([]);
  expect(made.spec).toMatchObject({ username: 'ann', groups: ['g'] });
  expect(made.status).toEqual({});
});

test('warnings', async () => {
  const warningsOf = async (made: KubeObject) => (await definitionOf(made)).warnings?.(made);
  const ingress = await stored(
    manifest('networking.k8s.io/v1 Ingress', 'spec: {defaultBackend: {service: {name: s, port: {number: 1}}}}'),
  );
  ingress.metadata.annotations = { 'kubernetes.io/ingress.class': 'nginx' };
  expect(await warningsOf(ingress)).toEqual([
    `annotation "kubernetes.io/ingress.class" is deprecated, please use 'spec.ingressClassName' instead`,
  ]);
  const quota = await stored(manifest('v1 ResourceQuota', 'spec: {hard: {requests.cpu: 2, limits.cpu: 1}}'));
  expect(await warningsOf(quota)).toEqual(['ResourceQuota requests.cpu (2) should be less than limits.cpu (1)']);
  const volume = await stored(
    manifest(
      'v1 PersistentVolume',
      VOLUME.replace('{accessModes', '{persistentVolumeReclaimPolicy: Recycle, accessModes'),
    ),
  );
  expect(await warningsOf(volume)).toEqual([
    'spec.persistentVolumeReclaimPolicy: The Recycle reclaim policy is deprecated. Instead, the recommended approach is to use dynamic provisioning.',
  ]);
});
