/** `create service externalname` (kubectl pkg/cmd/create/create_service.go). */
import { generatorCommand } from '../generate';
import { serviceObject, tcpFlag } from './service-object';

export default generatorCommand(
  {
    use: 'externalname NAME --external-name external.name [--dry-run=server|client|none]',
    short: 'Create an ExternalName service',
    long: 'Make a service that stands for a DNS name outside of the cluster rather than for pods.',
    examples: `# For bar.com
kubectl create service externalname bar --external-name bar.com`,
    flags: [tcpFlag, { name: 'external-name', type: 'string', required: true, usage: 'External name of service' }],
  },
  ({ flags }, name, namespace) =>
    serviceObject({
      name,
      namespace,
      type: 'ExternalName',
      tcp: flags.strings('tcp'),
      externalName: flags.string('external-name'),
    }),
);
