/** `create namespace` (kubectl pkg/cmd/create/create_namespace.go). */
import { CommandError } from '../command';
import { generatorCommand } from './generate';

export default generatorCommand(
  {
    use: 'namespace NAME [--dry-run=server|client|none]',
    aliases: ['ns'],
    short: 'Create a namespace with the specified name',
    long: 'Make a namespace of this name.',
    examples: '# A namespace called my-namespace\nkubectl create namespace my-namespace',
  },
  (_, name) => {
    if (name === '') throw new CommandError('name must be specified');
    return {
      namespaced: false,
      object: { kind: 'Namespace', apiVersion: 'v1', metadata: { name }, spec: {}, status: {} },
    };
  },
);
