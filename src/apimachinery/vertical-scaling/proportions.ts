/** Limits that stay in proportion to requests (autoscaler `pkg/utils/vpa/limit_and_request_scaling.go`). */
import { type Quantity, quantityOf, quantityOfMilli, ZERO } from '../quantity';
import type { ResourceTotals } from '../resource-lists';

const MAX_INT64 = 2n ** 63n - 1n;

export interface Scaled {
  amount: Quantity;
  /** It would have been more than an int64 holds. */
  capped: boolean;
}

/** `amount` × `by` / `base`: whole millicores or whole bytes (scaleQuantityProportionallyCPU, …Mem). */
export function scaled(resource: string, amount: Quantity, base: Quantity, by: Quantity, roundUp = false): Scaled {
  if (base.isZero()) return { amount, capped: false };
  const places = resource === 'cpu' ? -3 : 0;
  const product = amount.scaled(places) * by.scaled(places);
  const divisor = base.scaled(places);
  let result = product / divisor;
  if (roundUp && resource === 'cpu' && product % divisor !== 0n) result++;
  const capped = result > MAX_INT64;
  const make = resource === 'cpu' ? quantityOfMilli : quantityOf;
  return { amount: make(capped ? MAX_INT64 : result, amount.format), capped };
}

export interface ProportionalLimit {
  limit?: Quantity;
  /** Why there is none, or not the one that it should be. */
  note?: string;
}

/** getProportionalResourceLimit */
export function proportionalLimit(
  resource: string,
  limit: Quantity | undefined,
  request: Quantity | undefined,
  recommended: Quantity | undefined,
  byDefault: Quantity | undefined,
): ProportionalLimit {
  const original = isNone(limit) ? byDefault : limit;
  if (isNone(original)) return { note: `${resource}: limit NOT set since originalLimit is nil or 0` };
  if (isNone(recommended)) return { note: `${resource}: limit NOT set since recommendedRequest is nil or 0` };
  if (isNone(request) || request.milliValue() === original.milliValue()) return { limit: recommended };
  const { amount, capped } = scaled(resource, original, request, recommended);
  return capped
    ? { limit: amount, note: `${resource}: failed to keep limit to request ratio; capping limit to int64` }
    : { limit: amount };
}

/** GetProportionalLimit; undefined where there is no limit at all. */
export function proportionalLimits(
  limits: ResourceTotals,
  requests: ResourceTotals,
  recommended: ResourceTotals,
  defaults: ResourceTotals | undefined,
): { limits: ResourceTotals; notes: string[] } | undefined {
  const result: ResourceTotals = new Map();
  const notes: string[] = [];
  for (const resource of ['cpu', 'memory']) {
    const { limit, note } = proportionalLimit(
      resource,
      limits.get(resource),
      requests.get(resource),
      recommended.get(resource),
      defaults?.get(resource),
    );
    if (note) notes.push(note);
    if (limit) result.set(resource, limit);
  }
  return result.size === 0 ? undefined : { limits: result, notes };
}

/** GetBoundaryRequest: the request at which the limit would be at its bound. */
export function boundaryRequest(
  resource: string,
  request: Quantity | undefined,
  limit: Quantity | undefined,
  bound: Quantity | undefined,
  byDefault: Quantity | undefined,
): Quantity {
  const original = isNone(limit) ? byDefault : limit;
  if (isNone(original)) return ZERO;
  if (isNone(request)) return bound ?? ZERO;
  return scaled(resource, request, original, bound ?? ZERO).amount;
}

/** Absent, or nothing: fractions of a unit are something. */
function isNone(amount: Quantity | undefined): amount is undefined {
  return amount === undefined || amount.value() === 0;
}
