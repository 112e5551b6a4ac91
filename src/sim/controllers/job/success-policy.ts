/** Whether the indexes that succeeded are enough for a job's successPolicy (kubernetes `pkg/controller/job/success_policy.go`). */
import { IndexSet } from './index-set';
import type { JobSpec } from './job';

/** Which rule is met, in upstream's words; undefined for none (matchSuccessPolicy). */
export function metSuccessPolicy({ successPolicy, completions = 0 }: JobSpec, succeeded: IndexSet): string | undefined {
  if (!successPolicy || succeeded.total === 0) return undefined;
  const index = successPolicy.rules.findIndex(({ succeededIndexes, succeededCount }) => {
    if (succeededIndexes === undefined) return succeededCount !== undefined && succeeded.total >= succeededCount;
    const wanted = IndexSet.parse(succeededIndexes, completions);
    if (wanted.total === 0) return false;
    const reached = wanted.overlap(succeeded);
    return reached === wanted.total || (succeededCount !== undefined && reached >= succeededCount);
  });
  return index < 0 ? undefined : `Matched rules at index ${index}`;
}
