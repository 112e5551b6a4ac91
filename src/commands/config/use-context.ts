/** `config use-context` (kubectl pkg/cmd/config/use_context.go). */
import { type Command, CommandError, HelpError } from '../command';

const command: Command = {
  use: 'use-context CONTEXT_NAME',
  aliases: ['use'],
  short: 'Set the current-context in a kubeconfig file',
  completion: { offer: 'contexts' },
  long: 'Make the context of this name the one in use.',
  examples: '# Use the context team\nkubectl config use-context team',
  async run(invocation) {
    const { args, streams } = invocation;
    const [name] = args;
    if (args.length !== 1 || name === undefined) throw new HelpError(`Unexpected args: [${args.join(' ')}]`);
    const { kubeconfig } = await invocation.files();
    const config = await kubeconfig.load();
    if (!config.contexts.some((each) => each.name === name)) {
      throw new CommandError(`no context exists with the name: ${JSON.stringify(name)}`);
    }
    await kubeconfig.save({ ...config, 'current-context': name });
    streams.out(`Switched to context ${JSON.stringify(name)}.\n`);
  },
};

export default command;
