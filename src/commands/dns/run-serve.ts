/** Completes, validates and runs `dns serve`. */
import { askCluster } from '../../server/dns/ask-cluster';
import { DNSListener } from '../../server/dns/dns-listener';
import { CommandError, type Invocation, UsageError } from '../command';
import { messageOf } from '../errors';
import { interruption } from '../interruption';
import { listenFailure } from '../listen-failure';

const HIGHEST_PORT = 65535;

export async function runDNSServe(invocation: Invocation): Promise<void> {
  const { flags, args, streams } = invocation;
  if (args.length > 0) throw new UsageError(`Unexpected args: [${args.join(' ')}]`);
  const port = flags.int('port');
  const host = flags.string('bind');
  if (port < 0 || port > HIGHEST_PORT) throw new CommandError(`--port must be from 0 to ${HIGHEST_PORT}, not ${port}`);
  const { transport } = await invocation.client();
  const answer = askCluster(transport);
  try {
    await answer({ name: 'cluster.local', type: 'SOA' });
  } catch {
    throw new CommandError('dns serve needs a cluster of kubetick');
  }
  const interrupted = interruption();
  let listener: DNSListener;
  try {
    listener = await DNSListener.open({ host, port, answer });
  } catch (error) {
    throw new CommandError(listenFailure(error, host, port) ?? messageOf(error));
  }
  streams.out(`Answering DNS queries on ${host}:${listener.port}\n\nStop it with Ctrl-C.\n`);
  await invocation.release();
  await interrupted;
  await listener.close();
}
