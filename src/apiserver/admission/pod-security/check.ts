/** One thing that a level of pod security looks at (k8s.io/pod-security-admission `policy/checks.go`). */
import type { Judged } from './pod';

/** Why a pod breaks a level. */
export interface Complaint {
  /** In few words: `hostPort` */
  readonly reason: string;
  /** `container "a" uses hostPort 80` */
  readonly detail: string;
}

export interface Check {
  readonly id: string;
  /** The one of `baseline` that need not be asked where this one is. */
  readonly overrides?: string;
  /** From which minor on it judges how. */
  readonly versions: readonly { readonly since: number; judge(pod: Judged): Complaint | undefined }[];
}
