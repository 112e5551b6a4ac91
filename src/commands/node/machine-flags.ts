/** Flags that say what machines are like, for `node add` and node groups. */
import type { JsonObject } from '../../apimachinery/json';
import { parseQuantity } from '../../apimachinery/quantity';
import { CommandError, type Invocation } from '../command';
import { messageOf } from '../errors';
import { parseTaints } from '../taint/taints';

export function positive({ flags }: Invocation, name: string): number {
  const value = flags.int(name);
  if (value < 1) throw new CommandError(`--${name} must be at least 1, not ${value}`);
  return value;
}

export function quantity({ flags }: Invocation, name: string): string {
  const text = flags.string(name);
  try {
    if (parseQuantity(text).sign() < 0) throw new Error('must not be negative');
    return text;
  } catch (error) {
    throw new CommandError(`invalid value ${JSON.stringify(text)} of --${name}: ${messageOf(error)}`);
  }
}

export function labelsOf(pairs: readonly string[]): Record<string, string> {
  const labels: Record<string, string> = {};
  for (const pair of pairs) {
    const at = pair.indexOf('=');
    if (at < 1) throw new CommandError(`invalid label ${JSON.stringify(pair)}: it must look like KEY=VALUE`);
    labels[pair.slice(0, at)] = pair.slice(at + 1);
  }
  return labels;
}

export function taintsOf(texts: readonly string[]): JsonObject[] {
  if (texts.length === 0) return [];
  const { add, remove } = parseTaints(texts);
  if (remove.length > 0) throw new CommandError('a node that is added has no taints to remove');
  return add.map((taint) => ({ ...taint }));
}
