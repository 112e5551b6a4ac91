/** Where a request comes from, and over whom, as far as proxies say so (apimachinery `pkg/util/net/http.go` SourceIPs). */
import { formatIP, parseIP } from '../../apimachinery/ip';
import type { ApiRequest } from '../../client/transport';

/** The last one is the other end of the connection; those before it anybody can claim. */
export function sourceIPs({ headers = {}, origin }: ApiRequest): string[] {
  const claimed = (headers['x-forwarded-for'] ?? '').split(',').flatMap(readIP);
  const real = readIP(headers['x-real-ip'] ?? '').filter((ip) => !claimed.includes(ip));
  const remote = readIP(origin?.address ?? '127.0.0.1');
  const before = [...claimed, ...real];
  return [...before, ...remote.filter((ip) => ip !== before.at(-1))];
}

function readIP(text: string): string[] {
  const address = parseIP(text.trim());
  return address ? [formatIP(address)] : [];
}
