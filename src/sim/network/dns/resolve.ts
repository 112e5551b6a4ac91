/** What a pod's resolver asks for a name, one query after the other, until one is answered (glibc `resolv/res_query.c` res_nsearch). */

import { type DNSAnswer, type DNSRecord, withDot } from '../../../apimachinery/dns-message';
import { answerQuestion, type Zone } from './answer';
import { addressOfReverse, reverseOf } from './lookup-records';
import { ndotsOf, type ResolverConfig } from './resolver-config';

export interface Attempt {
  /** The full name, with a dot at the end. */
  readonly name: string;
  readonly type: string;
  /** Whom it was asked of. */
  readonly server: string;
  /** Which entry of the search list was added; '' for none. */
  readonly search: string;
  readonly code: DNSAnswer['code'];
  /** The name is there, and has nothing of this type. */
  readonly noData: boolean;
  readonly answers: readonly DNSRecord[];
  readonly authorities: readonly DNSRecord[];
}

export interface Resolution {
  readonly name: string;
  readonly type: string;
  readonly config: ResolverConfig;
  readonly attempts: readonly Attempt[];
  /** The records of the attempt that was answered; empty when none was. */
  readonly answers: readonly DNSRecord[];
}

/**
 * @param servers addresses at which the cluster's own DNS answers; any other server is outside, where nothing is asked
 * @param type for PTR, `name` may be an address
 */
export function resolveName(
  zone: Zone,
  name: string,
  type: string,
  config: ResolverConfig,
  servers: readonly string[],
): Resolution {
  const reverse = type === 'PTR' && addressOfReverse(name.toLowerCase()) === undefined ? reverseOf(name) : undefined;
  const asked = reverse === undefined ? name : `${reverse}.`;
  const attempts: Attempt[] = [];
  const [server = '127.0.0.1'] = config.nameservers;
  const ask = (candidate: string, search: string): Attempt => {
    const full = withDot(candidate);
    const answer = servers.includes(server) ? answerQuestion(zone, { name: full, type }) : OUTSIDE;
    const attempt: Attempt = {
      ...{ name: full, type, server, search, code: answer.code },
      noData: answer.code === 'NOERROR' && answer.answers.length === 0,
      answers: answer.answers,
      authorities: answer.authorities,
    };
    attempts.push(attempt);
    return attempt;
  };
  const answers = search(asked, config, ask);
  return { name, type, config, attempts, answers };
}

/** Nothing leaves the simulation: a server outside of the cluster is one that does not answer. */
const OUTSIDE: DNSAnswer = { code: 'REFUSED', authoritative: false, answers: [], authorities: [], additionals: [] };

function search(
  name: string,
  config: ResolverConfig,
  ask: (candidate: string, search: string) => Attempt,
): readonly DNSRecord[] {
  const dots = name.split('.').length - 1;
  if (name.endsWith('.')) return ask(name, '').answers;
  let triedAsItIs = false;
  if (dots >= ndotsOf(config)) {
    const { answers } = ask(name, '');
    if (answers.length > 0) return answers;
    triedAsItIs = true;
  }
  for (const entry of config.searches) {
    const domain = entry.endsWith('.') ? entry.slice(0, -1) : entry;
    if (domain === '') triedAsItIs = true;
    const { answers, code } = ask(domain === '' ? name : `${name}.${domain}`, entry);
    if (answers.length > 0) return answers;
    // A name that is not there, or a server that fails, is reason to try the next; anything else is the end of the list.
    if (code !== 'NXDOMAIN' && code !== 'NOERROR' && code !== 'SERVFAIL') break;
  }
  return triedAsItIs ? [] : ask(name, '').answers;
}
