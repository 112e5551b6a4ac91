/**
 * Who owns a field: looks it up in `metadata.managedFields`, step by step down the object. It needs no schema: a list's
 * elements say in their own words by which keys they are known.
 */
import { deepEqual, isObject, type Json } from '../../apimachinery/json';
import type { ManagedFieldsEntry } from '../../apimachinery/meta';
import type { FieldPath, PathElement } from '../decision';
import { childrenOf, type FieldSet, isMember } from './field-set';
import { decisionElement } from './path-element';

interface Claim {
  entry: ManagedFieldsEntry;
  node: FieldSet;
  /** The claim is to something around it as one value: an atomic list or map. */
  inherited: boolean;
}

/** The claims of managers to one field and what is below it. */
export class FieldOwners {
  private constructor(private readonly claims: readonly Claim[]) {}

  /** Of a whole object. */
  static of(entries: readonly ManagedFieldsEntry[] | undefined): FieldOwners {
    const claims = (entries ?? []).map((entry) => ({
      entry,
      node: (entry.fieldsV1 ?? {}) as FieldSet,
      inherited: false,
    }));
    return new FieldOwners(claims.filter(({ node }) => childrenOf(node).length > 0));
  }

  /** Of a field of a map or struct. */
  field(name: string): FieldOwners {
    return this.child((node) => (Object.hasOwn(node, `f:${name}`) ? node[`f:${name}`] : undefined));
  }

  /** Of a list's element, by its keys, by its value or by its place. */
  item(value: Json, index: number): FieldOwners {
    return this.child((node) => {
      const found = childrenOf(node).find((text) => stands(decisionElement(text), text, value, index));
      return found === undefined ? undefined : node[found];
    });
  }

  /** The keys by which a list's element is known here; undefined for one that is known by its place. */
  keyOf(value: Json): PathElement | undefined {
    for (const { node, inherited } of this.claims) {
      if (inherited) continue;
      const found = childrenOf(node).find((text) => stands(decisionElement(text), text, value, -1));
      if (found !== undefined) return decisionElement(found);
    }
    return undefined;
  }

  /** Of what a path of a decision leads to. */
  at(path: FieldPath): FieldOwners {
    return path.reduce<FieldOwners>((owners, step) => owners.step(step), this);
  }

  /** The managers of this very field, the last to write it first; of what is around it where it has none of its own. */
  here(): ManagedFieldsEntry[] {
    const own = this.claims.filter(({ node, inherited }) => !inherited && isMember(node));
    const claims = own.length > 0 ? own : this.claims.filter(({ inherited }) => inherited);
    return inOrder(claims);
  }

  /** The managers of this field or of anything below it. */
  within(): ManagedFieldsEntry[] {
    return inOrder(this.claims);
  }

  private step(step: PathElement): FieldOwners {
    if (typeof step === 'string') return this.field(step);
    if (typeof step === 'number') return this.item(null, step);
    if (Object.hasOwn(step, '')) return this.item(step[''] as Json, -1);
    // A merge key may be one of several keys: a port's protocol is one too.
    return this.child((node) => {
      const found = childrenOf(node).find((text) => text.startsWith('k:') && holds(decisionElement(text), step));
      return found === undefined ? undefined : node[found];
    });
  }

  private child(find: (node: FieldSet) => FieldSet | undefined): FieldOwners {
    const claims: Claim[] = [];
    for (const claim of this.claims) {
      if (claim.inherited || childrenOf(claim.node).length === 0) {
        claims.push({ ...claim, inherited: true });
        continue;
      }
      const node = find(claim.node);
      if (node !== undefined) claims.push({ entry: claim.entry, node, inherited: false });
    }
    return new FieldOwners(claims);
  }
}

function stands(step: PathElement, text: string, value: Json, index: number): boolean {
  if (text.startsWith('f:')) return false;
  if (typeof step === 'number') return step === index;
  if (typeof step === 'string') return false;
  if (text.startsWith('v:')) return deepEqual(step[''] as Json, value);
  return isObject(value) && holds(value, step);
}

/** True when `whole` has all that `part` has. */
function holds(whole: PathElement | Json, part: PathElement): boolean {
  if (!isObject(whole) || typeof part !== 'object') return false;
  return Object.keys(part).every((key) => Object.hasOwn(whole, key) && deepEqual(whole[key], part[key]));
}

function inOrder(claims: readonly Claim[]): ManagedFieldsEntry[] {
  const entries = claims.map(({ entry }) => entry);
  return entries.sort((a, b) => {
    const [left, right] = [a.time ?? '', b.time ?? ''];
    return left === right ? 0 : left < right ? 1 : -1;
  });
}
