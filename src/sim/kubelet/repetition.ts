/** How often a kubelet says the same again while nothing changes, as far as anybody is told (client-go `tools/record` EventSpamFilter). */
import type { Instant } from '../clock';

/** The recorder drops what is said of an object more than 25 times, but for one each five minutes. */
export const SAID_AT_ONCE = 25;
export const SAID_AGAIN = 300_000;

/** From one look at a pod to the next where something went wrong: 10 s and up to a half more (backOffPeriod). */
export const AFTER_ERROR = 12_000;
/** The same where it only waits out a back-off (resyncInterval). */
export const WHILE_WAITING = 60_000;

/** What is said since then every so often: when it was said last, and when it will be again. */
export function repetition(since: Instant, period: number, now: Instant): { last: Instant; next: Instant } {
  const many = since + SAID_AT_ONCE * period;
  const [from, step] = now < many ? [since, period] : [many, Math.ceil(SAID_AGAIN / period) * period];
  const last = from + Math.max(0, Math.floor((now - from) / step)) * step;
  return { last, next: last + step };
}
