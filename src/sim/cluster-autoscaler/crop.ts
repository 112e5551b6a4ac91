/**
 * Which of the nodes that may go do go now: no more at the same time than flags allow, and of some groups all or none (autoscaler
 * `core/scaledown/budgets/budgets.go`, `processors/nodes/scale_down_set_processor.go`).
 */
import type { NodeGroup, NodeGroups } from './node-group';
import type { Removable } from './removal';

/** What goes: nodes that are empty, and nodes whose pods have to move. */
export interface Going {
  empty: Removable[];
  drain: Removable[];
}

export interface Counts {
  /** Of each group that goes as a whole, the nodes that there are, and that are not still starting. */
  registered: ReadonlyMap<string, number>;
  /** How many more nodes may be on their way out, and how many of those may be drained. */
  room: number;
  drainRoom: number;
}

interface Bucket {
  group: NodeGroup;
  nodes: Removable[];
}

/** AtomicResizeFilteringProcessor: those that can't go, for their group has to go as a whole, and others of it stay. */
export function partial(
  nodes: readonly Removable[],
  groups: NodeGroups,
  registered: Counts['registered'],
): Set<Removable> {
  const staying = new Set<Removable>();
  for (const { group, nodes: own } of bucketsOf(nodes, groups))
    if (group.isAtomic && !isWhole(group, own.length, registered)) for (const one of own) staying.add(one);
  return staying;
}

/** CropNodes: nodes of one group side by side. */
export function crop({ empty, drain }: Going, groups: NodeGroups, counts: Counts): Going {
  let { room, drainRoom } = counts;
  const { registered } = counts;
  const [empties, drains] = [bucketsOf(empty, groups), bucketsOf(drain, groups)];
  const going: Going = { empty: [], drain: [] };
  // One group may go though it is larger than what is allowed: it would never go otherwise.
  let mayOverflow = true;
  for (const { group, nodes } of empties.filter(isAtomic)) {
    const others = drains.find((bucket) => bucket.group === group)?.nodes ?? [];
    const count = nodes.length + others.length;
    const isTooMuch = room < count || drainRoom < others.length;
    if (isTooMuch && (room === 0 || (others.length > 0 && drainRoom === 0) || !mayOverflow)) break;
    if (!isWhole(group, count, registered)) continue;
    going.empty.push(...nodes);
    going.drain.push(...others);
    room -= count;
    drainRoom -= others.length;
    mayOverflow = false;
  }
  drainRoom = Math.min(room, drainRoom);
  for (const { group, nodes } of drains.filter(isAtomic)) {
    if (empties.some((bucket) => bucket.group === group)) continue;
    if (drainRoom < nodes.length && (drainRoom === 0 || !mayOverflow)) break;
    if (!isWhole(group, nodes.length, registered)) continue;
    going.drain.push(...nodes);
    room -= nodes.length;
    drainRoom -= nodes.length;
    mayOverflow = false;
  }
  const single = (buckets: readonly Bucket[], most: number) =>
    buckets
      .filter((bucket) => !isAtomic(bucket))
      .flatMap(({ nodes }) => nodes)
      .slice(0, Math.max(0, most));
  const chosen = single(empties, room);
  going.empty.push(...chosen);
  going.drain.push(...single(drains, Math.min(room - chosen.length, drainRoom)));
  return going;
}

function isAtomic({ group }: Bucket): boolean {
  return group.isAtomic;
}

function isWhole({ name, targetSize }: NodeGroup, count: number, registered: Counts['registered']): boolean {
  return count === targetSize || count === registered.get(name);
}

function bucketsOf(nodes: readonly Removable[], groups: NodeGroups): Bucket[] {
  const buckets = new Map<NodeGroup, Bucket>();
  for (const one of nodes) {
    const group = groups.of(one.node);
    if (!group) continue;
    const bucket = buckets.get(group);
    if (bucket) bucket.nodes.push(one);
    else buckets.set(group, { group, nodes: [one] });
  }
  return [...buckets.values()];
}
