/** A node as the scheduler sees it: what it offers and what is taken, updated as pods come and go, never summed anew (kube-scheduler `framework/types.go` NodeInfo). */
import type { KubeObject } from '../../apimachinery/meta';
import { amountsOf, type ResourceAmounts } from '../../apimachinery/pod-requests';
import { wholeValue } from '../../apimachinery/quantity';
import type { HostPort } from './host-ports';
import { HARD_TAINTS, NOMINATED, NodeColumns, SOFT_TAINTS, UNSCHEDULABLE } from './node-columns';
import type { PodInfo } from './pod-info';

export interface Taint {
  key: string;
  value?: string;
  effect: string;
}

/** Amounts that are added to and taken from. */
interface Sums {
  milliCPU: number;
  memory: number;
  ephemeralStorage: number;
  scalar: Record<string, number>;
}

const NO_TAINTS: readonly Taint[] = Object.freeze([]);
const ANY_ADDRESS = '0.0.0.0';

export class NodeInfo {
  node: KubeObject;
  readonly name: string;
  labels: Readonly<Record<string, string>> = {};
  /** Taints that keep pods away (NoSchedule, NoExecute), and those that put them off (PreferNoSchedule). */
  hardTaints: readonly Taint[] = NO_TAINTS;
  softTaints: readonly Taint[] = NO_TAINTS;
  unschedulable = false;
  allocatable: ResourceAmounts = amountsOf({});
  /** How many pods it may hold. */
  allowedPods = 0;
  /** Sizes of its images in bytes, by name. */
  images: ReadonlyMap<string, number> = new Map();
  readonly pods = new Map<string, PodInfo>();
  readonly requested: Sums = { milliCPU: 0, memory: 0, ephemeralStorage: 0, scalar: {} };
  readonly assumed = { milliCPU: 0, memory: 0 };
  /** Pods that shall come here when room has been made for them. */
  readonly nominated: ReadonlyMap<string, PodInfo> = new Map();
  /** Where it stands in the columns. */
  readonly slot: number;
  /** `TCP/80` → the addresses that are taken, each with how often. */
  private readonly ports = new Map<string, Map<string, number>>();

  constructor(
    node: KubeObject,
    readonly columns = new NodeColumns(),
  ) {
    this.node = node;
    this.name = node.metadata.name ?? '';
    this.slot = columns.take(this);
    columns.marks[this.slot] = 0;
    this.update(node);
  }

  update(node: KubeObject): void {
    this.node = node;
    this.labels = node.metadata.labels ?? {};
    const spec: { taints?: Taint[]; unschedulable?: boolean } = node['spec'] ?? {};
    this.unschedulable = spec.unschedulable === true;
    const taints = spec.taints ?? NO_TAINTS;
    this.hardTaints = taints.filter(({ effect }) => effect === 'NoSchedule' || effect === 'NoExecute');
    this.softTaints = taints.filter(({ effect }) => effect === 'PreferNoSchedule');
    const { pods, ...rest } = (node['status']?.allocatable ?? {}) as Record<string, string>;
    this.allocatable = amountsOf(rest);
    this.allowedPods = wholeValue(pods);
    this.images = imagesOf(node);
    this.columns.mark(this.slot, UNSCHEDULABLE, this.unschedulable);
    this.columns.mark(this.slot, HARD_TAINTS, this.hardTaints.length > 0);
    this.columns.mark(this.slot, SOFT_TAINTS, this.softTaints.length > 0);
    this.columns.milliCPU[this.slot] = this.allocatable.milliCPU;
    this.columns.memory[this.slot] = this.allocatable.memory;
    this.columns.storage[this.slot] = this.allocatable.ephemeralStorage;
    this.showRoom();
  }

  nominate(info: PodInfo): void {
    (this.nominated as Map<string, PodInfo>).set(info.uid, info);
    this.columns.mark(this.slot, NOMINATED, true);
  }

  withdraw(uid: string): void {
    (this.nominated as Map<string, PodInfo>).delete(uid);
    this.columns.mark(this.slot, NOMINATED, this.nominated.size > 0);
  }

  add(info: PodInfo): void {
    if (this.pods.has(info.uid)) this.remove(info.uid);
    this.pods.set(info.uid, info);
    this.count(info, 1);
  }

  remove(uid: string): void {
    const info = this.pods.get(uid);
    if (!info) return;
    this.pods.delete(uid);
    this.count(info, -1);
  }

  private count({ requests, assumed, hostPorts }: PodInfo, sign: 1 | -1): void {
    const { requested } = this;
    requested.milliCPU += sign * requests.milliCPU;
    requested.memory += sign * requests.memory;
    requested.ephemeralStorage += sign * requests.ephemeralStorage;
    for (const name of Object.keys(requests.scalar))
      requested.scalar[name] = (requested.scalar[name] ?? 0) + sign * (requests.scalar[name] as number);
    this.assumed.milliCPU += sign * assumed.milliCPU;
    this.assumed.memory += sign * assumed.memory;
    for (const port of hostPorts) this.countPort(port, sign);
    this.showRoom();
  }

  private showRoom(): void {
    const { columns, slot, allocatable, requested } = this;
    columns.freeMilliCPU[slot] = allocatable.milliCPU - requested.milliCPU;
    columns.freeMemory[slot] = allocatable.memory - requested.memory;
    columns.freeStorage[slot] = allocatable.ephemeralStorage - requested.ephemeralStorage;
    columns.assumedMilliCPU[slot] = this.assumed.milliCPU;
    columns.assumedMemory[slot] = this.assumed.memory;
    columns.freePods[slot] = this.allowedPods - this.pods.size;
    columns.changes.note(slot);
  }

  private countPort({ ip, protocol, port }: HostPort, sign: 1 | -1): void {
    const key = `${protocol}/${port}`;
    let addresses = this.ports.get(key);
    if (!addresses) {
      addresses = new Map();
      this.ports.set(key, addresses);
    }
    const count = (addresses.get(ip) ?? 0) + sign;
    if (count > 0) addresses.set(ip, count);
    else addresses.delete(ip);
    if (addresses.size === 0) this.ports.delete(key);
  }

  /** Is this port taken by a pod here? An address of all takes every address (HostPortInfo.CheckConflict). */
  portTaken({ ip, protocol, port }: HostPort): boolean {
    const addresses = this.ports.get(`${protocol}/${port}`);
    return addresses !== undefined && (ip === ANY_ADDRESS || addresses.has(ip) || addresses.has(ANY_ADDRESS));
  }
}

const NO_IMAGES: ReadonlyMap<string, number> = new Map();

function imagesOf(node: KubeObject): ReadonlyMap<string, number> {
  const declared: { names?: string[]; sizeBytes?: number }[] | undefined = node['status']?.images;
  if (!declared?.length) return NO_IMAGES;
  const images = new Map<string, number>();
  for (const { names = [], sizeBytes = 0 } of declared) for (const name of names) images.set(name, sizeBytes);
  return images;
}
