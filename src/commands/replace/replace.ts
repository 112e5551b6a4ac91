/** `replace`: puts what files hold in the place of what is there (kubectl pkg/cmd/replace/replace.go). */
import type { Command } from '../command';
import { deletionFlags } from '../delete/deletion-flags';
import {
  dryRunFlag,
  fieldManagerFlag,
  manifestFlags,
  printFlags,
  recordFlag,
  saveConfigFlag,
  subresourceFlag,
  validateFlag,
} from '../flag-sets';

const command: Command = {
  use: 'replace -f FILENAME',
  short: 'Replace a resource by file name or stdin',
  long: `Put the resources that files or standard input hold, in JSON or YAML, in the place of those of the same names.

The whole resource has to be given: what it does not say is gone afterwards. \`kubectl get TYPE NAME -o yaml\` gives one to start from.`,
  examples: `# What a file holds
kubectl replace -f ./web.yaml

# What standard input holds
cat web.yaml | kubectl replace -f -

# Change one thing on the way
kubectl get pod web -o yaml | sed 's/nginx:1.25/nginx:1.27/' | kubectl replace -f -

# Delete and make anew, where a field can't be changed
kubectl replace --force -f ./web.yaml`,
  flags: [
    ...printFlags(),
    ...manifestFlags('The files that contain the configurations to replace.'),
    ...deletionFlags(false),
    dryRunFlag,
    fieldManagerFlag('kubectl-replace'),
    {
      name: 'raw',
      type: 'string',
      usage: 'Raw URI to PUT to the server.  Uses the transport specified by the kubeconfig file.',
    },
    recordFlag,
    saveConfigFlag,
    subresourceFlag('If specified, replace will operate on the subresource of the requested object.'),
    validateFlag,
  ],
  async run(invocation) {
    const { runReplace } = await import('./run-replace');
    await runReplace(invocation);
  },
};

export default command;
