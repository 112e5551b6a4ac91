/** What may change in a pod's status (ValidatePodStatusUpdate). */
import { type FieldError, forbiddenField, invalid } from '../../apimachinery/field-error';
import { parseIP, validateLegacyIP } from '../../apimachinery/ip';
import type { KubeObject } from '../../apimachinery/meta';
import { isQualifiedName, nameIsDNSSubdomain } from '../../apimachinery/names';
import { remembered } from '../../apimachinery/remembered';
import type { Container, PodSpec } from './core-types';
import { complain, IMMUTABLE } from './field-checks';
import { validatePodAnnotationUpdates } from './pod-annotations';

interface ContainerStatus {
  name?: string;
  state?: { terminated?: { exitCode?: number } };
}

type Statuses = Partial<
  Record<'containerStatuses' | 'initContainerStatuses' | 'ephemeralContainerStatuses', readonly ContainerStatus[]>
>;

export function validatePodStatusUpdate(pod: KubeObject, old: KubeObject, errors: FieldError[]): void {
  const status = pod.status ?? {};
  const oldStatus = old.status ?? {};
  const spec: PodSpec = old.spec ?? {};
  validatePodAnnotationUpdates('metadata.annotations', pod.metadata.annotations, old.metadata.annotations, errors);
  const conditions: { type: string }[] = status.conditions ?? [];
  for (let i = 0; i < conditions.length; i++) {
    const complaints = complaintsOfType(conditions[i]?.type ?? '');
    if (complaints.length > 0) complain(`status.conditions[${i}].Type`, conditions[i]?.type ?? '', complaints, errors);
  }
  const nominated = status.nominatedNodeName ?? '';
  if (nominated !== '' && nominated !== (oldStatus.nominatedNodeName ?? '')) {
    complain('status.nominatedNodeName', nominated, nameIsDNSSubdomain(nominated, false), errors);
    if (spec.nodeName)
      errors.push(
        forbiddenField('status.nominatedNodeName', 'may not be set on pods that are already bound to a node'),
      );
  }
  if ((status.observedGeneration ?? 0) < 0)
    errors.push(invalid('status.observedGeneration', status.observedGeneration, 'must be a non-negative integer'));
  if ((status.qosClass ?? '') !== (oldStatus.qosClass ?? ''))
    errors.push(invalid('status.qosClass', status.qosClass ?? '', IMMUTABLE));
  validateTransitions('containerStatuses', status, oldStatus, spec, spec.containers, errors);
  validateTransitions('initContainerStatuses', status, oldStatus, spec, spec.initContainers, errors);
  validateTransitions('ephemeralContainerStatuses', status, oldStatus, spec, undefined, errors);
  validateIPs('podIPs', status.podIPs, oldStatus.podIPs, errors);
  const hostIPs: { ip?: string }[] | undefined = status.hostIPs;
  if (hostIPs?.length && (status.hostIP ?? '') !== (hostIPs[0]?.ip ?? ''))
    errors.push(invalid('status.hostIPs[0].ip', hostIPs[0]?.ip ?? '', 'must be equal to `hostIP`'));
  validateIPs('hostIPs', hostIPs, oldStatus.hostIPs, errors);
}

const complaintsOfType = remembered(100, (type) =>
  ['PodScheduled', 'Ready', 'Initialized'].includes(type) ? [] : isQualifiedName(type),
);

/** A container that has ended may only run again where its pod lets it; ephemeral ones never may. */
function validateTransitions(
  field: 'containerStatuses' | 'initContainerStatuses' | 'ephemeralContainerStatuses',
  status: Statuses,
  { [field]: old = [] }: Statuses,
  spec: PodSpec,
  containers: readonly Container[] | undefined,
  errors: FieldError[],
): void {
  for (let i = 0; i < old.length; i++) {
    const was = old[i] as ContainerStatus;
    if (!was.state?.terminated) continue;
    if (containers && restartsAll(spec)) return;
    const statuses = status[field] ?? [];
    const now = statuses.find((status) => status.name === was.name);
    if (!now || now.state?.terminated) continue;
    const container = containers?.find((candidate) => candidate.name === was.name);
    if (container && shouldRestart(container, spec, was.state.terminated.exitCode ?? 0)) continue;
    errors.push(forbiddenField(`status.${field}[${i}].state`, 'may not be transitioned to non-terminated state'));
  }
}

function restartsAll(spec: PodSpec): boolean {
  return [...(spec.containers ?? []), ...(spec.initContainers ?? [])].some((container) =>
    (container.restartPolicyRules ?? []).some((rule) => rule.action === 'RestartAllContainers'),
  );
}

/** Whether a container that ended so is started again (podutil.ContainerShouldRestart). */
export function shouldRestart(container: Container, spec: PodSpec, exitCode: number): boolean {
  const policy = container.restartPolicy;
  if (policy !== undefined) {
    const rule = (container.restartPolicyRules ?? []).find(({ exitCodes }) => {
      const listed = (exitCodes?.values ?? []).includes(exitCode);
      return exitCodes?.operator === 'In' ? listed : exitCodes?.operator === 'NotIn' && !listed;
    });
    if (rule?.action === 'Restart' || rule?.action === 'RestartAllContainers') return true;
  }
  const decisive = policy ?? spec.restartPolicy;
  return decisive === 'Never' ? false : decisive === 'OnFailure' ? exitCode !== 0 : true;
}

function validateIPs(
  field: 'podIPs' | 'hostIPs',
  addresses: readonly { ip?: string }[] | undefined,
  old: readonly { ip?: string }[] | undefined,
  errors: FieldError[],
): void {
  if (!addresses?.length || addresses === old) return;
  const kept = (old ?? []).map((address) => address.ip ?? '');
  addresses.forEach((address, i) => {
    validateLegacyIP(`status.${field}[${i}]`, address.ip ?? '', errors, kept);
  });
  if (addresses.length < 2) return;
  const families = new Set(addresses.map((address) => parseIP(address.ip ?? '')?.family));
  if (families.size !== 2 || addresses.length > 2)
    errors.push(
      invalid(
        `status.${field}`,
        addresses.map((address) => ({ IP: address.ip ?? '' })),
        'may specify no more than one IP for each IP family',
      ),
    );
}
