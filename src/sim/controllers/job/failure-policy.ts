/** What a job's podFailurePolicy makes of a failed pod (kubernetes `pkg/controller/job/pod_failure_policy.go`). */
import type { KubeObject } from '../../../apimachinery/meta';
import type { JobSpec, PodFailureRule } from './job';

interface ContainerStatus {
  name: string;
  state?: { terminated?: { exitCode: number } };
}

export interface PolicyMatch {
  /** Counts towards backoffLimit. */
  counts: boolean;
  action?: string;
  /** Why the job has failed, of the action FailJob. */
  message?: string;
}

/** The first rule that matches decides; without one the failure counts (matchPodFailurePolicy). */
export function matchFailurePolicy({ podFailurePolicy }: JobSpec, pod: KubeObject): PolicyMatch {
  const rules = podFailurePolicy?.rules ?? [];
  for (const [index, rule] of rules.entries()) {
    const reason = reasonOfMatch(rule, pod);
    if (reason === undefined) continue;
    const { action } = rule;
    if (action === 'Ignore') return { counts: false, action };
    if (action === 'FailJob') return { counts: true, action, message: `${reason} ${action} rule at index ${index}` };
    if (action === 'Count' || action === 'FailIndex') return { counts: true, action };
  }
  return { counts: true };
}

function reasonOfMatch(rule: PodFailureRule, pod: KubeObject): string | undefined {
  const { namespace, name } = pod.metadata;
  if (rule.onExitCodes) {
    const container = matchingContainer(rule.onExitCodes, pod);
    const exitCode = container?.state?.terminated?.exitCode;
    return (
      container && `Container ${container.name} for pod ${namespace}/${name} failed with exit code ${exitCode} matching`
    );
  }
  if (rule.onPodConditions) {
    const conditions: { type: string; status: string }[] = pod['status']?.conditions ?? [];
    const patterns = rule.onPodConditions;
    const found = conditions.find((condition) =>
      patterns.some(({ type, status }) => type === condition.type && (status || 'True') === condition.status),
    );
    return found && `Pod ${namespace}/${name} has condition ${found.type} matching`;
  }
  return undefined;
}

/** Containers come before init containers; one that ended well matches nothing. */
function matchingContainer(
  { containerName, operator, values }: NonNullable<PodFailureRule['onExitCodes']>,
  pod: KubeObject,
): ContainerStatus | undefined {
  const { containerStatuses = [], initContainerStatuses = [] } = (pod['status'] ?? {}) as Record<
    'containerStatuses' | 'initContainerStatuses',
    ContainerStatus[] | undefined
  >;
  return [...containerStatuses, ...initContainerStatuses].find(({ name, state }) => {
    const exitCode = state?.terminated?.exitCode;
    if (!exitCode || (containerName !== undefined && containerName !== name)) return false;
    return operator === 'In' ? values.includes(exitCode) : operator === 'NotIn' && !values.includes(exitCode);
  });
}
