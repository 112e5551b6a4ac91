/** `create`: makes what files hold, or what a subcommand generates (kubectl pkg/cmd/create/create.go). */
import type { KubeObject } from '../../apimachinery/meta';
import { findResources, requireFiles } from '../builder/builder';
import { createObject } from '../builder/writes';
import { type Command, CommandError, type Invocation, UsageError } from '../command';
import { addSource } from '../errors';
import {
  dryRunFlag,
  dryRunOf,
  fieldManagerFlag,
  fieldValidationOf,
  filenameFlags,
  printFlags,
  recordFlag,
  saveConfigFlag,
  selectorFlag,
  validateFlag,
  withDryRun,
} from '../flag-sets';
import { saveConfig } from '../last-applied';
import { printerFor } from '../print-objects';
import { recorded } from '../record';

const command: Command = {
  use: 'create -f FILENAME',
  short: 'Create a resource from a file or from stdin',
  long: `Make the resources that files or standard input hold, in JSON or YAML.

What exists already is an error: create makes, it never changes. Use apply for what may be there.`,
  examples: `# What a file holds
kubectl create -f ./pod.json

# What standard input holds
cat pod.json | kubectl create -f -

# Remember the file's content, so that apply can take over later
kubectl create -f web.yaml --save-config

# Look at it first, without making anything
kubectl create -f web.yaml --dry-run=server -o yaml`,
  flags: [
    ...printFlags(),
    dryRunFlag,
    { name: 'edit', type: 'bool', usage: 'Edit the API resource before creating' },
    fieldManagerFlag('kubectl-create'),
    ...filenameFlags('Filename, directory, or URL to files to use to create the resource'),
    {
      name: 'raw',
      type: 'string',
      usage: 'Raw URI to POST to the server.  Uses the transport specified by the kubeconfig file.',
    },
    recordFlag,
    saveConfigFlag,
    selectorFlag,
    validateFlag,
    {
      name: 'windows-line-endings',
      type: 'bool',
      usage: 'Only relevant if --edit=true. Defaults to the line ending native to your platform.',
    },
  ],
  subcommands: {
    clusterrole: () => import('./clusterrole'),
    clusterrolebinding: () => import('./clusterrolebinding'),
    configmap: () => import('./configmap'),
    cronjob: () => import('./cronjob'),
    deployment: () => import('./deployment'),
    ingress: () => import('./ingress'),
    job: () => import('./job'),
    namespace: () => import('./namespace'),
    poddisruptionbudget: () => import('./poddisruptionbudget'),
    priorityclass: () => import('./priorityclass'),
    quota: () => import('./quota'),
    role: () => import('./role'),
    rolebinding: () => import('./rolebinding'),
    secret: () => import('./secret/secret'),
    service: () => import('./service/service'),
    serviceaccount: () => import('./serviceaccount'),
    token: () => import('./token'),
  },
  subcommandAliases: {
    cj: 'cronjob',
    cm: 'configmap',
    deploy: 'deployment',
    ing: 'ingress',
    ns: 'namespace',
    pc: 'priorityclass',
    pdb: 'poddisruptionbudget',
    resourcequota: 'quota',
    sa: 'serviceaccount',
    svc: 'service',
  },
  run,
};

export default command;

async function run(invocation: Invocation): Promise<void> {
  const { flags, args, streams } = invocation;
  if (args.length > 0) throw new UsageError(`Unexpected args: [${args.join(' ')}]`);
  const dryRun = dryRunOf(invocation);
  const fieldValidation = fieldValidationOf(flags);
  const printer = await printerFor(invocation, withDryRun('created', dryRun));
  const filenames = flags.strings('filename');
  requireFiles(filenames, flags.string('kustomize'));
  const raw = flags.string('raw');
  if (raw) {
    requireRawFile(invocation, filenames);
    const { sendFile } = await import('../raw-file');
    return sendFile(invocation, 'POST', raw, filenames[0] as string);
  }
  if (flags.bool('edit')) {
    const { runEdit } = await import('../edit/run-edit');
    return runEdit(invocation, {
      mode: 'create',
      fieldManager: invocation.fieldManager('kubectl-create'),
      saveConfig: flags.bool('save-config'),
    });
  }
  const { namespace, explicit } = await invocation.namespace();
  const result = await findResources(invocation, {
    filenames,
    kustomize: flags.string('kustomize'),
    recursive: flags.bool('recursive'),
    namespace,
    enforceNamespace: explicit,
    selector: flags.string('selector'),
    flatten: true,
    validate: fieldValidation !== 'Ignore',
  });
  const fieldManager = invocation.fieldManager('kubectl-create');
  let count = 0;
  await result.visit(async (info) => {
    info.object = recorded(invocation, saveConfig(flags.bool('save-config'), info.object as KubeObject));
    if (dryRun !== 'client') {
      try {
        info.refresh(await createObject(info, { dryRun, fieldManager, fieldValidation }));
      } catch (error) {
        throw addSource('creating', info.source, error);
      }
    }
    count++;
    streams.out(printer.print(info.object));
    await invocation.checkpoint();
  });
  if (count === 0) throw new CommandError('no objects passed to create');
}

/** --raw sends one file as it is (CreateOptions.Validate). */
function requireRawFile({ flags }: Invocation, filenames: readonly string[]): void {
  if (flags.bool('edit')) throw new CommandError('--raw and --edit are mutually exclusive');
  if (filenames.length !== 1) throw new CommandError('--raw can only use a single local file or stdin');
  if (/^https?:\/\//.test(filenames[0] as string)) throw new CommandError('--raw cannot read from a url');
  if (flags.bool('recursive')) throw new CommandError('--raw and --recursive are mutually exclusive');
  if (flags.string('selector')) throw new CommandError('--raw and --selector (-l) are mutually exclusive');
  if (flags.string('output')) throw new CommandError('--raw and --output are mutually exclusive');
}
