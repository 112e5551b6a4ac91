/**
 * Nodes of field sets while they are made.
 *
 * V8 gives objects that got the same keys in the same order one layout, and remembers the layouts of all objects that began as
 * `{}` in one tree. Once that tree has some 1,500 branches at its root, every object that begins with a key it does not have gets
 * a layout of its own, whatever object it is, and all that works on such objects becomes many times slower. Elements that are
 * named by what no other object has (an address, a uid) would fill it in no time. So nodes have a tree of their own, and those
 * that such elements lie in are dictionaries, which have no layout.
 */
import type { FieldSet } from './field-set';

export type MutableNode = { [element: string]: FieldSet };

/** An empty node that is to begin with this element. */
export function nodeWith(element: string): MutableNode {
  return isOneOfAKind(element) ? (Object.create(null) as MutableNode) : new EmptyNode();
}

/** A copy of a node, which may be changed. */
export function copyNode(node: FieldSet): MutableNode {
  let copy: MutableNode | undefined;
  for (const element in node) {
    copy ??= nodeWith(element);
    copy[element] = node[element] as FieldSet;
  }
  return copy ?? new EmptyNode();
}

/** A copy less its mark of membership; undefined where nothing is left. */
export function copyChildren(node: FieldSet): MutableNode | undefined {
  let copy: MutableNode | undefined;
  for (const element in node) {
    if (element === '.') continue;
    copy ??= nodeWith(element);
    copy[element] = node[element] as FieldSet;
  }
  return copy;
}

/** `v:"10.244.3.0/24"`, `k:{"ip":"10.244.3.7"}`, `k:{"uid":"…"}` */
export function isOneOfAKind(element: string): boolean {
  return element.startsWith('v:') || element.startsWith('k:{"ip"') || element.startsWith('k:{"uid"');
}

/** Makes what `{}` makes, but in a tree of its own. */
function Empty() {}
Empty.prototype = Object.prototype;
const EmptyNode = Empty as unknown as new () => MutableNode;
