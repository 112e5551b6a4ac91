/** `config get-contexts` (kubectl pkg/cmd/config/get_contexts.go). */
import { TabWriter } from '../../printers/tabwriter';
import { type Command, CommandError } from '../command';
import { ErrorList } from '../errors';

const command: Command = {
  use: 'get-contexts [(-o|--output=)name)]',
  short: 'Describe one or many contexts',
  long: 'Show the contexts of the kubeconfig: all, or those that are named.',
  examples: '# All contexts\nkubectl config get-contexts\n\n# One of them\nkubectl config get-contexts kubetick',
  flags: [
    {
      name: 'no-headers',
      type: 'bool',
      usage: "When using the default or custom-column output format, don't print headers (default print headers).",
    },
    { name: 'output', shorthand: 'o', type: 'string', usage: 'Output format. One of: (name).' },
  ],
  async run(invocation) {
    const { flags, args, streams } = invocation;
    const output = flags.string('output');
    if (output !== '' && output !== 'name')
      throw new CommandError(
        `--output ${output} is not available in kubectl config get-contexts; resetting to default output format`,
      );
    const { kubeconfig } = await invocation.files();
    const config = await kubeconfig.load();
    const errors: unknown[] = [];
    const names = args.length > 0 ? args : config.contexts.map((each) => each.name);
    const found = names.flatMap((name) => {
      const context = config.contexts.find((each) => each.name === name);
      if (!context) errors.push(new CommandError(`context ${name} not found`));
      return context ? [context] : [];
    });
    found.sort((a, b) => (a.name < b.name ? -1 : 1));
    const nameOnly = output === 'name';
    const writer = new TabWriter({ minWidth: 6, tabWidth: 4, padding: 3, rememberWidths: true });
    if (!flags.bool('no-headers') && !nameOnly) writer.write('CURRENT\tNAME\tCLUSTER\tAUTHINFO\tNAMESPACE\n');
    for (const { name, context } of found) {
      const { cluster, user, namespace = '' } = context;
      const mark = name === config['current-context'] ? '*' : '';
      writer.write(nameOnly ? `${name}\n` : `${mark}\t${name}\t${cluster}\t${user}\t${namespace}\n`);
    }
    streams.out(writer.flush());
    if (errors.length === 1) throw errors[0];
    if (errors.length > 1) throw new ErrorList(errors);
  },
};

export default command;
