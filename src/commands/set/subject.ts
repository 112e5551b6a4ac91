/** `set subject` (kubectl pkg/cmd/set/set_subject.go). */
import { deepEqual, type JsonObject } from '../../apimachinery/json';
import { sortStrings } from '../../apimachinery/json-text';
import { gvkOf, type KubeObject } from '../../apimachinery/meta';
import type { Info } from '../builder/info';
import { type Command, CommandError, type Invocation } from '../command';
import { throwCollected } from '../errors';
import { dryRunFlag, fieldManagerFlag, filenameFlags, printFlags, selectorFlag } from '../flag-sets';
import { typedObjects } from '../typed-objects';
import { allFlag, localFlag } from './flags';
import {
  findToSet,
  outputOf,
  patchEach,
  refuseLocalOnServer,
  refuseLocalResources,
  searchFlags,
  typedInfos,
} from './patch-each';

const RBAC = 'rbac.authorization.k8s.io';

const command: Command = {
  use: 'subject (-f FILENAME | TYPE NAME) [--user=username] [--group=groupname] [--serviceaccount=namespace:serviceaccountname] [--dry-run=server|client|none]',
  short: 'Update the user, group, or service account in a role binding or cluster role binding',
  long: 'Add users, groups and service accounts to those whom a role binding or a cluster role binding grants its role.',
  examples: `# A service account, in a cluster role binding
kubectl set subject clusterrolebinding admin --serviceaccount=default:robot

# Two users and a group, in a role binding
kubectl set subject rolebinding admin --user=ann --user=bob --group=ops

# What a binding would be with it, without asking the server
kubectl create rolebinding admin --role=admin --user=ann -o yaml --dry-run=client | kubectl set subject --local -f - --user=bob -o yaml`,
  flags: [
    ...printFlags(),
    ...filenameFlags('Filename, directory, or URL to files the resource to update the subjects'),
    allFlag,
    selectorFlag,
    localFlag('subject'),
    dryRunFlag,
    { name: 'user', type: 'stringArray', usage: 'Usernames to bind to the role' },
    { name: 'group', type: 'stringArray', usage: 'Groups to bind to the role' },
    { name: 'serviceaccount', type: 'stringArray', usage: 'Service accounts to bind to the role' },
    fieldManagerFlag('kubectl-set'),
  ],
  run,
};

export default command;

async function run(invocation: Invocation): Promise<void> {
  const { args } = invocation;
  const output = await outputOf(invocation, 'subjects updated');
  refuseLocalResources(invocation, args);
  const types = await typedObjects();
  const infos = await typedInfos(await findToSet(invocation, args, searchFlags(invocation)), types);
  refuseLocalOnServer(invocation, output.dryRun);
  validate(invocation, infos);
  const { namespace } = await invocation.namespace();
  const errors = await patchEach(
    invocation,
    infos,
    types,
    output,
    (object) => addSubjects(object, subjectsOf(invocation, namespace)),
    { failure: 'failed to patch subjects to rolebinding: ' },
  );
  throwCollected(errors);
}

function validate({ flags }: Invocation, infos: readonly Info[]): void {
  if (flags.bool('all') && flags.string('selector')) {
    throw new CommandError('cannot set --all and --selector at the same time');
  }
  const accounts = flags.strings('serviceaccount');
  if (flags.strings('user').length + flags.strings('group').length + accounts.length === 0) {
    throw new CommandError('you must specify at least one value of user, group or serviceaccount');
  }
  for (const account of accounts) {
    const [namespace, name, ...more] = account.split(':');
    if (!name || more.length > 0) throw new CommandError('serviceaccount must be <namespace>:<name>');
    if (namespace === '' && infos.some(({ object }) => object?.kind === 'ClusterRoleBinding')) {
      throw new CommandError('serviceaccount must be <namespace>:<name>, namespace must be specified');
    }
  }
}

/** Users, groups and service accounts, each sort in order and once. */
function subjectsOf({ flags }: Invocation, fallback: string): JsonObject[] {
  const sorted = (flag: string) => sortStrings([...new Set(flags.strings(flag))]);
  return [
    ...sorted('user').map((name) => ({ kind: 'User', apiGroup: RBAC, name })),
    ...sorted('group').map((name) => ({ kind: 'Group', apiGroup: RBAC, name })),
    ...sorted('serviceaccount').map((account) => {
      const [namespace, name] = account.split(':') as [string, string];
      return { kind: 'ServiceAccount', name, namespace: namespace || fallback };
    }),
  ];
}

function addSubjects(object: KubeObject, subjects: readonly JsonObject[]): boolean {
  const { group, kind } = gvkOf(object);
  if (group !== RBAC || (kind !== 'RoleBinding' && kind !== 'ClusterRoleBinding')) {
    throw new CommandError('setting subjects is only supported for RoleBinding/ClusterRoleBinding');
  }
  const existing = (object.subjects ?? []) as JsonObject[];
  const added = subjects.filter((subject) => !existing.some((one) => deepEqual(one, subject)));
  if (added.length === 0) return false;
  object.subjects = [...existing, ...added];
  return true;
}
