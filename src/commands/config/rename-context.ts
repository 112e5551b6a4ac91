/** `config rename-context` (kubectl pkg/cmd/config/rename_context.go). */
import { type Command, CommandError, HelpError } from '../command';

const command: Command = {
  use: 'rename-context CONTEXT_NAME NEW_NAME',
  short: 'Rename a context from the kubeconfig file',
  completion: { offer: 'contexts' },
  long: 'Give a context another name. If it is the one in use, it stays so.',
  examples: '# Call the context old-name new-name\nkubectl config rename-context old-name new-name',
  async run(invocation) {
    const { args, streams } = invocation;
    const [from, to] = args;
    if (args.length !== 2 || from === undefined || to === undefined) {
      throw new HelpError(`Unexpected args: [${args.join(' ')}]`);
    }
    const { kubeconfig } = await invocation.files();
    const config = await kubeconfig.load();
    if (!config.contexts.some((each) => each.name === from)) {
      throw new CommandError(`cannot rename the context ${JSON.stringify(from)}, it's not in ${kubeconfig.name}`);
    }
    if (config.contexts.some((each) => each.name === to)) {
      throw new CommandError(
        `cannot rename the context ${JSON.stringify(from)}, the context ${JSON.stringify(to)} already exists in ${kubeconfig.name}`,
      );
    }
    const contexts = config.contexts.map((each) => (each.name === from ? { ...each, name: to } : each));
    const current = config['current-context'] === from ? to : config['current-context'];
    await kubeconfig.save({ ...config, contexts, 'current-context': current });
    streams.out(`Context ${JSON.stringify(from)} renamed to ${JSON.stringify(to)}.\n`);
  },
};

export default command;
