/** `$((…))`: whole numbers, variables and the operators that scripts count with (POSIX.1 Shell Command Language, 2.6.4). */
import { UnknownCommand, type Value } from './program';

const LEVELS: readonly (readonly string[])[] = [
  ['||'],
  ['&&'],
  ['==', '!='],
  ['<=', '>=', '<', '>'],
  ['+', '-'],
  ['*', '/', '%'],
];

/** @throws UnknownCommand for what is beyond this */
export function evaluateArithmetic(expression: string, variable: (name: string) => Value | undefined): Value {
  const tokens = expression.match(/\d+|[A-Za-z_]\w*|\$\{?[A-Za-z_]\w*\}?|[<>=!]=|&&|\|\||[-+*/%<>()!]|\S/g) ?? [];
  let at = 0;
  let foreign = false;
  const level = (depth: number): bigint => {
    const operators = LEVELS[depth];
    if (!operators) return unary();
    let left = level(depth + 1);
    while (operators.includes(tokens[at] ?? '')) left = apply(tokens[at++] as string, left, level(depth + 1));
    return left;
  };
  const unary = (): bigint => {
    const token = tokens[at++];
    if (token === '-') return -unary();
    if (token === '+') return unary();
    if (token === '!') return unary() === 0n ? 1n : 0n;
    if (token === '(') {
      const inside = level(0);
      if (tokens[at++] !== ')') throw new UnknownCommand();
      return inside;
    }
    if (token === undefined) throw new UnknownCommand();
    if (/^\d/.test(token)) return BigInt(/^0[0-7]+$/.test(token) ? `0o${token.slice(1)}` : token);
    const name = /^\$?\{?([A-Za-z_]\w*)\}?$/.exec(token)?.[1];
    if (!name) throw new UnknownCommand();
    const value = variable(name);
    foreign ||= value?.foreign === true;
    const text = value?.text.trim() ?? '';
    if (!/^-?\d*$/.test(text)) throw new UnknownCommand();
    return text === '' || text === '-' ? 0n : BigInt(text);
  };
  const result = level(0);
  if (at < tokens.length) throw new UnknownCommand();
  return { text: String(BigInt.asIntN(64, result)), foreign };
}

function apply(operator: string, a: bigint, b: bigint): bigint {
  const truth = (value: boolean) => (value ? 1n : 0n);
  switch (operator) {
    case '||':
      return truth(a !== 0n || b !== 0n);
    case '&&':
      return truth(a !== 0n && b !== 0n);
    case '==':
      return truth(a === b);
    case '!=':
      return truth(a !== b);
    case '<=':
      return truth(a <= b);
    case '>=':
      return truth(a >= b);
    case '<':
      return truth(a < b);
    case '>':
      return truth(a > b);
    case '+':
      return a + b;
    case '-':
      return a - b;
    case '*':
      return a * b;
  }
  if (b === 0n) throw new UnknownCommand();
  return operator === '/' ? a / b : a % b;
}
