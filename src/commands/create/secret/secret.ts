/** `create secret`: its types (kubectl pkg/cmd/create/create_secret.go). */
import type { Command } from '../../command';

const command: Command = {
  use: 'secret (docker-registry | generic | tls)',
  short: 'Create a secret using a specified subcommand',
  long: `Make a secret of a type:

docker-registry is for a container registry, generic for anything (Opaque), tls for a certificate and its key.`,
  subcommands: {
    'docker-registry': () => import('./docker-registry'),
    generic: () => import('./generic'),
    tls: () => import('./tls'),
  },
};

export default command;
