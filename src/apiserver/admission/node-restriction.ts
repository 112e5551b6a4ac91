/**
 * NodeRestriction: a kubelet writes its own node and the pods on it, and can't draw to itself what is kept from it (kubernetes
 * `plugin/pkg/admission/noderestriction/admission.go`).
 */
import { deepEqual } from '../../apimachinery/json';
import type { KubeObject } from '../../apimachinery/meta';
import { notFound } from '../../apimachinery/status';
import type { UserInfo } from '../authentication';
import type { ServedResource } from '../served-resource';
import { decodeText } from '../validation/base64';
import { admissionForbidden } from './forbidden';
import { audienceComplaint } from './node-token-audience';
import type { AdmissionAttributes, AdmissionPlugin } from './plugin';

const USER_PREFIX = 'system:node:';
const GROUP = 'system:nodes';
const MIRROR = 'kubernetes.io/config.mirror';
const LEASES = 'kube-node-lease';

const KUBELET_SIGNERS: ReadonlySet<unknown> = new Set([
  'kubernetes.io/kubelet-serving',
  'kubernetes.io/kube-apiserver-client-kubelet',
]);

type Check = (node: string, attributes: AdmissionAttributes) => void | Promise<void>;

export const nodeRestriction: AdmissionPlugin = {
  name: 'NodeRestriction',

  handles(operation, { info }, _subresource) {
    return operation !== 'CONNECT' && Object.hasOwn(CHECKS, `${info.group}/${info.plural}`);
  },

  admit(attributes) {
    const { user, resource } = attributes;
    if (!isNode(user)) return;
    const node = user.name.slice(USER_PREFIX.length);
    if (node === '') throw refused(attributes, `could not determine node from user ${JSON.stringify(user.name)}`);
    return checkOf(resource)?.(node, attributes);
  },

  grounds: ({ user }) => (isNode(user) ? undefined : {}),
};

function isNode({ name, groups }: UserInfo): boolean {
  return name.startsWith(USER_PREFIX) && groups.includes(GROUP);
}

function refused(attributes: AdmissionAttributes, why: string) {
  return admissionForbidden(attributes, why);
}

/** All kubelets write the status of pods, again and again. */
function checkOf(resource: ServedResource): Check | undefined {
  if (!checks.has(resource)) checks.set(resource, CHECKS[`${resource.info.group}/${resource.info.plural}`]);
  return checks.get(resource);
}

const checks = new WeakMap<ServedResource, Check | undefined>();

const CHECKS: Readonly<Record<string, Check>> = {
  '/pods': (node, attributes) => {
    const { operation, subresource } = attributes;
    switch (subresource) {
      case '': {
        const named = `node ${JSON.stringify(node)}`;
        if (operation === 'CREATE') return mirrorPod(node, attributes);
        if (operation === 'DELETE')
          return onNode(node, attributes, `${named} can only delete pods with spec.nodeName set to itself`);
        throw refused(
          attributes,
          `unexpected operation ${JSON.stringify(operation)}, ${named} can only create and delete mirror pods`,
        );
      }
      case 'status':
        if (operation !== 'UPDATE') throw refused(attributes, `unexpected operation ${JSON.stringify(operation)}`);
        return podStatus(node, attributes);
      case 'eviction':
        if (operation !== 'CREATE') throw refused(attributes, `unexpected operation ${operation}`);
        return onNode(node, attributes, `node ${node} can only evict pods with spec.nodeName set to itself`);
      default:
        throw refused(
          attributes,
          `unexpected pod subresource ${JSON.stringify(subresource)}, only 'status' and 'eviction' are allowed`,
        );
    }
  },

  '/nodes': (node, attributes) => {
    const { name, object, oldObject, operation } = attributes;
    const named = `node ${JSON.stringify(node)}`;
    if (name !== node) throw refused(attributes, `${named} is not allowed to modify node ${JSON.stringify(name)}`);
    if (operation === 'CREATE') {
      if (object?.['spec']?.configSource)
        throw refused(attributes, `${named} is not allowed to create pods with a non-nil configSource`);
      const wrong = forbiddenLabels(object, undefined);
      if (wrong.length > 0)
        throw refused(attributes, `${named} is not allowed to set the following labels: ${wrong.join(', ')}`);
    }
    if (operation === 'UPDATE') {
      const source = object?.['spec']?.configSource;
      if (source && !deepEqual(source, oldObject?.['spec']?.configSource))
        throw refused(attributes, `${named} is not allowed to update configSource to a new non-nil configSource`);
      if (!deepEqual(object?.['spec']?.taints ?? [], oldObject?.['spec']?.taints ?? []))
        throw refused(attributes, `${named} is not allowed to modify taints`);
      const wrong = forbiddenLabels(object, oldObject);
      if (wrong.length > 0) throw refused(attributes, `is not allowed to modify labels: ${wrong.join(', ')}`);
    }
  },

  '/persistentvolumeclaims': (node, attributes) => {
    const { object, oldObject, operation, subresource } = attributes;
    if (subresource !== 'status') throw refused(attributes, 'may only update PVC status');
    if (operation !== 'UPDATE') throw refused(attributes, `unexpected operation ${JSON.stringify(operation)}`);
    if (!deepEqual(claimRest(object), claimRest(oldObject)))
      throw refused(
        attributes,
        `node ${JSON.stringify(node)} is not allowed to update fields other than status.quantity and status.conditions`,
      );
  },

  '/serviceaccounts': async (node, attributes) => {
    const { core, namespace, object, operation, subresource } = attributes;
    if (operation !== 'CREATE' || subresource !== 'token') return;
    const ref = object?.['spec']?.boundObjectRef as
      | { apiVersion?: string; kind?: string; name?: string; uid?: string }
      | undefined;
    if (ref?.apiVersion !== 'v1' || ref.kind !== 'Pod' || !ref.name)
      throw refused(attributes, 'node requested token not bound to a pod');
    if (!ref.uid) throw refused(attributes, 'node requested token with a pod binding without a uid');
    const pod = await core.reader.get('', 'pods', namespace, ref.name);
    if (!pod) throw notFound({ group: '', resource: 'pods' }, ref.name);
    if (pod.metadata.uid !== ref.uid)
      throw refused(
        attributes,
        `the UID in the bound object reference (${ref.uid}) does not match the UID in record. The object might have been deleted and then recreated`,
      );
    if (pod['spec'].nodeName !== node)
      throw refused(attributes, 'node requested token bound to a pod scheduled on a different node');
    const complaint = await audienceComplaint(attributes, pod);
    if (complaint) throw refused(attributes, complaint);
  },

  'coordination.k8s.io/leases': (node, attributes) => {
    if (attributes.namespace !== LEASES)
      throw refused(attributes, `can only access leases in the ${JSON.stringify(LEASES)} system namespace`);
    if (attributes.name !== node)
      throw refused(attributes, 'can only access node lease with the same name as the requesting node');
  },

  'storage.k8s.io/csinodes': (node, attributes) => {
    if (attributes.name !== node)
      throw refused(attributes, 'can only access CSINode with the same name as the requesting node');
  },

  'resource.k8s.io/resourceslices': (node, attributes) => {
    const { object, oldObject, operation } = attributes;
    if (operation !== 'CREATE' && operation !== 'DELETE') return;
    const slice = operation === 'CREATE' ? object : oldObject;
    if (slice?.['spec']?.nodeName !== node)
      throw refused(
        attributes,
        `can only ${operation.toLowerCase()} ResourceSlice with the same NodeName as the requesting node`,
      );
  },

  'certificates.k8s.io/certificatesigningrequests': async (node, attributes) => {
    const { object, operation } = attributes;
    if (operation !== 'CREATE' || !KUBELET_SIGNERS.has(object?.['spec']?.signerName)) return;
    const { parseRequest } = await import('../certificates/sign-request');
    let commonName: string;
    try {
      ({ commonName } = await parseRequest(decodeText(object?.['spec']?.request ?? '')));
    } catch (error) {
      throw refused(attributes, `unable to parse csr: ${(error as Error).message}`);
    }
    if (commonName !== USER_PREFIX + node)
      throw refused(attributes, `can only create a node CSR with CN=${USER_PREFIX}${node}`);
  },
};

/** admitPodCreate: a pod that the kubelet runs by itself, shown in the API; it may refer to nothing. */
async function mirrorPod(node: string, attributes: AdmissionAttributes): Promise<void> {
  const { core, object } = attributes;
  const named = `node ${JSON.stringify(node)}`;
  const fail = (why: string) => refused(attributes, why);
  if (object?.metadata.annotations?.[MIRROR] === undefined)
    throw fail(`pod does not have ${JSON.stringify(MIRROR)} annotation, ${named} can only create mirror pods`);
  const { spec } = object;
  if (spec.nodeName !== node) throw fail(`${named} can only create pods with spec.nodeName set to itself`);
  const [owner, ...others] = object.metadata.ownerReferences ?? [];
  if (others.length > 0) throw fail(`${named} can only create pods with a single owner reference set to itself`);
  if (owner?.apiVersion !== 'v1' || owner.kind !== 'Node' || owner.name !== node)
    throw fail(`${named} can only create pods with an owner reference set to itself`);
  if (!owner.controller) throw fail(`${named} can only create pods with a controller owner reference set to itself`);
  if (owner.blockOwnerDeletion) throw fail(`${named} must not set blockOwnerDeletion on an owner reference`);
  const own = await core.reader.get('', 'nodes', '', node);
  if (!own) throw notFound({ group: '', resource: 'nodes' }, node);
  if (own.metadata.uid !== owner.uid)
    throw fail(`node ${node} UID mismatch: expected ${owner.uid} got ${own.metadata.uid}`);
  if (spec.serviceAccountName) throw fail(`${named} can not create pods that reference a service account`);
  for (const [what, fields] of REFERENCES)
    if (mentions(spec, fields)) throw fail(`${named} can not create pods that reference ${what}`);
}

const REFERENCES: readonly [string, ReadonlySet<string>][] = [
  [
    'secrets',
    new Set(['secretName', 'secretRef', 'secretKeyRef', 'imagePullSecrets', 'secret', 'nodePublishSecretRef']),
  ],
  ['configmaps', new Set(['configMap', 'configMapRef', 'configMapKeyRef'])],
  ['clustertrustbundles', new Set(['clusterTrustBundle'])],
  ['persistentvolumeclaims', new Set(['persistentVolumeClaim'])],
];

function mentions(value: unknown, fields: ReadonlySet<string>): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(value).some(([name, held]) => fields.has(name) || mentions(held, fields));
}

async function onNode(node: string, attributes: AdmissionAttributes, why: string): Promise<void> {
  const { core, name, namespace, oldObject } = attributes;
  const pod = attributes.operation === 'DELETE' ? oldObject : await core.reader.get('', 'pods', namespace, name);
  if (!pod) throw notFound({ group: '', resource: 'pods' }, name);
  if (pod['spec'].nodeName !== node) throw refused(attributes, why);
}

function podStatus(node: string, attributes: AdmissionAttributes): void {
  const { object, oldObject } = attributes;
  const refusal = (why: string) => refused(attributes, `node ${JSON.stringify(node)} ${why}`);
  if (oldObject?.['spec'].nodeName !== node)
    throw refusal('can only update pod status for pods with spec.nodeName set to itself');
  if (!deepEqual(object?.metadata.labels ?? {}, oldObject.metadata.labels ?? {}))
    throw refusal('cannot update labels through pod status');
  const claims = (pod: KubeObject | undefined) => pod?.['status']?.resourceClaimStatuses ?? [];
  if (!deepEqual(claims(object), claims(oldObject))) throw refusal('cannot update resource claim statues');
}

/** What of a claim a kubelet may not write. */
function claimRest(claim: KubeObject | undefined) {
  const { resourceVersion: _, managedFields: __, ...metadata } = claim?.metadata ?? {};
  const {
    capacity: _a,
    conditions: _b,
    allocatedResources: _c,
    allocatedResourceStatuses: _d,
    ...status
  } = (claim?.['status'] ?? {}) as Record<string, unknown>;
  return JSON.parse(JSON.stringify({ metadata, spec: claim?.['spec'] ?? {}, status }));
}

const KUBELET_LABELS: ReadonlySet<string> = new Set([
  'kubernetes.io/hostname',
  'topology.kubernetes.io/zone',
  'topology.kubernetes.io/region',
  'failure-domain.beta.kubernetes.io/zone',
  'failure-domain.beta.kubernetes.io/region',
  'beta.kubernetes.io/instance-type',
  'node.kubernetes.io/instance-type',
  'kubernetes.io/os',
  'kubernetes.io/arch',
  'beta.kubernetes.io/os',
  'beta.kubernetes.io/arch',
]);
const KUBELET_NAMESPACES = ['kubelet.kubernetes.io', 'node.kubernetes.io'];
const RESTRICTED = 'node-restriction.kubernetes.io';

/** Labels by which pods could be drawn to a node that are not the kubelet's to set (getForbiddenLabels, IsKubeletLabel). */
function forbiddenLabels(node: KubeObject | undefined, old: KubeObject | undefined): string[] {
  const [now, before] = [node?.metadata.labels ?? {}, old?.metadata.labels ?? {}];
  const changed = [...new Set([...Object.keys(now), ...Object.keys(before)])].filter((key) => now[key] !== before[key]);
  return changed.filter(isForbidden).sort();
}

function isForbidden(label: string): boolean {
  const slash = label.indexOf('/');
  const namespace = slash < 0 ? '' : label.slice(0, slash);
  const within = (domain: string) => namespace === domain || namespace.endsWith(`.${domain}`);
  if (within(RESTRICTED)) return true;
  if (!within('kubernetes.io') && !within('k8s.io')) return false;
  return !KUBELET_LABELS.has(label) && !KUBELET_NAMESPACES.some(within);
}
