/** `apply view-last-applied` (kubectl pkg/cmd/apply/apply_view_last_applied.go). */
import { parseJson, stringifyGo } from '../../apimachinery/json-text';
import { findResources } from '../builder/builder';
import { type Command, UsageError } from '../command';
import { filenameFlags, selectorFlag } from '../flag-sets';
import { lastAppliedText } from '../last-applied';

const command: Command = {
  use: 'view-last-applied (TYPE [NAME | -l label] | TYPE/NAME | -f FILENAME)',
  short: 'View the latest last-applied-configuration annotations of a resource/object',
  completion: { offer: 'types-and-names' },
  long: 'Show what a file held when it was last applied, as the annotation of its object remembers it. YAML, unless -o asks for JSON.',
  examples: `# Of an object
kubectl apply view-last-applied deployment/web

# Of what a file names, as JSON
kubectl apply view-last-applied -f web.yaml -o json`,
  flags: [
    { name: 'all', type: 'bool', usage: 'Select all resources in the namespace of the specified resource types' },
    ...filenameFlags('Filename, directory, or URL to files that contains the last-applied-configuration annotations'),
    {
      name: 'output',
      shorthand: 'o',
      type: 'string',
      default: 'yaml',
      usage: 'Output format. Must be one of (yaml, json)',
    },
    selectorFlag,
  ],
  async run(invocation) {
    const { flags, streams, args } = invocation;
    const { namespace, explicit } = await invocation.namespace();
    const result = await findResources(invocation, {
      filenames: flags.strings('filename'),
      kustomize: flags.string('kustomize'),
      recursive: flags.bool('recursive'),
      args,
      allowEmptySelector: explicit,
      all: flags.bool('all'),
      selector: flags.string('selector'),
      namespace,
      enforceNamespace: explicit,
      latest: true,
      flatten: true,
      continueOnError: false,
    });
    const texts: string[] = [];
    await result.visit((info) => {
      // An object without the annotation is passed over in silence, as upstream does.
      const text = lastAppliedText(info.object);
      if (text !== undefined) texts.push(text);
    });
    const output = flags.string('output');
    for (const text of texts) {
      if (output === 'json') streams.out(`${stringifyGo(parseJson(text), { indent: '  ' })}\n`);
      else if (output === 'yaml') {
        const { toYaml } = await import('../../yaml/write');
        streams.out(toYaml(parseJson(text)));
      } else {
        throw new UsageError(`Unexpected -o output mode: ${output}, the flag 'output' must be one of yaml|json`);
      }
    }
  },
};

export default command;
