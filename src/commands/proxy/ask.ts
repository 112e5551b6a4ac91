/** How the subcommands of `proxy` ask the cluster. */
import type { Json } from '../../apimachinery/json';
import { isReason } from '../../apimachinery/status';
import { CommandError, type Invocation } from '../command';
import { notSimulated } from '../simulated-clock';

/** @param query empty values are left out */
export async function askProxy<T>(
  invocation: Invocation,
  path: string,
  query: Readonly<Record<string, string>> = {},
  change?: Json,
): Promise<T> {
  const client = await invocation.client();
  const given = Object.fromEntries(Object.entries(query).filter(([, value]) => value !== ''));
  try {
    return await client.request<T>({
      method: change === undefined ? 'GET' : 'PUT',
      path: `/kubetick/${path}`,
      query: given,
      ...(change === undefined ? {} : { body: change }),
    });
  } catch (error) {
    const unknown =
      isReason(error, 'NotFound') && /could not find the requested resource/.test((error as Error).message);
    if (unknown || isReason(error, 'Forbidden')) throw notSimulated();
    if (isReason(error, 'BadRequest')) throw new CommandError((error as Error).message);
    throw error;
  }
}

/** The answer as it is, for -o json and yaml; false where a text is wanted. */
export async function printAnswer({ flags, streams }: Invocation, answer: unknown): Promise<boolean> {
  const output = flags.string('output');
  if (output === 'json') {
    const { stringifyGo } = await import('../../apimachinery/json-text');
    streams.out(`${stringifyGo(answer as Json, { indent: '    ' })}\n`);
    return true;
  }
  if (output === 'yaml') {
    const { toYaml } = await import('../../yaml/write');
    streams.out(toYaml(answer as Json));
    return true;
  }
  return false;
}

/** Before anything is asked. */
export function checkOutput({ flags }: Invocation): void {
  if (!['', 'json', 'yaml'].includes(flags.string('output')))
    throw new CommandError("--output must be 'yaml' or 'json'");
}
