/** `create serviceaccount` (kubectl pkg/cmd/create/create_serviceaccount.go). */
import { CommandError } from '../command';
import { generatorCommand } from './generate';

export default generatorCommand(
  {
    use: 'serviceaccount NAME [--dry-run=server|client|none]',
    aliases: ['sa'],
    short: 'Create a service account with the specified name',
    long: 'Make a service account of this name, for pods to be somebody.',
    examples: `# One called robot
kubectl create serviceaccount robot`,
  },
  (_, name, namespace) => {
    if (name === '') throw new CommandError('name must be specified');
    return {
      namespaced: true,
      failure: 'failed to create serviceaccount: ',
      object: {
        kind: 'ServiceAccount',
        apiVersion: 'v1',
        metadata: { name, ...(namespace ? { namespace } : {}) },
      },
    };
  },
);
