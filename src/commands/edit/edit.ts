/** `edit`: changes what is there in an editor (kubectl pkg/cmd/edit/edit.go). */
import type { Command } from '../command';
import {
  fieldManagerFlag,
  filenameFlags,
  printFlags,
  recordFlag,
  saveConfigFlag,
  subresourceFlag,
  validateFlag,
} from '../flag-sets';

const command: Command = {
  use: 'edit (RESOURCE/NAME | -f FILENAME)',
  short: 'Edit a resource on the server',
  completion: { offer: 'types-and-names' },
  long: `Open resources in an editor, that of KUBE_EDITOR or EDITOR, else vi (notepad on Windows), and patch them with what was changed in it. Several are edited together and patched one after another.

They are shown as YAML, or as JSON with "-o json". --windows-line-endings has lines end as they do on Windows.

What the server refuses is opened again with the reasons on top. What can't be patched otherwise is kept in a file, and its name told.`,
  examples: `# A service called web
kubectl edit svc/web

# With another editor
KUBE_EDITOR="nano" kubectl edit svc/web

# As JSON
kubectl edit deployment/web -o json

# And keep what is there now in the annotation that apply looks for
kubectl edit deployment/web -o yaml --save-config

# The status, where there is one of its own
kubectl edit deployment web --subresource=status`,
  flags: [
    recordFlag,
    ...printFlags(),
    ...filenameFlags('Filename, directory, or URL to files to use to edit the resource'),
    validateFlag,
    { name: 'output-patch', type: 'bool', usage: 'Output the patch if the resource is edited.' },
    {
      name: 'windows-line-endings',
      type: 'bool',
      usage: 'Defaults to the line ending native to your platform.',
    },
    fieldManagerFlag('kubectl-edit'),
    saveConfigFlag,
    subresourceFlag('If specified, edit will operate on the subresource of the requested object.'),
  ],
  async run(invocation) {
    const { runEdit } = await import('./run-edit');
    const { flags } = invocation;
    await runEdit(invocation, {
      mode: 'normal',
      fieldManager: invocation.fieldManager('kubectl-edit'),
      outputPatch: flags.bool('output-patch'),
      saveConfig: flags.bool('save-config'),
      subresource: flags.string('subresource'),
    });
  },
};

export default command;
