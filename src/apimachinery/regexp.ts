/** Regular expressions as Go has them (RE2): compiled once. */

import { RE2JS } from 're2js';
import { remembered } from './remembered';

/** Whether the expression matches anywhere in the text. @throws Error in the words of regexp/syntax for one that can't be compiled. */
export function matchesRegexp(expression: string, text: string): boolean {
  const known = compileRegexp(expression);
  if (typeof known === 'string') throw new Error(known);
  return known.matcher(text).find();
}

/** What is wrong with an expression, in Go's words; undefined for nothing. */
export function regexpComplaint(expression: string): string | undefined {
  const known = compileRegexp(expression);
  return typeof known === 'string' ? known : undefined;
}

/** The expression, or what is wrong with it. */
export const compileRegexp: (expression: string) => RE2JS | string = remembered(1000, compile);

function compile(expression: string): RE2JS | string {
  try {
    return RE2JS.compile(expression);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
