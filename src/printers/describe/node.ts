/** A Node described (kubectl describe.go describeNode). */
import { ageSince } from '../../apimachinery/human-duration';
import { type Quantity, toQuantity, ZERO } from '../../apimachinery/quantity';
import { writeEvents } from './events';
import { type Amounts, add, podAmounts } from './pod-resources';
import { quantityText, rfc1123, sortedBy, sortedKeys } from './values';
import { writeLabelsAndAnnotations } from './workload';
import { type Described, type DescriptionWriter, described, type Related } from './writer';

const ROLE_PREFIX = 'node-role.kubernetes.io/';
const ROLE_LABEL = 'kubernetes.io/role';
const MOST_POOLS = 10;

export interface NodeRelated extends Related {
  /** Those that are not over; undefined where one may not see them. */
  pods: readonly Described[] | undefined;
  /** Its lease, or why there is none. */
  lease: Described | { error: string };
  resourceSlices: readonly Described[];
}

export function describeNode(node: Described, related: NodeRelated): string {
  const { metadata, spec = {}, status = {} } = node;
  return described((writer) => {
    writer.field(0, 'Name', metadata.name);
    writer.field(0, 'Roles', rolesOf(metadata.labels).join(',') || '<none>');
    writeLabelsAndAnnotations(writer, node);
    writer.field(0, 'CreationTimestamp', rfc1123(metadata.creationTimestamp));
    writeTaints(writer, spec.taints);
    writer.field(0, 'Unschedulable', spec.unschedulable ?? false);
    writeLease(writer, related.lease);
    writeConditions(writer, status.conditions);
    writer.write(0, 'Addresses:\n');
    for (const { type, address } of status.addresses ?? []) writer.field(1, type, address);
    writeResourceList(writer, 'Capacity', status.capacity);
    writeResourceList(writer, 'Allocatable', status.allocatable);
    writeResourceSlices(writer, related.resourceSlices);
    writeSystemInfo(writer, status.nodeInfo);
    if (spec.podCIDR) writer.field(0, 'PodCIDR', spec.podCIDR);
    if (spec.podCIDRs?.length > 0) writer.field(0, 'PodCIDRs', spec.podCIDRs.join(','));
    if (spec.providerID) writer.field(0, 'ProviderID', spec.providerID);
    if (related.pods) writePods(writer, related.pods, status, related.now);
    else writer.write(0, 'Pods:\tnot authorized\n');
    writeEvents(writer, related);
  });
}

function rolesOf(labels: Readonly<Record<string, string>> = {}): string[] {
  const roles = new Set<string>();
  for (const [key, value] of Object.entries(labels)) {
    if (key.startsWith(ROLE_PREFIX)) roles.add(key.slice(ROLE_PREFIX.length));
    else if (key === ROLE_LABEL) roles.add(value);
  }
  return [...roles].filter((role) => role !== '').sort();
}

function writeTaints(writer: DescriptionWriter, taints: readonly Described[] | undefined): void {
  const texts = sortedBy(taints, ({ effect = '', key }) => `${effect},${key}`).map(taintText);
  writer.field(0, 'Taints', texts.join('\n\t') || '<none>');
}

/** Taint.ToString. */
function taintText({ key, value, effect }: Described): string {
  if (!effect) return value ? `${key}=${value}:` : key;
  return value ? `${key}=${value}:${effect}` : `${key}:${effect}`;
}

function writeLease(writer: DescriptionWriter, lease: Described): void {
  if ('error' in lease) {
    writer.field(0, 'Lease', `Failed to get lease: ${lease.error}`);
    return;
  }
  const { holderIdentity, acquireTime, renewTime } = lease.spec ?? {};
  writer.write(0, 'Lease:\n');
  writer.field(1, 'HolderIdentity', holderIdentity ?? '<unset>');
  writer.field(1, 'AcquireTime', acquireTime ? rfc1123(acquireTime) : '<unset>');
  writer.field(1, 'RenewTime', renewTime ? rfc1123(renewTime) : '<unset>');
}

function writeConditions(writer: DescriptionWriter, conditions: readonly Described[] = []): void {
  if (conditions.length === 0) return;
  writer.write(0, 'Conditions:\n  Type\tStatus\tLastHeartbeatTime\tLastTransitionTime\tReason\tMessage\n');
  writer.write(1, '----\t------\t-----------------\t------------------\t------\t-------\n');
  for (const { type, status, lastHeartbeatTime, lastTransitionTime, reason = '', message = '' } of conditions)
    writer.write(
      1,
      `${type} \t${status} \t${rfc1123(lastHeartbeatTime)} \t${rfc1123(lastTransitionTime)} \t${reason} \t${message}\n`,
    );
}

function writeResourceList(writer: DescriptionWriter, title: string, list: Described): void {
  const names = sortedKeys(list);
  if (names.length > 0) writer.write(0, `${title}:\n`);
  for (const name of names) writer.field(1, name, quantityText(list[name]));
}

/** Slices by driver and pool, and how many devices they hold. */
function writeResourceSlices(writer: DescriptionWriter, slices: readonly Described[]): void {
  const pools = new Map<string, { driver: string; pool: string; slices: number; devices: number }>();
  for (const { spec } of slices) {
    const { driver, pool, devices = [] } = spec;
    const key = `${driver}/${pool?.name}`;
    const found = pools.get(key) ?? { driver, pool: pool?.name, slices: 0, devices: 0 };
    pools.set(key, { ...found, slices: found.slices + 1, devices: found.devices + devices.length });
  }
  if (pools.size === 0) return;
  writer.write(0, 'Node-Local ResourceSlices:\n');
  writer.write(1, 'Driver\tPool\tSlices\tDevices\n');
  writer.write(1, '------\t----\t------\t-------\n');
  for (const [, pool] of sortedBy([...pools], ([key]) => key).slice(0, MOST_POOLS))
    writer.write(1, `${pool.driver}\t${pool.pool}\t${pool.slices}\t${pool.devices}\n`);
  if (pools.size > MOST_POOLS) writer.write(1, `...and ${pools.size - MOST_POOLS} more pools\n`);
}

function writeSystemInfo(writer: DescriptionWriter, info: Described = {}): void {
  writer.write(0, 'System Info:\n');
  writer.field(1, 'Machine ID', info.machineID ?? '');
  writer.field(1, 'System UUID', info.systemUUID ?? '');
  writer.field(1, 'Boot ID', info.bootID ?? '');
  writer.field(1, 'Kernel Version', info.kernelVersion ?? '');
  writer.field(1, 'OS Image', info.osImage ?? '');
  writer.field(1, 'Operating System', info.operatingSystem ?? '');
  writer.field(1, 'Architecture', info.architecture ?? '');
  writer.field(1, 'Container Runtime Version', info.containerRuntimeVersion ?? '');
  writer.field(1, 'Kubelet Version', info.kubeletVersion ?? '');
}

/** Its pods, and what they take of it together (describeNodeResource). */
function writePods(writer: DescriptionWriter, pods: readonly Described[], status: Described, now: number): void {
  const allocatable = sortedKeys(status.allocatable).length > 0 ? status.allocatable : (status.capacity ?? {});
  const part = (amounts: Amounts, name: string) => {
    const amount = amounts.get(name) ?? ZERO;
    return `${amount} (${percentage(amount, toQuantity(allocatable[name]), name)}%)`;
  };
  writer.field(0, 'Non-terminated Pods', `(${pods.length} in total)`);
  writer.write(1, 'Namespace\tName\t\tCPU Requests\tCPU Limits\tMemory Requests\tMemory Limits\tAge\n');
  writer.write(1, '---------\t----\t\t------------\t----------\t---------------\t-------------\t---\n');
  const requests: Amounts = new Map();
  const limits: Amounts = new Map();
  for (const pod of pods) {
    const { namespace, name, creationTimestamp } = pod.metadata;
    const asked = podAmounts(pod, 'requests', true);
    const allowed = podAmounts(pod, 'limits', true);
    const parts = [part(asked, 'cpu'), part(allowed, 'cpu'), part(asked, 'memory'), part(allowed, 'memory')];
    writer.write(1, `${namespace}\t${name}\t\t${parts.join('\t')}\t${ageSince(creationTimestamp, now)}\n`);
    add(requests, podAmounts(pod, 'requests', false));
    add(limits, podAmounts(pod, 'limits', false));
  }
  writer.write(0, 'Allocated resources:\n  (Total limits may be over 100 percent, i.e., overcommitted.)\n');
  writer.write(1, 'Resource\tRequests\tLimits\n');
  writer.write(1, '--------\t--------\t------\n');
  const names = sortedKeys(allocatable);
  const hugePages = names.filter((name) => name.startsWith('hugepages-'));
  for (const name of ['cpu', 'memory', 'ephemeral-storage', ...hugePages])
    writer.write(1, `${name}\t${part(requests, name)}\t${part(limits, name)}\n`);
  const shown = new Set(['cpu', 'memory', 'ephemeral-storage', 'pods', ...hugePages]);
  for (const name of names.filter((each) => !shown.has(each)))
    writer.write(1, `${name}\t${requests.get(name) ?? ZERO}\t${limits.get(name) ?? ZERO}\n`);
}

function percentage(amount: Quantity, of: Quantity, name: string): number {
  const [part, whole] = name === 'cpu' ? [amount.milliValue(), of.milliValue()] : [amount.value(), of.value()];
  return whole === 0 ? 0 : Math.trunc((part / whole) * 100);
}
