/** Cluster roles that are made of others hold the rules of those (kubernetes `pkg/controller/clusterroleaggregation`). */
import { deepEqual, jsonOf } from '../../../apimachinery/json';
import type { KubeObject } from '../../../apimachinery/meta';
import { aggregatedRules } from '../../../apimachinery/rbac';
import type { Controller } from '../../controller';

const CLUSTER_ROLES = { group: 'rbac.authorization.k8s.io', version: 'v1', resource: 'clusterroles' };
const RESOURCE = 'clusterroles.rbac.authorization.k8s.io';

const controller: Controller = {
  name: 'clusterrole-aggregation-controller',
  user: 'system:serviceaccount:kube-system:clusterrole-aggregation-controller',
  fieldManager: 'clusterrole-aggregation-controller',
  watches: [
    {
      resource: RESOURCE,
      // Any of them may be part of any that gathers.
      keys: (_, cache) => cache.list(RESOURCE).filter(isAggregated).map(nameOf),
    },
  ],
  async reconcile(name, { cache, client }) {
    const role = cache.get(RESOURCE, '', name);
    if (!role || !isAggregated(role)) return undefined;
    const rules = jsonOf(aggregatedRules(role, cache.list(RESOURCE)));
    if (deepEqual(rules, role['rules'] ?? [])) return undefined;
    const applied = { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', metadata: { name }, rules };
    await client.patch(CLUSTER_ROLES, '', name, 'apply', applied, {
      fieldManager: 'clusterrole-aggregation-controller',
      force: 'true',
    });
    return undefined;
  },
};

function isAggregated(role: KubeObject): boolean {
  return role['aggregationRule'] !== undefined && role['aggregationRule'] !== null;
}

function nameOf({ metadata }: KubeObject): string {
  return metadata.name ?? '';
}

export default controller;
