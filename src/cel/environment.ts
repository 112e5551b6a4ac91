/** What expressions may refer to: variables, functions, types (cel-go `checker/env.go`). */
import type { FunctionDeclaration, Overload } from './functions';
import { type Type, typeOf } from './types';

/** The fields that structs have, by the names of their types. */
export interface StructTypes {
  /** The type of a field; undefined where there is none; `false` for a struct that is not known. */
  field(struct: string, field: string): Type | undefined | false;
  /** The type that a name in an expression stands for. */
  named?(name: string): Type | undefined;
}

export interface EnvironmentOptions {
  /** The variables and what they are; several may be asked for once. */
  readonly variables?: Readonly<Record<string, Type>>;
  readonly structs?: StructTypes;
}

export class Environment {
  private readonly functions = new Map<string, FunctionDeclaration>();
  private readonly overloads = new Map<string, { overload: Overload; of: FunctionDeclaration }>();
  private readonly types = new Map<string, Type>();
  private readonly variables = new Map<string, Type>();
  private structs: StructTypes | undefined;

  /** @param types types that have names in expressions */
  constructor(functions: readonly FunctionDeclaration[], types: readonly Type[]) {
    for (const declaration of functions) this.declare(declaration);
    for (const type of types) this.types.set(type.name, type);
  }

  /** The same with variables and structs of its own. */
  extend({ variables = {}, structs }: EnvironmentOptions): Environment {
    const extended = Object.create(this) as Environment;
    Object.assign(extended, {
      variables: new Map([...this.variables, ...Object.entries(variables)]),
      structs: structs ?? this.structs,
    });
    return extended;
  }

  function(name: string): FunctionDeclaration | undefined {
    return this.functions.get(name.replace(/^\./, ''));
  }

  overload(id: string): { overload: Overload; of: FunctionDeclaration } | undefined {
    return this.overloads.get(id);
  }

  /** The type of what a name refers to: a variable's, or `type(…)` for a type's. */
  lookup(name: string): { name: string; type: Type } | undefined {
    const bare = name.replace(/^\./, '');
    const variable = this.variables.get(bare);
    if (variable) return { name: bare, type: variable };
    const named = this.types.get(bare) ?? this.structs?.named?.(bare);
    return named && { name: bare, type: typeOf(named) };
  }

  field(struct: string, field: string): Type | undefined | false {
    return this.structs ? this.structs.field(struct, field) : false;
  }

  private declare(declaration: FunctionDeclaration): void {
    const known = this.functions.get(declaration.name);
    const merged = known
      ? { ...known, ...declaration, overloads: [...known.overloads, ...declaration.overloads] }
      : declaration;
    this.functions.set(declaration.name, merged);
    for (const overload of declaration.overloads) this.overloads.set(overload.id, { overload, of: declaration });
  }
}
