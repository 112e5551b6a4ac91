/** `config set-context` (kubectl pkg/cmd/config/set_context.go). */
import { type Command, CommandError, HelpError } from '../command';
import type { NamedContext } from '../kubeconfig/kubeconfig';

const command: Command = {
  use: 'set-context [NAME | --current] [--cluster=cluster_nickname] [--user=user_nickname] [--namespace=namespace]',
  short: 'Set a context entry in kubeconfig',
  completion: { offer: 'contexts' },
  long: 'Make a context, or change what is given of one that is there.',
  examples: `# The namespace of the context in use
kubectl config set-context --current --namespace=team

# A context of its own for a namespace
kubectl config set-context team --cluster=kubetick --user=kubetick --namespace=team`,
  flags: [
    { name: 'cluster', type: 'string', usage: 'cluster for the context entry in kubeconfig' },
    { name: 'current', type: 'bool', usage: 'Modify the current context' },
    {
      name: 'namespace',
      shorthand: 'n',
      type: 'string',
      usage: 'namespace for the context entry in kubeconfig',
      completion: { offer: 'names', type: 'namespace' },
    },
    { name: 'user', type: 'string', usage: 'user for the context entry in kubeconfig' },
  ],
  async run(invocation) {
    const { args, flags, streams } = invocation;
    if (args.length > 1) throw new HelpError(`Unexpected args: [${args.join(' ')}]`);
    const current = flags.bool('current');
    if (args.length === 0 && !current) throw new CommandError('you must specify a non-empty context name or --current');
    if (args.length > 0 && current) throw new CommandError('you cannot specify both a context name and --current');
    const { kubeconfig } = await invocation.files();
    const config = await kubeconfig.load();
    const name = current ? config['current-context'] : (args[0] as string);
    if (!name)
      throw new CommandError(
        current ? 'no current context is set' : 'you must specify a non-empty context name or --current',
      );
    const there = config.contexts.find((each) => each.name === name);
    const changed: NamedContext = { name, context: { cluster: '', user: '', ...there?.context } };
    for (const field of ['cluster', 'user', 'namespace'] as const) {
      if (flags.changed(field)) changed.context[field] = flags.string(field);
    }
    if (changed.context.namespace === '') delete changed.context.namespace;
    const contexts = there
      ? config.contexts.map((each) => (each === there ? changed : each))
      : [...config.contexts, changed];
    await kubeconfig.save({ ...config, contexts });
    streams.out(`Context ${JSON.stringify(name)} ${there ? 'modified' : 'created'}.\n`);
  },
};

export default command;
