/** What an autoscaler says itself where the flags say it for all: the feature gate PerVPAConfig (UpdateFromPolicy, getEvictOOMThreshold). */
import { toQuantity } from '../quantity';
import { policyOf, type VerticalPodAutoscaler } from './autoscaler';
import type { VpaFlags } from './flags';

/** The flags as they are for one autoscaler. */
export function flagsOfVpa(vpa: VerticalPodAutoscaler, flags: VpaFlags): VpaFlags {
  if (!flags.gates.includes('PerVPAConfig')) return flags;
  const seconds = vpa.spec.updatePolicy?.evictAfterOOMSeconds;
  const common = { ...flags, ...(seconds === undefined ? {} : { evictAfterOOM: seconds * 1000 }) };
  return { ...common, ofContainer: (name) => flagsOfPolicy(policyOf(vpa, name), common) };
}

function flagsOfPolicy(policy: ReturnType<typeof policyOf>, flags: VpaFlags): VpaFlags {
  if (!policy) return flags;
  const {
    oomBumpUpRatio,
    oomMinBumpUp,
    memoryAggregationIntervalSeconds: seconds,
    memoryAggregationIntervalCount,
  } = policy;
  return {
    ...flags,
    ...(oomBumpUpRatio == null ? {} : { oomBumpUpRatio: toQuantity(oomBumpUpRatio).milliValue() / 1000 }),
    ...(oomMinBumpUp == null ? {} : { oomMinBumpUp: toQuantity(oomMinBumpUp).milliValue() / 1000 }),
    ...(seconds === undefined ? {} : { memoryInterval: seconds * 1000 }),
    ...(memoryAggregationIntervalCount === undefined ? {} : { memoryIntervals: memoryAggregationIntervalCount }),
  };
}
