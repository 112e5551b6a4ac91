/** `create service nodeport` (kubectl pkg/cmd/create/create_service.go). */
import { generatorCommand } from '../generate';
import { serviceObject, tcpFlag } from './service-object';

export default generatorCommand(
  {
    use: 'nodeport NAME [--tcp=port:targetPort] [--dry-run=server|client|none]',
    short: 'Create a NodePort service',
    long: 'Make a service that is reached through a port of every node.',
    examples: `# Its port 5678 is the pods' port 8080
kubectl create service nodeport web --tcp=5678:8080`,
    flags: [
      {
        name: 'node-port',
        type: 'int',
        usage: 'Port used to expose the service on each node in a cluster.',
      },
      tcpFlag,
    ],
  },
  ({ flags }, name, namespace) =>
    serviceObject({ name, namespace, type: 'NodePort', tcp: flags.strings('tcp'), nodePort: flags.int('node-port') }),
);
