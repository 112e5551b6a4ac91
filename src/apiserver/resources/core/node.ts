/** Nodes (pkg/registry/core/node/strategy.go): they keep the status they are created with. */
import { duplicate, type FieldError, forbiddenField, invalid } from '../../../apimachinery/field-error';
import { parseCIDR, validateLegacyCIDR } from '../../../apimachinery/ip';
import type { Json } from '../../../apimachinery/json';
import type { KubeObject } from '../../../apimachinery/meta';
import type { ResourceDefinition } from '../../resource';
import type { Quantities } from '../../validation/core-types';
import { validateResourceQuantity } from '../../validation/resources';
import { type Taint, validateTaints } from '../../validation/taints';
import { AGE, ageOf, column, NAME, nameOf, wide } from '../columns';
import { defaultResourceList } from '../defaults/resource-lists';

interface NodeSpec {
  podCIDR?: string;
  podCIDRs?: string[];
  providerID?: string;
  unschedulable?: boolean;
  taints?: Taint[];
  externalID?: string;
  configSource?: object;
}

const definition: ResourceDefinition = {
  group: '',
  resource: 'nodes',
  hasGeneration: false,
  keepsStatusOnCreate: true,
  columns: [
    NAME,
    column('Status', { description: 'The status of the node' }),
    column('Roles', { description: 'The roles of the node' }),
    AGE,
    column('Version', { description: 'Kubelet Version reported by the node.' }),
    wide('Internal-IP'),
    wide('External-IP'),
    wide('OS-Image', 'OS Image reported by the node from /etc/os-release (e.g. Debian GNU/Linux 7 (wheezy)).'),
    wide('Kernel-Version', "Kernel Version reported by the node from 'uname -r' (e.g. 3.16.0-0.bpo.4-amd64)."),
    wide(
      'Container-Runtime',
      'ContainerRuntime Version reported by the node through runtime remote API (e.g. containerd://1.4.2).',
    ),
  ],
  cells(object, now) {
    const info = object.status?.nodeInfo ?? {};
    const architecture = info.architecture ? ` (${info.architecture})` : '';
    return [
      nameOf(object),
      nodeStatus(object),
      nodeRoles(object).join(',') || '<none>',
      ageOf(object, now),
      info.kubeletVersion ?? '',
      nodeAddress(object, 'InternalIP'),
      nodeAddress(object, 'ExternalIP'),
      info.osImage || '<unknown>',
      (info.kernelVersion || '<unknown>') + architecture,
      info.containerRuntimeVersion || '<unknown>',
    ];
  },
  defaults: defaultNode,
  prepareForCreate(object) {
    if (object.spec?.configSource) delete object.spec.configSource;
    if (object.status?.config) delete object.status.config;
  },
  validate(object, old) {
    const errors: FieldError[] = [];
    const spec: NodeSpec = object.spec ?? {};
    // Upstream looks for them under metadata.
    validateTaints('metadata.taints', spec.taints, errors);
    validateResources(object, errors);
    validatePodCIDRs(spec.podCIDRs, errors, old?.spec?.podCIDRs);
    return errors;
  },
  validateUpdate: validateNodeUpdate,
  warnings(object) {
    const spec: NodeSpec = object.spec ?? {};
    const warnings: string[] = [];
    if (spec.configSource) warnings.push('spec.configSource: the feature is removed');
    if (spec.externalID) warnings.push('spec.externalID: this field is deprecated, and is unused by Kubernetes');
    return warnings;
  },
  selectableFields: { 'spec.unschedulable': (object) => String(object.spec?.unschedulable === true) },
  subresources: { status: { validateUpdate: validateNodeUpdate } },
};
export default definition;

/** SetDefaults_NodeStatus, and the two forms of the pod network kept alike (Convert_v1_NodeSpec_To_core_NodeSpec). */
function defaultNode(object: KubeObject): void {
  object.spec ??= {};
  const spec: NodeSpec = object.spec;
  if (spec.unschedulable === false) delete spec.unschedulable;
  if (spec.podCIDR && !spec.podCIDRs?.length) spec.podCIDRs = [spec.podCIDR];
  else if (!spec.podCIDR && spec.podCIDRs?.[0]) spec.podCIDR = spec.podCIDRs[0];
  object.status ??= {};
  const { status } = object;
  if (status.capacity) {
    defaultResourceList(status.capacity);
    status.allocatable ??= { ...status.capacity };
  }
  if (status.allocatable) defaultResourceList(status.allocatable);
  // What Go's types write out although it is empty.
  status.daemonEndpoints ??= { kubeletEndpoint: { Port: 0 } };
  status.nodeInfo ??= {};
  for (const field of [
    'architecture',
    'bootID',
    'containerRuntimeVersion',
    'kernelVersion',
    'kubeProxyVersion',
    'kubeletVersion',
    'machineID',
    'operatingSystem',
    'osImage',
    'systemUUID',
  ])
    status.nodeInfo[field] ??= '';
}

function validateResources(object: KubeObject, errors: FieldError[]): void {
  for (const list of ['capacity', 'allocatable']) {
    const amounts: Quantities = object.status?.[list] ?? {};
    for (const name of Object.keys(amounts))
      validateResourceQuantity(`status.${list}.${name}`, name, amounts[name] as Json, errors);
  }
}

function validatePodCIDRs(cidrs: readonly string[] = [], errors: FieldError[], old?: readonly string[]): void {
  cidrs.forEach((cidr, i) => {
    validateLegacyCIDR(`spec.podCIDRs[${i}]`, cidr, errors, old);
  });
  if (cidrs.length < 2) return;
  const families = new Set(cidrs.map((cidr) => parseCIDR(cidr)?.address.family));
  if (families.size !== 2 || cidrs.length > 2)
    errors.push(invalid('spec.podCIDRs', [...cidrs], 'may specify no more than one CIDR for each IP family'));
}

function validateNodeUpdate(object: KubeObject, old: KubeObject): FieldError[] {
  const errors: FieldError[] = [];
  const spec: NodeSpec = object.spec ?? {};
  const oldSpec: NodeSpec = old.spec ?? {};
  validateResources(object, errors);
  const addresses = new Set<string>();
  for (const [i, { type = '', address = '' }] of (object.status?.addresses ?? []).entries()) {
    const key = JSON.stringify({ Type: type, Address: address });
    if (addresses.has(key)) errors.push(duplicate(`status.addresses[${i}]`, JSON.parse(key)));
    addresses.add(key);
  }
  const text = 'node updates may not change podCIDR except from "" to valid';
  if (oldSpec.podCIDRs?.length) {
    if (oldSpec.podCIDRs.length !== spec.podCIDRs?.length) errors.push(forbiddenField('spec.podCIDRs', text));
    else
      oldSpec.podCIDRs.forEach((cidr, i) => {
        if (cidr !== spec.podCIDRs?.[i]) errors.push(forbiddenField('spec.podCIDRs', text));
      });
  }
  if (oldSpec.providerID && oldSpec.providerID !== spec.providerID)
    errors.push(forbiddenField('spec.providerID', 'node updates may not change providerID except from "" to valid'));
  validateTaints('metadata.taints', spec.taints, errors);
  if ((spec.externalID ?? '') !== (oldSpec.externalID ?? ''))
    errors.push(forbiddenField('spec.externalID', 'may not be updated'));
  return errors;
}

/** `Ready`, `NotReady` or `Unknown`, and whether it takes pods. */
function nodeStatus(object: KubeObject): string {
  const conditions: { type?: string; status?: string }[] = object.status?.conditions ?? [];
  const ready = conditions.findLast((condition) => condition.type === 'Ready');
  const status = !ready ? 'Unknown' : ready.status === 'True' ? 'Ready' : 'NotReady';
  return object.spec?.unschedulable ? `${status},SchedulingDisabled` : status;
}

/** The roles that labels give a node, sorted (findNodeRoles). */
export function nodeRoles(object: KubeObject): string[] {
  const prefix = 'node-role.kubernetes.io/';
  const roles = new Set<string>();
  for (const [key, value] of Object.entries(object.metadata.labels ?? {})) {
    if (key.startsWith(prefix) && key.length > prefix.length) roles.add(key.slice(prefix.length));
    else if (key === 'kubernetes.io/role' && value !== '') roles.add(value);
  }
  return [...roles].sort();
}

function nodeAddress(object: KubeObject, type: string): string {
  const addresses: { type?: string; address?: string }[] = object.status?.addresses ?? [];
  return addresses.find((address) => address.type === type)?.address ?? '<none>';
}
