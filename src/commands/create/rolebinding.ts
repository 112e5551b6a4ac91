/** `create rolebinding` (kubectl pkg/cmd/create/create_rolebinding.go). */
import { CommandError } from '../command';
import { generatorCommand } from './generate';
import { subjectFlags, subjectsOf } from './subjects';

export default generatorCommand(
  {
    use: 'rolebinding NAME --clusterrole=NAME|--role=NAME [--user=username] [--group=groupname] [--serviceaccount=namespace:serviceaccountname] [--dry-run=server|client|none]',
    short: 'Create a role binding for a particular role or cluster role',
    long: 'Grant what a role, or a cluster role, allows to users, groups and service accounts, in one namespace.',
    examples: `# A cluster role, to two users and a group
kubectl create rolebinding admin --clusterrole=admin --user=ann --user=bob --group=ops

# A role, to a service account
kubectl create rolebinding robots --role=pod-reader --serviceaccount=default:robot`,
    flags: [
      { name: 'clusterrole', type: 'string', usage: 'ClusterRole this RoleBinding should reference' },
      { name: 'role', type: 'string', usage: 'Role this RoleBinding should reference' },
      ...subjectFlags('role'),
    ],
  },
  ({ flags }, name, namespace) => {
    const role = flags.string('role');
    const clusterRole = flags.string('clusterrole');
    if (name === '') throw new CommandError('name must be specified');
    if ((role === '') === (clusterRole === '')) {
      throw new CommandError('exactly one of clusterrole or role must be specified');
    }
    const apiGroup = 'rbac.authorization.k8s.io';
    return {
      namespaced: true,
      failure: 'failed to create rolebinding: ',
      object: {
        kind: 'RoleBinding',
        apiVersion: `${apiGroup}/v1`,
        metadata: { name, ...(namespace ? { namespace } : {}) },
        subjects: subjectsOf(flags),
        roleRef: { apiGroup, kind: role ? 'Role' : 'ClusterRole', name: role || clusterRole },
      },
    };
  },
);
