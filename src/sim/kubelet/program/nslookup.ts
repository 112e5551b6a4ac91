/**
 * `nslookup NAME`, each in its own words: that of busybox until 1.28, which asks the C library; that of busybox since (networking/nslookup.c),
 * which goes through the search list only for names without a dot, and fails where one of its questions does; and BIND's.
 */
import type { DNSRecord } from '../../../apimachinery/dns-message';
import { withDot } from '../../../apimachinery/dns-message';
import { joinHostPort } from '../../network/addresses';
import { reverseOf } from '../../network/dns/lookup-records';
import { ndotsOf } from '../../network/dns/resolver-config';
import { type Happening, type NameAnswer, type PodNetwork, UnknownCommand } from './program';

type Steps = Generator<Happening, number>;

interface Asked {
  /** Without a dot at the end, unless it was typed. */
  name: string;
  answer: Exclude<NameAnswer, string>;
}

/** Whom nobody answers gives up after so long. */
const PATIENCE = { ofBusybox: 5_000, ofBIND: 15_000 };

export function* nslookup(args: readonly string[], network: PodNetwork, image: string): Steps {
  const { host, type } = readArguments(args, network);
  const [, tag = ''] = /busybox(?::(?:v?1\.(\d+))?|$|@)/.exec(image) ?? [];
  if (/busybox|alpine/.test(image))
    return yield* tag !== '' && Number(tag) <= 28 ? ofLibrary(host, network) : ofBusybox(host, type, network);
  return yield* ofBIND(host, type, network);
}

/** @throws UnknownCommand for what is beyond this */
function readArguments(args: readonly string[], { resolver }: PodNetwork): { host: string; type: string } {
  let type = '';
  const words: string[] = [];
  for (const arg of args) {
    const [, value] = /^-(?:type|querytype|query|q|ty)=(\w+)$/.exec(arg) ?? [];
    if (value) type = value.toUpperCase();
    else if (arg.startsWith('-')) throw new UnknownCommand();
    else words.push(arg);
  }
  const [host, server, more] = words;
  const isKnown = ['', 'A', 'AAAA', 'CNAME', 'NS', 'PTR', 'SRV', 'TXT'].includes(type);
  if (!host || more !== undefined || !isKnown) throw new UnknownCommand();
  if (server !== undefined && server !== resolver.nameservers[0]) throw new UnknownCommand();
  return { host, type };
}

function serverOf({ resolver }: PodNetwork): string {
  return resolver.nameservers[0] ?? '127.0.0.1';
}

/** @returns undefined where nobody answers. @throws UnknownCommand for what is outside of the cluster */
function ask(network: PodNetwork, name: string, type: string): Asked | undefined {
  const answer = network.ask(name, type);
  if (answer === 'unknown') throw new UnknownCommand();
  if (answer === 'silence') return undefined;
  // Somebody outside knows more of where this leads.
  const last = answer.answers.at(-1);
  if (last?.type === 'CNAME' && (type === 'A' || type === 'AAAA')) throw new UnknownCommand();
  return { name, answer };
}

function addressesOf(answers: readonly DNSRecord[]): string[] {
  return answers.flatMap((one) => (one.type === 'A' || one.type === 'AAAA' ? one.address : []));
}

function* timedOut(after: number): Steps {
  yield { kind: 'wait', milliseconds: after };
  yield say(';; connection timed out; no servers could be reached\n\n');
  return 1;
}

function* ofLibrary(host: string, network: PodNetwork): Steps {
  const server = serverOf(network);
  const named = (ip: string) => {
    const [first] = ask(network, reverseOf(ip) ?? ip, 'PTR')?.answer.answers ?? [];
    return first?.type === 'PTR' ? ` ${first.target.replace(/\.$/, '')}` : '';
  };
  const list = (ips: readonly string[]) => ips.map((ip, i) => `Address ${i + 1}: ${ip}${named(ip)}\n`).join('');
  yield say(`Server:    ${server}\n${list([server])}\n`);
  const found: string[] = [];
  let silent = false;
  let at: string | undefined;
  for (const type of ['A', 'AAAA']) {
    // Both questions are about one name.
    const last = at === undefined ? searched(host, type, network) : ask(network, at, type);
    if (last?.answer.answers.length) at = last.name;
    silent ||= last === undefined;
    found.push(...addressesOf(last?.answer.answers ?? []));
  }
  if (silent) yield { kind: 'wait', milliseconds: PATIENCE.ofBusybox * 2 };
  if (found.length === 0) {
    yield say(`nslookup: can't resolve '${host}'\n`);
    return 1;
  }
  yield say(`Name:      ${host}\n${list(found)}`);
  return 0;
}

function* ofBusybox(host: string, type: string, network: PodNetwork): Steps {
  const reverse = reverseOf(host);
  const { searches } = network.resolver;
  const types = type !== '' ? [type] : reverse ? ['PTR'] : ['A', 'AAAA'];
  const names =
    reverse && type === '' ? [reverse] : host.includes('.') ? [host] : searches.map((domain) => `${host}.${domain}`);
  const questions = types.flatMap((one) => names.map((name) => ask(network, name, one)));
  if (questions.includes(undefined)) return yield* timedOut(PATIENCE.ofBusybox);
  yield say(`Server:\t\t${serverOf(network)}\nAddress:\t${joinHostPort(serverOf(network), 53)}\n\n`);
  let status = 0;
  for (const { name, answer } of questions as Asked[]) {
    if (answer.code !== 'NOERROR') status = 1;
    const told = answer.code === 'NOERROR' ? recordsText(answer.answers) : cantFind(name, answer.code);
    yield say(`${told}\n`);
  }
  return status;
}

function* ofBIND(host: string, type: string, network: PodNetwork): Steps {
  const reverse = type === '' || type === 'PTR' ? reverseOf(host) : undefined;
  const name = reverse ? withDot(reverse) : host;
  const first = searched(name, type || (reverse ? 'PTR' : 'A'), network);
  if (!first) return yield* timedOut(PATIENCE.ofBIND);
  yield say(`Server:\t\t${serverOf(network)}\nAddress:\t${serverOf(network)}#53\n\n`);
  const { code, answers } = first.answer;
  if (code !== 'NOERROR') {
    yield say(`${cantFind(first.name.replace(/\.$/, ''), code)}\n`);
    return 1;
  }
  const more = type === '' && !reverse ? (ask(network, first.name, 'AAAA')?.answer.answers ?? []) : [];
  const all = [...answers, ...more];
  yield say(`${all.length > 0 ? recordsText(all) : `*** Can't find ${host}: No answer\n`}\n`);
  return all.length > 0 ? 0 : 1;
}

/** The answer for the first name of the search list that has one, or else the last one; undefined where nobody answers. */
function searched(host: string, type: string, network: PodNetwork): Asked | undefined {
  const { searches } = network.resolver;
  const full = searches.map((domain) => `${host}.${domain}`);
  const isEnough = host.split('.').length - 1 >= ndotsOf(network.resolver);
  const names = host.endsWith('.') ? [host] : isEnough ? [host, ...full] : [...full, host];
  let last: Asked | undefined;
  for (const name of names) {
    last = ask(network, name, type);
    if (!last || last.answer.answers.length > 0) return last;
  }
  return last;
}

function cantFind(name: string, code: string): string {
  return `** server can't find ${name}: ${code}\n`;
}

function recordsText(records: readonly DNSRecord[]): string {
  return records.map((record) => recordText(record, record.name.replace(/\.$/, ''))).join('');
}

function recordText(record: DNSRecord, name: string): string {
  switch (record.type) {
    case 'A':
    case 'AAAA':
      return `Name:\t${name}\nAddress: ${record.address}\n`;
    case 'CNAME':
      return `${name}\tcanonical name = ${record.target}\n`;
    case 'NS':
      return `${name}\tnameserver = ${record.target}\n`;
    case 'PTR':
      return `${name}\tname = ${record.target}\n`;
    case 'SRV':
      return `${name}\tservice = ${record.priority} ${record.weight} ${record.port} ${record.target}\n`;
    case 'TXT':
      return `${name}\ttext = "${record.text}"\n`;
    default:
      return '';
  }
}

function say(text: string): Happening {
  return { kind: 'say', text };
}
