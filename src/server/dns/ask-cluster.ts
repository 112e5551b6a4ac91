/** The answers of a cluster's DNS, asked of its server. */
import type { DNSAnswer, DNSQuestion } from '../../apimachinery/dns-message';
import type { Transport } from '../../client/transport';

/** What it gives rejects where the server is none of kubetick, or fails. */
export function askCluster(transport: Transport): (question: DNSQuestion) => Promise<DNSAnswer> {
  return async ({ name, type }) => {
    const { code, body } = await transport.send({
      method: 'GET',
      path: '/kubetick/dns/query',
      query: { name, type },
    });
    if (code !== 200) throw new Error(`the cluster answered ${code}`);
    return body as unknown as DNSAnswer;
  };
}
