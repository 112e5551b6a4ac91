/** `create service loadbalancer` (kubectl pkg/cmd/create/create_service.go). */
import { generatorCommand } from '../generate';
import { serviceObject, tcpFlag } from './service-object';

export default generatorCommand(
  {
    use: 'loadbalancer NAME [--tcp=port:targetPort] [--dry-run=server|client|none]',
    short: 'Create a LoadBalancer service',
    long: 'Make a service that is reached through a load balancer.',
    examples: `# Its port 5678 is the pods' port 8080
kubectl create service loadbalancer web --tcp=5678:8080`,
    flags: [tcpFlag],
  },
  ({ flags }, name, namespace) => serviceObject({ name, namespace, type: 'LoadBalancer', tcp: flags.strings('tcp') }),
);
