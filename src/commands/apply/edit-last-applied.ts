/** `apply edit-last-applied` (kubectl pkg/cmd/apply/apply_edit_last_applied.go). */
import type { Command } from '../command';
import { fieldManagerFlag, filenameFlags, printFlags, recordFlag, validateFlag } from '../flag-sets';

const command: Command = {
  use: 'edit-last-applied (RESOURCE/NAME | -f FILENAME)',
  short: 'Edit latest last-applied-configuration annotations of a resource/object',
  completion: { offer: 'types-and-names' },
  long: `Open in an editor what was last applied, as the annotation of an object remembers it, and write it back. The object itself is not changed.

The editor is that of KUBE_EDITOR or EDITOR, else vi (notepad on Windows). It is shown as YAML, or as JSON with "-o json".`,
  examples: `# Of an object
kubectl apply edit-last-applied deployment/web

# Of what a file names, as JSON
kubectl apply edit-last-applied -f web.yaml -o json`,
  flags: [
    recordFlag,
    ...printFlags(),
    ...filenameFlags('Filename, directory, or URL to files to use to edit the resource'),
    {
      name: 'windows-line-endings',
      type: 'bool',
      usage: 'Defaults to the line ending native to your platform.',
    },
    fieldManagerFlag('kubectl-client-side-apply'),
    validateFlag,
  ],
  async run(invocation) {
    const { runEdit } = await import('../edit/run-edit');
    await runEdit(invocation, {
      mode: 'last-applied',
      fieldManager: invocation.fieldManager('kubectl-client-side-apply'),
    });
  },
};

export default command;
