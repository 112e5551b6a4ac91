/** What expressions may refer to: variables, functions, types (cel-go `checker/env.go`). */
import type { FunctionDeclaration, Overload } from './functions';
import { type Type, typeOf } from './types';
import type { Value } from './values';

/** The fields that structs have, by the names of their types. */
export interface StructTypes {
  /** The type of a field; undefined where there is none; `false` for a struct that is not known. */
  field(struct: string, field: string): Type | undefined | false;
  /** The type that a name in an expression stands for. */
  named?(name: string): Type | undefined;
  /** A struct that an expression makes: absent where none can be made. */
  make?(struct: string, fields: ReadonlyMap<string, Value>): Value;
}

export interface EnvironmentOptions {
  /** The variables and what they are; several may be asked for once. */
  readonly variables?: Readonly<Record<string, Type>>;
  readonly structs?: StructTypes;
  /** More functions. */
  readonly functions?: readonly FunctionDeclaration[];
}

export class Environment {
  private functions = new Map<string, FunctionDeclaration>();
  private overloads = new Map<string, { overload: Overload; of: FunctionDeclaration }>();
  private readonly types = new Map<string, Type>();
  private readonly variables = new Map<string, Type>();
  private structs: StructTypes | undefined;

  /** @param types types that have names in expressions */
  constructor(functions: readonly FunctionDeclaration[], types: readonly Type[]) {
    for (const declaration of functions) this.declare(declaration);
    for (const type of types) this.types.set(type.name, type);
  }

  /** The same with variables and structs of its own. */
  extend({ variables = {}, structs, functions = [] }: EnvironmentOptions): Environment {
    const extended = Object.create(this) as Environment;
    Object.assign(extended, {
      variables: new Map([...this.variables, ...Object.entries(variables)]),
      structs: structs ?? this.structs,
      ...(functions.length > 0 ? { functions: new Map(this.functions), overloads: new Map(this.overloads) } : {}),
    });
    for (const declaration of functions) extended.declare(declaration);
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

  /** Undefined where no structs can be made. */
  get make(): StructTypes['make'] {
    return this.structs?.make;
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
