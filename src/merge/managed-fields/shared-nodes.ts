/**
 * Nodes of field sets that come again and again: what a kubelet owns in the status of a pod it owns in that of the next one. Such
 * a node is made once, and is one object wherever it stands: it takes the memory of one, is the same at one look, and what two of
 * them come to together is worked out once (see field-set.ts).
 */
import { isSharedPart, sharedPart } from '../../apimachinery/shared-part';
import type { FieldSet } from './field-set';
import { isOneOfAKind, type MutableNode, nodeWith } from './node';

/** A field that is a member and has no children in the set. */
export const LEAF: FieldSet = Object.freeze({});
export const SELF = '.';

/** Is it one object for all who own just that? */
export function isShared(node: FieldSet): boolean {
  return node === LEAF || isSharedPart(node);
}

/** Makes a node that was made of shared ones a shared one. */
export function share(node: FieldSet): FieldSet {
  return node === LEAF ? node : sharedPart(node);
}

/** What is made alike is found through the first elements alone; a longer node is its owner's. */
const MOST_ELEMENTS = 64;
/** Names in maps come from outside and without end: after so many all is forgotten, and what still comes is learned anew. */
const MOST_STEMS = 8192;

/** The elements of a node so far, and how nodes went on from here. */
class Stem {
  private others: Map<string, Stem[]> | undefined;
  private last: Stem | undefined;
  private whole: FieldSet | undefined;
  private member: FieldSet | undefined;

  constructor(
    readonly before: Stem | undefined,
    readonly element: string,
    readonly child: FieldSet,
    private readonly count: number,
  ) {}

  /** With one more element; undefined where that makes it a node like no other. */
  with(element: string, child: FieldSet): Stem | undefined {
    const { last } = this;
    if (last !== undefined && last.child === child && last.element === element) return last;
    if (isOneOfAKind(element)) return undefined;
    const known = this.others?.get(element);
    if (known !== undefined)
      for (let i = 0; i < known.length; i++) {
        const stem = known[i] as Stem;
        if (stem.child === child) {
          this.last = stem;
          return stem;
        }
      }
    if (this.count >= MOST_ELEMENTS || !isShared(child)) return undefined;
    const stem = new Stem(this, element, child, this.count + 1);
    if (known) known.push(stem);
    else {
      this.others ??= new Map();
      this.others.set(element, [stem]);
    }
    this.last = stem;
    if (++stems >= MOST_STEMS) forget();
    return stem;
  }

  has(element: string): boolean {
    for (let stem: Stem = this; stem.before !== undefined; stem = stem.before)
      if (stem.element === element) return true;
    return false;
  }

  /** The node of these elements. */
  node(): FieldSet {
    this.whole ??= this.before === undefined ? LEAF : share(this.copy());
    return this.whole;
  }

  /** As `node`, a member itself. */
  nodeWithSelf(): FieldSet {
    if (this.member === undefined) {
      const copy = this.copy();
      if (this.before !== undefined) copy[SELF] = LEAF;
      this.member = this.before === undefined ? LEAF : share(copy);
    }
    return this.member;
  }

  /** A node of these elements that may be changed. */
  copy(): MutableNode {
    const stems: Stem[] = [];
    for (let stem: Stem = this; stem.before !== undefined; stem = stem.before) stems.push(stem);
    const copy = nodeWith(stems.at(-1)?.element ?? '');
    for (let i = stems.length - 1; i >= 0; i--) {
      const { element, child } = stems[i] as Stem;
      copy[element] = child;
    }
    return copy;
  }
}

let root = new Stem(undefined, '', LEAF, 0);
let stems = 0;

function forget(): void {
  root = new Stem(undefined, '', LEAF, 0);
  stems = 0;
}

/** A node while it is put together, element by element. */
export class Draft {
  private stem: Stem | undefined = root;
  private own: MutableNode | undefined;

  set(element: string, child: FieldSet): void {
    const { stem } = this;
    if (stem !== undefined) {
      const next = stem.with(element, child);
      if (next !== undefined) {
        this.stem = next;
        return;
      }
      this.own = stem.before === undefined ? nodeWith(element) : stem.copy();
      this.stem = undefined;
    }
    (this.own as MutableNode)[element] = child;
  }

  has(element: string): boolean {
    return this.stem ? this.stem.has(element) : Object.hasOwn(this.own as MutableNode, element);
  }

  node(): FieldSet {
    return this.stem ? this.stem.node() : (this.own as FieldSet);
  }

  /** As `node`, a member itself. */
  nodeWithSelf(): FieldSet {
    if (this.stem) return this.stem.nodeWithSelf();
    const own = this.own as MutableNode;
    own[SELF] = LEAF;
    return own;
  }
}
