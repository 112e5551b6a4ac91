/** `create clusterrolebinding` (kubectl pkg/cmd/create/create_clusterrolebinding.go). */
import { generatorCommand } from './generate';
import { subjectFlags, subjectsOf } from './subjects';

export default generatorCommand(
  {
    use: 'clusterrolebinding NAME --clusterrole=NAME [--user=username] [--group=groupname] [--serviceaccount=namespace:serviceaccountname] [--dry-run=server|client|none]',
    short: 'Create a cluster role binding for a particular cluster role',
    long: 'Grant what a cluster role allows to users, groups and service accounts, in the whole cluster.',
    examples: `# To two users and a group
kubectl create clusterrolebinding admins --clusterrole=cluster-admin --user=ann --user=bob --group=ops`,
    flags: [
      {
        name: 'clusterrole',
        type: 'string',
        required: true,
        usage: 'ClusterRole this ClusterRoleBinding should reference',
        completion: { offer: 'names', type: 'clusterrole' },
      },
      ...subjectFlags('clusterrole'),
    ],
  },
  ({ flags }, name) => {
    const apiGroup = 'rbac.authorization.k8s.io';
    return {
      namespaced: false,
      failure: 'failed to create clusterrolebinding: ',
      object: {
        kind: 'ClusterRoleBinding',
        apiVersion: `${apiGroup}/v1`,
        metadata: { name },
        subjects: subjectsOf(flags),
        roleRef: { apiGroup, kind: 'ClusterRole', name: flags.string('clusterrole') },
      },
    };
  },
);
