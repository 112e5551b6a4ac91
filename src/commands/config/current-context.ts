/** `config current-context`. */
import { type Command, CommandError } from '../command';

const command: Command = {
  use: 'current-context [flags]',
  short: 'Display the current-context',
  long: 'Print the name of the context in use.',
  examples: '# The context in use\nkubectl config current-context',
  async run(invocation) {
    const { kubeconfig } = await invocation.files();
    const name = (await kubeconfig.load())['current-context'];
    if (!name) throw new CommandError('current-context is not set');
    invocation.streams.out(`${name}\n`);
  },
};

export default command;
