/** `kuberc view` (kubectl pkg/cmd/kuberc/view.go). */
import type { KubeObject } from '../../apimachinery/meta';
import { createPrinter } from '../../printers/printer';
import { type Command, CommandError } from '../command';
import { printFlags } from '../flag-sets';
import { readFileText } from '../print-objects';
import { inDeclaredOrder, kubercFlag, kubercOf, readPreference, savePreference } from './kuberc-file';
import { recommendedPreference } from './recommended';

const command: Command = {
  use: 'view',
  short: 'Display the current kuberc configuration',
  long: 'Show what the kuberc says, as YAML or in another format.',
  examples: `# As YAML
kubectl kuberc view

# As JSON
kubectl kuberc view --output json

# What another file says
kubectl kuberc view --kuberc /path/to/kuberc`,
  flags: [kubercFlag, ...printFlags().map((flag) => (flag.name === 'output' ? { ...flag, default: 'yaml' } : flag))],
  async run(invocation) {
    const { flags, streams, cwd } = invocation;
    const file = kubercOf(invocation);
    let preference = readPreference(file, invocation);
    if (!preference) {
      if (file.explicit) throw new CommandError(`kuberc file not found at ${file.path}`);
      streams.out(
        `kuberc file not found at ${file.path}\nWould you like to generate a default kuberc file with recommended options? (y/N): `,
      );
      await invocation.release();
      const answer = (await (streams.line?.() ?? streams.stdin())).split('\n')[0]?.trim() ?? '';
      if (answer.toLowerCase() !== 'y') return;
      preference = recommendedPreference();
      savePreference(preference, file, invocation);
      return;
    }
    // A template alone is a format too.
    const output = flags.string('template') && !flags.changed('output') ? '' : flags.string('output');
    const printer = await createPrinter(output, {
      template: flags.string('template'),
      allowMissingKeys: flags.bool('allow-missing-template-keys'),
      showManagedFields: true,
      sortKeys: false,
      readFile: (path) => readFileText(path, cwd),
    });
    streams.out(printer.print(inDeclaredOrder(preference) as unknown as KubeObject));
  },
};

export default command;
