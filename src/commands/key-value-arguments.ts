/** Arguments of which the last are changes, `KEY=VALUE` or `KEY-` (cmdutil.GetResourcesAndPairs, ParsePairs). */
import { CommandError } from './command';

/** Parts resources from changes, which come after them. `noun` is what errors call a change: `label`, `image`. */
export function splitPairs(args: readonly string[], noun: string): { resources: string[]; pairs: string[] } {
  const isPair = (arg: string) => (arg.includes('=') && !arg.startsWith('=')) || (arg.endsWith('-') && arg !== '-');
  const first = args.findIndex(isPair);
  if (first < 0) return { resources: [...args], pairs: [] };
  const pairs = args.slice(first);
  const stray = pairs.find((arg) => !isPair(arg));
  if (stray !== undefined) {
    throw new CommandError(`all resources must be specified before ${noun} changes: ${stray}`);
  }
  return { resources: args.slice(0, first), pairs };
}

/** What changes ask for. A later one of the same key counts. */
export interface Changes {
  set: Map<string, string>;
  remove: string[];
}

/** Reads changes; the value is all behind the first `=`. Without `removable` a `KEY-` is none. */
export function parsePairs(pairs: readonly string[], noun: string, removable: boolean): Changes {
  const changes: Changes = { set: new Map(), remove: [] };
  const invalid: string[] = [];
  for (const pair of pairs) {
    const at = pair.indexOf('=');
    if (at > 0) changes.set.set(pair.slice(0, at), pair.slice(at + 1));
    else if (removable && pair.endsWith('-') && pair !== '-') changes.remove.push(pair.slice(0, -1));
    else invalid.push(pair);
  }
  if (invalid.length > 0) throw new CommandError(`invalid ${noun} format: ${invalid.join(', ')}`);
  return changes;
}
