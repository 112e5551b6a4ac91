/** An evaluation while it goes on: what names stand for, and what it has cost (cel-go `interpreter/runtimecost.go`). */
import type { Environment } from './environment';
import { REGEX, TRAVERSAL } from './sizes';
import { sizeOf, type Value } from './values';

/** The values of names; undefined for one that has none. */
export type Variables = (name: string) => Value | undefined;

/** Thrown where an evaluation costs more than it may. */
export class CostExceeded extends Error {
  constructor() {
    super('operation cancelled: actual cost limit exceeded');
  }
}

/** What a call by name costs, where that is not what the standard says. */
export type CallCost = (name: string, overload: string, args: readonly Value[], result: Value) => number | undefined;

export class Meter {
  cost = 0;

  constructor(
    private readonly limit: number,
    private readonly environment: Environment,
    private readonly special: CallCost,
  ) {}

  charge(cost: number): void {
    this.cost += cost;
    if (this.cost > this.limit) throw new CostExceeded();
  }

  chargeCall(name: string, overload: string, args: readonly Value[], result: Value): void {
    const own = this.environment.overload(overload)?.overload.cost;
    if (own) this.charge(Number(own(args, result)));
    else this.charge(this.special(name, overload, args, result) ?? standardCost(overload, args));
  }
}

/** What an expression is evaluated with. */
export interface Run {
  readonly variables: Variables;
  readonly meter: Meter;
}

/** CostTracker.costCall */
function standardCost(overload: string, args: readonly Value[]): number {
  const length = (index: number) => (index < args.length ? sizeOf(args[index] as Value) : 1);
  switch (overload) {
    case 'starts_with_string':
    case 'ends_with_string':
    case 'string_to_bytes':
    case 'bytes_to_string':
    case 'strings_quote':
    case 'string_format':
      return Math.ceil(length(0) * TRAVERSAL);
    case 'in_list':
      return length(1);
    case 'less_string':
    case 'greater_string':
    case 'less_equals_string':
    case 'greater_equals_string':
    case 'less_bytes':
    case 'greater_bytes':
    case 'less_equals_bytes':
    case 'greater_equals_bytes':
    case 'equals':
    case 'not_equals':
      return Math.ceil(Math.min(length(0), length(1)) * TRAVERSAL);
    case 'add_string':
    case 'add_bytes':
      return Math.ceil((length(0) + length(1)) * TRAVERSAL);
    case 'matches_string':
      return Math.ceil((1 + length(0)) * TRAVERSAL) * Math.ceil(length(1) * REGEX);
    case 'contains_string':
      return Math.ceil(length(0) * TRAVERSAL) * Math.ceil(length(1) * TRAVERSAL);
    default:
      return 1;
  }
}
