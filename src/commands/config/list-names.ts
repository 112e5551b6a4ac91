/** `config get-clusters` and `get-users`. */
import type { Command } from '../command';

export const getClusters = listing('clusters');
export const getUsers = listing('users');

function listing(list: 'clusters' | 'users'): Command {
  return {
    use: `get-${list} [flags]`,
    short: `Display ${list} defined in the kubeconfig`,
    long: `List the ${list} of the kubeconfig.`,
    examples: `# All ${list}\nkubectl config get-${list}`,
    async run(invocation) {
      const { kubeconfig } = await invocation.files();
      const names = (await kubeconfig.load())[list].map((entry) => entry.name).sort();
      invocation.streams.out(`${['NAME', ...names].join('\n')}\n`);
    },
  };
}
