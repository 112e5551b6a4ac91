/** Which types fit which, with the types left open found on the way (cel-go `checker/types.go`, `checker/mapping.go`). */
import { DYN, isDyn, isDynOrError, listOf, mapOf, sameType, type Type } from './types';

/** What open types stand for; what an attempt that failed had found is forgotten. */
export class Substitutions {
  private known = new Map<string, Type>();
  private free = 0;

  /** A new open type. */
  fresh(): Type {
    return { kind: 'param', name: `_var${this.free++}`, params: [] };
  }

  isAssignable(from: Type, to: Type): boolean {
    return this.attempt(() => this.assignable(from, to));
  }
  areAssignable(from: readonly Type[], to: readonly Type[]): boolean {
    return this.attempt(() => this.allAssignable(from, to));
  }

  /** The type with what is known of its open types put in; those still open are `dyn` if asked. */
  substitute(type: Type, openToDyn = false): Type {
    if (type.kind === 'param') {
      const known = this.known.get(type.name);
      if (known) return this.substitute(known, openToDyn);
      return openToDyn ? DYN : type;
    }
    if (type.params.length === 0) return type;
    return { ...type, params: type.params.map((p) => this.substitute(p, openToDyn)) };
  }

  private attempt(work: () => boolean): boolean {
    const before = this.known;
    this.known = new Map(before);
    const fits = work();
    if (!fits) this.known = before;
    return fits;
  }

  /** internalIsAssignable */
  private assignable(a: Type, b: Type): boolean {
    if (b.kind === 'param') {
      const { valid, known } = this.stands(a, b);
      if (valid) return true;
      if (known) return false;
    }
    if (a.kind === 'param') return this.stands(b, a).valid;
    if (isDynOrError(a) || isDynOrError(b)) return true;
    if (a.kind === 'null') return isNullable(b);
    if (b.kind === 'null') return isNullable(a);
    if (a.kind !== b.kind) return false;
    switch (a.kind) {
      case 'type':
        return true;
      case 'opaque':
      case 'list':
      case 'map':
        return a.name === b.name && this.allAssignable(a.params, b.params);
      default:
        return a.name === b.name;
    }
  }

  private allAssignable(a: readonly Type[], b: readonly Type[]): boolean {
    return a.length === b.length && a.every((type, i) => this.assignable(type, b[i] as Type));
  }

  /** isValidTypeSubstitution: whether the open type can stand for the other. */
  private stands(type: Type, open: Type): { valid: boolean; known: boolean } {
    if (sameType(type, open)) return { valid: true, known: true };
    const known = this.known.get(open.name);
    if (known) {
      if (sameType(type, known)) return { valid: true, known: true };
      if (!this.assignable(type, known)) return { valid: false, known: true };
      const general = mostGeneral(type, known);
      if (this.isAbsentFrom(open, general)) this.known.set(open.name, general);
      return { valid: true, known: true };
    }
    if (!this.isAbsentFrom(open, type)) return { valid: false, known: false };
    this.known.set(open.name, type);
    return { valid: true, known: false };
  }

  /** notReferencedIn */
  private isAbsentFrom(open: Type, within: Type): boolean {
    if (sameType(open, within)) return false;
    if (within.kind === 'param') {
      const known = this.known.get(within.name);
      return !known || this.isAbsentFrom(open, known);
    }
    return within.params.every((p) => this.isAbsentFrom(open, p));
  }
}

/** isLegacyNullable, and null itself. */
function isNullable({ kind }: Type): boolean {
  return kind === 'opaque' || kind === 'struct' || kind === 'duration' || kind === 'timestamp' || kind === 'null';
}

/** The more general of two types that fit each other. */
export function mostGeneral(a: Type, b: Type): Type {
  return isEqualOrLessSpecific(a, b) ? a : b;
}

function isEqualOrLessSpecific(a: Type, b: Type): boolean {
  if (isDyn(a) || a.kind === 'param') return true;
  if (isDyn(b) || b.kind === 'param' || a.kind !== b.kind) return false;
  switch (a.kind) {
    case 'type':
      return true;
    case 'opaque':
    case 'list':
    case 'map':
      return (
        a.name === b.name &&
        a.params.length === b.params.length &&
        a.params.every((p, i) => isEqualOrLessSpecific(p, b.params[i] as Type))
      );
    default:
      return sameType(a, b);
  }
}

/** An overload's types with fresh types in the place of those it leaves open. */
export function instantiate(types: readonly Type[], substitutions: Substitutions): Type[] {
  const fresh = new Map<string, Type>();
  const replace = (type: Type): Type => {
    if (type.kind === 'param') {
      let replacement = fresh.get(type.name);
      if (!replacement) {
        replacement = substitutions.fresh();
        fresh.set(type.name, replacement);
      }
      return replacement;
    }
    if (type.params.length === 0) return type;
    if (type.kind === 'list') return listOf(replace(type.params[0] as Type));
    if (type.kind === 'map') return mapOf(replace(type.params[0] as Type), replace(type.params[1] as Type));
    return { ...type, params: type.params.map(replace) };
  };
  return types.map(replace);
}
