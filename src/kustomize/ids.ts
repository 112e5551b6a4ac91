/** How kustomize names resources: group, version, kind, name, namespace (kyaml/resid). */

export interface Gvk {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

/** Part of one: what a selector says; '' or absent means any. */
export type GvkSelector = Partial<Gvk>;

export interface ResId extends Gvk {
  readonly name: string;
  readonly namespace: string;
}

export function gvkOf(apiVersion: string, kind: string): Gvk {
  const at = apiVersion.indexOf('/');
  return at < 0
    ? { group: '', version: apiVersion, kind }
    : { group: apiVersion.slice(0, at), version: apiVersion.slice(at + 1), kind };
}

/** Gvk.IsSelected */
export function isSelected(gvk: Gvk, { group, version, kind }: GvkSelector): boolean {
  return (!group || gvk.group === group) && (!version || gvk.version === version) && (!kind || gvk.kind === kind);
}

export function sameGvk(a: Gvk, b: Gvk): boolean {
  return a.group === b.group && a.version === b.version && a.kind === b.kind;
}

/** Of one namespace, and in everything else the same (ResId.Equals). */
export function sameId(a: ResId, b: ResId): boolean {
  return a.name === b.name && sameGvk(a, b) && sameNamespace(a, b);
}

/** Equal for the same ids, and only for them. */
export function keyOfId(id: ResId): string {
  return [id.group, id.version, id.kind, id.name, effectiveNamespace(id)].join('\0');
}

export function sameNamespace(a: ResId, b: ResId): boolean {
  return effectiveNamespace(a) === effectiveNamespace(b);
}

export const NOT_A_NAMESPACE = '_non_namespaceable_';

/** Where it is: `default` when it doesn't say, nowhere for kinds that have no namespace. */
export function effectiveNamespace(id: ResId): string {
  if (isClusterScoped(id)) return NOT_A_NAMESPACE;
  return id.namespace === '' ? 'default' : id.namespace;
}

/** `Deployment.v1.apps` */
export function formatGvk({ group, version, kind }: GvkSelector): string {
  return `${kind || '[noKind]'}.${version || '[noVer]'}.${group || '[noGrp]'}`;
}

/** `Deployment.v1.apps/web.prod` */
export function formatId(id: Partial<ResId>): string {
  return `${formatGvk(id)}/${id.name || '[noName]'}.${id.namespace || '[noNs]'}`;
}

/** Kinds that upstream knows to have no namespace (kyaml/openapi precomputedIsNamespaceScoped); any other may have one. */
const CLUSTER_SCOPED: Readonly<Record<string, readonly string[]>> = {
  'admissionregistration.k8s.io': [
    'v1/MutatingWebhookConfiguration',
    'v1/ValidatingWebhookConfiguration',
    'v1beta1/MutatingWebhookConfiguration',
    'v1beta1/ValidatingWebhookConfiguration',
  ],
  'apiextensions.k8s.io': ['v1/CustomResourceDefinition', 'v1beta1/CustomResourceDefinition'],
  'apiregistration.k8s.io': ['v1/APIService', 'v1beta1/APIService'],
  'certificates.k8s.io': ['v1/CertificateSigningRequest', 'v1beta1/CertificateSigningRequest'],
  'flowcontrol.apiserver.k8s.io': ['v1beta1/FlowSchema', 'v1beta1/PriorityLevelConfiguration'],
  'networking.k8s.io': ['v1/IngressClass', 'v1beta1/IngressClass'],
  'node.k8s.io': ['v1/RuntimeClass', 'v1beta1/RuntimeClass'],
  policy: ['v1beta1/PodSecurityPolicy'],
  'rbac.authorization.k8s.io': [
    'v1/ClusterRole',
    'v1/ClusterRoleBinding',
    'v1beta1/ClusterRole',
    'v1beta1/ClusterRoleBinding',
  ],
  'scheduling.k8s.io': ['v1/PriorityClass', 'v1beta1/PriorityClass'],
  'storage.k8s.io': [
    'v1/CSIDriver',
    'v1/CSINode',
    'v1/StorageClass',
    'v1/VolumeAttachment',
    'v1beta1/CSIDriver',
    'v1beta1/CSINode',
    'v1beta1/StorageClass',
    'v1beta1/VolumeAttachment',
  ],
  '': ['v1/ComponentStatus', 'v1/Namespace', 'v1/Node', 'v1/NodeProxyOptions', 'v1/PersistentVolume'],
};

export function isClusterScoped({ group, version, kind }: Gvk): boolean {
  const known = Object.hasOwn(CLUSTER_SCOPED, group) ? CLUSTER_SCOPED[group] : undefined;
  return known?.includes(`${version}/${kind}`) ?? false;
}

/** The legacy order's place of a kind: before all others, after them, or 0 (gvk.go orderFirst, orderLast). */
export function typeOrder(kind: string, first: readonly string[] = ORDER_FIRST, last = ORDER_LAST): number {
  const behind = last.lastIndexOf(kind);
  if (behind >= 0) return behind + 1;
  const ahead = first.lastIndexOf(kind);
  return ahead < 0 ? 0 : ahead - first.length;
}

/** Gvk.IsLessThan as a comparison. */
export function compareGvks(a: GvkSelector, b: GvkSelector): number {
  const order = typeOrder(a.kind ?? '') - typeOrder(b.kind ?? '');
  if (order !== 0) return order;
  return compareText(sortText(a), sortText(b));
}

/** `apps_v1_Deployment`, with marks for what is missing. */
export function sortText({ group, version, kind }: GvkSelector): string {
  return `${group || '~G'}_${version || '~V'}_${kind || '~K'}`;
}

export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

export const ORDER_FIRST: readonly string[] = [
  'Namespace',
  'ResourceQuota',
  'StorageClass',
  'CustomResourceDefinition',
  'ServiceAccount',
  'PodSecurityPolicy',
  'Role',
  'ClusterRole',
  'RoleBinding',
  'ClusterRoleBinding',
  'ConfigMap',
  'Secret',
  'Endpoints',
  'Service',
  'LimitRange',
  'PriorityClass',
  'PersistentVolume',
  'PersistentVolumeClaim',
  'Deployment',
  'StatefulSet',
  'CronJob',
  'PodDisruptionBudget',
];
export const ORDER_LAST: readonly string[] = ['MutatingWebhookConfiguration', 'ValidatingWebhookConfiguration'];
