/** `config delete-cluster`, `delete-context`, `delete-user`. */
import { type Command, CommandError } from '../command';

export const deleteCluster = deletion('cluster', 'clusters');
export const deleteContext = deletion('context', 'contexts');
export const deleteUser = deletion('user', 'users');

function deletion(what: 'cluster' | 'context' | 'user', list: 'clusters' | 'contexts' | 'users'): Command {
  const command: Command = {
    use: `delete-${what} NAME`,
    short: `Delete the specified ${what} from the kubeconfig`,
    completion: { offer: list },
    long: `Take the ${what} of this name out of the kubeconfig.`,
    examples: `# Without the ${what} other\nkubectl config delete-${what} other`,
    async run(invocation) {
      const { args, streams } = invocation;
      const [name] = args;
      if (args.length !== 1 || name === undefined) {
        // Upstream shows how it is done, and is content.
        const { printHelp } = await import('../help');
        return printHelp(command, ['config', `delete-${what}`], invocation);
      }
      const { kubeconfig } = await invocation.files();
      const config = await kubeconfig.load();
      const kept = (config[list] as { name: string }[]).filter((entry) => entry.name !== name);
      if (kept.length === config[list].length) {
        throw new CommandError(`cannot delete ${what} ${name}, not in ${kubeconfig.name}`);
      }
      await kubeconfig.save({ ...config, [list]: kept });
      if (what === 'context' && config['current-context'] === name) {
        streams.err(
          'warning: this removed your active context, use "kubectl config use-context" to select a different one\n',
        );
      }
      streams.out(`deleted ${what} ${name} from ${kubeconfig.name}\n`);
    },
  };
  return command;
}
