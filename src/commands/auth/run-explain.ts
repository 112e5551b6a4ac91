/** Asks the cluster what its authenticators say. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { JsonObject } from '../../apimachinery/json';
import { joinHeaderValues } from '../../client/header-values';
import { CommandError, ExitSilently, type Invocation } from '../command';
import { ownOutput, writeOwnObject } from '../own-object';
import { ownTable } from '../own-table';

interface Told {
  verdicts: { authenticator: string; user?: User; refused?: string; ignored?: string }[];
  user?: User;
  error?: string;
}

interface User {
  name: string;
  groups?: string[];
}

export async function explain(invocation: Invocation): Promise<void> {
  const { args, flags, streams } = invocation;
  if (args.length > 0) throw new CommandError(`auth explain takes no arguments, got ${args[0]}`);
  const output = ownOutput(flags);
  const body = await shown(invocation);
  const client = await invocation.client();
  const told = await client.request<JsonObject>({ method: 'POST', path: '/kubetick/authentication/explain', body });
  const { verdicts, user, error } = told as unknown as Told;
  if (output)
    await writeOwnObject(streams, output, { apiVersion: 'kubetick.dev/v1', kind: 'AuthenticationExplained', ...told });
  else {
    const rows = verdicts.map(({ authenticator, ...said }) => [authenticator, sentence(said)]);
    streams.out(await ownTable(streams, ['AUTHENTICATOR', 'SAYS'], rows));
    if (user) streams.out(`\n${user.name}, in the groups ${(user.groups ?? []).join(', ')}\n`);
    else streams.out(`\n401 Unauthorized${error ? `: ${error}` : ''}\n`);
  }
  if (!user) throw new ExitSilently(1);
}

function sentence({ user, refused, ignored }: Omit<Told['verdicts'][number], 'authenticator'>): string {
  if (user) return `it is ${user.name}`;
  if (refused) return `refused: ${refused}`;
  return ignored ? `not known: ${ignored}` : 'nothing of its kind';
}

async function shown({ flags, streams, cwd }: Invocation): Promise<JsonObject> {
  const token = flags.string('credential-token');
  const basic = flags.string('credential-basic');
  const certificate = flags.string('credential-certificate');
  if (token && basic) throw new CommandError('--credential-token and --credential-basic exclude each other');
  const bearer = token === '-' ? (await streams.stdin()).trim() : token;
  const headers = new Map<string, string[]>();
  for (const header of flags.strings('header')) {
    const [, name, value = ''] = /^([^:\s]+):\s*(.*)$/.exec(header) ?? [];
    if (name === undefined) throw new CommandError(`--header ${JSON.stringify(header)}: must be 'NAME: VALUE'`);
    headers.set(name.toLowerCase(), [...(headers.get(name.toLowerCase()) ?? []), value]);
  }
  return {
    path: flags.string('path'),
    ...(bearer ? { authorization: `Bearer ${bearer}` } : {}),
    ...(basic ? { authorization: `Basic ${Buffer.from(basic).toString('base64')}` } : {}),
    ...(certificate ? { certificate: pemIn(resolve(cwd, certificate), certificate) } : {}),
    headers: Object.fromEntries([...headers].map(([name, values]) => [name, joinHeaderValues(values)])),
  };
}

function pemIn(path: string, name: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    throw new CommandError(`open ${name}: no such file or directory`);
  }
}
