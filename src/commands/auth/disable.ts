/** `auth disable`: one way less to be known to the cluster. Kubetick's own. */
import type { Command } from '../command';

const command: Command = {
  use: 'disable METHOD',
  short: 'Turn off a way to be known to the cluster',
  long: 'Turn off a way by which the cluster knows who sends a request. What it was given is forgotten. See "kubetick auth enable --help" for the ways there are.',
  examples: `# Who shows nothing is nobody
kubetick auth disable anonymous

# No passwords any more
kubetick auth disable password-file`,
  flags: [],
  async run(invocation) {
    const { disable } = await import('./run-enable');
    await disable(invocation);
  },
};

export default command;
