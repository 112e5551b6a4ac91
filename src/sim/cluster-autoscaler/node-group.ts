/** A node group as the autoscaler sees it during one look (autoscaler `cloudprovider.NodeGroup`): asked for more or fewer machines, it says yes or no. */
import type { KubeObject } from '../../apimachinery/meta';
import {
  groupOfNode,
  type Machine,
  NODE_GROUP_RESOURCE,
  type NodeGroupSpec,
  type NodeGroupStatus,
} from '../../apimachinery/node-groups';
import type { IndexedCache } from '../controller';
import { Options, type WrittenFlags } from './options';

export class NodeGroup {
  readonly name: string;
  readonly spec: NodeGroupSpec;
  /** As this look leaves it. */
  targetSize: number;
  /** Those that are not on their way out. */
  machines: readonly Machine[];
  readonly options: Options;
  /** Machines that this look has given up. */
  readonly deleted: string[] = [];

  constructor(
    readonly object: KubeObject,
    flags: WrittenFlags | undefined,
  ) {
    this.name = object.metadata.name ?? '';
    this.spec = object['spec'];
    this.targetSize = this.spec.targetSize;
    this.options = new Options(flags, this.spec.options);
    const going = new Set(this.spec.delete ?? []);
    const { machines = [] }: NodeGroupStatus = object['status'] ?? {};
    this.machines = machines.filter(({ name }) => !going.has(name));
  }

  /** Only all of its machines make sense (ZeroOrMaxNodeScaling). */
  get isAtomic(): boolean {
    return this.options.is('zero-or-max-node-scaling');
  }
  get minSize(): number {
    return this.spec.minSize;
  }
  get maxSize(): number {
    return this.spec.maxSize;
  }

  /** Why the cloud does not make it larger; undefined when it does. */
  increaseSize(by: number): string | undefined {
    if (this.spec.fail?.mode === 'refuse') return `the cloud refuses to add machines to node group ${this.name}`;
    if (this.targetSize + by > this.maxSize)
      return `size increase too large - desired:${this.targetSize + by} max:${this.maxSize}`;
    this.targetSize += by;
    return undefined;
  }

  /** Gives up machines that are not up yet; why that can't be, or undefined. */
  decreaseTargetSize(by: number): string | undefined {
    const registered = this.machines.filter((machine) => machine.registered).length;
    if (this.targetSize - by < registered)
      return `attempt to delete existing nodes, targetSize:${this.targetSize} delta:${-by} existingNodes: ${registered}`;
    this.targetSize -= by;
    return undefined;
  }

  deleteMachines(names: readonly string[]): void {
    this.deleted.push(...names);
    this.targetSize -= names.length;
    this.machines = this.machines.filter(({ name }) => !names.includes(name));
  }
}

/** All groups of the cluster, by name; which one a node is of. */
export class NodeGroups {
  private readonly byName: Map<string, NodeGroup>;
  readonly all: readonly NodeGroup[];

  constructor(cache: Pick<IndexedCache, 'list'>, flags: WrittenFlags | undefined) {
    this.all = cache
      .list(NODE_GROUP_RESOURCE)
      .filter((object) => object.metadata.deletionTimestamp === undefined)
      .map((object) => new NodeGroup(object, flags));
    this.byName = new Map(this.all.map((group) => [group.name, group]));
  }

  get(name: string): NodeGroup | undefined {
    return this.byName.get(name);
  }
  of(node: KubeObject): NodeGroup | undefined {
    const name = groupOfNode(node);
    return name === undefined ? undefined : this.byName.get(name);
  }
}
