/** What kubetick itself has to say, as an object: `-o json`, `-o yaml`. */
import type { Json } from '../apimachinery/json';
import { CommandError, type Flags, type Streams } from './command';

/** '' for text. @throws CommandError for another format. */
export function ownOutput(flags: Flags): '' | 'json' | 'yaml' {
  const output = flags.string('output');
  if (output === '' || output === 'json' || output === 'yaml') return output;
  throw new CommandError("--output must be 'yaml' or 'json'");
}

export async function writeOwnObject({ out }: Streams, output: 'json' | 'yaml', value: Json): Promise<void> {
  if (output === 'json') {
    const { stringifyGo } = await import('../apimachinery/json-text');
    out(`${stringifyGo(value, { indent: '    ' })}\n`);
  } else {
    const { toYaml } = await import('../yaml/write');
    out(toYaml(value));
  }
}
