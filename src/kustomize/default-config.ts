/**
 * Where kustomize looks for names, labels, images and the like unless told more (api/internal/konfig/builtinpluginconsts).
 * Made when first asked for: most kustomizations need a part of it only.
 */
import type { FieldSpec } from './field-spec';
import type { GvkSelector } from './ids';

/** Kinds whose pods stand under a template, and the path of the pod's spec; in the order that upstream has them. */
const POD_SPECS: readonly (readonly [kind: string, path: string, version?: string])[] = [
  ['Pod', 'spec', 'v1'],
  ['PodTemplate', 'template/spec'],
  ['Deployment', 'spec/template/spec'],
  ['ReplicaSet', 'spec/template/spec'],
  ['DaemonSet', 'spec/template/spec'],
  ['StatefulSet', 'spec/template/spec'],
  ['Job', 'spec/template/spec'],
  ['CronJob', 'spec/jobTemplate/spec/template/spec'],
];

/** Those that refer to service accounts, claims and priority classes. */
const POD_OWNERS: readonly (readonly [kind: string, path: string])[] = [
  ['Pod', 'spec'],
  ['StatefulSet', 'spec/template/spec'],
  ['Deployment', 'spec/template/spec'],
  ['ReplicationController', 'spec/template/spec'],
  ['CronJob', 'spec/jobTemplate/spec/template/spec'],
  ['Job', 'spec/template/spec'],
  ['DaemonSet', 'spec/template/spec'],
];

export interface NameReference extends GvkSelector {
  readonly fieldSpecs: readonly FieldSpec[];
}

const RBAC = 'rbac.authorization.k8s.io';
const ADMISSION = 'admissionregistration.k8s.io';

export function nameFieldSpecs(): FieldSpec[] {
  return [{ path: 'metadata/name' }];
}

export function namespaceFieldSpecs(): FieldSpec[] {
  return [
    { path: 'metadata/name', kind: 'Namespace', create: true },
    { path: 'spec/service/namespace', group: 'apiregistration.k8s.io', kind: 'APIService', create: true },
    {
      path: 'spec/conversion/webhook/clientConfig/service/namespace',
      group: 'apiextensions.k8s.io',
      kind: 'CustomResourceDefinition',
    },
  ];
}

export function templateLabelFieldSpecs(): FieldSpec[] {
  return [
    { path: 'metadata/labels', create: true },
    { path: 'spec/template/metadata/labels', create: true, version: 'v1', kind: 'ReplicationController' },
    ...['Deployment', 'ReplicaSet', 'DaemonSet'].map((kind) => ({
      path: 'spec/template/metadata/labels',
      create: true,
      kind,
    })),
    { path: 'spec/template/metadata/labels', create: true, group: 'apps', kind: 'StatefulSet' },
    { path: 'spec/volumeClaimTemplates[]/metadata/labels', create: true, group: 'apps', kind: 'StatefulSet' },
    { path: 'spec/template/metadata/labels', create: true, group: 'batch', kind: 'Job' },
    { path: 'spec/jobTemplate/metadata/labels', create: true, group: 'batch', kind: 'CronJob' },
    { path: 'spec/jobTemplate/spec/template/metadata/labels', create: true, group: 'batch', kind: 'CronJob' },
  ];
}

export function commonLabelFieldSpecs(): FieldSpec[] {
  const affinity = ['podAffinity', 'podAntiAffinity'].flatMap((side) => [
    `affinity/${side}/preferredDuringSchedulingIgnoredDuringExecution/podAffinityTerm/labelSelector/matchLabels`,
    `affinity/${side}/requiredDuringSchedulingIgnoredDuringExecution/labelSelector/matchLabels`,
  ]);
  const inPods = (kind: string): FieldSpec[] =>
    [...affinity, 'topologySpreadConstraints/labelSelector/matchLabels'].map((path) => ({
      path: `spec/template/spec/${path}`,
      group: 'apps',
      kind,
    }));
  const policy = { group: 'networking.k8s.io', kind: 'NetworkPolicy' };
  return [
    { path: 'spec/selector', create: true, version: 'v1', kind: 'Service' },
    { path: 'spec/selector', create: true, version: 'v1', kind: 'ReplicationController' },
    { path: 'spec/selector/matchLabels', create: true, kind: 'Deployment' },
    ...inPods('Deployment'),
    { path: 'spec/selector/matchLabels', create: true, kind: 'ReplicaSet' },
    { path: 'spec/selector/matchLabels', create: true, kind: 'DaemonSet' },
    { path: 'spec/selector/matchLabels', create: true, group: 'apps', kind: 'StatefulSet' },
    ...inPods('StatefulSet'),
    { path: 'spec/selector/matchLabels', group: 'batch', kind: 'Job' },
    { path: 'spec/jobTemplate/spec/selector/matchLabels', group: 'batch', kind: 'CronJob' },
    { path: 'spec/selector/matchLabels', group: 'policy', kind: 'PodDisruptionBudget' },
    { path: 'spec/podSelector/matchLabels', ...policy },
    { path: 'spec/ingress/from/podSelector/matchLabels', ...policy },
    { path: 'spec/egress/to/podSelector/matchLabels', ...policy },
    ...templateLabelFieldSpecs(),
  ];
}

export function commonAnnotationFieldSpecs(): FieldSpec[] {
  const path = 'spec/template/metadata/annotations';
  const create = true;
  return [
    { path: 'metadata/annotations', create },
    { path, create, version: 'v1', kind: 'ReplicationController' },
    ...['Deployment', 'ReplicaSet', 'DaemonSet', 'StatefulSet'].map((kind) => ({ path, create, kind })),
    { path, create, group: 'batch', kind: 'Job' },
    { path: 'spec/jobTemplate/metadata/annotations', create, group: 'batch', kind: 'CronJob' },
    { path: 'spec/jobTemplate/spec/template/metadata/annotations', create, group: 'batch', kind: 'CronJob' },
  ];
}

export function imageFieldSpecs(): FieldSpec[] {
  return ['spec', 'spec/template/spec'].flatMap((pod) =>
    ['containers[]/image', 'initContainers[]/image', 'volumes[]/image/reference'].map((path) => ({
      path: `${pod}/${path}`,
      create: true,
    })),
  );
}

export function replicaFieldSpecs(): FieldSpec[] {
  return ['Deployment', 'ReplicationController', 'ReplicaSet', 'StatefulSet'].map((kind) => ({
    path: 'spec/replicas',
    create: true,
    kind,
  }));
}

export function varReferenceFieldSpecs(): FieldSpec[] {
  const inContainers = ['args', 'command', 'env/value', 'volumeMounts/mountPath'];
  const specs: FieldSpec[] = [];
  for (const kind of ['CronJob', 'DaemonSet', 'Deployment', 'Job', 'Pod', 'ReplicaSet', 'StatefulSet']) {
    const pod =
      kind === 'Pod' ? 'spec' : kind === 'CronJob' ? 'spec/jobTemplate/spec/template/spec' : 'spec/template/spec';
    for (const containers of ['containers', 'initContainers']) {
      for (const path of inContainers) specs.push({ path: `${pod}/${containers}/${path}`, kind });
    }
    if (kind === 'CronJob') specs.push({ path: 'spec/jobTemplate/spec/template/volumes/nfs/server', kind });
    else if (kind === 'StatefulSet') specs.push({ path: 'spec/volumeClaimTemplates/spec/nfs/server', kind });
    else specs.push({ path: `${pod}/volumes/nfs/server`, kind });
  }
  return [
    ...specs,
    { path: 'spec/template/metadata/annotations', kind: 'Deployment' },
    { path: 'spec/rules/host', kind: 'Ingress' },
    { path: 'spec/tls/hosts', kind: 'Ingress' },
    { path: 'spec/tls/secretName', kind: 'Ingress' },
    { path: 'spec/ports/port', kind: 'Service' },
    { path: 'spec/ports/targetPort', kind: 'Service' },
    { path: 'spec/nfs/server', kind: 'PersistentVolume' },
    { path: 'metadata/labels' },
    { path: 'metadata/annotations' },
  ];
}

export function nameReferences(): NameReference[] {
  const owners = (path: string): FieldSpec[] => POD_OWNERS.map(([kind, pod]) => ({ path: `${pod}/${path}`, kind }));
  const scaled = ['Deployment', 'ReplicationController', 'ReplicaSet', 'StatefulSet'];
  return [
    ...scaled.map((kind) => ({
      kind,
      fieldSpecs: [{ path: 'spec/scaleTargetRef/name', kind: 'HorizontalPodAutoscaler' }],
    })),
    { kind: 'ConfigMap', version: 'v1', fieldSpecs: configMapReferrers() },
    { kind: 'Secret', version: 'v1', fieldSpecs: secretReferrers() },
    { kind: 'Service', version: 'v1', fieldSpecs: serviceReferrers() },
    { kind: 'Role', group: RBAC, fieldSpecs: [{ path: 'roleRef/name', kind: 'RoleBinding', group: RBAC }] },
    {
      kind: 'ClusterRole',
      group: RBAC,
      fieldSpecs: ['RoleBinding', 'ClusterRoleBinding'].map((kind) => ({ path: 'roleRef/name', kind, group: RBAC })),
    },
    {
      kind: 'ServiceAccount',
      version: 'v1',
      fieldSpecs: [
        { path: 'subjects', kind: 'RoleBinding', group: RBAC },
        { path: 'subjects', kind: 'ClusterRoleBinding', group: RBAC },
        ...owners('serviceAccountName'),
      ],
    },
    {
      kind: 'PersistentVolumeClaim',
      version: 'v1',
      fieldSpecs: owners('volumes/persistentVolumeClaim/claimName'),
    },
    {
      kind: 'PersistentVolume',
      version: 'v1',
      fieldSpecs: [
        { path: 'spec/volumeName', kind: 'PersistentVolumeClaim' },
        { path: 'rules/resourceNames', kind: 'ClusterRole' },
      ],
    },
    {
      kind: 'StorageClass',
      version: 'v1',
      group: 'storage.k8s.io',
      fieldSpecs: [
        { path: 'spec/storageClassName', kind: 'PersistentVolume' },
        { path: 'spec/storageClassName', kind: 'PersistentVolumeClaim' },
        { path: 'spec/volumeClaimTemplates/spec/storageClassName', kind: 'StatefulSet' },
      ],
    },
    {
      kind: 'PriorityClass',
      version: 'v1',
      group: 'scheduling.k8s.io',
      fieldSpecs: owners('priorityClassName'),
    },
    {
      // A group that no class has, so that these names are never mended: upstream's own slip.
      kind: 'IngressClass',
      version: 'v1',
      group: 'networking.k8s.io/v1',
      fieldSpecs: [{ path: 'spec/ingressClassName', kind: 'Ingress' }],
    },
    {
      kind: 'ValidatingAdmissionPolicy',
      group: ADMISSION,
      fieldSpecs: [{ path: 'spec/policyName', kind: 'ValidatingAdmissionPolicyBinding', group: ADMISSION }],
    },
  ];
}

function inPodSpecs(paths: readonly string[]): FieldSpec[] {
  return POD_SPECS.flatMap(([kind, pod, version]) =>
    paths.map((path) => ({ path: `${pod}/${path}`, kind, ...(version ? { version } : {}) })),
  );
}

function configMapReferrers(): FieldSpec[] {
  return [
    ...inPodSpecs([
      'volumes/configMap/name',
      'containers/env/valueFrom/configMapKeyRef/name',
      'initContainers/env/valueFrom/configMapKeyRef/name',
      'containers/envFrom/configMapRef/name',
      'initContainers/envFrom/configMapRef/name',
      'volumes/projected/sources/configMap/name',
    ]),
    { path: 'spec/configSource/configMap', kind: 'Node' },
    { path: 'rules/resourceNames', kind: 'Role' },
    { path: 'rules/resourceNames', kind: 'ClusterRole' },
    { path: 'metadata/annotations/nginx.ingress.kubernetes.io\\/fastcgi-params-configmap', kind: 'Ingress' },
  ];
}

function secretReferrers(): FieldSpec[] {
  return [
    ...inPodSpecs([
      'volumes/secret/secretName',
      'containers/env/valueFrom/secretKeyRef/name',
      'initContainers/env/valueFrom/secretKeyRef/name',
      'containers/envFrom/secretRef/name',
      'initContainers/envFrom/secretRef/name',
      'imagePullSecrets/name',
      'volumes/projected/sources/secret/name',
    ]),
    { path: 'spec/tls/secretName', kind: 'Ingress' },
    { path: 'metadata/annotations/ingress.kubernetes.io\\/auth-secret', kind: 'Ingress' },
    { path: 'metadata/annotations/nginx.ingress.kubernetes.io\\/auth-secret', kind: 'Ingress' },
    { path: 'metadata/annotations/nginx.ingress.kubernetes.io\\/auth-tls-secret', kind: 'Ingress' },
    { path: 'imagePullSecrets/name', kind: 'ServiceAccount' },
    { path: 'parameters/secretName', kind: 'StorageClass' },
    { path: 'parameters/adminSecretName', kind: 'StorageClass' },
    { path: 'parameters/userSecretName', kind: 'StorageClass' },
    { path: 'parameters/secretRef', kind: 'StorageClass' },
    { path: 'rules/resourceNames', kind: 'Role' },
    { path: 'rules/resourceNames', kind: 'ClusterRole' },
    {
      path: 'spec/template/spec/containers/env/valueFrom/secretKeyRef/name',
      kind: 'Service',
      group: 'serving.knative.dev',
      version: 'v1',
    },
    { path: 'spec/azureFile/secretName', kind: 'PersistentVolume' },
  ];
}

function serviceReferrers(): FieldSpec[] {
  return [
    { path: 'spec/serviceName', kind: 'StatefulSet', group: 'apps' },
    { path: 'spec/rules/http/paths/backend/serviceName', kind: 'Ingress' },
    { path: 'spec/backend/serviceName', kind: 'Ingress' },
    { path: 'spec/rules/http/paths/backend/service/name', kind: 'Ingress' },
    { path: 'spec/defaultBackend/service/name', kind: 'Ingress' },
    { path: 'spec/service/name', kind: 'APIService', group: 'apiregistration.k8s.io' },
    { path: 'webhooks/clientConfig/service', kind: 'ValidatingWebhookConfiguration', group: ADMISSION },
    { path: 'webhooks/clientConfig/service', kind: 'MutatingWebhookConfiguration', group: ADMISSION },
  ];
}
