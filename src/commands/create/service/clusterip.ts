/** `create service clusterip` (kubectl pkg/cmd/create/create_service.go). */
import { generatorCommand } from '../generate';
import { serviceObject, tcpFlag } from './service-object';

export default generatorCommand(
  {
    use: 'clusterip NAME [--tcp=<port>:<targetPort>] [--dry-run=server|client|none]',
    short: 'Create a ClusterIP service',
    long: 'Make a service with an address inside the cluster, or with none where --clusterip is None.',
    examples: `# Its port 5678 is the pods' port 8080
kubectl create service clusterip web --tcp=5678:8080

# Without an address of its own
kubectl create service clusterip web --clusterip="None"`,
    flags: [
      tcpFlag,
      {
        name: 'clusterip',
        type: 'string',
        usage: "Assign your own ClusterIP or set to 'None' for a 'headless' service (no loadbalancing).",
      },
    ],
  },
  ({ flags }, name, namespace) =>
    serviceObject({
      name,
      namespace,
      type: 'ClusterIP',
      tcp: flags.strings('tcp'),
      clusterIP: flags.string('clusterip'),
    }),
);
