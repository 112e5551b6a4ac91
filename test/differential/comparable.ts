/** What of a run is compared: all of it, but for what can't be the same twice and for the prose of help. */
import type { Ran } from '../commands/harness';

export interface Comparable {
  out: string;
  err: string;
  code: number;
}

export function comparable({ out, err, code }: Ran): Comparable {
  return { out: partsOfHelp(out), err: withoutLogHeads(partsOfHelp(err)), code };
}

const COMPARED = /^(?:Aliases|Available Commands|Options|Usage):$|^Use "kubectl .*" for |^error: /;

/** Help is compared but for its descriptions and examples, which are in kubetick's own words. */
function partsOfHelp(help: string): string {
  if (!/^Usage:\n {2}\S/m.test(help)) return help;
  let isCompared = false;
  const kept = help.split('\n').filter((line) => {
    // A part goes on until the next line that begins in the first column.
    if (/^\S/.test(line)) isCompared = COMPARED.test(line) && !line.startsWith('Use "kubectl api-resources"');
    return isCompared;
  });
  return kept.join('\n');
}

/** The head of a line of kubectl's log tells the time and the process: `W1123 19:18:45.412746   25684 helpers.go:719] `. */
function withoutLogHeads(err: string): string {
  return err.replace(/^[WE]\d{4} [\d:.]+ +\d+ [\w-]+\.go:\d+\] /gm, 'Warning: ');
}
