/** `dns serve`: the cluster's DNS on a port. */
import type { Command } from '../command';

const command: Command = {
  use: 'serve [--port N] [--bind ADDRESS]',
  short: "Answer DNS queries on a port, as the cluster's DNS server does",
  long: `Answer DNS queries over UDP and TCP, as the cluster's DNS server does, until it is interrupted.

Names outside of the cluster are refused: nothing is forwarded. To serve the cluster's API besides, use \`serve --dns-port\`.`,
  examples: `# On port 5353 of this machine
kubectl dns serve

# On any port that is free
kubectl dns serve --port 0

# From another shell
dig @127.0.0.1 -p 5353 kubernetes.default.svc.cluster.local`,
  flags: [
    {
      name: 'bind',
      type: 'string',
      default: '127.0.0.1',
      usage: 'The address to listen on. Anything but a loopback address opens it to other machines.',
    },
    { name: 'port', type: 'int', default: 5353, usage: 'The port to listen on. 0: any that is free.' },
  ],
  async run(invocation) {
    const { runDNSServe } = await import('./run-serve');
    await runDNSServe(invocation);
  },
};

export default command;
