/** `status`: what the cluster is, where, what time it has and what is in it. */
import type { ClusterStatus } from '../cluster/paths';
import { type Command, CommandError, type Invocation, UsageError } from './command';

const command: Command = {
  use: 'status',
  short: 'Show where the cluster is, its simulated time and what is in it',
  long: 'Show where the cluster is kept and how, what time it has, which seed its chance began with, and how many objects of each type are in it.',
  examples: '# The cluster that commands here use\nkubectl status\n\n# For a program\nkubectl status -o json',
  flags: [{ name: 'output', shorthand: 'o', type: 'string', usage: 'Output format. One of: (json, yaml).' }],
  run,
};

export default command;

async function run(invocation: Invocation): Promise<void> {
  const { flags, args, streams } = invocation;
  if (args.length > 0) throw new UsageError(`Unexpected args: [${args.join(' ')}]`);
  const output = flags.string('output');
  if (!['', 'json', 'yaml'].includes(output)) throw new CommandError("--output must be 'yaml' or 'json'");
  const client = await invocation.client();
  const status = await client.request<never>({ method: 'GET', path: '/kubetick/status' });
  const { stateFolder } = await invocation.files();
  const served = stateFolder === undefined ? undefined : await servedAs(stateFolder);
  const shown = { state: stateFolder ?? '', ...(served ? { served } : {}), ...(status as ClusterStatus) };
  if (output === 'json') {
    const { stringifyGo } = await import('../apimachinery/json-text');
    streams.out(`${stringifyGo(shown, { indent: '    ' })}\n`);
  } else if (output === 'yaml') {
    const { toYaml } = await import('../yaml/write');
    streams.out(toYaml(shown));
  } else {
    const rows: string[][] = [
      ['State', shown.state || '(memory)'],
      ...(served ? [['Served at', `${served.endpoint} (process ${served.pid}, speed ${served.speed})`]] : []),
      ['Store', shown.driver],
      ['Simulated time', shown.now],
      ['Began', shown.startTime],
      ['Seed', String(shown.seed)],
      ['Revision', String(shown.revision)],
    ];
    const counts = Object.entries(shown.counts).sort(([a], [b]) => (a < b ? -1 : 1));
    const { ownTable } = await import('./own-table');
    streams.out(await ownTable(streams, undefined, rows));
    streams.out('\n');
    streams.out(
      await ownTable(
        streams,
        ['RESOURCE', 'OBJECTS'],
        counts.map(([name, count]) => [name, String(count)]),
      ),
    );
  }
}

/** Who serves the cluster in the folder; undefined when nobody does. */
async function servedAs(stateFolder: string): Promise<{ endpoint: string; pid: number; speed: string } | undefined> {
  const { mayBeServed } = await import('../store/folder-layout');
  if (!mayBeServed(stateFolder)) return undefined;
  const { servingRecord } = await import('../server/serving-record');
  const record = servingRecord(stateFolder);
  return record && { endpoint: record.endpoint, pid: record.pid, speed: record.speed };
}
