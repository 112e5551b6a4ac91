/** Groups that failed are left alone, each time longer (autoscaler `utils/backoff/exponential_backoff.go`). */
import type { Instant } from '../clock';
import type { Options } from './options';
import type { AutoscalerState, BackOff } from './state';

export function backOff(
  state: AutoscalerState,
  group: string,
  error: { code: string; message: string },
  options: Options,
  now: Instant,
): void {
  const { lastFailed = 0 } = state.backOffs[group] ?? {};
  const isOld = lastFailed + options.duration('node-group-backoff-reset-timeout') < now;
  const known = isOld ? undefined : state.backOffs[group];
  let duration = options.duration('initial-node-group-backoff-duration');
  if (known) {
    duration = known.duration;
    // Not any more, but recently; while it lasts another failure does not make it longer.
    if (known.until < now) duration = Math.min(2 * known.duration, options.duration('max-node-group-backoff-duration'));
  }
  state.backOffs[group] = {
    duration,
    until: now + duration,
    lastFailed: now,
    errorCode: error.code,
    errorMessage: error.message,
  };
}

/** BackoffStatus */
export function backedOff(state: AutoscalerState, group: string, now: Instant): BackOff | undefined {
  const known = state.backOffs[group];
  return known && known.until >= now ? known : undefined;
}
