/** `cpu=100m,memory=256Mi` (kubectl pkg/generate/versioned/run.go, populateResourceListV1). */
import { setKey } from '../apimachinery/json';
import { CommandError } from './command';

/** Amounts by resource; none for an empty text. Throws in kubectl's words. */
export async function parseResourceList(text: string): Promise<Record<string, string>> {
  const list: Record<string, string> = {};
  if (text === '') return list;
  const { parseQuantity } = await import('../apimachinery/quantity');
  for (const argument of text.split(',')) {
    const parts = argument.split('=');
    if (parts.length !== 2) throw new CommandError(`Invalid argument syntax ${argument}, expected <resource>=<value>`);
    const [name, amount] = parts as [string, string];
    setKey(list, name, parseQuantity(amount).toString());
  }
  return list;
}
