/** Flags of the commands that look into pods (cmdutil.AddPodRunningTimeoutFlag, AddContainerVarFlags). */
import { CommandError, type Flag, type Flags, UsageError } from '../command';

export function podRunningTimeoutFlag(fallback: string): Flag {
  return {
    name: 'pod-running-timeout',
    type: 'duration',
    default: fallback,
    usage: 'The length of time (like 5s, 2m, or 3h, higher than zero) to wait until at least one pod is running',
  };
}

export const containerFlag: Flag = {
  name: 'container',
  shorthand: 'c',
  type: 'string',
  usage:
    'Container name. If omitted, use the kubectl.kubernetes.io/default-container annotation for selecting the container to be attached or the first container in the pod will be chosen',
};

/** @throws UsageError, or CommandError where `usage` is false, for one that is no time. */
export function podRunningTimeout(flags: Flags, usage = true): number {
  const timeout = flags.duration('pod-running-timeout');
  if (timeout > 0) return timeout;
  const Failure = usage ? UsageError : CommandError;
  throw new Failure('--pod-running-timeout must be higher than zero');
}
