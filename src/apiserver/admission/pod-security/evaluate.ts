/** Judges a pod by a level (k8s.io/pod-security-admission `policy/registry.go`). */
import { BASELINE_CHECKS } from './baseline';
import type { Check, Complaint } from './check';
import type { Judged } from './pod';
import type { LevelVersion, Version } from './policy';
import { RESTRICTED_CHECKS } from './restricted';

/** What it breaks of a level, in the order that it is told; nothing where all is well. */
export function evaluatePod({ level, version }: LevelVersion, pod: Judged): Complaint[] {
  if (level === 'privileged') return [];
  const restricted = level === 'restricted' ? judgesOf(RESTRICTED_CHECKS, version) : [];
  const overridden = restricted.map(({ check }) => check.overrides);
  const baseline = judgesOf(BASELINE_CHECKS, version).filter(({ check }) => !overridden.includes(check.id));
  return [...baseline, ...restricted].flatMap(({ judge }) => judge(pod) ?? []);
}

/** Those that there are in a version, as they judge in it. */
function judgesOf(checks: readonly Check[], version: Version) {
  return checks.flatMap((check) => {
    const judge = check.versions.findLast(({ since }) => since <= version)?.judge;
    return judge ? [{ check, judge }] : [];
  });
}

/** `host namespaces, hostPort` */
export function reasonsOf(complaints: readonly Complaint[]): string {
  return complaints.map(({ reason }) => reason).join(', ');
}

/** `host namespaces (hostPID=true), hostPort (container "a" uses hostPort 80)` */
export function detailsOf(complaints: readonly Complaint[]): string {
  return complaints.map(({ reason, detail }) => (detail === '' ? reason : `${reason} (${detail})`)).join(', ');
}
