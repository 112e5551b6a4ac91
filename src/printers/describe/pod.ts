/** A Pod described (kubectl describe.go describePod). */
import { ageSince } from '../../apimachinery/human-duration';
import { type ContainersOptions, writeContainers, writeResources } from './containers';
import { writeEvents } from './events';
import { writeAnnotations, writeLabels, writeTolerations } from './maps';
import { writeSchedulingGroup, writeTopologySpread } from './pod-template';
import { controllerText, rfc1123 } from './values';
import { writeVolumes } from './volumes';
import { type Described, type DescriptionWriter, described, type Related } from './writer';

export function describePod(pod: Described, related: Related): string {
  const { spec = {}, status = {} } = pod;
  return described((writer) => {
    writeWhereAndWhen(writer, pod);
    writePhase(writer, pod, related.now);
    writeAddresses(writer, status);
    const controlledBy = controllerText(pod);
    if (controlledBy) writer.field(0, 'Controlled By', controlledBy);
    if (status.nominatedNodeName) writer.field(0, 'NominatedNodeName', status.nominatedNodeName);
    if (spec.resources) {
      writer.write(0, 'Resources:\n');
      writeResources(writer, spec.resources, 1);
    }
    writeAllContainers(writer, pod);
    writeConditions(writer, pod);
    writeVolumes(writer, spec.volumes, '');
    writer.field(0, 'QoS Class', status.qosClass ?? '');
    writeLabels(writer, 'Node-Selectors', spec.nodeSelector);
    writeTolerations(writer, 'Tolerations', spec.tolerations);
    writeTopologySpread(writer, spec.topologySpreadConstraints, '');
    writeSchedulingGroup(writer, spec.schedulingGroup, '');
    writeEvents(writer, related);
  });
}

function writeWhereAndWhen(writer: DescriptionWriter, { metadata, spec = {}, status = {} }: Described): void {
  writer.field(0, 'Name', metadata.name);
  writer.field(0, 'Namespace', metadata.namespace);
  if (spec.priority !== undefined) writer.field(0, 'Priority', spec.priority);
  if (spec.priorityClassName) writer.field(0, 'Priority Class Name', spec.priorityClassName);
  if (spec.runtimeClassName) writer.field(0, 'Runtime Class Name', spec.runtimeClassName);
  if (spec.serviceAccountName) writer.field(0, 'Service Account', spec.serviceAccountName);
  writer.field(0, 'Node', spec.nodeName ? `${spec.nodeName}/${status.hostIP ?? ''}` : '<none>');
  if (status.startTime) writer.field(0, 'Start Time', rfc1123(status.startTime));
  writeLabels(writer, 'Labels', metadata.labels);
  writeAnnotations(writer, 'Annotations', metadata.annotations);
}

function writePhase(writer: DescriptionWriter, { metadata, spec = {}, status = {} }: Described, now: number): void {
  const { phase = '' } = status;
  if (metadata.deletionTimestamp && phase !== 'Failed' && phase !== 'Succeeded') {
    writer.field(0, 'Status', `Terminating (lasts ${ageSince(metadata.deletionTimestamp, now)})`);
    writer.field(0, 'Termination Grace Period', `${metadata.deletionGracePeriodSeconds ?? 0}s`);
  } else writer.field(0, 'Status', phase);
  if (status.reason) writer.field(0, 'Reason', status.reason);
  if (status.message) writer.field(0, 'Message', status.message);
  const profile = spec.securityContext?.seccompProfile;
  if (!profile) return;
  writer.field(0, 'SeccompProfile', profile.type);
  if (profile.type === 'Localhost') writer.field(0, 'LocalhostProfile', profile.localhostProfile ?? '');
}

function writeAddresses(writer: DescriptionWriter, { podIP = '', podIPs = [] }: Described): void {
  writer.field(0, 'IP', podIP);
  writer.write(0, podIPs.length === 0 ? 'IPs:\t<none>\n' : 'IPs:\n');
  for (const { ip } of podIPs) writer.field(1, 'IP', ip);
}

function writeAllContainers(writer: DescriptionWriter, pod: Described): void {
  const { spec = {}, status = {} } = pod;
  const resolve = (fieldPath: string) => fieldOfPod(pod, fieldPath);
  const write = (options: Pick<ContainersOptions, 'label' | 'containers' | 'statuses'>) =>
    writeContainers(writer, { ...options, resolve, indent: '' });
  if (spec.initContainers?.length > 0)
    write({ label: 'Init Containers', containers: spec.initContainers, statuses: status.initContainerStatuses });
  write({ label: 'Containers', containers: spec.containers ?? [], statuses: status.containerStatuses });
  if (spec.ephemeralContainers?.length > 0) {
    const statuses = status.ephemeralContainerStatuses;
    write({ label: 'Ephemeral Containers', containers: spec.ephemeralContainers, statuses });
  }
}

/** kubectl knows the pod's name and namespace by field path, and nothing else of it. */
function fieldOfPod({ metadata }: Described, fieldPath: string): string {
  if (fieldPath === 'metadata.name') return metadata.name;
  return fieldPath === 'metadata.namespace' ? metadata.namespace : '';
}

function writeConditions(writer: DescriptionWriter, { spec = {}, status = {} }: Described): void {
  const conditions: readonly Described[] = status.conditions ?? [];
  const gates: readonly Described[] = spec.readinessGates ?? [];
  if (gates.length > 0) writer.write(0, 'Readiness Gates:\n  Type\tStatus\n');
  for (const { conditionType } of gates) {
    const found = conditions.find(({ type }) => type === conditionType)?.status ?? '<none>';
    writer.write(1, `${conditionType} \t${found} \n`);
  }
  if (conditions.length > 0) writer.write(0, 'Conditions:\n  Type\tStatus\n');
  for (const condition of conditions) writer.write(1, `${condition.type} \t${condition.status} \n`);
}
