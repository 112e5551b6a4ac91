/** What classes say of how their driver does: parameters `kubetick.dev/…` of a StorageClass or a VolumeAttributesClass. */
import { parseDuration } from '../../../apimachinery/duration';
import type { KubeObject } from '../../../apimachinery/meta';
import { wholeValue } from '../../../apimachinery/quantity';

const PREFIX = 'kubetick.dev/';

/** How long it takes; so long where nothing is said, or nothing that can be read. */
export function durationParameter(of: KubeObject | undefined, name: string, usual: number): number {
  const written: string | undefined = of?.['parameters']?.[PREFIX + name];
  if (written === undefined) return usual;
  try {
    return Math.max(0, parseDuration(written));
  } catch {
    return usual;
  }
}

export interface DriverError {
  /** Of gRPC: `Internal` unless the parameter begins with another, `InvalidArgument: …`. */
  code: string;
  /** As its client shows it. */
  text: string;
  message: string;
}

const CODED =
  /^(Aborted|DeadlineExceeded|FailedPrecondition|Internal|InvalidArgument|NotFound|OutOfRange|ResourceExhausted|Unavailable): (.*)$/s;

/** After these the driver may still be at it (IsFinalError). */
const NOT_FINAL: ReadonlySet<string> = new Set(['Aborted', 'DeadlineExceeded', 'ResourceExhausted', 'Unavailable']);

export function isFinal(code: string): boolean {
  return !NOT_FINAL.has(code);
}

/** What the driver answers instead of doing it. */
export function failureParameter(of: KubeObject | undefined, name: string): DriverError | undefined {
  const written: string | undefined = of?.['parameters']?.[PREFIX + name];
  if (!written) return undefined;
  const [, code = 'Internal', message = written] = CODED.exec(written) ?? [];
  return driverError(code, message);
}

function driverError(code: string, message: string): DriverError {
  return { code, message, text: `rpc error: code = ${code} desc = ${message}` };
}

/** The same, where it is about a size: with a largest volume only those that are larger fail. */
export function sizeFailure(of: KubeObject | undefined, name: string, size: string): DriverError | undefined {
  const failure = failureParameter(of, name);
  const largest: string | undefined = of?.['parameters']?.[`${PREFIX}largest-volume`];
  if (largest === undefined) return failure;
  if (wholeValue(size) <= wholeValue(largest)) return undefined;
  return failure ?? driverError('OutOfRange', `${size} is more than ${largest}, the largest volume`);
}

/**
 * When it is tried again that failed first and last at these instants: a second later, then twice as long, and so on (client-go
 * ItemExponentialFailureRateLimiter with --retry-interval-start and --retry-interval-max). The waits add up to one less than the next.
 */
export function nextAttempt(first: number, last: number): number {
  return last + Math.min(300_000, Math.max(0, last - first) + 1000);
}
