/** `port-forward`: local ports to those of a pod (kubectl pkg/cmd/portforward/portforward.go). */
import type { Command } from '../command';
import { podRunningTimeoutFlag } from '../pods/flags';

const command: Command = {
  use: 'port-forward TYPE/NAME [options] [LOCAL_PORT:]REMOTE_PORT [...[LOCAL_PORT_N:]REMOTE_PORT_N]',
  short: 'Forward one or more local ports to a pod',
  completion: { offer: 'pods', and: 'ports' },
  long: `Forward local ports to the ports of a pod, or of one pod of a deployment, a service and the like.

In the pods of a simulated cluster nothing listens: after all checks the command ends with a word about that.`,
  examples: `# Ports 5000 and 6000 here to the same ports of a pod
kubectl port-forward pod/web-1 5000 6000

# Port 8443 here to the port of a service that is named https
kubectl port-forward service/web 8443:https

# Any free port here, on all addresses
kubectl port-forward --address 0.0.0.0 deployment/web :80`,
  flags: [
    podRunningTimeoutFlag('1m0s'),
    {
      name: 'address',
      type: 'stringSlice',
      default: ['localhost'],
      usage:
        'Addresses to listen on (comma separated). Only accepts IP addresses or localhost as a value. When localhost is supplied, kubectl will try to bind on both 127.0.0.1 and ::1 and will fail if neither of these addresses are available to bind.',
    },
  ],
  async run(invocation) {
    const { runPortForward } = await import('./run-port-forward');
    await runPortForward(invocation);
  },
};

export default command;
