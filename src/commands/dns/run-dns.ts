/** Completes, validates and runs `dns`. */
import { type DNSRecord, recordData } from '../../apimachinery/dns-message';
import { parseIP } from '../../apimachinery/ip';
import type { Json } from '../../apimachinery/json';
import { isReason } from '../../apimachinery/status';
import type { Resolution } from '../../sim/network/dns/resolve';
import { CommandError, type Invocation, UsageError } from '../command';
import { notSimulated } from '../simulated-clock';

const TYPES = ['A', 'AAAA', 'SRV', 'PTR', 'TXT', 'CNAME', 'NS', 'SOA', 'MX', 'ANY'];
const LONGEST_NAME = 253;

export async function runDNS(invocation: Invocation): Promise<void> {
  const { args, flags, streams } = invocation;
  const [name, ...more] = args;
  if (name === undefined || more.length > 0) throw new UsageError('one NAME must be given');
  const isAddress = parseIP(name) !== undefined;
  const type = (flags.string('type') || (isAddress ? 'PTR' : 'A')).toUpperCase();
  if (!TYPES.includes(type)) throw new CommandError(`--type must be one of [${TYPES.join(' ')}], not ${type}`);
  const output = flags.string('output');
  if (!['', 'json', 'yaml'].includes(output)) throw new CommandError("--output must be 'yaml' or 'json'");
  checkName(name);
  const resolution = await resolve(invocation, name, type);
  if (output === 'json') {
    const { stringifyGo } = await import('../../apimachinery/json-text');
    streams.out(`${stringifyGo(resolution as unknown as Json, { indent: '    ' })}\n`);
  } else if (output === 'yaml') {
    const { toYaml } = await import('../../yaml/write');
    streams.out(toYaml(resolution as unknown as Json));
  } else streams.out(await resolutionText(invocation, resolution));
}

function checkName(name: string): void {
  const bare = name.endsWith('.') ? name.slice(0, -1) : name;
  const isName = bare.length <= LONGEST_NAME && bare.split('.').every((label) => /^[^\s.]{1,63}$/.test(label));
  if (!isName && parseIP(name) === undefined) throw new CommandError(`${JSON.stringify(name)} is not a name of DNS`);
}

/** Without a pod there is no search list: one query, of the cluster's own server. */
async function resolve(invocation: Invocation, name: string, type: string): Promise<Partial<Resolution>> {
  const pod = await podOf(invocation);
  const client = await invocation.client();
  try {
    return await client.request<never>({
      method: 'GET',
      path: '/kubetick/dns/resolve',
      query: { name, type, ...(pod === undefined ? {} : { pod }) },
    });
  } catch (error) {
    const unknown =
      isReason(error, 'NotFound') && /could not find the requested resource/.test((error as Error).message);
    if (unknown || isReason(error, 'Forbidden')) throw notSimulated();
    throw error;
  }
}

async function podOf(invocation: Invocation): Promise<string | undefined> {
  const { flags } = invocation;
  const from = flags.string('from').replace(/^(pod|pods|po)\//, '');
  if (from === '') return undefined;
  if (from.includes('/')) return from;
  return `${(await invocation.namespace()).namespace}/${from}`;
}

async function resolutionText({ streams, flags }: Invocation, told: Partial<Resolution>): Promise<string> {
  const { ownTable } = await import('../own-table');
  const { config, attempts = [], answers = [] } = told;
  const parts: string[] = [];
  if (config && flags.string('from') !== '') {
    const { searches, nameservers, options } = config;
    parts.push(
      `search ${searches.join(' ') || '(none)'}\nnameserver ${nameservers.join(' ') || '(none)'}\noptions ${options.join(' ') || '(none)'}\n`,
    );
  }
  parts.push(
    await ownTable(
      streams,
      ['', 'QUERY', 'TYPE', 'SERVER', 'ANSWER'],
      attempts.map((one, i) => [
        String(i + 1),
        one.name,
        one.type,
        one.server,
        one.noData ? 'NOERROR, no data' : one.code,
      ]),
    ),
  );
  if (answers.length > 0)
    parts.push(
      await ownTable(
        streams,
        ['NAME', 'TTL', 'TYPE', 'DATA'],
        answers.map((record) => [record.name, String(record.ttl), record.type, recordData(record as DNSRecord)]),
      ),
    );
  else parts.push(`${emptyText(attempts)}\n`);
  return parts.join('\n');
}

/** Of all that was asked, what tells most: a name that is there, then one that is none of the cluster's. */
function emptyText(attempts: Resolution['attempts']): string {
  const present = attempts.find(({ noData }) => noData);
  if (present) return `${present.name} is there, and has no ${present.type} record.`;
  const foreign = attempts.find(({ code }) => code === 'REFUSED');
  if (foreign) return `${foreign.name} is not a name of the cluster, and nothing is forwarded.`;
  return `There is no ${attempts.map(({ name }) => name).join(', nor ')}`;
}
