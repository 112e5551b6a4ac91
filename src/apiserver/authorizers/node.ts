/**
 * What the kubelet of a node may do: what belongs to its node and to the pods that are bound to it (kubernetes
 * `plugin/pkg/auth/authorizer/node/node_authorizer.go`). Upstream keeps a graph of what belongs to whom; here the pods of the
 * node are looked through when a kubelet asks, which those of this process need not.
 */
import { parseFieldSelector } from '../../apimachinery/fields';
import type { KubeObject } from '../../apimachinery/meta';
import { ruleAllows } from '../../apimachinery/rbac';
import type { UserInfo } from '../authentication';
import type { AccessAttributes, Authorizer, Decision, Rules } from '../authorization';
import { NODE_RULES } from '../bootstrap-policy/cluster-roles';
import type { ResourceReader } from '../resource';
import { belongsToPod, type Named } from './pod-belongings';

const PREFIX = 'system:node:';
const YES: Decision = Object.freeze({ allowed: true });
const NO_OPINION: Decision = Object.freeze({ allowed: false });

export class NodeAuthorizer implements Authorizer {
  constructor(private readonly read: ResourceReader) {}

  authorize(user: UserInfo, asked: AccessAttributes): Decision | Promise<Decision> {
    const node = nodeOf(user);
    if (node === undefined) return NO_OPINION;
    if (node === '') return no(`unknown node for user ${JSON.stringify(user.name)}`);
    if (asked.isResourceRequest)
      switch (asked.group === '' ? asked.resource : `${asked.resource}.${asked.group}`) {
        case 'secrets':
        case 'configmaps':
          return this.readOne(node, asked);
        case 'persistentvolumeclaims':
          return asked.subresource === 'status' ? this.updateStatus(node, asked) : this.get(node, asked);
        case 'persistentvolumes':
        case 'resourceclaims.resource.k8s.io':
        case 'volumeattachments.storage.k8s.io':
          return this.get(node, asked);
        case 'serviceaccounts':
          return this.serviceAccount(node, asked);
        case 'leases.coordination.k8s.io':
          return lease(node, asked);
        case 'csinodes.storage.k8s.io':
          return csiNode(node, asked);
        case 'resourceslices.resource.k8s.io':
          return this.resourceSlice(node, asked);
        case 'nodes':
          return nodeObject(node, asked);
        case 'pods':
          return this.pod(node, asked);
      }
    return NODE_RULES.some((rule) => ruleAllows(rule, asked)) ? YES : NO_OPINION;
  }

  rulesFor(user: UserInfo): Rules {
    const none = { resourceRules: [], nonResourceRules: [] };
    if (nodeOf(user) === undefined) return { ...none, incomplete: false };
    return { ...none, incomplete: true, error: 'node authorizer does not support user rule resolution' };
  }

  private readOne(node: string, asked: AccessAttributes): Decision | Promise<Decision> {
    if (!['get', 'list', 'watch'].includes(asked.verb)) return no('can only read resources of this type');
    if (asked.subresource) return no('cannot read subresource');
    if (!asked.namespace) return no('can only read namespaced object of this type');
    return this.related(node, asked);
  }

  private updateStatus(node: string, asked: AccessAttributes): Decision | Promise<Decision> {
    if (asked.verb !== 'update' && asked.verb !== 'patch') return no('can only get/update/patch this type');
    return this.related(node, asked);
  }

  private get(node: string, asked: AccessAttributes): Decision | Promise<Decision> {
    if (asked.verb !== 'get') return no('can only get individual resources of this type');
    if (asked.subresource) return no('cannot get subresource');
    return this.related(node, asked);
  }

  private serviceAccount(node: string, asked: AccessAttributes): Decision | Promise<Decision> {
    if (asked.verb === 'get' && !asked.subresource) return this.get(node, asked);
    if (asked.verb !== 'create' || !asked.name) return no('can only create tokens for individual service accounts');
    if (asked.subresource !== 'token') return no('can only create token subresource of serviceaccount');
    return this.related(node, asked);
  }

  private resourceSlice(node: string, asked: AccessAttributes): Decision | Promise<Decision> {
    if (asked.subresource) return no('cannot authorize ResourceSlice subresources');
    switch (asked.verb) {
      case 'create':
        return YES;
      case 'get':
      case 'update':
      case 'patch':
      case 'delete':
        return this.related(node, asked);
      case 'watch':
      case 'list':
      case 'deletecollection':
        if (selects(asked, 'spec.nodeName', node) || selects(asked, 'nodeName', node)) return YES;
        return no('can only list/watch/deletecollection resourceslices with nodeName field selector');
    }
    return no(
      'only the following verbs are allowed for a ResourceSlice: get, watch, list, create, update, patch, delete, deletecollection',
    );
  }

  private pod(node: string, asked: AccessAttributes): Decision | Promise<Decision> {
    const { verb, subresource } = asked;
    if (subresource === 'status') return verb === 'update' || verb === 'patch' ? YES : NO_OPINION;
    if (subresource === 'eviction') return verb === 'create' ? YES : NO_OPINION;
    if (subresource !== '') return NO_OPINION;
    if (verb === 'create' || verb === 'delete') return YES;
    if (verb === 'get') return this.get(node, asked);
    if (verb !== 'list' && verb !== 'watch') return NO_OPINION;
    if (selects(asked, 'spec.nodeName', node)) return YES;
    if (asked.name) return this.related(node, asked);
    return no('can only list/watch pods with spec.nodeName field selector');
  }

  /** Whether the object is one that the node, or a pod of the node, has to do with (hasPathFrom). */
  private async related(node: string, { group, resource, namespace, name }: AccessAttributes): Promise<Decision> {
    if (name === '') return no('No Object name found');
    const wanted: Named = { group, resource, namespace, name };
    if (await this.isRelated(node, wanted)) return YES;
    return no(`no relationship found between node '${node}' and this object`);
  }

  private async isRelated(node: string, wanted: Named): Promise<boolean> {
    const { group, resource, namespace, name } = wanted;
    if (resource === 'volumeattachments' || resource === 'resourceslices') {
      const object = await this.read.get(group, resource, '', name);
      return object?.['spec']?.nodeName === node;
    }
    const pods = await this.read.list('', 'pods', resource === 'persistentvolumes' ? '' : namespace);
    const own = pods.filter((pod: KubeObject) => pod['spec']?.nodeName === node);
    if (resource === 'pods') return own.some((pod) => pod.metadata.name === name);
    for (const pod of own) if (await belongsToPod(this.read, pod, wanted)) return true;
    return false;
  }
}

/** undefined: no node; '': one that does not say which (`pkg/auth/nodeidentifier`). */
function nodeOf({ name, groups }: UserInfo): string | undefined {
  if (!name.startsWith(PREFIX)) return undefined;
  return groups.includes('system:nodes') ? name.slice(PREFIX.length) : undefined;
}

function no(reason: string): Decision {
  return { allowed: false, reason };
}

const LEASE_VERBS: readonly string[] = ['get', 'create', 'update', 'patch', 'delete'];

function lease(node: string, { verb, namespace, name }: AccessAttributes): Decision {
  if (!LEASE_VERBS.includes(verb)) return no('can only get, create, update, patch, or delete a node lease');
  if (namespace !== 'kube-node-lease') return no('can only access leases in the "kube-node-lease" system namespace');
  if (verb !== 'create' && name !== node)
    return no('can only access node lease with the same name as the requesting node');
  return YES;
}

function csiNode(node: string, { verb, subresource, name }: AccessAttributes): Decision {
  if (!LEASE_VERBS.includes(verb)) return no('can only get, create, update, patch, or delete a CSINode');
  if (subresource) return no('cannot authorize CSINode subresources');
  if (verb !== 'create' && name !== node)
    return no('can only access CSINode with the same name as the requesting node');
  return YES;
}

function nodeObject(node: string, { verb, subresource, name }: AccessAttributes): Decision {
  if (subresource === 'status') return verb === 'update' || verb === 'patch' ? YES : NO_OPINION;
  if (subresource !== '') return NO_OPINION;
  if (verb === 'create' || verb === 'update' || verb === 'patch') return YES;
  if (verb !== 'get' && verb !== 'list' && verb !== 'watch') return NO_OPINION;
  if (name === node) return YES;
  if (name === '') return no(`node '${node}' cannot read all nodes, only its own Node object`);
  return no(`node '${node}' cannot read '${name}', only its own Node object`);
}

/** Whether a list or watch is narrowed to what is of this value. */
function selects({ query }: AccessAttributes, field: string, value: string): boolean {
  const selector = query && Object.hasOwn(query, 'fieldSelector') ? query['fieldSelector'] : undefined;
  try {
    return selector !== undefined && parseFieldSelector(selector).exactMatch(field) === value;
  } catch {
    return false;
  }
}
