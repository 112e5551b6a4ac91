/** `plugin` (kubectl pkg/cmd/plugin/plugin.go). */
import type { Command } from '../command';

const command: Command = {
  use: 'plugin [flags]',
  short: 'Provides utilities for interacting with plugins',
  long: `A program on the PATH whose name begins with "kubectl-" is a command: "kubectl-foo-bar" is run by "kubectl foo bar". Commands that are built in come first.`,
  examples: `# The plugins that are there
kubectl plugin list

# Their names without paths
kubectl plugin list --name-only`,
  subcommands: { list: () => import('./list') },
};

export default command;
