/**
 * Sets of fields in the very form that fieldsV1 has (structured-merge-diff `fieldpath/set.go`, `serialize.go`), so that what
 * is stored is worked on as it stands. Nodes are immutable and shared: an operation that changes nothing gives back its
 * argument, and one that does copies only the way to what differs.
 *
 * A node is a member of the set when it is empty or has a `.`; its other keys are its children. The root is never a member.
 */
import { copyChildren, copyNode, type MutableNode, nodeWith } from './node';
import { canonicalElement, compareElements } from './path-element';
import { isShared, LEAF, SELF, share } from './shared-nodes';

export { LEAF };

export interface FieldSet {
  readonly [element: string]: FieldSet;
}
type Node = FieldSet;

/** True when nothing is a member of the set. */
export function isEmptySet(set: FieldSet | undefined): boolean {
  if (set === undefined) return true;
  for (const _ in set) return false;
  return true;
}

function isLeaf(node: Node): boolean {
  return isEmptySet(node);
}

/** True when the node itself is a member. */
export function isMember(node: FieldSet): boolean {
  return SELF in node || isLeaf(node);
}

/** `node` with itself as a member. Takes a node that is not shared yet, or a leaf. */
export function withSelf(node: MutableNode): FieldSet {
  if (!isLeaf(node)) node[SELF] = LEAF;
  return node;
}

/** The names of the children, without the mark of membership. */
export function childrenOf(node: FieldSet): string[] {
  return Object.keys(node).filter((element) => element !== SELF);
}

/** True when the field of this path is a member. */
export function hasPath(set: FieldSet, path: readonly string[]): boolean {
  let node: Node | undefined = set;
  for (const element of path) {
    node = node[element];
    if (node === undefined) return false;
  }
  return path.length > 0 && isMember(node);
}

/** A set of these paths. */
export function setOf(paths: readonly (readonly string[])[]): FieldSet {
  let set: FieldSet = LEAF;
  for (const path of paths) {
    let node: Node = LEAF;
    for (let i = path.length - 1; i >= 0; i--) {
      const element = path[i] as string;
      const parent = nodeWith(element);
      parent[element] = node;
      node = parent;
    }
    set = union(set, node);
  }
  return set;
}

/** What is a member of either. */
export function union(a: FieldSet | undefined, b: FieldSet | undefined): FieldSet {
  if (a === b || isEmptySet(b)) return a ?? LEAF;
  if (isEmptySet(a)) return b as FieldSet;
  return unionChildren(a as Node, b as Node);
}

function unionNodes(a: Node, b: Node): Node {
  if (a === b) return a;
  if (isLeaf(a)) return isMember(b) ? b : withSelf(copyNode(b));
  if (isLeaf(b)) return SELF in a ? a : withSelf(copyNode(a));
  return unionChildren(a, b);
}

/** What two shared nodes came to when they were last put together, by the first. */
interface Outcome {
  other: Node;
  result: Node | undefined;
}
const unions = new WeakMap<Node, Outcome>();
const differences = new WeakMap<Node, Outcome>();

function unionChildren(a: Node, b: Node): Node {
  const last = unions.get(a);
  if (last !== undefined && last.other === b) return last.result as Node;
  const result = uniteChildren(a, b);
  if (isShared(a) && isShared(b)) unions.set(a, { other: b, result: share(result) });
  return result;
}

function uniteChildren(a: Node, b: Node): Node {
  let result: MutableNode | undefined;
  for (const element in b) {
    const theirs = b[element] as Node;
    const ours = a[element];
    const both = ours === undefined ? theirs : element === SELF ? ours : unionNodes(ours, theirs);
    if (both === ours) continue;
    result ??= copyNode(a);
    result[element] = both;
  }
  return result ?? a;
}

/** What is a member of `a` and not of `b`. A field stays when only its children are in `b`, and the other way round. */
export function difference(a: FieldSet, b: FieldSet | undefined): FieldSet {
  if (b === undefined || isEmptySet(b) || isEmptySet(a)) return a;
  return subtract(a, b, false) ?? LEAF;
}

/** As `difference`, but what is a member of `b` goes with all its children. */
export function recursiveDifference(a: FieldSet, b: FieldSet | undefined): FieldSet {
  if (b === undefined || isEmptySet(b) || isEmptySet(a)) return a;
  return subtract(a, b, true) ?? LEAF;
}

/** The children of `a` less those of `b`; `undefined` when none is left. Takes nodes that have children. */
function subtract(a: Node, b: Node, deep: boolean): Node | undefined {
  if (deep) return subtractChildren(a, b, deep);
  const last = differences.get(a);
  if (last !== undefined && last.other === b) return last.result;
  const result = subtractChildren(a, b, deep);
  if (isShared(a) && isShared(b)) differences.set(a, { other: b, result: result && share(result) });
  return result;
}

function subtractChildren(a: Node, b: Node, deep: boolean): Node | undefined {
  let result: MutableNode | undefined;
  let differs = false;
  for (const element in a) {
    const ours = a[element] as Node;
    const theirs = element === SELF ? undefined : b[element];
    const left = theirs === undefined ? ours : subtractNode(ours, theirs, deep);
    if (!differs) {
      if (left === ours) continue;
      // Copied up to here rather than copied and deleted from, which V8 keeps in slow objects.
      differs = true;
      for (const before in a) {
        if (before === element) break;
        result ??= nodeWith(before);
        result[before] = a[before] as Node;
      }
    }
    if (left === undefined) continue;
    result ??= nodeWith(element);
    result[element] = left;
  }
  return differs ? result : a;
}

function subtractNode(a: Node, b: Node, deep: boolean): Node | undefined {
  const gone = isMember(b);
  if (gone && deep) return undefined;
  if (isLeaf(a)) return gone ? undefined : a;
  const member = SELF in a;
  const children = isLeaf(b) ? a : subtract(a, b, deep);
  if (!member) return children;
  if (children === undefined || isLeaf(children)) return gone ? undefined : LEAF;
  if (gone) return copyChildren(children);
  for (const element in children) if (element !== SELF) return children;
  return LEAF;
}

/** What is a member of both. */
export function intersection(a: FieldSet, b: FieldSet): FieldSet {
  if (a === b) return a;
  if (isEmptySet(a) || isEmptySet(b)) return LEAF;
  return intersectChildren(a, b) ?? LEAF;
}

function intersectChildren(a: Node, b: Node): MutableNode | undefined {
  let result: MutableNode | undefined;
  for (const element in a) {
    if (element === SELF) continue;
    const theirs = b[element];
    if (theirs === undefined) continue;
    const both = intersectNodes(a[element] as Node, theirs);
    if (both === undefined) continue;
    result ??= nodeWith(element);
    result[element] = both;
  }
  return result;
}

function intersectNodes(a: Node, b: Node): Node | undefined {
  if (a === b) return a;
  const member = isMember(a) && isMember(b);
  const children = isLeaf(a) || isLeaf(b) ? undefined : intersectChildren(a, b);
  if (children === undefined) return member ? LEAF : undefined;
  if (member) children[SELF] = LEAF;
  return children;
}

/** True when both have a member in common. */
export function intersects(a: FieldSet, b: FieldSet): boolean {
  for (const element in a) {
    if (element === SELF) continue;
    const theirs = b[element];
    if (theirs === undefined) continue;
    const ours = a[element] as Node;
    if (isMember(ours) && isMember(theirs)) return true;
    if (intersects(ours, theirs)) return true;
  }
  return false;
}

/** The paths of all members, in upstream's order: at each node first its own members, then what its children hold (Iterate). */
export function pathsOf(set: FieldSet): string[][] {
  const paths: string[][] = [];
  const visit = (node: Node, path: string[]): void => {
    const elements = childrenOf(node).sort(compareElements);
    for (const element of elements) if (isMember(node[element] as Node)) paths.push([...path, element]);
    for (const element of elements) visit(node[element] as Node, [...path, element]);
  };
  visit(set, []);
  return paths;
}

/**
 * A set that came from outside, its elements written as here. Elements of unknown kinds are dropped.
 * @throws Error where an element is malformed (Set.FromJSON).
 */
export function parseFieldSet(fields: unknown): FieldSet {
  if (typeof fields !== 'object' || fields === null || Array.isArray(fields)) return LEAF;
  let set: MutableNode | undefined;
  for (const [element, inner] of Object.entries(fields)) {
    const canonical = element === SELF ? SELF : canonicalElement(element);
    if (canonical === undefined) continue;
    set ??= nodeWith(canonical);
    set[canonical] = element === SELF ? LEAF : parseFieldSet(inner);
  }
  for (const element in set) if (element !== SELF) return set;
  return LEAF;
}
