/**
 * What a container uses whose command says so: `stress` (and `stress-ng`), and the image `vish/stress`, which examples of limits run.
 * Who uses more memory than it may is killed.
 */
import { wholeValue } from '../../apimachinery/quantity';
import type { ResourceRequirements } from './container';

export interface Hunger {
  /** Cores. */
  cpu?: number;
  /** Bytes. */
  memory?: number;
}

interface Commanded {
  image?: string;
  command?: readonly string[];
  args?: readonly string[];
}

const NONE: Hunger = Object.freeze({});
const NO_WORDS: readonly string[] = Object.freeze([]);

export function hungerOf({ image = '', command = NO_WORDS, args = NO_WORDS }: Commanded): Hunger {
  if (command.length === 0 && image.includes('vish/stress') && /(^|\/)vish\/stress([:@]|$)/.test(image))
    return ofVish(args);
  if (command.length === 0 && args.length === 0) return NONE;
  const [name = '', ...words] = [...command, ...args];
  return /^(.*\/)?stress(-ng)?$/.test(name) ? ofStress(words) : NONE;
}

/** Does it want more memory than it may have, or than its pod may? */
export function starves(memory: number | undefined, own?: ResourceRequirements, pod?: ResourceRequirements): boolean {
  if (memory === undefined) return false;
  return [own, pod].some((each) => {
    const limit = each?.limits?.['memory'];
    return limit !== undefined && memory > wholeValue(limit);
  });
}

const VM_BYTES = '256M';

/** `stress --cpu 2 --vm 1 --vm-bytes 150M --vm-hang 1`: a worker spins, or holds so much memory; one that hangs rests meanwhile. */
function ofStress(words: readonly string[]): Hunger {
  const option = optionsOf(words);
  const count = (...names: string[]) => Number(option(...names) ?? 0) || 0;
  const workers = count('vm', 'm');
  const spinning = count('cpu', 'c') + (option('vm-hang') === undefined ? workers : 0);
  return {
    ...(spinning > 0 ? { cpu: spinning } : {}),
    ...(workers > 0 ? { memory: workers * bytesOf(option('vm-bytes') ?? VM_BYTES) } : {}),
  };
}

/** `-cpus 2 -mem-total 150Mi`, as Go's flags are written. */
function ofVish(words: readonly string[]): Hunger {
  const option = optionsOf(words);
  const cpu = Number(option('cpus') ?? 0) || 0;
  const memory = /^[\d.]+[A-Za-z]*$/.test(option('mem-total') ?? '') ? wholeValue(option('mem-total') as string) : 0;
  return { ...(cpu > 0 ? { cpu } : {}), ...(memory > 0 ? { memory } : {}) };
}

/** `--name value`, `--name=value`, `-n value`. */
function optionsOf(words: readonly string[]): (...names: string[]) => string | undefined {
  const found = new Map<string, string>();
  for (const [at, word] of words.entries()) {
    const [, name, value] = /^--?([a-z][a-z-]*)(?:=(.*))?$/.exec(word) ?? [];
    if (name !== undefined) found.set(name, value ?? words[at + 1] ?? '');
  }
  return (...names) => names.map((name) => found.get(name)).find((value) => value !== undefined);
}

const UNITS = 'bkmgt';

/** `150M` is 150 times 1024 times 1024 bytes (stress.c, atoll_b). */
function bytesOf(text: string): number {
  const [, digits = '0', unit = 'b'] = /^(\d+)([bkmgt]?)$/i.exec(text) ?? [];
  return Number(digits) * 1024 ** Math.max(0, UNITS.indexOf(unit.toLowerCase()));
}
