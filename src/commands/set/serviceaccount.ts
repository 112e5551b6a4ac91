/** `set serviceaccount` (kubectl pkg/cmd/set/set_serviceaccount.go). */
import { type Command, CommandError } from '../command';
import { throwCollected } from '../errors';
import { dryRunFlag, fieldManagerFlag, filenameFlags, printFlags, recordFlag } from '../flag-sets';
import { typedObjects } from '../typed-objects';
import { allFlag, getFromServer, localFlag } from './flags';
import { findToSet, outputOf, patchEach, refuseLocalOnServer, typedInfos } from './patch-each';
import { podSpecOf } from './pod-spec';

const command: Command = {
  use: 'serviceaccount (-f FILENAME | TYPE NAME) SERVICE_ACCOUNT',
  aliases: ['sa'],
  short: 'Update the service account of a resource',
  long: `Have the pods of a template run as another service account.

Possible resources (case insensitive) can be:

  replicationcontroller (rc), deployment (deploy), daemonset (ds), job, replicaset (rs), statefulset`,
  examples: `# Of a deployment
kubectl set serviceaccount deployment web robot

# What a file would be with it, without asking the server
kubectl set sa -f web.yaml robot --local -o yaml`,
  flags: [
    ...printFlags(),
    recordFlag,
    ...filenameFlags(getFromServer),
    allFlag,
    localFlag('serviceaccount'),
    dryRunFlag,
    fieldManagerFlag('kubectl-set'),
  ],
  async run(invocation) {
    const { args } = invocation;
    const output = await outputOf(invocation, 'serviceaccount updated');
    refuseLocalOnServer(invocation, output.dryRun);
    const account = args.at(-1);
    if (account === undefined) throw new CommandError('serviceaccount is required');
    const types = await typedObjects();
    const infos = await typedInfos(
      await findToSet(invocation, args.slice(0, -1), { kustomize: invocation.flags.string('kustomize') }),
      types,
    );
    const errors = await patchEach(
      invocation,
      infos,
      types,
      output,
      (object) => {
        podSpecOf(object).serviceAccountName = account;
        return true;
      },
      { failure: 'failed to patch ServiceAccountName ', sendEmpty: true, record: true },
    );
    throwCollected(errors);
  },
};

export default command;
