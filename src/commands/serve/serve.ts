/** `serve`: makes the cluster in the folder an API server for other clients. */
import { auditFlags } from '../audit-flags';
import type { Command } from '../command';

const command: Command = {
  use: 'serve [--port N] [--bind ADDRESS] [--kubeconfig-out FILE] [--speed FACTOR]',
  short: 'Serve the cluster over HTTPS, for kubectl, helm and client libraries',
  long: `Serve the cluster in the state folder over HTTPS, until it is interrupted. Any client of a Kubernetes API server can use it: a kubeconfig is written for them.

The certificates are made the first time and kept in the state folder. Meanwhile other commands on the same folder go through the server.

Time stands still until \`tick\` moves it, unless --speed has it run.`,
  examples: `# On port 6443 of this machine
kubectl serve

# On any port that is free, and an hour passes in a minute
kubectl serve --port 0 --speed 60

# Everything happens at once
kubectl serve --speed max

# And its DNS: dig @127.0.0.1 -p 5353 kubernetes.default.svc.cluster.local
kubectl serve --dns-port 5353

# With a line in a file for each request that a policy names
kubectl serve --audit-policy-file policy.yaml --audit-log-path audit.log

# For clients that read another kubeconfig; what else is in it stays
kubectl serve --kubeconfig-out ~/.kube/config`,
  flags: [
    ...auditFlags,
    {
      name: 'bind',
      type: 'string',
      default: '127.0.0.1',
      usage: 'The address to listen on. Anything but a loopback address opens the cluster to other machines.',
    },
    {
      name: 'dns-port',
      type: 'int',
      usage: "Also answer DNS queries on this port, as the cluster's DNS server does. 0: any that is free.",
    },
    {
      name: 'kubeconfig-out',
      type: 'string',
      usage: 'The file to write the kubeconfig to. Default: admin.conf in the state folder.',
    },
    { name: 'port', type: 'int', default: 6443, usage: 'The port to listen on. 0: any that is free.' },
    {
      name: 'speed',
      type: 'string',
      default: '0',
      usage:
        'How many simulated seconds pass in one second: 1 is real time, 60 an hour a minute. "max": what is to happen happens at once. 0: time stands still until `tick`.',
    },
    {
      name: 'tick-every',
      type: 'duration',
      usage: 'How often the running clock moves. Default: every second, and with --speed=max ten times a second.',
    },
  ],
  async run(invocation) {
    const { runServe } = await import('./run-serve');
    await runServe(invocation);
  },
};

export default command;
