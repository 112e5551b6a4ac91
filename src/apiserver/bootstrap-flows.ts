/**
 * The FlowSchemas and PriorityLevelConfigurations that every cluster has (apiserver `pkg/apis/flowcontrol/bootstrap/default.go`). Nothing
 * waits in queues here; they say what a real server would do.
 */
import type { JsonObject } from '../apimachinery/json';
import type { KubeObject } from '../apimachinery/meta';
import { FLOWCONTROL_GROUP } from './bootstrapped-groups';

/** Levels first: schemas refer to them. */
export function bootstrapLevels(): KubeObject[] {
  return [
    object('PriorityLevelConfiguration', 'catch-all', limited(5, 0)),
    object('PriorityLevelConfiguration', 'exempt', {
      type: 'Exempt',
      exempt: { nominalConcurrencyShares: 0, lendablePercent: 0 },
    }),
    ...(
      [
        ['system', 30, 33, [64, 6]],
        ['node-high', 40, 25, [64, 6]],
        ['leader-election', 10, 0, [16, 4]],
        ['workload-high', 40, 50, [128, 6]],
        ['workload-low', 100, 90, [128, 6]],
        ['global-default', 20, 50, [128, 6]],
      ] as const
    ).map(([name, shares, lendable, queues]) =>
      object('PriorityLevelConfiguration', name, limited(shares, lendable, queues)),
    ),
  ];
}

function limited(
  nominalConcurrencyShares: number,
  lendablePercent: number,
  [queues, handSize]: readonly [number?, number?] = [],
): JsonObject {
  const limitResponse: JsonObject =
    queues === undefined || handSize === undefined
      ? { type: 'Reject' }
      : { type: 'Queue', queuing: { queues, handSize, queueLengthLimit: 50 } };
  return { type: 'Limited', limited: { nominalConcurrencyShares, lendablePercent, limitResponse } };
}

const EVERYBODY = [group('system:unauthenticated'), group('system:authenticated')];
const NODES = [group('system:nodes')];
const CONTROLLERS = user('system:kube-controller-manager');
const SCHEDULER = user('system:kube-scheduler');
const SYSTEM_ACCOUNTS: JsonObject = {
  kind: 'ServiceAccount',
  serviceAccount: { name: '*', namespace: 'kube-system' },
};
const ALL_RESOURCES = resources(['*'], '*', ['*'], true);
const ALL_PATHS: JsonObject = { verbs: ['*'], nonResourceURLs: ['*'] };
const LEASES = 'coordination.k8s.io';

export function bootstrapFlowSchemas(): KubeObject[] {
  return [
    schema('exempt', 'exempt', 1, '', [group('system:masters')]),
    schema('catch-all', 'catch-all', 10000, 'ByUser', EVERYBODY),
    schema('system-nodes', 'system', 500, 'ByUser', NODES),
    schema('system-node-high', 'node-high', 400, 'ByUser', NODES, {
      resourceRules: [
        resources(['*'], '', ['nodes', 'nodes/status'], true),
        resources(['*'], LEASES, ['leases'], false),
      ],
    }),
    schema('probes', 'exempt', 2, '', EVERYBODY, {
      nonResourceRules: [{ verbs: ['get'], nonResourceURLs: ['/healthz', '/readyz', '/livez'] }],
    }),
    schema('system-leader-election', 'leader-election', 100, 'ByUser', [CONTROLLERS, SCHEDULER, SYSTEM_ACCOUNTS], {
      resourceRules: [resources(['get', 'create', 'update'], LEASES, ['leases'], false)],
    }),
    schema('kube-controller-manager', 'workload-high', 800, 'ByNamespace', [CONTROLLERS]),
    schema('kube-scheduler', 'workload-high', 800, 'ByNamespace', [SCHEDULER]),
    schema('kube-system-service-accounts', 'workload-high', 900, 'ByNamespace', [SYSTEM_ACCOUNTS]),
    schema('service-accounts', 'workload-low', 9000, 'ByUser', [group('system:serviceaccounts')]),
    schema('global-default', 'global-default', 9900, 'ByUser', EVERYBODY),
  ];
}

/** That its level is there, as the server says of each (`pkg/util/flowcontrol/apf_controller.go` presyncFlowSchemaStatus). */
export function foundCondition({ spec }: KubeObject, lastTransitionTime: string): JsonObject {
  const level = JSON.stringify(spec.priorityLevelConfiguration.name);
  return {
    type: 'Dangling',
    status: 'False',
    lastTransitionTime,
    reason: 'Found',
    message: `This FlowSchema references the PriorityLevelConfiguration object named ${level} and it exists`,
  };
}

function schema(
  name: string,
  level: string,
  matchingPrecedence: number,
  distinguisher: string,
  subjects: JsonObject[],
  rules: JsonObject = { resourceRules: [ALL_RESOURCES], nonResourceRules: [ALL_PATHS] },
): KubeObject {
  return object('FlowSchema', name, {
    priorityLevelConfiguration: { name: level },
    matchingPrecedence,
    ...(distinguisher === '' ? {} : { distinguisherMethod: { type: distinguisher } }),
    rules: [{ subjects, ...rules }],
  });
}

function resources(verbs: string[], apiGroup: string, names: string[], clusterScope: boolean): JsonObject {
  const scope: JsonObject = clusterScope ? { clusterScope } : {};
  return { verbs, apiGroups: [apiGroup], resources: names, ...scope, namespaces: ['*'] };
}

function group(name: string): JsonObject {
  return { kind: 'Group', group: { name } };
}

function user(name: string): JsonObject {
  return { kind: 'User', user: { name } };
}

function object(kind: string, name: string, spec: JsonObject): KubeObject {
  const annotations = { 'apf.kubernetes.io/autoupdate-spec': 'true' };
  return { apiVersion: `${FLOWCONTROL_GROUP}/v1`, kind, metadata: { name, annotations }, spec };
}
