/**
 * The roles and bindings that an API server makes when it starts, as objects (kubernetes
 * `plugin/pkg/auth/authorizer/rbac/bootstrappolicy`). Those that gather other roles hold what they gather already, as the
 * aggregation controller would leave them.
 */
import { deepFreeze, type Json } from '../../apimachinery/json';
import type { KubeObject } from '../../apimachinery/meta';
import type { PolicyRule } from '../../apimachinery/policy-rules';
import { aggregatedRules } from '../../apimachinery/rbac';
import { type BootstrapRole, CLUSTER_ROLES } from './cluster-roles';
import { CONTROLLER_PREFIX, CONTROLLER_ROLES } from './controller-roles';
import { EVENTS, READ, rule } from './rules';

const GROUP = 'rbac.authorization.k8s.io';
const API_VERSION = `${GROUP}/v1`;
const SYSTEM = 'kube-system';
const PUBLIC = 'kube-public';

export interface BootstrapPolicy {
  clusterroles: readonly KubeObject[];
  clusterrolebindings: readonly KubeObject[];
  roles: readonly KubeObject[];
  rolebindings: readonly KubeObject[];
}

/** Frozen, and made once. */
export function bootstrapPolicy(): BootstrapPolicy {
  policy ??= makePolicy();
  return policy;
}

let policy: BootstrapPolicy | undefined;

function makePolicy(): BootstrapPolicy {
  const roles = [
    ...CLUSTER_ROLES,
    ...Object.entries(CONTROLLER_ROLES).map(([account, rules]) => ({ name: CONTROLLER_PREFIX + account, rules })),
  ].map(clusterRole);
  return deepFreeze({
    clusterroles: roles.map((role) =>
      role['aggregationRule'] ? { ...role, rules: gathered(role, roles) as unknown as Json } : role,
    ),
    clusterrolebindings: [
      ...CLUSTER_BINDINGS.map(([name, subjects]) => binding('ClusterRoleBinding', name, 'ClusterRole', name, subjects)),
      ...Object.keys(CONTROLLER_ROLES).map((account) => {
        const name = CONTROLLER_PREFIX + account;
        return binding('ClusterRoleBinding', name, 'ClusterRole', name, [serviceAccount(account)]);
      }),
    ],
    roles: NAMESPACE_ROLES.map(([namespace, name, rules]) => ({
      apiVersion: API_VERSION,
      kind: 'Role',
      metadata: metadata(name, namespace),
      rules,
    })),
    rolebindings: NAMESPACE_BINDINGS.map(([namespace, name, role, subjects]) =>
      binding('RoleBinding', name, 'Role', role, subjects, namespace),
    ),
  }) as BootstrapPolicy;
}

/** `edit` gathers `view`, and `admin` gathers `edit`: what is gathered is gathered first. */
function gathered(role: KubeObject, roles: readonly KubeObject[]): PolicyRule[] {
  const whole = roles.map((one) =>
    one['aggregationRule'] && one !== role && gathers(role, one) ? { ...one, rules: gathered(one, roles) } : one,
  );
  return aggregatedRules(role, whole);
}

function gathers(role: KubeObject, other: KubeObject): boolean {
  return aggregatedRules(role, [{ ...other, rules: [EVENTS] }]).length > 0;
}

function clusterRole({ name, rules, labels, aggregates }: BootstrapRole): KubeObject {
  return {
    ...(aggregates ? { aggregationRule: { clusterRoleSelectors: [{ matchLabels: { [aggregates]: 'true' } }] } } : {}),
    apiVersion: API_VERSION,
    kind: 'ClusterRole',
    metadata: metadata(name, '', labels),
    rules,
  };
}

function metadata(name: string, namespace = '', labels: Readonly<Record<string, string>> = {}) {
  return {
    annotations: { 'rbac.authorization.kubernetes.io/autoupdate': 'true' },
    labels: { 'kubernetes.io/bootstrapping': 'rbac-defaults', ...labels },
    name,
    ...(namespace ? { namespace } : {}),
  };
}

interface Subject {
  kind: string;
  name: string;
  apiGroup?: string;
  namespace?: string;
}

function binding(
  kind: string,
  name: string,
  roleKind: string,
  role: string,
  subjects: readonly Subject[],
  namespace = '',
): KubeObject {
  return {
    apiVersion: API_VERSION,
    kind,
    metadata: metadata(name, namespace),
    roleRef: { apiGroup: GROUP, kind: roleKind, name: role },
    ...(subjects.length > 0 ? { subjects } : {}),
  };
}

const group = (name: string): Subject => ({ apiGroup: GROUP, kind: 'Group', name });
const user = (name: string): Subject => ({ apiGroup: GROUP, kind: 'User', name });
const serviceAccount = (name: string): Subject => ({ kind: 'ServiceAccount', name, namespace: SYSTEM });

const AUTHENTICATED = group('system:authenticated');
const SCHEDULER = user('system:kube-scheduler');
const MANAGER = user('system:kube-controller-manager');

/** By the name of the role that is bound, which is the binding's own. */
const CLUSTER_BINDINGS: readonly (readonly [string, readonly Subject[]])[] = [
  ['cluster-admin', [group('system:masters')]],
  ['system:monitoring', [group('system:monitoring')]],
  ['system:discovery', [AUTHENTICATED]],
  ['system:basic-user', [AUTHENTICATED]],
  ['system:public-info-viewer', [AUTHENTICATED, group('system:unauthenticated')]],
  ['system:node-proxier', [user('system:kube-proxy')]],
  ['system:kube-controller-manager', [MANAGER]],
  ['system:kube-dns', [serviceAccount('kube-dns')]],
  ['system:kube-scheduler', [SCHEDULER]],
  ['system:volume-scheduler', [SCHEDULER]],
  // Nobody since 1.8: nodes have an authorizer of their own.
  ['system:node', []],
  ['system:service-account-issuer-discovery', [group('system:serviceaccounts')]],
];

const LEADER_LOCKING = [
  rule('create get list update watch', 'coordination.k8s.io', 'leases'),
  rule('create get list update watch', 'coordination.k8s.io', 'leasecandidates'),
];
const SIGNER = `${CONTROLLER_PREFIX}bootstrap-signer`;
const PROVIDER = `${CONTROLLER_PREFIX}cloud-provider`;
const CLEANER = `${CONTROLLER_PREFIX}token-cleaner`;
const READER = 'extension-apiserver-authentication-reader';
const MANAGER_LOCK = 'system::leader-locking-kube-controller-manager';
const SCHEDULER_LOCK = 'system::leader-locking-kube-scheduler';

/** namespace_policy.go */
const NAMESPACE_ROLES: readonly (readonly [string, string, readonly PolicyRule[]])[] = [
  [SYSTEM, READER, [rule(READ, 'core', 'configmaps', 'extension-apiserver-authentication')]],
  [SYSTEM, SIGNER, [rule(READ, 'core', 'secrets')]],
  [SYSTEM, PROVIDER, [rule('create get list watch', 'core', 'configmaps')]],
  [SYSTEM, CLEANER, [rule('delete get list watch', 'core', 'secrets'), EVENTS]],
  [SYSTEM, MANAGER_LOCK, LEADER_LOCKING],
  [SYSTEM, SCHEDULER_LOCK, LEADER_LOCKING],
  [PUBLIC, SIGNER, [rule(READ, 'core', 'configmaps'), rule('update', 'core', 'configmaps', 'cluster-info'), EVENTS]],
];

const NAMESPACE_BINDINGS: readonly (readonly [string, string, string, readonly Subject[]])[] = [
  [SYSTEM, `system::${READER}`, READER, [MANAGER, SCHEDULER]],
  [
    SYSTEM,
    MANAGER_LOCK,
    MANAGER_LOCK,
    [MANAGER, serviceAccount('kube-controller-manager'), serviceAccount('leader-election-controller')],
  ],
  [SYSTEM, SCHEDULER_LOCK, SCHEDULER_LOCK, [SCHEDULER, serviceAccount('kube-scheduler')]],
  [SYSTEM, SIGNER, SIGNER, [serviceAccount('bootstrap-signer')]],
  [SYSTEM, PROVIDER, PROVIDER, [serviceAccount('cloud-provider')]],
  [SYSTEM, CLEANER, CLEANER, [serviceAccount('token-cleaner')]],
  [PUBLIC, SIGNER, SIGNER, [serviceAccount('bootstrap-signer')]],
];
