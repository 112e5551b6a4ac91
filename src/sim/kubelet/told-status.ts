/** A pod's status as it is to be written: what was written before, until something differs from that. */
import { sameItems } from '../../apimachinery/first-where';
import { type Json, type JsonObject, jsonOf } from '../../apimachinery/json';
import type { ContainerStatus } from './container';

export class ToldStatus {
  /** What was written before itself, while nothing differs. */
  status: JsonObject;

  constructor(private readonly before: JsonObject) {
    this.status = before;
  }

  set(key: string, value: Json): void {
    if (this.before[key] === value) return;
    if (this.isAsBefore) this.status = { ...this.before };
    this.status[key] = value;
  }

  /** Statuses that are the very ones that were written keep their list. */
  setStatuses(key: string, statuses: readonly ContainerStatus[]): void {
    if (!sameItems(statuses, this.before[key] as ContainerStatus[] | undefined)) this.set(key, jsonOf(statuses));
  }

  /** `[{ip: '10.244.0.2'}]`. They are told again with whatever is: keys are stored in the order in which they are told. */
  setAddresses(key: string, ips: readonly string[]): void {
    if (this.isAsBefore && isOf(this.before[key] as Address[] | undefined, ips)) return;
    this.set(
      key,
      ips.map((ip) => ({ ip })),
    );
  }

  private get isAsBefore(): boolean {
    return this.status === this.before;
  }
}

type Address = { ip: string };

function isOf(addresses: readonly Address[] | undefined, ips: readonly string[]): boolean {
  if (addresses?.length !== ips.length) return false;
  for (let i = 0; i < ips.length; i++) if (addresses[i]?.ip !== ips[i]) return false;
  return true;
}
