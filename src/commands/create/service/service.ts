/** `create service`: its types (kubectl pkg/cmd/create/create_service.go). */
import type { Command } from '../../command';

const command: Command = {
  use: 'service [flags]',
  aliases: ['svc'],
  short: 'Create a service using a specified subcommand',
  long: 'Make a service of a type.',
  subcommands: {
    clusterip: () => import('./clusterip'),
    externalname: () => import('./externalname'),
    loadbalancer: () => import('./loadbalancer'),
    nodeport: () => import('./nodeport'),
  },
};

export default command;
