/** Runs a parsed Go template over JSON (text/template/exec.go). */
import type { Json } from '../../apimachinery/json';
import { sortStrings } from '../../apimachinery/json-text';
import { goQuote, goString } from '../go-format';
import { GoNumber, type GoValue, goNumber, goType, isGoMap } from '../go-values';
import { FUNCTIONS, isTrue, type Parameter, type TemplateFunction } from './functions';
import {
  type ArgumentNode,
  type CommandNode,
  type ControlNode,
  nodeText,
  type PipeNode,
  type TemplateNode,
  type VariableNode,
} from './nodes';
import { type ParsedTemplate, TEMPLATE_NAME } from './parse';

/** A template that failed while it ran; `output` is what it had written until then. */
export class ExecuteError extends Error {
  constructor(
    message: string,
    readonly output: string,
  ) {
    super(message);
  }
}

/**
 * The text that a template makes of `data`.
 * @param missingKey `default` prints `<no value>` for what a map doesn't have, `error` fails
 * @param functions beside those that every template has
 * @throws ExecuteError `template: output:1:2: executing "output" at <.a.b>: …`
 */
export function executeTemplate(
  template: ParsedTemplate,
  data: Json,
  missingKey: 'default' | 'error',
  functions: Readonly<Record<string, TemplateFunction>> = {},
): string {
  const out: string[] = [];
  try {
    new State(template, TEMPLATE_NAME, { value: data, boxed: false }, missingKey, out, functions).run();
  } catch (error) {
    if (error instanceof ExecuteError) throw new ExecuteError(error.message, out.join(''));
    if (error instanceof RangeError) throw new ExecuteError('exceeded maximum template depth (100000)', out.join(''));
    throw error;
  }
  return out.join('');
}

/** A value, and whether Go would hold it as an interface {}: what comes out of maps and lists is, until a pipeline unpacks it. */
interface Held {
  value: GoValue;
  boxed: boolean;
}

interface Variable {
  name: string;
  held: Held;
}

class LoopControl extends Error {
  constructor(readonly kind: 'break' | 'continue') {
    super(kind);
  }
}

const MISSING: Held = { value: undefined, boxed: false };
/** How deep templates may call each other; Go's own stack would end long before its limit of 100,000 does ours. */
const MAX_DEPTH = 2_000;

class State {
  private variables: Variable[];
  private at: { at: number } & Parameters<typeof nodeText>[0];

  constructor(
    private readonly template: ParsedTemplate,
    private readonly name: string,
    private readonly dot: Held,
    private readonly missingKey: 'default' | 'error',
    private readonly out: string[],
    private readonly functions: Readonly<Record<string, TemplateFunction>>,
    private readonly depth = 0,
  ) {
    this.variables = [{ name: '$', held: dot }];
    this.at = { type: 'dot', at: 0 };
  }

  run(): void {
    this.walkList(this.dot, this.template.templates.get(this.name) ?? []);
  }

  private walkList(dot: Held, list: readonly TemplateNode[]): void {
    for (const node of list) this.walk(dot, node);
  }

  private walk(dot: Held, node: TemplateNode): void {
    this.at = node;
    switch (node.type) {
      case 'text':
        this.out.push(node.text);
        return;
      case 'action': {
        // What an assignment assigned is not printed.
        const value = this.pipeline(dot, node.pipe);
        if (node.pipe.declarations.length === 0) this.print(value);
        return;
      }
      case 'break':
      case 'continue':
        throw new LoopControl(node.type);
      case 'if':
      case 'with':
        this.scoped(() => {
          const held = this.pipeline(dot, node.pipe);
          if (isTrue(held.value)) this.walkList(node.type === 'with' ? held : dot, node.list);
          else if (node.elseList) this.walkList(dot, node.elseList);
        });
        return;
      case 'range':
        this.scoped(() => this.range(dot, node));
        return;
      case 'template':
        this.call(dot, node);
    }
  }

  private range(dot: Held, node: ControlNode): void {
    const { value } = this.pipeline(dot, node.pipe);
    const { declarations, isAssign } = node.pipe;
    const [first, second] = declarations as [VariableNode | undefined, VariableNode | undefined];
    const mark = this.variables.length;
    const iterate = (index: Held, element: Held): boolean => {
      if (first && isAssign) this.assign(first, second ? index : element);
      else if (first) this.setTop(1, element);
      if (second && isAssign) this.assign(second, element);
      else if (second) this.setTop(2, index);
      try {
        this.walkList(element, node.list);
      } catch (error) {
        if (!(error instanceof LoopControl)) throw error;
        if (error.kind === 'break') return false;
      } finally {
        this.variables.length = mark;
      }
      return true;
    };
    const number = goNumber(value);
    if (Array.isArray(value)) {
      if (value.length > 0) {
        for (let i = 0; i < value.length; i++)
          if (!iterate({ value: new GoNumber('int', i), boxed: false }, { value: value[i], boxed: true })) return;
        return;
      }
    } else if (isGoMap(value)) {
      const keys = sortStrings(Object.keys(value));
      if (keys.length > 0) {
        for (const key of keys) if (!iterate({ value: key, boxed: false }, { value: value[key], boxed: true })) return;
        return;
      }
    } else if (number && number.type !== 'float64') {
      if (declarations.length > 1) this.fail(`can't use ${goString(value)} to iterate over more than one variable`);
      const count = Number(number.value);
      for (let i = 0; i < count; i++) {
        const element = number.type === 'int64' ? i : new GoNumber(number.type as 'int', i);
        if (!iterate(MISSING, { value: element, boxed: false })) return;
      }
      if (count > 0) return;
    } else if (value !== undefined && value !== null) this.fail(`range can't iterate over ${goString(value)}`);
    if (node.elseList) this.walkList(dot, node.elseList);
  }

  private call(dot: Held, node: TemplateNode & { type: 'template' }): void {
    if (!this.template.templates.has(node.name)) this.fail(`template ${goQuote(node.name)} not defined`);
    if (this.depth >= MAX_DEPTH) this.fail('exceeded maximum template depth (100000)');
    const data = node.pipe ? this.pipeline(dot, node.pipe) : MISSING;
    new State(this.template, node.name, data, this.missingKey, this.out, this.functions, this.depth + 1).run();
  }

  private scoped(run: () => void): void {
    const mark = this.variables.length;
    try {
      run();
    } finally {
      this.variables.length = mark;
    }
  }

  private pipeline(dot: Held, pipe: PipeNode): Held {
    this.at = pipe;
    let held: Held | undefined;
    for (const command of pipe.commands) {
      held = this.command(dot, command, held);
      // An interface {} is unpacked here; nil in one becomes no value at all.
      held = { value: held.value === null && held.boxed ? undefined : held.value, boxed: false };
    }
    const result = held ?? MISSING;
    for (const declaration of pipe.declarations) {
      if (pipe.isAssign) this.assign(declaration, result);
      else this.variables.push({ name: declaration.identifiers[0] as string, held: result });
    }
    return result;
  }

  private command(dot: Held, command: CommandNode, final: Held | undefined): Held {
    const [first, ...rest] = command.args as [ArgumentNode, ...ArgumentNode[]];
    switch (first.type) {
      case 'field':
        this.at = first;
        return this.fields(dot, dot, first.identifiers, command.args, final);
      case 'chain':
        return this.chain(dot, first, command.args, final);
      case 'identifier':
        return this.function(dot, first.name, first, rest, final, command);
      case 'pipe':
        this.notAFunction(command.args, final);
        return this.pipeline(dot, first);
      case 'variable':
        return this.variable(dot, first, command.args, final);
    }
    this.at = first;
    this.notAFunction(command.args, final);
    switch (first.type) {
      case 'bool':
        return { value: first.value, boxed: false };
      case 'dot':
        return dot;
      case 'nil':
        return this.fail('nil is not a command');
      case 'number':
        return { value: this.constant(first), boxed: false };
      case 'string':
        return { value: first.text, boxed: false };
    }
  }

  private notAFunction(args: readonly ArgumentNode[], final: Held | undefined): void {
    if (args.length > 1 || final) this.fail(`can't give argument to non-function ${nodeText(args[0] as ArgumentNode)}`);
  }

  private chain(
    dot: Held,
    node: ArgumentNode & { type: 'chain' },
    args: readonly ArgumentNode[],
    final: Held | undefined,
  ): Held {
    this.at = node;
    if (node.node.type === 'nil') this.fail(`indirection through explicit nil in ${nodeText(node)}`);
    const receiver = this.argument(dot, node.node, 'value');
    return this.fields(dot, receiver, node.fields, args, final);
  }

  private variable(dot: Held, node: VariableNode, args: readonly ArgumentNode[], final: Held | undefined): Held {
    this.at = node;
    const [name, ...fields] = node.identifiers as [string, ...string[]];
    const held = this.find(name).held;
    if (fields.length === 0) {
      this.notAFunction(args, final);
      return held;
    }
    return this.fields(dot, held, fields, args, final);
  }

  private fields(
    _dot: Held,
    receiver: Held,
    names: readonly string[],
    args: readonly ArgumentNode[],
    final: Held | undefined,
  ): Held {
    let held = receiver;
    names.forEach((name, i) => {
      const last = i === names.length - 1;
      held = this.field(held, name, last && (args.length > 1 || final !== undefined));
    });
    return held;
  }

  private field(receiver: Held, name: string, hasArguments: boolean): Held {
    const { value, boxed } = receiver;
    if (value === undefined) {
      if (this.missingKey === 'error') this.fail(`nil data; no entry for key ${goQuote(name)}`);
      return MISSING;
    }
    if (value === null) this.fail(`nil pointer evaluating interface {}.${name}`);
    if (!isGoMap(value)) this.fail(`can't evaluate field ${name} in type ${boxed ? 'interface {}' : goType(value)}`);
    if (hasArguments) this.fail(`${name} is not a method but has arguments`);
    if (Object.hasOwn(value, name)) return { value: value[name], boxed: true };
    if (this.missingKey === 'error') this.fail(`map has no entry for key ${goQuote(name)}`);
    return MISSING;
  }

  private function(
    dot: Held,
    name: string,
    node: ArgumentNode,
    args: readonly ArgumentNode[],
    final: Held | undefined,
    whole: CommandNode | ArgumentNode = node,
  ): Held {
    this.at = node;
    const count = args.length + (final ? 1 : 0);
    if (name === 'and' || name === 'or') return this.logic(dot, name, args, final);
    const { parameters, rest, call } = (
      Object.hasOwn(this.functions, name) ? this.functions[name] : FUNCTIONS[name]
    ) as TemplateFunction;
    if (rest ? count < parameters.length : count !== parameters.length)
      this.fail(`wrong number of args for ${name}: want ${rest ? 'at least ' : ''}${parameters.length} got ${count}`);
    const values = args.map((arg, i) => this.argument(dot, arg, (parameters[i] ?? rest) as Parameter).value);
    if (name === 'call') this.refuseCall(values[0], args, whole);
    if (final) values.push(this.accept(final, (parameters[args.length] ?? rest) as Parameter).value);
    try {
      const value = call(values.map((value, i) => ((parameters[i] ?? rest) === 'any' ? (value ?? null) : value)));
      return { value, boxed: name === 'index' };
    } catch (error) {
      if (error instanceof ExecuteError) throw error;
      this.at = whole;
      return this.fail(`error calling ${name}: ${(error as Error).message}`);
    }
  }

  /** JSON holds no functions that could be called. */
  private refuseCall(value: GoValue, args: readonly ArgumentNode[], whole: CommandNode | ArgumentNode): void {
    if (args[0] === undefined || value === undefined || value === null) return;
    this.at = whole;
    this.fail(`error calling call: non-function ${nodeText(args[0])} of type ${goType(value)}`);
  }

  /** The first argument that settles it, else the last. */
  private logic(dot: Held, name: 'and' | 'or', args: readonly ArgumentNode[], final: Held | undefined): Held {
    if (args.length === 0 && !final) this.fail(`wrong number of args for ${name}: want at least 1 got 0`);
    let held: Held = MISSING;
    for (const arg of args) {
      held = this.argument(dot, arg, 'value');
      if (isTrue(held.value) === (name === 'or')) return held;
    }
    return final ?? held;
  }

  private argument(dot: Held, node: ArgumentNode, parameter: Parameter): Held {
    this.at = node;
    switch (node.type) {
      case 'dot':
        return this.accept(dot, parameter);
      case 'nil':
        if (parameter === 'string') this.fail('cannot assign nil to string');
        return { value: parameter === 'any' ? null : undefined, boxed: false };
      case 'field':
        return this.accept(this.fields(dot, dot, node.identifiers, [node], undefined), parameter);
      case 'variable':
        return this.accept(this.variable(dot, node, [node], undefined), parameter);
      case 'pipe':
        return this.accept(this.pipeline(dot, node), parameter);
      case 'identifier':
        return this.accept(this.function(dot, node.name, node, [], undefined), parameter);
      case 'chain':
        return this.accept(this.chain(dot, node, [node], undefined), parameter);
    }
    if (parameter === 'string') {
      if (node.type !== 'string') this.fail(`expected string; found ${nodeText(node)}`);
      return { value: node.text, boxed: false };
    }
    switch (node.type) {
      case 'bool':
        return { value: node.value, boxed: false };
      case 'number':
        return { value: this.constant(node), boxed: false };
      case 'string':
        return { value: node.text, boxed: false };
    }
  }

  private accept(held: Held, parameter: Parameter): Held {
    if (parameter !== 'string') return held;
    if (held.value === undefined) this.fail('invalid value; expected string');
    if (typeof held.value !== 'string')
      this.fail(
        `wrong type for value; expected string; got ${held.value === null ? 'interface {}' : goType(held.value)}`,
      );
    return held;
  }

  /** A number in a template: an int where it is whole and not written as a float (idealConstant). */
  private constant(node: ArgumentNode & { type: 'number' }): GoValue {
    const { integer, text } = node;
    if (integer === undefined || (/[.eEpP]/.test(text) && !/^[+-]?0[xX]/.test(text) && !node.isRune))
      return new GoNumber('float64', node.float as number);
    if (typeof integer === 'bigint' && BigInt.asIntN(64, integer) !== integer) this.fail(`${text} overflows int`);
    return new GoNumber('int', integer);
  }

  private print({ value }: Held): void {
    this.out.push(value === undefined ? '<no value>' : goString(value));
  }

  private assign(node: VariableNode, held: Held): void {
    this.find(node.identifiers[0] as string).held = held;
  }

  private setTop(fromTop: number, held: Held): void {
    (this.variables[this.variables.length - fromTop] as Variable).held = held;
  }

  private find(name: string): Variable {
    for (let i = this.variables.length - 1; i >= 0; i--)
      if (this.variables[i]?.name === name) return this.variables[i] as Variable;
    return this.fail(`undefined variable: ${name}`);
  }

  private fail(message: string): never {
    const before = this.template.text.slice(0, this.at.at);
    const line = before.split('\n').length;
    const lineStart = before.lastIndexOf('\n');
    const column = new TextEncoder().encode(before.slice(lineStart + 1)).length;
    const text = nodeText(this.at);
    throw new ExecuteError(
      `template: ${TEMPLATE_NAME}:${line}:${column}: executing ${goQuote(this.name)} at <${text}>: ${message}`,
      '',
    );
  }
}
